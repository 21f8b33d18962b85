"""No rule raises more at once than somebody has seen and confirmed."""

from unittest.mock import patch

from odoo import Command

from odoo.addons.base.models.ir_cron import IrCron

from .common_warning_rule import WarningRuleCase

EVALUATE = "odoo.addons.customer_plan_mgmt.models.warning.cpm_warning_rule_evaluate"


class TestStormGuard(WarningRuleCase):
    """Five customers with one to five orders; more than two warnings are many."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.cpm_warning_storm_limit = 2
        cls.customers = cls._make_customers(5)
        for number, customer in enumerate(cls.customers, 1):
            cls._make_purchases(
                customer, *[(cls._ago(10 + n), 5) for n in range(number)]
            )

    def _as_admin(self, rule):
        return rule.with_user(self.admin).with_company(self.company)

    # -------------------------------------------------------------- Stale count

    def test_a_count_from_before_a_change_is_not_confirmed(self):
        rule = self._make_rule(limit_value=4)
        self._score()
        state = self._state(rule)
        self.assertEqual(state.waiting_count, 3)
        self.assertEqual(len(rule.activity_ids), 1)
        rule.limit_value = 6
        self.assertEqual(state.waiting_count, 0)
        self.assertFalse(rule.activity_ids)
        answer = self._as_admin(rule).action_confirm()
        self.assertIn("has changed since", answer["params"]["message"])
        self.assertFalse(self._warned(rule))
        self.assertEqual(state.waiting_count, 5)
        self.assertEqual(len(rule.activity_ids), 1)  # told of the new number
        self.assertIs(self._as_admin(rule).action_confirm(), True)
        self.assertEqual(self._warned(rule), self.customers)

    def test_a_count_from_before_a_metric_changed_is_not_confirmed(self):
        rule = self._make_rule(limit_value=4)
        self._score()
        self.orders.period_days = 3000
        self.assertEqual(self._state(rule).waiting_count, 3)
        answer = self._as_admin(rule).action_confirm()
        self.assertIn(rule.name, answer["params"]["message"])
        self.assertFalse(self._warned(rule))
        self.assertFalse(self._state(rule).is_confirmed)

    def test_what_changes_nobody_found_keeps_the_count(self):
        rule = self._make_rule(limit_value=4)
        self._score()
        rule.write({"name": "Other", "severity": "3", "factor": 7, "limit_value": 4})
        self.assertEqual(self._state(rule).waiting_count, 3)

    # ------------------------------------------------------- Confirmed by itself

    def test_a_rule_that_confirmed_itself_asks_when_it_finds_many(self):
        rule = self._make_rule(limit_value=3)
        self._score()
        self.assertEqual(len(self._warned(rule)), 2)
        state = self._state(rule)
        self.assertTrue(state.is_confirmed)
        self.assertFalse(state.confirmed_by_id)
        for customer in self._make_customers(3):
            self._make_purchases(customer, (self._ago(5), 1))
        self._score()
        self.assertEqual(len(self._warned(rule)), 2)
        self.assertEqual(state.waiting_count, 3)
        self.assertFalse(state.is_confirmed)
        self.assertEqual(len(rule.activity_ids), 1)
        self._as_admin(rule).action_confirm()
        self.assertEqual(len(self._warned(rule)), 5)
        for customer in self._make_customers(3):
            self._make_purchases(customer, (self._ago(5), 1))
        self._score()
        self.assertEqual(len(self._warned(rule)), 8)  # confirmed by a person

    def test_a_part_of_the_customers_does_not_hide_how_many_there_are(self):
        rule = self._make_rule(limit_value=3)
        self._score()
        new = self._make_customers(4)
        for customer in new:
            self._make_purchases(customer, (self._ago(5), 1))
        rule.active = False
        self._score()
        rule.active = True
        self._state(rule)._confirm()
        self._score(new[:3])
        self.assertEqual(self._state(rule).waiting_count, 4)
        self.assertEqual(len(self._warned(rule)), 2)

    # ---------------------------------------------------------------- Signature

    def _signature_changes(self, rule, change):
        self.env.flush_all()
        before = rule._signature(self.company)
        change()
        rule.invalidate_recordset()
        return rule._signature(self.company) != before

    def test_what_decides_a_score_belongs_to_the_rule(self):
        card = self._make_scorecard(
            (self.orders, 1, (0, 10)), purpose="value", high_from=70
        )
        health = self._make_scorecard((self.orders, 1, (0, 10)), purpose="health")
        rule = self._make_rule(measure="value_score", metric_id=False, limit_value=30)
        line = card.line_ids
        for case, change, expected in (
            ("range", lambda: line.write({"high_value": 20}), True),
            ("weight", lambda: line.write({"weight": 3}), True),
            ("level", lambda: card.write({"high_from": 80}), True),
            ("metric", lambda: self.orders.write({"period_days": 99}), True),
            ("tier", lambda: card.write({"tier_id": self.tier_a.id}), True),
            ("other score", lambda: health.line_ids.write({"high_value": 5}), False),
            ("name", lambda: card.write({"name": "Other"}), False),
            ("in use", lambda: card.write({"active": False}), True),
        ):
            with self.subTest(case):
                self.assertEqual(self._signature_changes(rule, change), expected)

    def test_what_a_rule_does_not_read_does_not_count(self):
        last = self._make_metric("last", "days_since_last")
        rule = self._make_rule("contract_ending", within_days=30)
        for case, change, expected in (
            ("metric", lambda: rule.write({"metric_id": self.orders.id}), False),
            ("archived", lambda: self.orders.write({"active": False}), False),
            ("contacts", lambda: rule.write({"contact_metric_ids": last.ids}), False),
            ("factor", lambda: rule.write({"factor": 9}), False),
            ("days", lambda: rule.write({"within_days": 31}), True),
            (
                "tier",
                lambda: rule.write({"tier_ids": [Command.set(self.tier_a.ids)]}),
                True,
            ),
        ):
            with self.subTest(case):
                self.assertEqual(self._signature_changes(rule, change), expected)

    # ------------------------------------------------------------------- The job

    def test_the_job_ends_in_time_and_comes_back_once(self):
        rule = self._make_rule(limit_value=10)
        self._state(rule)._confirm(self.admin)
        self._state(rule).waiting_count = 5
        with (
            patch(f"{EVALUATE}.BATCH", 1),
            patch.object(type(self.rules), "_trigger_raising") as later,
        ):
            self._score()
            later.reset_mock()
            with patch.object(IrCron, "_commit_progress", return_value=0.0):
                self.rules._cron_raise()
            self.assertEqual(len(self._warned(rule)), 2)
            later.assert_called_once_with()
            later.reset_mock()
            with patch.object(IrCron, "_commit_progress", return_value=60.0):
                self.rules._cron_raise()
            self.assertEqual(len(self._warned(rule)), 5)
            later.assert_not_called()
