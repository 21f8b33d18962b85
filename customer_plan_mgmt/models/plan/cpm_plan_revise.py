"""Changes to an agreed plan: revisions with their differences."""

from odoo import Command, api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from .const import GROUP_MANAGER


class CpmPlan(models.Model):
    _inherit = "cpm.plan"

    revision = fields.Integer(
        readonly=True,
        copy=False,
        aggregator=None,
        help="0 until the plan is agreed; every round of changes afterwards is one more.",
    )
    revision_ids = fields.One2many(
        "cpm.plan.revision", "plan_id", string="Revisions", readonly=True
    )
    open_revision_id = fields.Many2one(
        "cpm.plan.revision",
        string="Changes to approve",
        compute="_compute_open_revision_id",
        search="_search_open_revision_id",
    )
    may_approve_revision = fields.Boolean(compute="_compute_open_revision_id")
    may_withdraw_revision = fields.Boolean(compute="_compute_open_revision_id")

    @api.depends("revision_ids.state", "revision_ids.user_ids", "user_id")
    @api.depends_context("uid")
    def _compute_open_revision_id(self):
        found = dict(
            self.env["cpm.plan.revision"]._read_group(
                [("plan_id", "in", self.ids), ("state", "=", "open")],
                ["plan_id"],
                ["id:recordset"],
            )
        )
        is_manager = self.env.user.has_group(GROUP_MANAGER)
        for plan in self:
            revision = found.get(plan, self.env["cpm.plan.revision"])[:1]
            plan.open_revision_id = revision
            is_own = self.env.user in revision.sudo().user_ids | plan.user_id
            plan.may_approve_revision = is_manager and bool(revision) and not is_own
            plan.may_withdraw_revision = bool(revision) and is_own

    def _search_open_revision_id(self, operator, value):
        if operator != "in":
            return NotImplemented
        revisions = self.env["cpm.plan.revision"]
        is_open = Domain(
            "revision_ids", "in", revisions._search([("state", "=", "open")])
        )
        chosen = [item for item in value if item]
        domain = Domain("revision_ids", "in", chosen) & is_open
        return domain | ~is_open if False in value else domain

    def _check_move(self, stage):
        result = super()._check_move(stage)
        if stage == "closed" and self.open_revision_id:
            # What came of the plan would be measured by targets nobody agreed to
            raise UserError(
                self.env._(
                    "%(plan)s: the changes of revision %(number)s have to be approved "
                    "before the plan is closed.",
                    plan=self.display_name,
                    number=self.open_revision_id.number,
                )
            )
        return result

    def _after_move(self, before, stage):
        result = super()._after_move(before, stage)
        if stage == "agreed" and before == "review":
            plan = self.sudo()
            plan.revision += 1
            # Left open when the plan was cancelled; the whole plan is agreed to now
            plan._get_open_revision()._mark_approved()
        return result

    def _get_open_revision(self):
        return self.revision_ids.filtered(lambda item: item.state == "open")

    def _revise(self, lines):
        """Note changes in the open revision of the plan, or in a new one.

        :param lines: values of the differences, see ``cpm.plan.revision.line``
        """
        self.ensure_one()
        plan = self.sudo()
        revision = plan._get_open_revision()[:1]
        if not revision:
            plan.revision += 1
            plan.revision_ids.flush_recordset(["state"])
            revision = plan.revision_ids.create(
                {"plan_id": plan.id, "number": plan.revision}
            )
        revision.write(
            {
                "user_ids": [Command.link(self.env.uid)],
                "line_ids": [
                    Command.create({**line, "user_id": self.env.uid}) for line in lines
                ],
            }
        )
        self._ask_reviser(revision)

    def _end_empty_revision(self):
        """Close the open revision when everything is as it was agreed on again."""
        self.sudo()._get_open_revision()._withdraw_if_nothing_is_left()

    def _ask_reviser(self, revision):
        """Ask somebody to approve the changes, unless somebody is asked already."""
        plan = self.sudo()
        kind = "customer_plan_mgmt.mail_activity_plan_revision"
        if plan.activity_search([kind]):
            return
        person = self._find_manager(revision.user_ids | plan.user_id)
        if person:
            plan.activity_schedule(kind, user_id=person.id)

    def _check_reviser(self, revision):
        """:raise UserError: for who may not decide about the changes"""
        self._check_approver(
            revision.user_ids | self.sudo().user_id,
            self.env._(
                "%s: these changes are your own, or those of your plan: somebody else "
                "has to approve them. You can take them back.",
                self.display_name,
            ),
        )

    def action_approve_revision(self):
        """Approve the changes since the plan was agreed.

        :raise UserError: when there are none, or they are the user's own
        """
        for plan in self:
            plan._get_open_revision()._approve()
        return True

    def action_refuse_revision(self):
        """Open the dialog that undoes the changes with a reason."""
        self.ensure_one()
        self.check_access("write")
        revision = self.sudo()._get_open_revision()
        if not revision:
            raise UserError(self.env._("There are no changes to approve."))
        self._check_reviser(revision)
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "customer_plan_mgmt.cpm_plan_refuse_action"
        )
        action["name"] = self.env._("Refuse the changes")
        action["context"] = {
            "default_plan_id": self.id,
            "default_revision_id": revision.id,
        }
        return action

    def action_withdraw_revision(self):
        """Undo the user's own changes since the plan was agreed."""
        for plan in self:
            plan._get_open_revision()._withdraw()
        return True
