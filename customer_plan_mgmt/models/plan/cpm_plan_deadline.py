"""By when somebody has to decide about a plan: no date people move changes that."""

from dateutil.relativedelta import relativedelta

from odoo import fields, models

from .const import AGREED, OVER


class CpmPlan(models.Model):
    _inherit = "cpm.plan"

    step_on = fields.Date(
        string="Last step",
        readonly=True,
        copy=False,
        default=fields.Date.context_today,
        help="When the plan was made, submitted, refused or taken up again.",
    )
    # The deadlines somebody was reminded of; a new one is another reminder
    owner_reminded_for = fields.Date(readonly=True, copy=False)
    manager_reminded_for = fields.Date(readonly=True, copy=False)

    def _after_move(self, before, stage):
        result = super()._after_move(before, stage)
        if stage == "review" or before in ("review", "cancelled"):
            self.sudo().step_on = self.company_id._cpm_today()
            self._forget_reminders()
        return result

    def _note_decision(self):
        result = super()._note_decision()
        self._forget_reminders()
        return result

    def _forget_reminders(self):
        self.sudo().activity_unlink(["customer_plan_mgmt.mail_activity_plan_decide"])

    def _decide_by(self):
        """Return the last day to decide: an interval after the last decision, before
        the agreement after the last step; False for none."""
        self.ensure_one()
        months = self.review_interval_months
        if self.stage in OVER:
            return False
        if self.stage in AGREED:
            start = self.last_decision_on
        else:
            start = self.step_on or (self.create_date and self.create_date.date())
            months = months or self.company_id.sudo().cpm_review_months
        if not start or not months:
            return False
        return start + relativedelta(months=months)

    def _has_ended(self, today):
        """Whether the period is past and nobody closed the plan."""
        self.ensure_one()
        return bool(self.stage not in OVER and self.date_end and self.date_end < today)

    def _last_day(self):
        """Return the first of the days after which the plan is late, planned reviews
        left aside; False for none."""
        if self.stage in OVER:
            return False
        days = [day for day in (self._decide_by(), self.date_end) if day]
        return min(days, default=False)

    def _days_late(self, today):
        """Return for how many days somebody should have decided; 0 or less: in time."""
        days = [day for day in (self._last_day(), self.next_review_on) if day]
        return (today - min(days)).days if days else 0
