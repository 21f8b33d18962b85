"""The dry run: who would move with other thresholds."""

from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError

from .common import CpmCommon


class TestProfileTierSimulation(CpmCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._make_direct_scores()
        cls.customers = cls._make_customers(21)
        for number, customer in enumerate(cls.customers):
            cls._give_score(customer, 5 * number)  # 0, 5, 10 … 100
        cls.today = fields.Date.context_today(cls.customers)
        cls._run(cls.today)
        cls.before = {customer: customer.tier_id for customer in cls.customers}

    def _wizard(self, user=None, **vals):
        return (
            self.env["cpm.tier.simulation"].with_user(user or self.admin).create(vals)
        )

    def _line(self, wizard, tier):
        return wizard.line_ids.filtered(lambda line: line.tier_id == tier)

    def _tiers_now(self):
        return {customer: customer.tier_id for customer in self.customers}

    def test_offers_the_tiers_with_their_present_thresholds(self):
        wizard = self._wizard()
        self.assertEqual(
            wizard.line_ids.tier_id, self.tier_a | self.tier_b | self.tier_c
        )
        line = self._line(wizard, self.tier_a)
        self.assertEqual(line.promotion_threshold, 80)
        self.assertEqual(line.current_count, 5)

    def test_unchanged_thresholds_move_nobody(self):
        wizard = self._wizard()
        wizard.action_simulate()
        self.assertTrue(wizard.is_computed)
        self.assertEqual(wizard.moved_count, 0)

    def test_shows_who_would_move_in_counts_and_as_a_list(self):
        wizard = self._wizard()
        self._line(wizard, self.tier_a).write(
            {"promotion_threshold": 60, "demotion_threshold": 60}
        )
        self._line(wizard, self.tier_b).write(
            {"promotion_threshold": 55, "demotion_threshold": 55}
        )
        wizard.action_simulate()
        up = self.customers.filtered(lambda c: 60 <= c.value_score < 80)
        down = self.customers.filtered(lambda c: 50 <= c.value_score < 55)
        self.assertEqual(wizard.up_count, len(up))
        self.assertEqual(wizard.down_count, len(down))
        self.assertEqual(wizard.first_count, 0)
        self.assertEqual(wizard.moved_count, len(up) + len(down))
        moves = {move.profile_id: move for move in wizard.move_ids}
        self.assertEqual(set(moves), set(up | down))
        for customer in up:
            self.assertEqual(moves[customer].direction, "up")
            self.assertEqual(moves[customer].from_tier_id, self.tier_b)
            self.assertEqual(moves[customer].to_tier_id, self.tier_a)
            self.assertEqual(moves[customer].score, customer.value_score)
        self.assertEqual(self._line(wizard, self.tier_a).future_count, 9)

    def test_writes_nothing(self):
        wizard = self._wizard()
        self._line(wizard, self.tier_a).promotion_threshold = 95
        self._line(wizard, self.tier_a).demotion_threshold = 95
        wizard.action_simulate()
        self.assertTrue(wizard.moved_count)
        self.env.invalidate_all()
        self.assertEqual(self.tier_a.promotion_threshold, 80)
        self.assertEqual(self.tier_a.demotion_threshold, 70)
        self.assertEqual(self._tiers_now(), self.before)
        self.assertFalse(
            self.changes.search(
                [
                    ("profile_id", "in", self.customers.ids),
                    ("from_tier_id", "!=", False),
                ]
            )
        )

    def test_a_real_run_moves_exactly_those(self):
        for customer in self.customers[:3]:  # not the rule's to move
            customer._set_tier(self.tier_a, origin="manual", reason="Test")
        self.customers[3].score_excluded = True
        self.tier_b.minimum_stay_days = 30
        self.customers[10].sudo().tier_since = self.today - timedelta(days=30)
        wizard = self._wizard()
        for tier, promotion, demotion in (
            (self.tier_a, 62, 61),
            (self.tier_b, 58, 52),
            (self.tier_c, 20, 15),
        ):
            self._line(wizard, tier).write(
                {"promotion_threshold": promotion, "demotion_threshold": demotion}
            )
        wizard.action_simulate()
        foreseen = {move.profile_id: move.to_tier_id for move in wizard.move_ids}
        before = self._tiers_now()
        wizard.action_apply()
        self.env.invalidate_all()
        moved = {
            customer: tier
            for customer, tier in self._tiers_now().items()
            if tier != before[customer]
        }
        self.assertTrue(moved)
        self.assertEqual(foreseen, moved)
        self.assertEqual(self.tier_a.promotion_threshold, 62)

    def test_shares_of_the_base_are_simulated_too(self):
        tiers = self.tier_a | self.tier_b | self.tier_c
        tiers.active = False
        best, others = self.env["cpm.tier"].create(
            [
                {
                    "name": name,
                    "company_id": self.company.id,
                    "basis": "top_percent",
                    "promotion_top_percent": share,
                    "demotion_top_percent": share,
                }
                for name, share in (("Best", 10), ("Others", 100))
            ]
        )
        self._run(self.today)
        wizard = self._wizard()
        self._line(wizard, best).write(
            {"promotion_top_percent": 20, "demotion_top_percent": 20}
        )
        wizard.action_simulate()
        self.assertEqual(wizard.move_ids.profile_id, self.customers[16:18])
        self.assertEqual(wizard.move_ids.from_tier_id, others)

    def test_first_tiers_wait_for_the_dry_run_when_the_company_says_so(self):
        self.env.cr.execute(
            "UPDATE cpm_profile SET tier_id = NULL WHERE id IN %s",
            [tuple(self.customers.ids)],
        )
        self.env.invalidate_all()
        self.company.write({"cpm_first_run": "score", "cpm_tiers_started": False})
        self._run(self.today)
        self.assertFalse(self.customers.tier_id)
        wizard = self._wizard()
        wizard.action_simulate()
        self.assertEqual(wizard.first_count, 21)
        wizard.action_apply()
        self.assertTrue(self.company.cpm_tiers_started)
        self.assertEqual(self._tiers_now(), self.before)

    def test_thresholds_may_be_swapped(self):
        wizard = self._wizard()
        self._line(wizard, self.tier_a).write(
            {"promotion_threshold": 50, "demotion_threshold": 40}
        )
        self._line(wizard, self.tier_b).write(
            {"promotion_threshold": 80, "demotion_threshold": 70}
        )
        wizard.action_simulate()
        wizard.action_apply()
        self.assertEqual(self.tier_a.promotion_threshold, 50)
        self.assertEqual(self.customers[-1].tier_id, self.tier_b)

    def test_impossible_thresholds_are_refused_as_on_the_tier(self):
        for vals in (
            {"promotion_threshold": 50},  # the same as silver
            {"demotion_threshold": 81},
            {"promotion_threshold": 100.5},
            {"promotion_threshold": float("nan")},
        ):
            with self.subTest(vals), self.assertRaises(ValidationError):
                wizard = self._wizard()
                self._line(wizard, self.tier_a).write(vals)
                wizard.action_simulate()
        self.assertEqual(self.tier_a.promotion_threshold, 80)

    def test_only_administrators(self):
        for user in (self.user_own, self.user_all, self.manager):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self._wizard(user)
        wizard = self._wizard().sudo()
        for action in ("action_simulate", "action_apply"):
            with self.assertRaises(UserError):
                getattr(wizard.with_user(self.manager).sudo(), action)()

    def test_other_companies_are_out_of_reach(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        theirs = self._make_tiers(other)
        wizard = self._wizard(company_id=other.id, line_ids=[])
        for action in (wizard.action_simulate, wizard.action_apply):
            with self.assertRaises(UserError):
                action()
        forged = self._wizard(
            line_ids=[
                (0, 0, {"tier_id": theirs[0].id, "promotion_threshold": 99}),
            ]
        )
        for action in (forged.action_simulate, forged.action_apply):
            with self.assertRaises(UserError):
                action()
        self.assertEqual(theirs[0].promotion_threshold, 80)
