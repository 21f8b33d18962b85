"""Reviews that come by themselves, and reminders of missed ones."""

import logging

from dateutil.relativedelta import relativedelta

from odoo import api, models
from odoo.fields import Domain

from .const import AGREED, OVER

_logger = logging.getLogger(__name__)


class CpmPlan(models.Model):
    _inherit = "cpm.plan"

    @api.model
    def _cron_reviews(self):
        """Make the reviews that come due and remind of those that were missed (daily).

        Each plan is a step of its own: one that fails is told to its owner and does
        not hold up the others. After a long standstill a plan gets one review, not one
        for every date that passed.
        """
        commit = self.env["ir.cron"]._commit_progress
        for company in self.env["res.company"].sudo().search([]):
            today = company._cpm_today()
            for find, work in (
                (self._plans_to_review, "_prepare_review"),
                (self._plans_with_missed_review, "_remind"),
                (self._plans_to_decide, "_remind_to_decide"),
            ):
                plans = find(company, today)
                if not self._each_plan(company, plans, work):
                    commit(remaining=1)  # time is up: come back at once
                    return
        commit(remaining=0)

    def _each_plan(self, company, plans, method):
        """Call ``method`` for each of ``plans``.

        :return: False when the time of the scheduled action is up
        """
        commit = self.env["ir.cron"]._commit_progress
        for plan_id in plans.ids:
            plan = self.sudo().browse(plan_id).exists()
            if not plan.try_lock_for_update():
                continue  # gone, or somebody works on it: the next run comes tomorrow
            try:
                with self.env.cr.savepoint():
                    getattr(plan.with_company(company), method)()
            except Exception as error:
                self.env.invalidate_all()
                _logger.exception("%s failed for the plan %s", method, plan_id)
                plan._report_failure(str(error))
            if not commit(1):
                return False
        return True

    def _report_failure(self, reason):
        """Tell the owner, once, that the plan needs a look."""
        self.ensure_one()
        summary = self.with_context(lang=self.user_id.lang).env._(
            "The scheduled action for reviews failed for this plan"
        )
        if summary not in self.activity_ids.mapped("summary"):
            self.activity_schedule(
                "mail.mail_activity_data_todo",
                summary=summary,
                note=reason,
                user_id=self.user_id.id,
            )

    @api.model
    def _plans_to_review(self, company, today):
        """Return plans whose next review is near and not planned yet."""
        horizon = today + relativedelta(days=company.cpm_review_ahead_days)
        return self.sudo().search(
            Domain("company_id", "=", company.id)
            & Domain("stage", "in", AGREED)
            & Domain("next_review_on", "<=", horizon)
            & ~Domain("review_ids", "any", [("state", "=", "planned")])
        )

    def _prepare_review(self):
        """Make the next review; see the cron."""
        self.ensure_one()
        return self.env["cpm.plan.review"].create(
            {"plan_id": self.id, "date_due": self.next_review_on}
        )

    @api.model
    def _plans_with_missed_review(self, company, today):
        """Return plans with a review that is overdue and somebody was not told of."""
        late = today - relativedelta(days=company.cpm_review_manager_days)
        reviews = self.env["cpm.plan.review"].sudo()
        missed = reviews._search(
            Domain("company_id", "=", company.id)
            & Domain("state", "=", "planned")
            & Domain("date_due", "<", today)
            & (
                Domain("owner_reminded_on", "=", False)
                | (
                    Domain("manager_reminded_on", "=", False)
                    & Domain("date_due", "<", late)
                )
            )
        )
        return self.sudo().search(
            Domain("stage", "in", AGREED) & Domain("review_ids", "in", missed)
        )

    def _remind(self):
        """Remind the owner of a missed review, and the manager some days later."""
        self.ensure_one()
        company = self.company_id
        today = company._cpm_today()
        review = self.review_ids.filtered(lambda item: item.state == "planned")[:1]
        if not review.owner_reminded_on:
            review._ask(self.user_id)
            review.owner_reminded_on = today
        late = today - relativedelta(days=company.cpm_review_manager_days)
        if not review.manager_reminded_on and review.date_due < late:
            manager = self._find_reminded(review)
            if manager:
                review._ask(manager)
            review.manager_reminded_on = today

    @api.model
    def _plans_to_decide(self, company, today):
        """Return plans that are late though no review of theirs was missed: not agreed
        yet, past their period, or with a review that was put off."""
        plans = self.sudo().search(
            Domain("company_id", "=", company.id)
            & Domain("stage", "not in", OVER)
            & ~Domain(
                "review_ids",
                "any",
                [("state", "=", "planned"), ("date_due", "<", today)],
            )
        )
        manager_days = company.cpm_review_manager_days
        return plans.filtered(
            lambda plan: (
                (day := plan._last_day())
                and day < today
                and (
                    plan.owner_reminded_for != day
                    or (
                        plan.manager_reminded_for != day
                        and (today - day).days > manager_days
                    )
                )
            )
        )

    def _remind_to_decide(self):
        """Remind the owner of a plan nobody decided about, and the manager later."""
        self.ensure_one()
        company = self.company_id
        day = self._last_day()
        if self.owner_reminded_for != day:
            self._ask_to_decide(self.user_id)
            self.owner_reminded_for = day
        late = (company._cpm_today() - day).days > company.cpm_review_manager_days
        if late and self.manager_reminded_for != day:
            manager = self._find_reminded(self)
            if manager:
                self._ask_to_decide(manager)
            self.manager_reminded_for = day

    def _ask_to_decide(self, user):
        kind = "customer_plan_mgmt.mail_activity_plan_decide"
        self.activity_unlink([kind], user_id=user.id)
        plan = self.with_context(lang=user.lang)
        self.activity_schedule(
            kind,
            user_id=user.id,
            note=plan._get_freshness_text(self.company_id._cpm_today()),
        )

    def _find_reminded(self, record):
        """Return who is told of a missed review, or of a late plan, besides the owner:
        whoever the company named, when the person may see it, else a manager."""
        company = self.company_id.sudo()
        named = company.cpm_review_manager_id
        if named and named.active and named != self.user_id:
            theirs = record.sudo(False).with_user(named)
            theirs = theirs.with_context(allowed_company_ids=company.ids)
            if company in named.company_ids and theirs.has_access("read"):
                return named
        return self._find_manager()
