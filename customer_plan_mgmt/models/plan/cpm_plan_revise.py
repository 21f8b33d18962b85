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
            plan.may_approve_revision = (
                is_manager
                and bool(revision)
                and self.env.user not in revision.sudo().user_ids | plan.user_id
            )

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

        :param lines: ``(part, label, before, after)`` each, as the user reads them
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
            person = self._find_manager()
            if person:
                plan.activity_schedule(
                    "customer_plan_mgmt.mail_activity_plan_revision",
                    user_id=person.id,
                )
        revision.write(
            {
                "user_ids": [Command.link(self.env.uid)],
                "line_ids": [
                    Command.create(
                        {
                            "part": part,
                            "label": label,
                            "before": before,
                            "after": after,
                            "user_id": self.env.uid,
                        }
                    )
                    for part, label, before, after in lines
                ],
            }
        )

    def action_approve_revision(self):
        """Approve the changes since the plan was agreed.

        :raise UserError: when there are none, or they are the user's own
        """
        for plan in self:
            plan._get_open_revision()._approve()
        return True
