"""Who may put a review off: nobody keeps a plan fresh by moving dates."""

from dateutil.relativedelta import relativedelta

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from .const import GROUP_MANAGER


class CpmPlanReview(models.Model):
    _inherit = "cpm.plan.review"

    @api.model_create_multi
    def create(self, vals_list):
        reviews = super().create(vals_list)
        reviews._check_dates({})
        return reviews

    def write(self, vals):
        before = {review: (review.date_due, review.next_date) for review in self}
        result = super().write(vals)
        if vals.keys() & {"date_due", "next_date"}:
            self._check_dates(before)
        if "date_due" in vals:
            moved = self.filtered(lambda item: item.date_due != before[item][0])
            # Missed on the new day is missed again
            moved.sudo().write(
                {"owner_reminded_on": False, "manager_reminded_on": False}
            )
        return result

    def _may_postpone(self):
        return self.env.su or self.env.user.has_group(GROUP_MANAGER)

    def _check_dates(self, before):
        """:raise UserError: when somebody but a manager put a review off beyond an
        interval after the last decision, or the next one beyond one after this"""
        if self._may_postpone():
            return
        for review in self:
            due, following = before.get(review, (False, False))
            limit = review.plan_id._decide_by()
            if limit and review.date_due > limit and (not due or review.date_due > due):
                raise UserError(
                    self.env._(
                        "Due on: %(plan)s has to be decided about by %(day)s. Choose "
                        "that day or an earlier one, or ask a manager of Customer Plans "
                        "to put the review off.",
                        plan=review.plan_id.display_name,
                        day=format_date(self.env, limit),
                    )
                )
            if review.next_date != following:
                review._check_following()

    def _check_following(self):
        months = self.plan_id.review_interval_months
        if not self.next_date or not months:
            return
        start = max(self.date_due, self.company_id._cpm_today())
        limit = start + relativedelta(months=months)
        if self.next_date > limit:
            raise UserError(
                self.env._(
                    "Next review on: choose a day up to %s, an interval after this "
                    "review, or ask a manager of Customer Plans to put it off.",
                    format_date(self.env, limit),
                )
            )

    def _check_may_drop(self):
        """:raise UserError: for a review that was missed, except for managers"""
        self.ensure_one()
        limit = self.plan_id._decide_by()
        is_late = limit and limit < self.company_id._cpm_today()
        if (self.is_overdue or is_late) and not self._may_postpone():
            raise UserError(
                self.env._(
                    "Due on: %(plan)s is late, %(day)s has passed. Hold the review, or "
                    "ask a manager of Customer Plans to cancel it.",
                    plan=self.plan_id.display_name,
                    day=format_date(
                        self.env, self.date_due if self.is_overdue else limit
                    ),
                )
            )
