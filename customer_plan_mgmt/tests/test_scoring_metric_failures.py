"""Metrics that cannot be computed: reported, set aside, never a crash."""

from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.tests import new_test_user
from odoo.tools import SQL, mute_logger

from odoo.addons.customer_plan_mgmt.models.scoring.engine.metric_sql import (
    MetricSource,
)

from .common import DAY, GROUP, CpmCommon

DIFFERENCE = "odoo.addons.customer_plan_mgmt.models.scoring.engine.difference"


class TestScoringMetricFailures(CpmCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.orders = cls._make_metric("orders", period_days=30)
        cls.revenue = cls._make_metric("revenue", "sum", period_days=30)
        cls.card = cls._make_scorecard(
            (cls.orders, 1, (0, 10)), (cls.revenue, 1, (0, 100))
        )
        cls.customer, cls.other = cls._make_customers(2)
        cls._make_purchases(cls.customer, (DAY, 60), (DAY, 20))
        cls._make_purchases(cls.other, (DAY, 10))
        cls._run()

    def setUp(self):
        super().setUp()
        self.enterContext(mute_logger(DIFFERENCE))

    def _fail(self, metric):
        """Let the database fail on ``metric`` until the end of the test."""
        measured = MetricSource.measured

        def failing(source, asked, query):
            if asked == metric:
                return SQL("(1 / (%s - %s))::numeric", 1, 1)
            return measured(source, asked, query)

        self.enterContext(patch.object(MetricSource, "measured", failing))

    def _uninstall_model_of(self, metric):
        """What the removal of the module with the records leaves behind."""
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE cpm_metric SET model_id = NULL WHERE id = %s", [metric.id]
        )
        self.env.invalidate_all()

    def _activities(self, metric):
        return metric.activity_ids

    # ------------------------------------------------------- Uninstalled models

    def test_metric_of_an_uninstalled_model_is_archived(self):
        self._uninstall_model_of(self.revenue)
        result = self._run(DAY + timedelta(days=1))
        self.assertFalse(self.revenue.active)
        self.assertIn("cpm.transaction", self.revenue.last_error)
        self.assertFalse(result.failed_metrics)
        self.assertEqual(self.customer.value_score, 20, "2 of 10 orders")

    def test_archived_metric_is_missing_and_does_not_weigh(self):
        self._uninstall_model_of(self.revenue)
        self._run(DAY + timedelta(days=1))
        latest = self.customer._get_latest_scores()[self.customer.id, "value"]
        lines = {line["metric"]: line for line in latest.breakdown}
        self.assertEqual(lines["orders"]["weight"], 100)
        self.assertEqual(lines["revenue"]["weight"], 0)
        self.assertIsNone(lines["revenue"]["points"])

    def test_ratio_of_a_metric_that_went_is_archived_with_it(self):
        ratio = self.env["cpm.metric"].create(
            {
                "name": "Basket",
                "source": "ratio",
                "numerator_id": self.revenue.id,
                "denominator_id": self.orders.id,
            }
        )
        self._uninstall_model_of(self.revenue)
        self._run()
        self.assertFalse(ratio.active)
        self.assertTrue(self.orders.active)

    def test_metric_of_a_field_that_went_is_archived(self):
        self.env.cr.execute(
            "UPDATE cpm_metric SET measure_field = 'x_gone' WHERE id = %s",
            [self.revenue.id],
        )
        self.env.invalidate_all()
        self._run()
        self.assertFalse(self.revenue.active)
        self.assertIn("x_gone", self.revenue.last_error)

    def test_uninstalled_model_stops_no_dry_run(self):
        self._uninstall_model_of(self.revenue)
        rows = self._ghost()
        self.assertEqual(rows[self.customer.id]["value_score"], 20)
        self.assertTrue(self.revenue.active, "a dry run writes nothing")

    def test_uninstalled_model_stops_no_single_customer(self):
        self._uninstall_model_of(self.revenue)
        self.customer.with_user(self.user_all).action_recalculate()
        self.assertFalse(self.revenue.active)

    def test_uninstalled_model_closes_no_form(self):
        self._uninstall_model_of(self.revenue)
        names = list(self.revenue.with_user(self.admin).fields_get())
        self.assertTrue(self.revenue.with_user(self.admin).read(names))
        names = list(self.customer.with_user(self.admin).fields_get())
        self.assertTrue(self.customer.with_user(self.admin).read(names))

    # ---------------------------------------------------- Failures while running

    def test_failing_metric_is_reported_and_the_others_go_on(self):
        self._fail(self.revenue)
        self._make_purchases(self.customer, (DAY, 20))
        result = self._run(DAY + timedelta(days=1))
        self.assertEqual(result.failed_metrics, ["revenue"])
        self.assertIn("division by zero", self.revenue.last_error)
        self.assertTrue(self.revenue.last_error_at)
        self.assertTrue(self.revenue.active)
        # 3 of 10 orders now, and the 80 of 100 known from the night before
        self.assertEqual(self.customer.value_score, 55)

    def test_failing_metric_keeps_its_last_values(self):
        self._fail(self.revenue)
        self._make_purchases(self.customer, (DAY, 20))
        self._run(DAY + timedelta(days=1))
        value = self.customer.metric_value_ids.filtered(
            lambda row: row.metric_id == self.revenue
        )
        self.assertEqual(value.number, 80)

    def test_failing_metric_loses_nothing_when_another_metric_comes_new(self):
        self._fail(self.revenue)
        self._make_metric("fresh")
        self._run(DAY + timedelta(days=1))
        self.assertEqual(self.customer.value_score, 50)

    def test_failing_metric_that_counts_days_keeps_the_day(self):
        last = self._make_metric("last", "days_since_last")
        self._make_scorecard((last, 1, {0: 100, 2: 0}), purpose="health")
        self._run()
        self.assertEqual(self.customer.health_score, 100)
        local_day = MetricSource.local_day

        def failing(source, moment):
            return SQL("(%s + 1 / (1 - 1))", local_day(source, moment))

        with patch.object(MetricSource, "local_day", failing):
            result = self._run(DAY + timedelta(days=2))
        self.assertEqual(result.failed_metrics, ["last"])
        self.assertEqual(self.customer.health_score, 0, "two days have passed")

    def test_failing_metric_of_an_incremental_night(self):
        self._fail(self.revenue)
        self._make_purchases(self.customer, (DAY, 20))
        result = self._run(DAY + timedelta(days=1), full=False)
        self.assertEqual(result.failed_metrics, ["revenue"])
        self.assertEqual(self.customer.value_score, 55)

    def test_administrator_is_told_once(self):
        self._fail(self.revenue)
        for night in range(1, 4):
            self._run(DAY + timedelta(days=night), full=True)
        activity = self.revenue.activity_ids
        self.assertEqual(len(activity), 1)
        self.assertTrue(
            activity.user_id.has_group("customer_plan_mgmt.group_cpm_admin")
        )
        self.assertIn("division by zero", activity.note)
        self.assertFalse(self.orders.activity_ids)

    def test_mended_metric_forgets_its_failure_and_catches_up(self):
        with patch.object(
            MetricSource, "measured", lambda *args: SQL("(1 / (1 - 1))::numeric")
        ):
            self._make_purchases(self.customer, (DAY, 20))
            self._run(DAY + timedelta(days=1))
            self.assertTrue(self.revenue.last_error)
        self._forget_edits()
        result = self._run(DAY + timedelta(days=2), full=False)
        self.assertTrue(result.full, "everybody is looked at again")
        self.assertFalse(self.revenue.last_error)
        self.assertEqual(self.customer.value_score, 65, "3 of 10 and 100 of 100")

    def test_several_failing_metrics_are_all_reported(self):
        average = self._make_metric("mean", "average")
        measured = MetricSource.measured

        def failing(source, asked, query):
            if asked in (average, self.revenue):
                return SQL("(1 / (%s - %s))::numeric", 1, 1)
            return measured(source, asked, query)

        with patch.object(MetricSource, "measured", failing):
            result = self._run(DAY + timedelta(days=1))
        self.assertEqual(set(result.failed_metrics), {"mean", "revenue"})

    def test_failing_metric_stops_no_dry_run(self):
        self._fail(self.revenue)
        result = self._run(DAY, dry_run=True)
        self.assertEqual(result.failed_metrics, ["revenue"])
        self.assertEqual(
            result.rows[self.customer.id]["value_score"],
            20,
            "what was stored later was not known then",
        )
        self.assertFalse(self.revenue.last_error, "a dry run writes nothing")
        today = fields.Date.context_today(self.customer)
        self._run(today - timedelta(days=1))
        result = self._run(today, dry_run=True)
        row = result.rows[self.customer.id]
        self.assertEqual(row["metrics"]["revenue"], 80)

    def test_failure_is_no_reason_to_fail_without_an_administrator(self):
        group = self.env.ref(GROUP % "admin")
        group.all_user_ids.filtered(lambda user: user.id != 1).active = False
        self._fail(self.revenue)
        self._run(DAY + timedelta(days=1))
        self.assertTrue(self.revenue.last_error)
        self.assertFalse(self.revenue.activity_ids)

    def test_error_that_is_no_metrics_fault_is_raised(self):
        with (
            patch.object(
                type(self.card),
                "_for_company",
                side_effect=ZeroDivisionError("bug"),
            ),
            self.assertRaises(ZeroDivisionError),
        ):
            self._run()

    def test_report_reaches_an_administrator_who_speaks_another_language(self):
        french = new_test_user(
            self.env,
            login="cpm_admin_b",
            groups=GROUP % "admin",
            company_id=self.company.id,
        )
        self.assertTrue(french)
        self._uninstall_model_of(self.revenue)
        self._run()
        self.assertEqual(len(self.revenue.activity_ids), 1)

    # ------------------------------------------------------------- Not a number

    def test_not_a_number_in_a_record_is_missing_not_a_top_score(self):
        """For PostgreSQL NaN is greater than everything."""
        hours = self._make_metric(
            "hours",
            "sum",
            model_id=self.env["ir.model"]._get_id("project.task"),
            date_field="create_date",
            measure_field="allocated_hours",
        )
        self._make_scorecard((hours, 1, {0: 0, 10: 100}), purpose="health")
        self._make_scorecard((hours, 1, (0, 10)), purpose="loyalty")
        project = self.env["project.project"].create(
            {"name": "Fitting", "company_id": self.company.id}
        )
        task = self.env["project.task"].create(
            {
                "name": "Fitting",
                "project_id": project.id,
                "partner_id": self.customer.partner_id.id,
            }
        )
        today = fields.Date.context_today(task)
        for number in (float("nan"), float("inf"), float("-inf")):
            self.env.flush_all()
            self.env.cr.execute(
                "UPDATE project_task SET allocated_hours = %s WHERE id = %s",
                [number, task.id],
            )
            self.env.invalidate_all()
            with self.subTest(number):
                result = self._run(today)
                self.assertFalse(result.failed_metrics)
                self.assertFalse(self.customer.health_level)
                self.assertFalse(self.customer.loyalty_level)
