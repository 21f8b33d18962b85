"""Four eyes: somebody else agrees to a plan."""

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

from .const import GROUP_MANAGER, OVER


class CpmPlan(models.Model):
    _inherit = "cpm.plan"

    submitted_by_id = fields.Many2one(
        "res.users",
        string="Submitted by",
        readonly=True,
        copy=False,
        ondelete="set null",
    )
    submitted_at = fields.Datetime(string="Submitted on", readonly=True, copy=False)
    approved_by_id = fields.Many2one(
        "res.users",
        string="Approved by",
        readonly=True,
        copy=False,
        tracking=True,
        ondelete="restrict",
    )
    approved_at = fields.Datetime(string="Approved on", readonly=True, copy=False)
    refusal_reason = fields.Text(string="Why refused", readonly=True, copy=False)
    may_approve = fields.Boolean(compute="_compute_may_approve")

    @api.depends("user_id", "submitted_by_id", "author_ids")
    @api.depends_context("uid")
    def _compute_may_approve(self):
        is_manager = self.env.user.has_group(GROUP_MANAGER)
        for plan in self:
            plan.may_approve = is_manager and self.env.user not in plan._authors()

    def _check_move(self, stage):
        result = super()._check_move(stage)
        if stage == "review":
            self._check_complete()
        elif self.stage == "review" and stage == "agreed":
            self._check_approver(self._authors())
        elif self.stage == "review" and stage == "design" and not self._is_submitter():
            # :meth:`_refuse` moves the plan in superuser mode
            raise UserError(
                self.env._("Press “Refuse” and say why the plan goes back.")
            )
        elif self.stage == "closed" and not self.env.user.has_group(GROUP_MANAGER):
            raise AccessError(
                self.env._("Only a manager of Customer Plans may reopen closed plans.")
            )
        return result

    def _check_weights(self):
        """:raise ValidationError: when no goal of a plan that was submitted counts"""
        for plan in self:
            if plan.stage in ("needs", "design", *OVER):
                continue
            if not any(goal.weight > 0 for goal in plan.goal_ids):
                raise ValidationError(
                    self.env._(
                        "%s: at least one goal needs a weight above zero.",
                        plan.display_name,
                    )
                )

    def _check_complete(self):
        """:raise UserError: when there is nothing anybody could agree to"""
        _ = self.env._
        if not self.goal_ids:
            raise UserError(_("%s has no goals yet.", self.display_name))
        if not any(goal.weight > 0 for goal in self.goal_ids):
            raise UserError(
                _(
                    "%s: at least one goal needs a weight above zero.",
                    self.display_name,
                )
            )
        open_goals = self.goal_ids.filtered("is_target_missing")
        if open_goals:
            raise UserError(
                _(
                    "Set the targets of these goals first: %s.",
                    ", ".join(open_goals.mapped("name")),
                )
            )

    def _check_approver(self, authors, text=None):
        """:raise AccessError: for anybody but a manager
        :raise UserError: for one of the ``authors``, saying ``text``"""
        if not self.env.user.has_group(GROUP_MANAGER):
            raise AccessError(
                self.env._("Only a manager of Customer Plans may approve plans.")
            )
        if self.env.user in authors:
            raise UserError(
                text
                or self.env._(
                    "%s is your own plan: somebody else has to approve it.",
                    self.display_name,
                )
            )

    def _after_move(self, before, stage):
        result = super()._after_move(before, stage)
        plan = self.sudo()
        now = fields.Datetime.now()
        if stage == "review":
            plan.write(
                {
                    "submitted_by_id": self.env.uid,
                    "submitted_at": now,
                    "refusal_reason": False,
                }
            )
            self._ask_approver()
        if before == "review":
            self.activity_unlink(["customer_plan_mgmt.mail_activity_plan_approve"])
        if before == "review" and stage == "agreed":
            plan.write({"approved_by_id": self.env.uid, "approved_at": now})
            self._tell(
                self.env._("The plan was approved."),
                plan.user_id | plan.submitted_by_id,
            )
        if stage == "needs":
            # What anybody agreed to before it was cancelled is no longer the plan
            plan.write(
                {
                    "approved_by_id": False,
                    "approved_at": False,
                    "accepted_by_id": False,
                    "accepted_at": False,
                    "accepted_revision": 0,
                }
            )
        return result

    def _ask_approver(self):
        person = self._find_manager()
        if person:
            self.sudo().activity_schedule(
                "customer_plan_mgmt.mail_activity_plan_approve", user_id=person.id
            )

    def _find_manager(self, besides=None):
        """Return who decides about the plan besides its authors: whoever the company
        named, the account manager, or a manager of Customer Plans.

        :param besides: instead of the authors
        """
        self.ensure_one()
        company = self.company_id.sudo()
        managers = self.env.ref(GROUP_MANAGER).sudo().all_user_ids
        managers = managers.filtered(
            lambda user: (
                user.active
                and not user.share
                and company in user.company_ids
                and user != self.env.ref("base.user_root")
            )
        )
        named = company.cpm_review_manager_id | self.profile_id.sudo().manager_id
        others = (named & managers) | managers
        return (others - (self._authors() if besides is None else besides))[:1]

    # --------------------------------------------------------------- Actions

    def action_submit(self):
        """Give the plan to somebody else to look at."""
        return self.write({"stage": "review"})

    def action_approve(self):
        """Agree to the plan; see :meth:`_check_approver`."""
        return self.write({"stage": "agreed"})

    def action_refuse(self):
        """Open the dialog that sends the plan back with a reason."""
        self.ensure_one()
        self._check_approver(self._authors())
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "customer_plan_mgmt.cpm_plan_refuse_action"
        )
        action["context"] = {"default_plan_id": self.id}
        return action

    def _refuse(self, reason):
        """Send the plan back to its owner.

        :param str reason: what has to change
        :raise UserError: without a reason, or for a plan nobody submitted
        """
        self.ensure_one()
        self.check_access("write")
        self._check_approver(self._authors())
        if not (reason or "").strip():
            raise UserError(self.env._("Reason: say what has to change."))
        if self.stage != "review":
            raise UserError(
                self.env._("%s is not in internal review.", self.display_name)
            )
        self.sudo().write({"stage": "design", "refusal_reason": reason})
        self._tell(self.env._("Refused: %s", reason), self.user_id)

    def _tell(self, text, users):
        """Note ``text`` on the plan and notify ``users``, except whoever does it."""
        people = users.sudo().filtered("active") - self.env.user
        self.message_post(
            body=text,
            subtype_xmlid="mail.mt_note",
            partner_ids=people.partner_id.ids,
        )
