"""What the customer accepts, and when that has to be done again."""

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from .const import AGREED

# What of a plan the customer reads as its terms; changes of the rest are our own
TERMS = {
    "cpm.plan": {"name", "date_start", "date_end"},
    "cpm.plan.goal": {
        "name",
        "horizon",
        "metric_id",
        "unit",
        "higher_is_better",
        "baseline",
        "target",
        "date_end",
    },
}


class CpmPlan(models.Model):
    _inherit = "cpm.plan"

    terms_revision = fields.Integer(
        string="Terms as of revision",
        readonly=True,
        copy=False,
        aggregator=None,
        help="The last approved revision that changed what the customer sees.",
    )
    accepted_by_id = fields.Many2one(
        "res.partner",
        string="Accepted by",
        readonly=True,
        copy=False,
        ondelete="set null",
    )
    accepted_at = fields.Datetime(string="Accepted on", readonly=True, copy=False)
    accepted_revision = fields.Integer(
        string="Accepted revision", readonly=True, copy=False, aggregator=None
    )

    def _after_move(self, before, stage):
        result = super()._after_move(before, stage)
        if stage == "agreed" and before == "review":
            plan = self.sudo()
            plan.terms_revision = plan.revision
        return result

    def _is_changed_since_accepted(self):
        """Whether the customer accepted other terms than those agreed on now."""
        self.ensure_one()
        return bool(self.accepted_at) and self.accepted_revision < self.terms_revision

    def _are_terms_open(self):
        """Whether changes of what the customer sees wait for an approval."""
        self.ensure_one()
        return any(self.sudo()._get_open_revision().line_ids.mapped("is_term"))

    def _may_accept(self, contact):
        """Whether ``contact`` can still accept the plan."""
        self.ensure_one()
        return (
            self.stage in AGREED
            and (not self.accepted_at or self._is_changed_since_accepted())
            and self._is_of_customer(contact)
            and not self._are_terms_open()
        )

    def _check_acceptable(self, contact):
        """:raise UserError: when ``contact`` cannot accept the plan, saying why"""
        _ = self.env._
        if self.accepted_at and not self._is_changed_since_accepted():
            day = fields.Datetime.context_timestamp(self, self.accepted_at).date()
            raise UserError(
                _(
                    "This plan was accepted on %(day)s by %(person)s already.",
                    day=format_date(self.env, day),
                    person=self.accepted_by_id.name or self.partner_id.name,
                )
            )
        if self.stage not in AGREED:
            raise UserError(_("This plan is finished: it needs no acceptance."))
        if not self._is_of_customer(contact):
            raise UserError(
                _("Only %s can accept this plan.", self.partner_id.display_name)
            )
        if self._are_terms_open():
            raise UserError(
                _("Changes of this plan are being agreed on. Please accept it then.")
            )

    def _customer_accepts(self, contact, revision=None):
        """Note that the customer agrees to the plan.

        :param contact: the person who accepts
        :param int revision: the terms the person has read, by default those of today
        :raise UserError: when it was accepted already, is over, or is not theirs, or
            when the terms are others meanwhile
        """
        self.ensure_one()
        plan = self.sudo()
        plan._check_acceptable(contact)
        if revision is not None and revision != plan.terms_revision:
            raise UserError(
                self.env._(
                    "The plan was changed meanwhile. Please look at it again before "
                    "you accept it."
                )
            )
        plan = plan.with_context(lang=plan.user_id.lang)
        goals = plan.goal_ids.filtered(lambda goal: not goal.agreed_on)
        text = plan.env._("%s accepted the plan.", contact.display_name)
        if plan._is_changed_since_accepted():
            goals |= plan._goals_changed_since_accepted()
            text = plan.env._(
                "%(person)s accepted the changed plan (revision %(number)s).",
                person=contact.display_name,
                number=plan.terms_revision,
            )
        plan.write(
            {
                "accepted_by_id": contact.id,
                "accepted_at": fields.Datetime.now(),
                "accepted_revision": plan.terms_revision,
            }
        )
        goals.with_context(cpm_no_revision=True).write(
            {"agreed_with_id": contact.id, "agreed_on": plan.company_id._cpm_today()}
        )
        plan._message_log(body=text, author_id=contact.id)
        plan.activity_schedule(
            "customer_plan_mgmt.mail_activity_plan_accepted", user_id=plan.user_id.id
        )

    def _goals_changed_since_accepted(self):
        lines = self.revision_ids.filtered(
            lambda item: (
                item.state == "approved" and item.number > self.accepted_revision
            )
        ).line_ids.filtered("is_term")
        goal_ids = {line.res_id for line in lines if line.res_model == "cpm.plan.goal"}
        return self.goal_ids.filtered(lambda goal: goal.id in goal_ids)
