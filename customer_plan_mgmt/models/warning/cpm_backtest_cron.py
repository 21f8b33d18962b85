"""Back-tests in the background: those ordered, and one for every month."""

import logging
from datetime import timedelta

from dateutil.relativedelta import relativedelta

from odoo import api, models
from odoo.exceptions import UserError
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools import SQL

from .engine.loss import Loss

_logger = logging.getLogger(__name__)

# So many months back the monthly tests are made up for, also when first installed
MONTHS = 12
# So often a test may be begun; who stops the worker that often is not tried again
ATTEMPTS = 3


class CpmBacktest(models.Model):
    _inherit = "cpm.backtest"

    def _queue(self):
        """Have the scheduled action run these tests.

        :raise UserError: when somebody deleted it or switched it off
        """
        cron = self.env.ref(
            "customer_plan_mgmt.ir_cron_cpm_backtest", raise_if_not_found=False
        )
        if not cron or not cron.sudo().active:
            raise UserError(
                self.env._(
                    "The scheduled action “Customer Plans: back-tests” is missing or "
                    "switched off, and nothing would run the test. Ask an administrator."
                )
            )
        self.sudo().write({"state": "waiting", "error": False, "attempt_count": 0})
        cron.sudo()._trigger()

    @api.model
    def _cron_run(self):
        """Order the tests of the months that are over, then run what waits (daily, and
        whenever somebody orders a test).

        A test is complete or not there: what a killed run has not finished waits for
        the next one.
        """
        commit = self.env["ir.cron"]._commit_progress
        for company in self.env["res.company"].sudo().search([]):
            self.sudo().with_company(company)._order_months(company)
        waiting = self.sudo().search(
            [("state", "=", "waiting")], order="attempt_count, id"
        )
        commit(remaining=len(waiting))
        for test in waiting:
            try:
                if test._begin():
                    commit()  # to be known also when the test takes the worker along
                    if test._is_mine():
                        test._attempt()
            except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
                _logger.info("The back-test %s waits for the next run", test.id)
            if not commit(1):
                return

    def _is_mine(self):
        """Lock the test; False when somebody else has it, or has run it."""
        with self.env.cr.savepoint():
            self.invalidate_recordset()
            return bool(self.exists().try_lock_for_update() and self.state == "waiting")

    def _begin(self):
        """Count the attempt, or give up.

        :return: whether the test may be run
        """
        if not self._is_mine():
            return False
        with self.env.cr.savepoint():
            if self.attempt_count < ATTEMPTS:
                self.attempt_count += 1
                return True
            speaker = self.with_context(lang=self.create_uid.lang)
            self.write(
                {
                    "state": "failed",
                    "error": speaker.env._(
                        "The test was begun %s times and never came to its end: time or "
                        "memory were too short. Ask an administrator.",
                        ATTEMPTS,
                    ),
                }
            )
            return False

    def _attempt(self):
        """Run a test, keeping what went wrong on it.

        :raise: what other transactions got in the way of; the test goes on waiting
        """
        self.ensure_one()
        test = self.with_context(lang=self.create_uid.lang)
        try:
            with self.env.cr.savepoint():
                test._run()
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
            raise
        except UserError as error:
            test.write({"state": "unanswered", "error": str(error)})
        except Exception as error:
            _logger.exception("The back-test %s failed", self.id)
            test.write({"state": "failed", "error": self._reason(error)})

    # ---------------------------------------------------------------- Months

    def _order_months(self, company):
        """Order the tests of the last months of ``company`` that are missing, with its
        own days until a customer is lost. A month is tested once, however the days
        change later."""
        this_month = company._cpm_today().replace(day=1)
        known = self.search([("company_id", "=", company.id)])
        tested = set(known.mapped("scheduled_month"))
        if this_month - relativedelta(months=1) in tested:
            return
        try:
            end = self._data_end(company)
        except UserError:
            return  # nothing says what a sign of life is; whoever runs a test is told
        if not end:
            return
        days = company._cpm_loss_days()
        asked = {
            (test.date_observed, test.horizon_days) for test in known if test.skip_lost
        }
        values = []
        for month, last in self._months(this_month, end):
            observed = last - timedelta(days=days)
            if month in tested or (observed, days) in asked:
                continue
            if not self._knows_customers(company, observed):
                break  # nor on any day before
            values.append(
                {
                    "company_id": company.id,
                    "date_observed": observed,
                    "horizon_days": days,
                    "scheduled_month": month,
                    "state": "waiting",
                }
            )
        self.create(values[::-1])

    @api.model
    def _months(self, this_month, end):
        """Return ``[(first day, last day with records)]`` of the last months up to
        ``end`` that are over, the latest first."""
        first = min(end.replace(day=1), this_month - relativedelta(months=1))
        months = [first - relativedelta(months=number) for number in range(MONTHS)]
        return [
            (month, min(month + relativedelta(months=1, days=-1), end))
            for month in months
        ]

    @api.model
    def _knows_customers(self, company, day):
        """Whether any customer of ``company`` had shown a sign of life by ``day``."""
        known = Loss(self.env, company).last_days(day)
        ((found,),) = self.env.execute_query(SQL("SELECT EXISTS(%s)", known))
        return found
