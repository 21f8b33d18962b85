"""What a warning rule may look like, and what it says when it may not."""

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form

from .common_warning_rule import WarningRuleCase


class TestWarningRule(WarningRuleCase):
    def _assert_refused(self, field, trigger="threshold", **vals):
        with self.assertRaisesRegex(ValidationError, rf"{field}.*: ."):
            self._make_rule(trigger, **vals)

    def test_every_trigger_names_what_is_missing(self):
        manual = self._make_manual_metric("mood")
        for field, trigger, vals in (
            ("Metric", "threshold", {"metric_id": False}),
            ("Figure", "threshold", {"measure": False}),
            ("Operator", "threshold", {"operator": False}),
            ("Limit", "threshold", {"limit_value": False}),
            # What a form sends when nobody has entered anything
            ("Limit", "threshold", {"operator": "above", "limit_value": 0}),
            ("Limit", "threshold", {"limit_value": 0}),  # fewer than no orders
            ("Limit", "threshold", {"measure": "health_score", "limit_value": 0}),
            (
                "Limit",
                "threshold",
                {"measure": "health_score", "operator": "above", "limit_value": 100},
            ),
            ("Limit", "threshold", {"limit_value": float("nan")}),
            ("Limit", "threshold", {"limit_value": float("inf")}),
            ("Metric", "drop", {"drop_value": 5}),
            ("Drop of at least", "drop", {"metric_id": self.orders.id}),
            (
                "Drop of at least",
                "drop",
                {"metric_id": self.orders.id, "drop_value": -5},
            ),
            (
                "Drop of at least",
                "drop",
                {"metric_id": self.orders.id, "drop_value": 101},
            ),
            (
                "Drop",
                "drop",
                {"metric_id": self.orders.id, "drop_value": 1, "drop_kind": False},
            ),
            ("Metric", "drop", {"metric_id": manual.id, "drop_value": 5}),
            ("Counts as contact", "silence", {}),  # the shipped ones are archived
            (
                "Counts as contact",
                "silence",
                {"contact_metric_ids": [Command.set(self.orders.ids)]},
            ),
            ("Metric", "overdue", {}),
            ("Metric", "overdue", {"metric_id": self.orders.id}),
            ("Factor", "overdue", {"metric_id": self.orders.id, "factor": 0}),
            ("Limit", "satisfaction", {}),
            ("Limit", "satisfaction", {"limit_value": 6}),
            ("Number of times", "promise", {"event_count": 0}),
            ("Within", "plan_ending", {"within_days": 0}),
            ("Within", "contract_ending", {"within_days": -1}),
            ("Quiet period", "goal", {"quiet_days": -1}),
            ("To be dealt with", "goal", {"deadline_days": 4000}),
            ("Person", "goal", {"owner_rule": "person"}),
        ):
            with self.subTest(field=field, trigger=trigger, vals=vals):
                self._assert_refused(field, trigger, **vals)

    def test_a_limit_of_zero_is_meant(self):
        rule = self._make_rule(operator="above", limit_value=0, zero_limit=True)
        self.assertFalse(rule.problem)
        rule.limit_value = 3
        self.assertFalse(rule.zero_limit)
        with self.assertRaisesRegex(ValidationError, "Limit: .*“The limit is 0”"):
            rule.limit_value = 0
        with self.assertRaisesRegex(ValidationError, "Limit: .*“The limit is 0”"):
            with Form(self.rules.with_company(self.company)) as form:
                form.name = "Nobody entered a limit"
                form.metric_id = self.orders
                form.operator = "above"

    def test_another_trigger_forgets_what_the_last_looked_at(self):
        rule = self._make_rule(limit_value=3)
        rule.write({"trigger": "promise", "event_count": 4})
        self.assertFalse(rule.metric_id)
        self.assertFalse(rule.limit_value)
        self.assertEqual(rule.event_count, 4)
        with self.assertRaisesRegex(ValidationError, "Limit: ."):
            rule.trigger = "satisfaction"
        rule.write({"trigger": "satisfaction", "limit_value": 2})
        self.assertEqual(rule.event_count, 1)
        rule = self._make_rule()
        rule.write({"measure": "value_score"})
        self.assertFalse(rule.metric_id)
        self.orders.unlink()  # nobody watches it any more

    def test_persons_work_in_the_company(self):
        other = self._create_company(name="Other")
        stranger = self._make_user(
            "cpm_stranger",
            "customer_plan_mgmt.group_cpm_user",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        portal = self._make_portal_user(self._make_partner())
        for user in (stranger, portal):
            with self.subTest(user.login):
                self._assert_refused(
                    "Person", "goal", owner_rule="person", user_id=user.id
                )

    def test_playbooks_are_made_for_warnings(self):
        plan = self.env["mail.activity.plan"].create(
            {"name": "Onboarding", "res_model": "res.partner"}
        )
        self._assert_refused("Playbook", "goal", playbook_id=plan.id)

    def test_segments_do_not_depend_on_who_looks(self):
        segment = self.env["cpm.segment"].create({"name": "Mine", "domain": "[]"})
        rule = self._make_rule(segment_id=segment.id)
        with self.assertRaisesRegex(ValidationError, "uid"):
            segment.domain = "[('manager_id', '=', uid)]"
        segment.domain = "[('partner_id.name', '=', 'Fluid uid')]"
        rule.segment_id = False
        segment.domain = "[('manager_id', '=', uid)]"
        with self.assertRaisesRegex(ValidationError, "Only the segment"):
            rule.segment_id = segment

    def test_metrics_of_rules_are_not_deleted(self):
        rule = self._make_rule()
        with self.assertRaisesRegex(UserError, f"warning rule {rule.name}"):
            self.orders.unlink()
        last = self._make_metric("last", "days_since_last")
        rule = self._make_rule(
            "silence", contact_metric_ids=[Command.set(last.ids)], active=False
        )
        with self.assertRaisesRegex(UserError, f"warning rule {rule.name}"):
            last.unlink()

    def test_an_archived_metric_stops_its_rule_and_says_so(self):
        one = self._make_customers(1)
        self._make_purchases(one, (self._ago(3), 5))
        rule, other = self._make_rule(), self._make_rule("contract_ending")
        self.orders.active = False
        one.contract_end = self.today
        self.assertIn("Orders is archived", rule.problem)
        self._score()
        self.assertFalse(self._warned(rule))
        self.assertEqual(self._warned(other), one)
        rule = rule.with_company(self.company)
        self.assertIn("Metric: Orders is archived", rule.last_error)
        self.assertEqual(len(rule.activity_ids), 1)
        self._score()
        self.assertEqual(len(rule.activity_ids), 1)
        rule.name = "Still possible to rename"
        self.orders.active = True
        self._score()
        self.assertEqual(self._warned(rule), one)
        rule.invalidate_recordset()
        self.assertFalse(rule.last_error)
        self.assertFalse(rule.problem)

    def test_results_of_the_evaluation_are_not_typed(self):
        rule = self._make_rule().with_user(self.admin)
        for name, value in (
            ("is_confirmed", True),
            ("waiting_count", 3),
            ("last_error", "x"),
        ):
            with self.subTest(name), self.assertRaises(AccessError):
                rule.write({name: value})
        state = self._state(rule).with_user(self.admin)
        with self.assertRaises(AccessError):
            state.write({"signature": "x"})

    def test_only_administrators_confirm_and_evaluate(self):
        rule = self._make_rule()
        for button in ("action_confirm", "action_evaluate"):
            for user in (self.user_own, self.user_all, self.manager):
                with self.subTest(button=button, user=user.login):
                    with self.assertRaises(AccessError):
                        getattr(rule.with_user(user), button)()

    def test_rules_with_warnings_are_archived_not_deleted(self):
        one = self._make_customers(1)
        self._make_purchases(one, (self._ago(3), 5))
        rule, unused = self._make_rule(), self._make_rule()
        unused.active = False
        self._score()
        with self.assertRaisesRegex(ValidationError, "Archive it"):
            rule.unlink()
        unused.unlink()

    def test_a_copy_is_a_rule_of_its_own(self):
        rule = self._make_rule()
        self._state(rule)._confirm()
        copy = rule.copy()
        self.assertNotEqual(copy.code, rule.code)
        self.assertFalse(self._state(copy).is_confirmed)
        self.assertEqual(copy.limit_value, rule.limit_value)

    def test_rules_say_what_they_look_for(self):
        rule = self._make_rule(limit_value=3)
        self.assertEqual(rule.trigger_text, "Orders is below 3.00")

    # ------------------------------------------------------------ Key contacts

    def test_key_contacts_belong_to_the_customer(self):
        one, two = self._make_customers(2)
        child = self._make_partner("Child", parent_id=one.partner_id.id)
        one.with_user(self.admin).key_contact_ids = child
        with self.assertRaisesRegex(ValidationError, "Key contacts"):
            two.with_user(self.admin).key_contact_ids = child
        with self.assertRaisesRegex(ValidationError, "Contract ends on"):
            two.with_user(self.admin).contract_end = "1800-01-01"
