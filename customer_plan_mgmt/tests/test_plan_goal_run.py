"""Plans follow the scoring run, and never stand in its way."""

from datetime import timedelta
from unittest.mock import patch

from odoo.tools import mute_logger

from .common_plan import PlanCase


class TestPlanGoalRun(PlanCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._make_direct_scores()
        cls.orders = cls._make_metric("orders")
        cls._give_score(cls.customer, 60)
        cls._make_purchases(cls.customer, ("2024-01-01", 10))
        cls.today = cls.company._cpm_today()
        cls._run(cls.today)
        cls.counted = cls._make_goal(metric_id=cls.orders.id, target=5)

    def test_the_night_measures_the_goals(self):
        self.assertEqual(self.counted.baseline, 1)
        self._make_purchases(self.customer, ("2024-01-02", 10), ("2024-01-03", 10))
        self._run(self.today)
        self.assertEqual((self.counted.current_value, self.counted.progress), (3, 50))

    def test_incremental_runs_measure_too(self):
        self._make_purchases(self.customer, ("2024-01-02", 10))
        result = self._run(self.today, full=False)
        self.assertFalse(result.full)
        self.assertEqual(self.counted.current_value, 2)

    def test_recalculating_one_customer_measures_that_plan(self):
        other = self._make_customer()
        self._make_purchases(other, ("2024-01-01", 10))
        self._run(self.today)
        theirs = self._make_goal(
            self._make_plan(other), metric_id=self.orders.id, target=5
        )
        for customer in (self.customer, other):
            self._make_purchases(customer, ("2024-01-02", 10))
        self.customer.with_user(self.owner).action_recalculate()
        self.env.invalidate_all()
        self.assertEqual(self.counted.current_value, 2)
        self.assertEqual(theirs.current_value, 1)

    def test_a_run_for_a_day_in_the_past_leaves_the_goals_alone(self):
        self._make_purchases(self.customer, ("2024-01-02", 10))
        before = self._rows()
        self._run(self.today - timedelta(days=1))
        self.assertEqual(self._rows(), before)
        self._run(self.today, dry_run=True)
        self.assertEqual(self._rows(), before)

    def test_a_second_run_changes_nothing(self):
        self._run(self.today)
        before = self._rows()
        self._run(self.today)
        self.assertEqual(self._rows(), before)

    def test_a_failure_of_the_goals_does_not_cost_the_scores(self):
        """The goals are as before, the scores are those of today, and an administrator
        is told, once."""
        self._give_score(self.customer, 85)
        before = self._rows()
        goals = type(self.goals)
        for _night in range(2):
            with (
                patch.object(
                    goals, "_take_values", side_effect=ZeroDivisionError("Poison")
                ),
                mute_logger("odoo.addons.customer_plan_mgmt.models.scoring.engine.run"),
            ):
                self._run(self.today)
        self.assertEqual(self.customer.value_score, 85)
        self.assertEqual(self.customer.tier_id, self.tier_a)
        self.assertEqual(self._rows(), before)
        told = self.company.partner_id.activity_ids
        self.assertEqual(len(told), 1)
        self.assertIn("Poison", told.note)
        self._make_purchases(self.customer, ("2024-01-02", 10))
        self._run(self.today)
        self.assertEqual(self.counted.current_value, 2, "the next run makes up for it")

    def test_queries_do_not_grow_with_the_plans(self):
        def count():
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.plans._refresh_company(self.company)
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

        count()
        few = count()
        customers = self._make_customers(40)
        self._give_value(customers, self.revenue, 100)
        for customer in customers:
            plan = self._make_plan(customer)
            self._make_goal(plan)
            self._make_hand_goal(plan)
        count()
        self.assertLessEqual(count(), few + 2)
        self.assertLessEqual(few, 40)
        for customer in customers:
            self._give_value(customer, self.revenue, 120)
        self.assertLessEqual(
            count(), few + 12, "values that moved are written together"
        )
