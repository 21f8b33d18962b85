"""What each trigger finds, today and, where the records tell, on a past day."""

from datetime import timedelta

from odoo import Command
from odoo.fields import Datetime

from odoo.addons.customer_plan_mgmt.models.warning.engine.facts import Facts

from .common_warning_rule import WarningRuleCase


class TestWarningFigures(WarningRuleCase):
    """Triggers over metrics and scores."""

    def _flagged(self, rule, day):
        """Return whom ``rule`` would have found on ``day``, knowing nothing later."""
        facts = Facts(self.env, self.company, day, past=True)
        facts.prepare()
        self.env.cr.execute(rule._flagged(facts))
        return self.profiles.browse(row[0] for row in self.env.cr.fetchall())

    def _text(self, rule):
        warning = self.warnings.search([("rule_id", "=", rule.id)])
        self.assertEqual(len(warning), 1)
        return self.rules._fact_text(warning)

    def test_threshold_on_a_score(self):
        one, two = self._make_customers(2)
        self._make_direct_scores(purpose="health")
        self._give_score(one, 20)
        self._give_score(two, 30)
        rule = self._make_rule(measure="health_score", limit_value=30, metric_id=False)
        self._score()
        self.assertEqual(self._warned(rule), one)
        self.assertEqual(self._text(rule), "Health score is 20.00, below 30.00.")

    def test_threshold_on_a_past_day(self):
        one = self._make_customers(1)
        self._make_purchases(one, (self._ago(50), 5), (self._ago(20), 5))
        rule = self._make_rule(limit_value=2)
        self.assertEqual(self._flagged(rule, self._ago(30)), one)
        self.assertFalse(self._flagged(rule, self._ago(20)))
        self.assertFalse(self._flagged(rule, self._ago(60)))

    def test_drop_of_a_metric(self):
        recent = self._make_metric("recent", "sum", period_days=30)
        one, two, three = self._make_customers(3)
        for customer, now in ((one, 40), (two, 51), (three, 0)):
            self._make_purchases(customer, (self._ago(100), 100))
            if now:
                self._make_purchases(customer, (self._ago(5), now))
        percent = self._make_rule(
            "drop", metric_id=recent.id, drop_value=50, within_days=90
        )
        points = self._make_rule(
            "drop",
            metric_id=recent.id,
            drop_value=100,
            drop_kind="points",
            within_days=90,
        )
        self._score()
        self.assertEqual(self._warned(percent), one | three)
        self.assertEqual(self._warned(points), three)
        facts = self.warnings.search([("rule_id", "=", points.id)]).facts
        self.assertEqual((facts["before"], facts["value"]), (100, 0))
        self.assertEqual(
            self._text(points), "Recent fell within 90 days from 100.00 to 0.00."
        )
        # The same ten days ago, without what came since
        self.assertEqual(self._flagged(percent, self._ago(10)), one | two | three)

    def test_drop_in_percent_is_exact_at_the_limit(self):
        recent = self._make_metric("recent", "sum", period_days=30)
        one = self._make_customers(1)
        self._make_purchases(one, (self._ago(100), 100), (self._ago(5), 70))
        at, above = (
            self._make_rule("drop", metric_id=recent.id, drop_value=value)
            for value in (30, 30.01)
        )
        self._score()
        self.assertEqual(self._warned(at), one)
        self.assertFalse(self._warned(above))
        self.assertIn("fell by 30 % within 90 days", self._text(at))

    def test_drop_of_a_score_reads_the_history(self):
        one, two = self._make_customers(2)
        self._make_direct_scores(purpose="health")
        day = self._ago(60)
        self._give_score(one, 80)
        self._give_score(two, 80)
        self.env["cpm.scorecard"]._run(day, self.company, dry_run=False, full=True)
        self._give_value(one, self.points, 59, day=self._ago(3))
        self._give_value(two, self.points, 61, day=self._ago(3))
        rule = self._make_rule(
            "drop",
            measure="health_score",
            drop_kind="points",
            drop_value=20,
            within_days=30,
        )
        self._score()
        self.assertEqual(self._warned(rule), one)
        self.assertEqual(
            self._text(rule), "Health score fell within 30 days from 80.00 to 59.00."
        )

    def test_drop_of_a_score_on_a_past_day(self):
        recent = self._make_metric("recent", "sum", period_days=30)
        self._make_scorecard((recent, 1, (0, 100)), purpose="health")
        one = self._make_customers(1)
        self._make_purchases(one, (self._ago(100), 100), (self._ago(1), 90))
        rule = self._make_rule(
            "drop",
            measure="health_score",
            drop_kind="points",
            drop_value=50,
            within_days=60,
        )
        self.assertEqual(self._flagged(rule, self._ago(30)), one)
        self.assertFalse(self._flagged(rule, self.today))
        self.assertFalse(self._flagged(rule, self._ago(100)))

    def test_silence_is_measured_against_the_tier(self):
        self.tier_a.contact_interval_days = 30
        self.tier_b.contact_interval_days = 90
        bought = self._make_metric("bought", "days_since_last")
        wrote = self._make_metric(
            "wrote", "days_since_last", domain="[('amount', '=', 0)]"
        )
        customers = self._make_customers(4)
        gold, silver, bronze, heard = customers
        for customer, tier in zip(
            customers, (self.tier_a, self.tier_b, self.tier_c, self.tier_a), strict=True
        ):
            self._make_purchases(customer, (self._ago(31), 5))
            customer._set_tier(tier, origin="manual", reason="Agreed")
        self._make_purchases(heard, (self._ago(30), 0))
        rule = self._make_rule(
            "silence", contact_metric_ids=[Command.set((bought | wrote).ids)]
        )
        self._score()
        self.assertEqual(self._warned(rule), gold)
        self.assertEqual(
            self._text(rule),
            "No contact for 31 days; the tier asks for one at least every 30 days.",
        )
        self.assertFalse(bronze.open_warning_count + silver.open_warning_count)

    def test_without_any_contact_silence_counts_from_the_profile(self):
        self.tier_a.contact_interval_days = 30
        bought = self._make_metric("bought", "days_since_last")
        old, new = self._make_customers(2)
        for customer, days in ((old, 31), (new, 30)):
            customer._set_tier(self.tier_a, origin="manual", reason="Agreed")
            self.env.flush_all()
            self.env.cr.execute(
                "UPDATE cpm_profile SET create_date = %s WHERE id = %s",
                [
                    Datetime.to_datetime(self._ago(days)) + timedelta(hours=9),
                    customer.id,
                ],
            )
        rule = self._make_rule("silence", contact_metric_ids=[Command.set(bought.ids)])
        self.rules._evaluate_company(self.company)
        self.assertFalse(self._warned(rule))  # nobody knows before they are scored
        self._score()
        self.assertEqual(self._warned(rule), old)

    def test_silence_and_rhythm_on_a_past_day(self):
        self.tier_a.contact_interval_days = 30
        ratio = self._make_rhythm()
        one = self._make_customers(1)
        self._make_purchases(
            one, *((self._ago(days), 5) for days in (120, 110, 100, 10))
        )
        one._set_tier(self.tier_a, origin="manual", reason="Agreed")
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE cpm_tier_change SET effective_date = %s WHERE profile_id = %s",
            [self._ago(200), one.id],
        )
        silence = self._make_rule(
            "silence", contact_metric_ids=[Command.set(ratio.numerator_id.ids)]
        )
        overdue = self._make_rule("overdue", metric_id=ratio.id, factor=3)
        for day, silent, late in (
            (self._ago(100), False, False),
            (self._ago(70), False, True),
            (self._ago(69), True, True),
            (self._ago(9), False, False),
        ):
            with self.subTest(day):
                self.assertEqual(bool(self._flagged(silence, day)), silent)
                self.assertEqual(bool(self._flagged(overdue, day)), late)

    def test_overdue_in_words(self):
        ratio = self._make_rhythm()
        one = self._make_customers(1)
        self._make_purchases(one, *((self._ago(days), 5) for days in (50, 40, 30)))
        rule = self._make_rule("overdue", metric_id=ratio.id, factor=3)
        self._score()
        self.assertEqual(
            self._text(rule),
            "30 days since the last purchase are 3.0 times the usual 10 days.",
        )

    def test_rules_say_whether_their_past_is_known(self):
        segment = self.env["cpm.segment"].create({"name": "All", "domain": "[]"})
        for known, rule in (
            (True, self._make_rule()),
            (False, self._make_rule(segment_id=segment.id)),
            (True, self._make_rule("promise")),
            (True, self._make_rule("satisfaction", limit_value=2)),
            (False, self._make_rule("goal")),
            (False, self._make_rule("key_contact")),
            (False, self._make_rule("plan_ending")),
            (False, self._make_rule("contract_ending")),
        ):
            with self.subTest(rule.trigger):
                self.assertEqual(not rule._past_unknown(), known)
                self.assertEqual(bool(rule._past_unknown()), not known)


class TestWarningEvents(WarningRuleCase):
    """Triggers over contacts and contracts."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer = cls._make_customers(1)

    def _find(self, rule):
        self.rules._evaluate_company(self.company)
        return self.warnings.search([("rule_id", "=", rule.id)])

    def test_key_contacts_that_are_gone(self):
        rule = self._make_rule("key_contact", event_count=2)
        contacts = self.env["res.partner"].create(
            [
                {
                    "name": name,
                    "parent_id": self.customer.partner_id.id,
                    "company_id": self.company.id,
                    "email": f"{name}@example.com",
                }
                for name in ("ann", "bob", "cem", "dot", "eve")
            ]
        )
        ann, bob, cem, dot, eve = contacts
        self.customer.key_contact_ids = contacts
        eve.message_bounce = 1
        self.assertFalse(self._find(rule))
        ann.active = False
        self.env["mail.blacklist"]._add("BOB@example.com")
        cem.message_bounce = 2
        dot.parent_id = self._make_partner("Elsewhere")
        warning = self._find(rule)
        self.assertEqual(
            dict(warning.facts["contacts"]),
            {
                ann.id: "archived",
                bob.id: "refused",
                cem.id: "bounced",
                dot.id: "moved",
            },
        )
        self.assertEqual(
            self.rules._fact_text(warning),
            "Key contact lost: ann (archived), bob (refuses mails), cem (mails come "
            "back), dot (no longer with the customer).",
        )

    def test_without_key_contacts_the_customer_itself_is_watched(self):
        rule = self._make_rule("key_contact")
        self.assertFalse(self._find(rule))
        self.customer.partner_id.message_bounce = 1
        warning = self._find(rule)
        self.assertEqual(
            warning.facts["contacts"], [[self.customer.partner_id.id, "bounced"]]
        )

    def test_key_contacts_of_merged_customers_are_kept(self):
        other = self._make_customer("Other")
        child = self._make_partner("Child", parent_id=other.partner_id.id)
        other.key_contact_ids = child
        other.contract_end = self._ago(-30)
        self.customer.contract_end = self._ago(-20)
        partners = self.customer.partner_id | other.partner_id
        self.env["base.partner.merge.automatic.wizard"]._merge(
            partners.ids, self.customer.partner_id
        )
        self.assertEqual(self.customer.key_contact_ids, child)
        self.assertEqual(self.customer.contract_end, self._ago(-30))

    def test_contract_that_ends(self):
        rule = self._make_rule("contract_ending", within_days=30)
        for days, found in ((-1, False), (31, False), (30, True)):
            with self.subTest(days):
                self.customer.contract_end = self.today + timedelta(days=days)
                self.assertEqual(bool(self._find(rule)), found)
        self.assertIn("The contract ends on", self.rules._fact_text(self._find(rule)))
