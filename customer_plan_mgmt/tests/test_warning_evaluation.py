"""Rules are evaluated after every run and raise warnings once."""

from unittest.mock import patch

from odoo import Command

from odoo.addons.base.models.ir_cron import IrCron

from .common_warning_rule import WarningRuleCase

EVALUATE = "odoo.addons.customer_plan_mgmt.models.warning.cpm_warning_rule_evaluate"


class TestWarningEvaluation(WarningRuleCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.one, cls.two, cls.none = cls._make_customers(3)
        cls._make_purchases(cls.one, (cls._ago(10), 5))
        cls._make_purchases(cls.two, (cls._ago(10), 5), (cls._ago(20), 5))

    def test_a_run_raises_warnings_with_their_facts(self):
        rule = self._make_rule(
            name="Few orders", severity="2", deadline_days=5, quiet_days=10
        )
        self._score()
        warning = self.warnings.search([("rule_id", "=", rule.id)])
        self.assertEqual(warning.profile_id, self.one)  # missing is not zero
        self.assertEqual(warning.name, "Few orders")
        self.assertEqual(warning.state, "new")
        self.assertEqual(warning.severity, "2")
        self.assertEqual(warning.raised_on, self.today)
        self.assertEqual((warning.date_deadline - self.today).days, 5)
        self.assertEqual(
            warning.facts,
            {
                "trigger": "threshold",
                "measure": "metric",
                "metric": "orders",
                "operator": "below",
                "limit": 2,
                "value": 1,
            },
        )
        self.assertEqual(self.one.open_warning_count, 1)
        self.assertEqual(self.one.warning_severity, "2")

    def test_a_limit_is_crossed_not_reached(self):
        below = self._make_rule(limit_value=1)
        above = self._make_rule(operator="above", limit_value=1)
        self._score()
        self.assertFalse(self._warned(below))
        self.assertEqual(self._warned(above), self.two)

    def test_whoever_is_warned_of_is_not_warned_of_again(self):
        rule = self._make_rule()
        self._score()
        for _night in range(2):
            self._score()
        self.assertEqual(self.warnings.search_count([("rule_id", "=", rule.id)]), 1)

    def test_the_quiet_period_counts_from_raising_and_from_closing(self):
        rule = self._make_rule(quiet_days=30)
        self._score()
        warning = self.warnings.search([("rule_id", "=", rule.id)])
        for raised, closed, again in (
            (60, 29, False),
            (60, 30, True),
            (29, 29, False),
            (31, 0, False),
        ):
            with self.subTest(raised=raised, closed=closed):
                self._raised_long_ago(warning, raised)
                self._close(warning, self._ago(closed))
                found = self.rules._evaluate_company(self.company)
                self.assertEqual(bool(found), again)
                self.warnings.search(
                    [("rule_id", "=", rule.id), ("id", "!=", warning.id)]
                ).unlink()

    def test_archived_and_excluded_customers_are_left_alone(self):
        rule = self._make_rule(limit_value=10)
        self.one.active = False
        self.two.score_excluded = True
        self._score()
        self.assertFalse(self._warned(rule))

    def test_conditions_narrow_a_rule(self):
        self.one._set_tier(self.tier_a, origin="manual", reason="Agreed")
        stage = self._make_stage("odd", "[('orders', '>', 1)]")
        segment = self.env["cpm.segment"].create(
            {"name": "Gold", "domain": f"[('tier_id', '=', {self.tier_a.id})]"}
        )
        cases = {
            "nobody": (self._make_rule(limit_value=0.5), self.profiles),
            "all": (self._make_rule(limit_value=10), self.one | self.two),
            "tier": (
                self._make_rule(
                    limit_value=10, tier_ids=[Command.set(self.tier_a.ids)]
                ),
                self.one,
            ),
            "stage": (
                self._make_rule(
                    limit_value=10, lifecycle_stage_ids=[Command.set(stage.ids)]
                ),
                self.two,
            ),
            "segment": (
                self._make_rule(limit_value=10, segment_id=segment.id),
                self.one,
            ),
        }
        self._score()
        for case, (rule, expected) in cases.items():
            with self.subTest(case):
                self.assertEqual(self._warned(rule), expected)

    def test_overdue_against_the_own_rhythm(self):
        ratio = self._make_rhythm()
        self._make_purchases(
            self.none, (self._ago(50), 1), (self._ago(40), 1), (self._ago(30), 1)
        )
        late = self._make_rule("overdue", metric_id=ratio.id, factor=3)
        later = self._make_rule("overdue", metric_id=ratio.id, factor=3.1)
        self._score()
        self.assertEqual(self._warned(late), self.none)  # 30 days, every 10
        self.assertFalse(self._warned(later))
        facts = self.warnings.search([("rule_id", "=", late.id)]).facts
        self.assertEqual((facts["days"], facts["usual"], facts["value"]), (30, 10, 3))

    # -------------------------------------------------------------- Storm guard

    def test_many_warnings_of_a_new_rule_wait_for_confirmation(self):
        self.company.cpm_warning_storm_limit = 1
        rule = self._make_rule(limit_value=10)
        self._score()
        self.assertFalse(self._warned(rule))
        rule = rule.with_company(self.company)
        self.assertEqual(rule.waiting_count, 2)
        self.assertFalse(rule.is_confirmed)
        self.assertEqual(
            rule.activity_ids.mapped("summary"),
            [f"Warning rule waits for confirmation ({self.company.name})"],
        )
        self._score()
        self.assertEqual(len(rule.activity_ids), 1)  # told once
        rule.with_user(self.admin).action_confirm()
        rule.invalidate_recordset()
        self.assertTrue(rule.is_confirmed)
        self.assertEqual(rule.waiting_count, 0)
        self.assertEqual(self._warned(rule), self.one | self.two)
        self.assertEqual(self._state(rule).confirmed_by_id, self.admin)
        self.assertFalse(rule.activity_ids)  # done

    def test_few_warnings_confirm_a_rule_and_none_does_not(self):
        self.company.cpm_warning_storm_limit = 2
        few, none = self._make_rule(limit_value=10), self._make_rule(limit_value=0.5)
        self._score()
        self.assertEqual(len(self._warned(few)), 2)
        self.assertTrue(self._state(few).is_confirmed)
        self.assertFalse(self._state(none).is_confirmed)

    def test_a_changed_rule_is_a_new_one(self):
        segment = self.env["cpm.segment"].create({"name": "All", "domain": "[]"})
        rule = self._make_rule(limit_value=10, segment_id=segment.id)
        self._score()
        state = self._state(rule)
        for change in (
            lambda: rule.write({"limit_value": 11}),
            lambda: rule.write({"tier_ids": [Command.set(self.tier_a.ids)]}),
            lambda: segment.write({"domain": "[('active', '=', True)]"}),
            lambda: self.orders.write({"period_days": 100}),
        ):
            state._confirm()
            state.invalidate_recordset()
            self.assertTrue(state.is_confirmed)
            change()
            state.invalidate_recordset()
            self.assertFalse(state.is_confirmed)
        state._confirm()
        state.invalidate_recordset()
        rule.write({"name": "Another name", "severity": "3", "quiet_days": 1})
        self.assertTrue(state.is_confirmed)
        rule.active = False
        rule.active = True
        self.assertFalse(self._state(rule).is_confirmed)

    def test_each_company_confirms_for_itself(self):
        other = self._create_company(name="Other")
        self.company.cpm_warning_storm_limit = 1
        rule = self._make_rule(limit_value=10, company_id=False)
        self._state(rule, other)._confirm()
        self._score()
        self.assertFalse(self._warned(rule))
        self.assertEqual(rule.with_company(self.company).waiting_count, 2)
        self.assertEqual(rule.with_company(other).waiting_count, 0)

    def test_one_customer_alone_does_not_confirm_a_rule(self):
        self.company.cpm_warning_storm_limit = 1
        rule = self._make_rule(limit_value=10)
        self._score(self.one)
        self.assertFalse(self._warned(rule))
        self._state(rule)._confirm()
        self._score(self.one)
        self.assertEqual(self._warned(rule), self.one)

    def test_more_than_a_batch_is_raised_in_the_background(self):
        rule = self._make_rule(limit_value=10)
        with patch(f"{EVALUATE}.BATCH", 1):
            with patch.object(type(self.rules), "_trigger_raising") as trigger:
                self._score()
            self.assertEqual(len(self._warned(rule)), 1)
            self.assertEqual(self._state(rule).waiting_count, 1)
            trigger.assert_called_once()
            with patch.object(IrCron, "_commit_progress") as commit:
                self.rules._cron_raise()
        self.assertGreaterEqual(commit.call_count, 2)
        self.assertEqual(len(self._warned(rule)), 2)
        self.assertEqual(self._state(rule).waiting_count, 0)
