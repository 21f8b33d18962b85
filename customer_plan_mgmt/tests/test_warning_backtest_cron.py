"""Back-tests in the background: ordered, monthly, killed, failing."""

from contextlib import suppress
from datetime import date, timedelta
from unittest.mock import patch

import psycopg2

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.base.models.ir_cron import IrCron

from ..models.warning import cpm_backtest_run
from .common_backtest import HORIZON, OBSERVED, BacktestCase

LOGGER = "odoo.addons.customer_plan_mgmt.models.warning.cpm_backtest_cron"


@tagged("post_install", "-at_install")
class TestBacktestCron(BacktestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._world()  # records from 2024-03-22 to 2024-12-27
        cls.company.cpm_loss_days = HORIZON
        # Only this company has customers with a purchase
        cls.env["cpm.transaction"].search(
            [("company_id", "!=", cls.company.id)]
        ).unlink()

    def _cron(self, seconds=float("inf")):
        """Run the scheduled action; what it commits stays in the test.

        :param seconds: time left after every step
        """

        def commit(cron, processed=0, *, remaining=None, deactivate=False):
            cron.env.flush_all()
            return seconds

        with patch.object(IrCron, "_commit_progress", commit):
            self.tests.with_user(self.env.ref("base.user_root"))._cron_run()
        self.env.invalidate_all()

    def _monthly(self):
        return self.tests.search(
            [("company_id", "=", self.company.id), ("scheduled_month", "!=", False)],
            order="scheduled_month",
        )

    # --------------------------------------------------------------- Monthly

    def test_a_test_for_every_month_that_is_over(self):
        self._cron()
        monthly = self._monthly()
        # December is not over; the first purchase is of 22 March, so that the first
        # observation day with a customer is that of June (its end less 90 days)
        self.assertEqual(
            [fields.Date.to_string(day) for day in monthly.mapped("scheduled_month")],
            [f"2024-{month:02}-01" for month in range(6, 12)],
        )
        self.assertEqual(
            monthly[-1].date_observed, date(2024, 11, 30) - timedelta(days=HORIZON)
        )
        self.assertEqual(set(monthly.mapped("horizon_days")), {HORIZON})
        self.assertLessEqual(set(monthly.mapped("state")), {"done", "unanswered"})
        self.assertIn("done", monthly.mapped("state"))

    def test_a_month_is_tested_once(self):
        self._cron()
        before = self._monthly()
        done = {test: test.done_at for test in before}
        self.company.cpm_loss_days = HORIZON + 1
        self._cron()
        self.assertEqual(self._monthly(), before)
        self.assertEqual({test: test.done_at for test in before}, done)

    def test_months_of_a_standstill_are_made_up_for(self):
        self._cron()
        monthly = self._monthly()
        monthly[-3:].unlink()
        self._cron()
        self.assertEqual(len(self._monthly()), len(monthly))

    def test_a_question_somebody_asked_is_not_asked_again(self):
        self._make_test(
            date_observed=date(2024, 11, 30) - timedelta(days=HORIZON), skip_lost=True
        )
        self._cron()
        self.assertEqual(self._monthly()[-1].scheduled_month, date(2024, 10, 1))

    def test_no_sign_of_life_no_monthly_test(self):
        self.last.active = False
        self._cron()
        self.assertFalse(self._monthly())

    # --------------------------------------------------------------- Ordered

    def _order(self, **vals):
        with patch.object(cpm_backtest_run, "AT_ONCE", 3):
            test = self._make_test(**vals)
            test.with_user(self.manager).action_run()
        self.assertEqual(test.state, "waiting")
        self.assertFalse(test.result_ids)
        return test

    def test_many_customers_are_tested_in_the_background(self):
        test = self._order()
        self._cron()
        self.assertEqual(test.state, "done")
        self.assertEqual(test.lost_count, 5)

    def test_several_are_tested_in_the_background(self):
        tests = self._make_test() | self._make_test(horizon_days=80)
        tests.with_user(self.manager).action_run()
        self.assertEqual(tests.mapped("state"), ["waiting", "waiting"])

    def test_what_a_killed_run_left_is_run_by_the_next(self):
        """Out of time after the first: the others wait."""
        tests = self._order() | self._order(horizon_days=80)
        self._cron(seconds=0)
        self.assertEqual(sorted(tests.mapped("state")), ["done", "waiting"])
        self._cron()
        self.assertEqual(tests.mapped("state"), ["done", "done"])

    def test_a_poisoned_test_does_not_hold_up_the_others(self):
        poisoned, good = self._order(), self._order(horizon_days=80)
        model = type(self.tests)
        run = model._run

        def fail(test):
            if test == poisoned:
                raise RuntimeError("out of order")
            return run(test)

        with patch.object(model, "_run", fail), mute_logger(LOGGER):
            self._cron()
        self.assertEqual(poisoned.state, "failed")
        self.assertEqual(poisoned.error, "out of order")
        self.assertEqual(good.state, "done")
        # Mended, it can be run again
        poisoned.action_run()
        self.assertEqual(poisoned.state, "done")
        self.assertFalse(poisoned.error)

    def test_a_test_that_kills_the_worker_is_given_up(self):
        deadly, good = self._order(), self._order(horizon_days=80)
        model = type(self.tests)
        run, begun = model._run, []

        def kill(test):
            begun.append(test)
            if test == deadly:
                raise KeyboardInterrupt
            return run(test)

        with patch.object(model, "_run", kill):
            with suppress(KeyboardInterrupt):
                self._cron()
            self.env.invalidate_all()
            self.assertEqual(deadly.attempt_count, 1)
            # The others come first now
            with suppress(KeyboardInterrupt):
                self._cron()
            self.assertEqual(begun, [deadly, good, deadly])
            self.assertEqual(good.state, "done")
            with suppress(KeyboardInterrupt):
                self._cron()
            self._cron()
        self.assertEqual(begun.count(deadly), 3)
        self.assertEqual(deadly.state, "failed")
        self.assertIn("begun 3 times", deadly.error)
        deadly._queue()
        self.assertEqual(deadly.attempt_count, 0)

    def test_a_conflict_holds_up_one_test_only(self):
        unlucky, good = self._order(), self._order(horizon_days=80)
        model = type(self.tests)
        run = model._run

        def conflict(test):
            if test == unlucky:
                raise psycopg2.errors.SerializationFailure("at once")
            return run(test)

        with patch.object(model, "_run", conflict):
            self._cron()
        self.assertEqual((unlucky.state, good.state), ("waiting", "done"))
        self._cron()
        self.assertEqual(unlucky.state, "done")

    def test_another_question_forgets_the_old_answer(self):
        test = self._make_test()
        test.action_run()
        self.assertTrue(test.result_ids)
        test.sudo().state = "failed"
        test.horizon_days = 80
        self.assertFalse(test.result_ids)
        self.assertFalse(test.done_at)

    def test_what_the_data_cannot_answer_is_said_on_the_test(self):
        test = self._order(horizon_days=4)
        self._cron()
        self.assertEqual(test.state, "unanswered")
        self.assertIn("all 10 customers left", test.error)
        self.assertFalse(test.result_ids)

    def test_nothing_would_run_it(self):
        self.env.ref("customer_plan_mgmt.ir_cron_cpm_backtest").active = False
        tests = self._make_test() | self._make_test(horizon_days=80)
        with self.assertRaisesRegex(UserError, "switched off"):
            tests.action_run()
        self.assertEqual(tests.mapped("state"), ["draft", "draft"])

    def test_who_is_no_manager_orders_nothing(self):
        test = self._make_test()
        with self.assertRaises(AccessError):
            test.with_user(self.user_all).action_run()
        self.assertEqual(test.state, "draft")
        self.assertEqual(test.date_observed, OBSERVED)
