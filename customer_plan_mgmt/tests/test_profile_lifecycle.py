"""Lifecycle stages: the shipped rules, rules of one's own, stages by hand."""

from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import mute_logger

from .common import DAY, CpmCommon


class TestProfileLifecycleShipped(CpmCommon):
    """The shipped rules over real purchases; ``days`` are counted back from DAY."""

    @classmethod
    def _archive_shipped(cls):
        cls.env["cpm.scorecard"].search([]).active = False
        cls.stages = {
            stage.code: stage for stage in cls.env["cpm.lifecycle.stage"].search([])
        }

    def _stage_after(self, days, before=None, since=0, full=True):
        customer = self._make_customer()
        if before:
            customer.sudo().write(
                {
                    "lifecycle_stage_id": self.stages[before].id,
                    "lifecycle_since": DAY - timedelta(days=since),
                    "lifecycle_origin": "rule",
                }
            )
        self._make_purchases(customer, *[(DAY - timedelta(days=d), 10) for d in days])
        self._run(full=full)
        return customer.lifecycle_stage_id.code

    def test_shipped_rules_stage_by_stage(self):
        cases = [
            # never bought
            ([], "prospect"),
            # bought once
            ([0], "first_purchase"),
            ([180], "first_purchase"),
            ([181], "at_risk"),
            ([365], "at_risk"),
            ([366], "lost"),
            # bought again: silent no longer than three times the usual interval
            ([10, 100], "active"),
            ([180, 300], "active"),
            ([181, 300], "at_risk"),
            ([90, 120, 150], "active"),
            ([91, 121, 151], "at_risk"),
            # a short silence is never worrying, whatever the rhythm
            ([30, 31], "active"),
            ([31, 32], "at_risk"),
            # two purchases on one day show no rhythm
            ([5, 5], "active"),
            ([180, 180], "active"),
            ([181, 181], "at_risk"),
            # loyal: five purchases and a year
            ([1, 91, 181, 271, 365], "loyal"),
            ([1, 91, 181, 271, 364], "active"),
            ([1, 91, 181, 365], "active"),
            ([180, 250, 300, 330, 400], "loyal"),
            ([181, 250, 300, 330, 400], "at_risk"),
            ([100, 160, 200, 300, 400], "loyal"),
            # gone
            ([366, 700, 800, 900, 1000, 1100], "lost"),
        ]
        for days, stage in cases:
            with self.subTest(days=days):
                self.assertEqual(self._stage_after(days), stage)

    def test_shipped_rules_that_look_at_the_stage_before(self):
        cases = [
            (([20, 400], "lost", 30), "won_back"),
            (([90, 500], "lost", 30), "won_back"),
            (([91, 500], "lost", 30), "active"),
            (([400], "lost", 30), "lost"),
            (([20, 400], "won_back", 179), "won_back"),
            (([20, 400], "won_back", 180), "active"),
            (([91, 500], "won_back", 10), "active"),
            (([20, 400], "at_risk", 10), "active"),
            (([], "active", 10), "prospect"),
        ]
        for (days, before, since), stage in cases:
            with self.subTest(days=days, before=before, since=since):
                self.assertEqual(self._stage_after(days, before, since), stage)

    def test_won_back_is_remembered_the_next_night(self):
        customer = self._make_customer()
        self._make_purchases(customer, (DAY - timedelta(days=500), 10))
        self._run()
        self.assertEqual(customer.lifecycle_stage_id.code, "lost")
        self._make_purchases(customer, (DAY + timedelta(days=1), 10))
        codes = []
        for night in (1, 2, 90, 180, 181):
            self._run(DAY + timedelta(days=night), full=False)
            codes.append(customer.lifecycle_stage_id.code)
        # 90 days after the purchase it is silent again, so the usual rules hold
        self.assertEqual(codes[:3], ["won_back"] * 3)
        self.assertEqual(codes[3:], ["active", "active"])

    def test_every_shipped_rule_can_be_read(self):
        for code, stage in self.stages.items():
            with self.subTest(code):
                self.assertFalse(stage.rule_error)

    def test_metric_a_rule_needs_cannot_be_deleted_or_renamed(self):
        metric = self.env["cpm.metric"].search([("code", "=", "tenure_days")])
        self.env["cpm.scorecard.line"].search([("metric_id", "=", metric.id)]).unlink()
        # With the churn probability installed that is what uses the metric first
        with self.assertRaisesRegex(UserError, "lifecycle stage Active|learned from"):
            metric.unlink()
        with self.assertRaisesRegex(UserError, "tenure_days"):
            metric.code = "age"


class TestProfileLifecycle(CpmCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._make_direct_scores()
        cls.orders = cls._make_manual_metric("orders")
        cls.fresh = cls._make_stage("fresh", "[('orders', '<=', 1)]", 10)
        cls.busy = cls._make_stage("busy", "[('orders', '>=', 1)]", 20)
        cls.customer = cls._make_customer(profile={"manager_id": cls.user_own.id})
        cls.today = fields.Date.context_today(cls.customer)

    def _stage_with(self, orders):
        self._give_value(self.customer, self.orders, orders)
        self._run()
        return self.customer.lifecycle_stage_id

    # ------------------------------------------------------------------ Rules

    def test_first_stage_in_sequence_whose_rule_holds_wins(self):
        self.assertEqual(self._stage_with(1), self.fresh)
        self.fresh.sequence = 30
        self.assertEqual(self._stage_with(1), self.busy)

    def test_where_no_rule_holds_the_stage_stays(self):
        self.assertEqual(self._stage_with(5), self.busy)
        self.busy.rule = "[('orders', '>=', 6)]"
        self.assertEqual(self._stage_with(5), self.busy)

    def test_stage_without_rule_is_only_for_people(self):
        self._make_stage("special", False, 1)
        self.assertEqual(self._stage_with(5), self.busy)

    def test_archived_stage_takes_nobody(self):
        self.busy.active = False
        self.assertFalse(self._stage_with(5))

    def test_missing_value_satisfies_no_comparison_but_not_set(self):
        for operator, value in (
            ("<", 5),
            ("<=", 5),
            (">", -5),
            (">=", -5),
            ("=", 0),
            ("!=", 5),
            ("in", [0, 1]),
            ("not in", [0, 1]),
        ):
            with self.subTest(operator):
                self.fresh.rule = f"[('orders', {operator!r}, {value!r})]"
                self.busy.active = False
                self._run()
                self.assertFalse(self.customer.lifecycle_stage_id)
        self.fresh.rule = "[('orders', '=', False)]"
        self._run()
        self.assertEqual(self.customer.lifecycle_stage_id, self.fresh)

    def test_every_operator_on_a_known_value(self):
        self.busy.active = False
        for rule, holds in (
            ("('orders', '=', 3)", True),
            ("('orders', '=', 2)", False),
            ("('orders', '!=', 3)", False),
            ("('orders', '!=', 2)", True),
            ("('orders', '<', 3)", False),
            ("('orders', '<=', 3)", True),
            ("('orders', '>', 3)", False),
            ("('orders', '>=', 3)", True),
            ("('orders', 'in', [1, 3])", True),
            ("('orders', 'not in', [1, 3])", False),
            ("('orders', '!=', False)", True),
            ("('orders', '=', False)", False),
            ("'!', ('orders', '>', 3)", True),
            ("'!', ('orders', '=', 3)", False),
            ("", True),
            ("'|', ('orders', '=', 9), ('orders', '=', 3)", True),
            ("('orders', '=', 9), ('orders', '=', 3)", False),
            ("'!', '&', ('orders', '=', 9), ('orders', '=', 3)", True),
        ):
            with self.subTest(rule):
                self.customer.sudo().lifecycle_stage_id = False
                self.fresh.rule = f"[{rule}]"
                self.assertEqual(self._stage_with(3) == self.fresh, holds)
                self.assertTrue(self.fresh.rule_in_words)

    def test_missing_value_satisfies_no_negated_comparison_either(self):
        self.busy.active = False
        for condition in (
            "'!', ('orders', '>', 3)",
            "'!', ('orders', '=', 3)",
            "'!', ('orders', '!=', 3)",
            "'!', ('orders', 'in', [3])",
            "'!', '|', ('orders', '>', 3), ('orders', '<', 1)",
        ):
            with self.subTest(condition):
                self.fresh.rule = f"[{condition}]"
                self._run()
                self.assertFalse(self.customer.lifecycle_stage_id)

    def test_rule_may_look_at_scores_tier_and_stage(self):
        self._give_score(self.customer, 85)
        self.fresh.rule = "[('value_score', '>=', 80), ('tier', '=', 'gold')]"
        self.assertEqual(self._stage_with(3), self.fresh)
        self.busy.write({"rule": "[('stage', '=', 'fresh')]", "sequence": 1})
        self._run()
        self.assertEqual(self.customer.lifecycle_stage_id, self.busy)

    def test_days_in_stage_count_from_the_day_it_began(self):
        self._stage_with(0)
        self.busy.write({"rule": "[('days_in_stage', '>=', 10)]", "sequence": 1})
        self._run(DAY + timedelta(days=9))
        self.assertEqual(self.customer.lifecycle_stage_id, self.fresh)
        self._run(DAY + timedelta(days=10), full=False)
        self.assertEqual(self.customer.lifecycle_stage_id, self.busy)
        self.assertEqual(self.customer.lifecycle_since, DAY + timedelta(days=10))

    def test_bad_rule_is_refused_with_stage_and_name(self):
        with self.assertRaisesRegex(ValidationError, "Fresh.*'ordres'.*orders"):
            self.fresh.rule = "[('ordres', '>', 1)]"
        with self.assertRaisesRegex(ValidationError, "Fresh"):
            self.fresh.rule = "orders > 1"
        with self.assertRaisesRegex(ValidationError, "(?i)other.*'like'"):
            self._make_stage("other", "[('orders', 'like', 1)]")

    def test_rule_that_lost_its_metric_is_skipped_and_says_so(self):
        """What happens when a module with the metric is uninstalled."""
        self._stage_with(5)
        self.env.cr.execute("DELETE FROM cpm_metric WHERE id = %s", [self.orders.id])
        self.env.invalidate_all()
        with mute_logger(
            "odoo.addons.customer_plan_mgmt.models.scoring.engine.classify"
        ):
            result = self._run()
        self.assertFalse(result.failed_metrics)
        self.assertEqual(self.customer.lifecycle_stage_id, self.busy)
        self.assertIn("orders", self.busy.rule_error)

    def test_move_is_told_in_the_chatter_but_not_the_first_stage(self):
        self._stage_with(0)
        self.assertFalse(self.customer.message_ids.filtered("body"))
        self._stage_with(5)
        self.assertIn("Busy", self.customer.message_ids[0].body)

    def test_stage_with_customers_is_not_deleted(self):
        self._stage_with(5)
        with self.assertRaisesRegex(ValidationError, "Busy"):
            self.busy.unlink()
        self.assertEqual(self.busy.profile_count, 1)

    # ---------------------------------------------------------------- By hand

    def _by_hand(self, user=None, **vals):
        wizard = (
            self.env["cpm.lifecycle.assign"]
            .with_user(user or self.user_own)
            .create(
                {
                    "profile_ids": self.customer.ids,
                    "stage_id": self.busy.id,
                    "reason": "Signed a contract",
                    **vals,
                }
            )
        )
        wizard.action_apply()

    def test_stage_by_hand_with_reason(self):
        self._stage_with(0)
        self._by_hand()
        self.assertEqual(self.customer.lifecycle_stage_id, self.busy)
        self.assertEqual(self.customer.lifecycle_origin, "manual")
        self.assertEqual(self.customer.lifecycle_since, self.today)
        self.assertEqual(self.customer.lifecycle_reason, "Signed a contract")
        self.assertIn("Signed a contract", self.customer.message_ids[0].body)

    def test_stage_by_hand_stays_until_it_is_given_back(self):
        self._give_value(self.customer, self.orders, 0)
        self._by_hand()
        self._run(self.today + timedelta(days=4000))
        self.assertEqual(self.customer.lifecycle_stage_id, self.busy)
        self.customer.with_user(self.user_own).action_release_lifecycle()
        self._run(self.today + timedelta(days=4000))
        self.assertEqual(self.customer.lifecycle_stage_id, self.fresh)
        self.assertFalse(self.customer.lifecycle_reason)

    def test_stage_by_hand_holds_through_its_last_day(self):
        self._give_value(self.customer, self.orders, 0)
        self._make_customers(3)
        self._by_hand(locked_until=self.today + timedelta(days=5))
        self._run(self.today + timedelta(days=5))
        self.assertEqual(self.customer.lifecycle_stage_id, self.busy)
        self._forget_edits()
        result = self._run(self.today + timedelta(days=6), full=False)
        self.assertEqual(result.looked_at, 1)
        self.assertEqual(self.customer.lifecycle_stage_id, self.fresh)
        self.assertEqual(self.customer.lifecycle_origin, "rule")
        self.assertFalse(self.customer.lifecycle_locked_until)

    def test_stage_by_hand_needs_a_reason_and_a_day_to_come(self):
        with self.assertRaisesRegex(ValidationError, "Reason"):
            self._by_hand(reason="  ")
        with self.assertRaisesRegex(ValidationError, "Until"):
            self._by_hand(locked_until=self.today - timedelta(days=1))
        self.assertFalse(self.customer.lifecycle_stage_id)

    def test_only_whoever_may_edit_the_customer_sets_the_stage(self):
        self.customer.manager_id = self.user_all
        with self.assertRaises(AccessError):
            self._by_hand()
        with self.assertRaises(AccessError):
            self.customer.with_user(self.user_own).action_release_lifecycle()
