"""What back-tests refuse, and that nothing is half written then."""

from datetime import date, timedelta
from unittest.mock import patch

from psycopg2.errors import UniqueViolation

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import SQL, mute_logger

from ..models.scoring.engine.metric_sql import MetricSource
from .common_backtest import OBSERVED, TODAY, BacktestCase


@tagged("post_install", "-at_install")
class TestBacktestBadInput(BacktestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customers = cls._world()  # records end on 2024-12-27

    def _refused(self, pattern, **vals):
        test = self._make_test(**vals)
        with self.assertRaisesRegex(UserError, pattern):
            test.action_run()
        self.assertEqual(test.state, "draft")
        self.assertFalse(test.result_ids)
        self.assertFalse(test.done_at)
        return test

    def test_horizon_longer_than_the_data(self):
        most = 180
        self._refused(rf"Horizon \(days\).*at most {most} days", horizon_days=most + 1)
        test = self._make_test(horizon_days=most)
        test.action_run()
        self.assertEqual(test.state, "done")

    def test_nothing_known_after_the_day(self):
        self._refused("Observed on: records end on", date_observed=date(2024, 12, 30))

    def test_day_in_the_future(self):
        for day in (TODAY, TODAY + timedelta(days=30)):
            with self.assertRaisesRegex(ValidationError, "Observed on"):
                self._make_test(date_observed=day)

    def test_days_nobody_can_mean(self):
        for day in ("0001-01-01", "9999-12-31"):
            with self.assertRaisesRegex(ValidationError, "Observed on"):
                self._make_test(date_observed=day)

    def test_before_any_record(self):
        self._refused("Observed on: no customer was known", date_observed="2001-01-01")

    def test_horizon_out_of_range(self):
        for days in (0, -5, 3651, float("nan")):
            with self.assertRaisesRegex(ValidationError, r"Horizon \(days\)"):
                self._make_test(horizon_days=days)

    def test_everybody_left(self):
        self._refused(r"Horizon \(days\): all 10 customers left", horizon_days=4)

    def test_everybody_had_left_before(self):
        self._refused(r"had been silent for longer", horizon_days=4, skip_lost=True)

    def test_no_record_at_all(self):
        self.env["cpm.transaction"].search(
            [("company_id", "=", self.company.id)]
        ).unlink()
        self._refused("no record of a customer")

    def test_sign_of_life_is_archived(self):
        self.last.active = False
        self._refused("Sign of life")

    def test_sign_of_life_cannot_be_computed(self):
        """A path that leads nowhere in the database."""
        broken = self._make_metric("broken", "days_since_last")
        self.company.cpm_loss_metric_id = broken
        with patch.object(
            MetricSource,
            "path_sql",
            lambda source, path, query: SQL.identifier(query.table, "nowhere"),
        ):
            self._refused("Sign of life: the metric “Broken” cannot be computed")
            # Nor does it stop the scheduled action
            self.tests._order_months(self.company)
        self.assertFalse(self.tests.search([("scheduled_month", "!=", False)]))

    def test_same_question_twice(self):
        self._make_test()
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaisesRegex(UniqueViolation, "question_uniq"),
            self.env.cr.savepoint(),
        ):
            self._make_test()

    def test_a_test_that_was_run_stays_as_it_is(self):
        test = self._make_test()
        test.action_run()
        for vals in ({"horizon_days": 30}, {"date_observed": date(2024, 1, 1)}):
            with self.assertRaisesRegex(UserError, "Duplicate it"):
                test.write(vals)
        copy = test.copy()
        self.assertEqual(copy.state, "draft")
        self.assertEqual(copy.date_observed, OBSERVED - timedelta(days=1))
        self.assertFalse(copy.result_ids)

    def test_one_failing_signal_does_not_hold_up_the_others(self):
        def broken(_self, code, facts, rule=None):
            if code == "rfm":
                return SQL("SELECT nothing FROM nowhere")
            return original(_self, code, facts, rule)

        model = type(self.tests)
        original = model._signal_sql
        test = self._make_test()
        with patch.object(model, "_signal_sql", broken):
            test.action_run()
        self.assertEqual(test.state, "done")
        self.assertIn("nowhere", self._result(test, "rfm").error)
        self.assertGreater(self._result(test, "silence").auc, 0)

    def test_results_are_not_typed(self):
        test = self._make_test()
        test.action_run()
        with self.assertRaises(AccessError):
            test.with_user(self.manager).write({"lost_count": 99})
        with self.assertRaises(AccessError):
            test.result_ids.with_user(self.admin).write({"auc": 1})
        with self.assertRaises(AccessError):
            self.tests.with_user(self.user_all).search([])
