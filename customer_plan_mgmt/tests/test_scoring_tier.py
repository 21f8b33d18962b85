"""The tier rule: thresholds, hysteresis, minimum stay, shares of the base."""

from datetime import timedelta

from odoo import fields

from .common import DAY, CpmCommon


class TestScoringTier(CpmCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._make_direct_scores()
        cls.customer = cls._make_customer()

    def _tier_after(self, score, tier=None, **options):
        """Return the tier of the customer after a run, starting from ``tier``."""
        if tier is not None:
            self._assign_tier(self.customer, tier, DAY - timedelta(days=1000))
        self._give_score(self.customer, score)
        self._run(**options)
        return self.customer.tier_id

    # ------------------------------------------------------------ Thresholds

    def test_promotion_exactly_at_just_under_and_just_over(self):
        gold, silver, bronze = self.tier_a, self.tier_b, self.tier_c
        cases = [
            (79.99, bronze, silver),
            (80, bronze, gold),
            (80.01, bronze, gold),
            (79.99, silver, silver),
            (80, silver, gold),
            (49.99, bronze, bronze),
            (50, bronze, silver),
            (50.01, bronze, silver),
        ]
        for score, before, after in cases:
            with self.subTest(score=score, before=before.name):
                self.assertEqual(self._tier_after(score, before), after)

    def test_demotion_exactly_at_just_under_and_just_over(self):
        gold, silver, bronze = self.tier_a, self.tier_b, self.tier_c
        cases = [
            (70.01, gold, gold),
            (70, gold, gold),
            (69.99, gold, silver),
            (40.01, silver, silver),
            (40, silver, silver),
            (39.99, silver, bronze),
        ]
        for score, before, after in cases:
            with self.subTest(score=score, before=before.name):
                self.assertEqual(self._tier_after(score, before), after)

    def test_score_between_the_thresholds_keeps_the_tier(self):
        """Hysteresis: 75 promotes nobody to gold and demotes nobody from it."""
        self.assertEqual(self._tier_after(75, self.tier_a), self.tier_a)
        self.assertEqual(self._tier_after(75, self.tier_b), self.tier_b)

    def test_wavering_score_does_not_move_the_customer(self):
        self._tier_after(80)
        moves = self.customer.tier_change_ids
        for number, score in enumerate((79, 71, 80, 70, 79.99), 1):
            self._give_score(self.customer, score)
            self._run(DAY + timedelta(days=number))
        self.assertEqual(self.customer.tier_change_ids, moves)

    def test_fall_stops_where_the_demotion_threshold_is_still_reached(self):
        """45 points: not enough to enter silver, enough to stay there on the way
        down from gold."""
        self.assertEqual(self._tier_after(45, self.tier_a), self.tier_b)
        self.assertEqual(self._tier_after(45, self.tier_c), self.tier_c)

    def test_fall_goes_through_tiers_that_are_not_reached(self):
        self.assertEqual(self._tier_after(10, self.tier_a), self.tier_c)

    def test_first_tier_needs_the_promotion_threshold(self):
        self.assertEqual(self._tier_after(45), self.tier_c)

    def test_where_no_tier_is_reached_the_customer_has_none(self):
        self.tier_c.write({"promotion_threshold": 20, "demotion_threshold": 10})
        self.assertFalse(self._tier_after(15))
        self.assertEqual(self._tier_after(15, self.tier_c), self.tier_c)
        self.assertFalse(self._tier_after(9.99, self.tier_c))

    def test_without_score_the_tier_stays(self):
        self._assign_tier(self.customer, self.tier_a)
        self._run()
        self.assertEqual(self.customer.tier_id, self.tier_a)

    def test_tier_no_longer_in_use_counts_as_none(self):
        old = self._make_tiers(self.env["res.company"].create({"name": "Old"}))[0]
        self.assertEqual(self._tier_after(45, old), self.tier_c)

    def test_sequence_does_not_decide_the_height(self):
        """The promotion threshold does; the sequence only orders lists."""
        self.tier_a.sequence, self.tier_c.sequence = 99, 0
        self.assertEqual(self._tier_after(85), self.tier_a)

    def test_company_uses_shared_tiers_until_it_has_its_own(self):
        (self.tier_a | self.tier_b | self.tier_c).active = False
        shared = self.env["cpm.tier"].search([("company_id", "=", False)])
        shared.active = False
        self.env["cpm.tier"].create(
            {"name": "Everybody", "promotion_threshold": 1, "demotion_threshold": 0}
        )
        self.assertEqual(self._tier_after(5).name, "Everybody")

    # ---------------------------------------------------------- Minimum stay

    def test_demotion_waits_for_minimum_stay(self):
        self.tier_a.minimum_stay_days = 90
        self._assign_tier(self.customer, self.tier_a, DAY - timedelta(days=89))
        self._give_score(self.customer, 10)
        self._run()
        self.assertEqual(self.customer.tier_id, self.tier_a, "day 89")
        self._run(DAY + timedelta(days=1))
        self.assertEqual(self.customer.tier_id, self.tier_c, "day 90")

    def test_minimum_stay_is_noticed_by_an_incremental_night(self):
        self.tier_a.minimum_stay_days = 90
        self._assign_tier(self.customer, self.tier_a, DAY - timedelta(days=89))
        self._give_score(self.customer, 10)
        self._make_customers(3)
        self._run()
        self._forget_edits()
        result = self._run(DAY + timedelta(days=1), full=False)
        self.assertFalse(result.full)
        self.assertEqual(result.looked_at, 1)
        self.assertEqual(self.customer.tier_id, self.tier_c)

    def test_minimum_stay_does_not_hold_up_a_promotion(self):
        self.tier_b.minimum_stay_days = 90
        self._assign_tier(self.customer, self.tier_b, DAY)
        self.assertEqual(self._tier_after(90), self.tier_a)

    # ------------------------------------------------------- Share of the base

    def _share_tiers(self):
        (self.tier_a | self.tier_b | self.tier_c).active = False
        return self.env["cpm.tier"].create(
            [
                {
                    "name": "Best tenth",
                    "company_id": self.company.id,
                    "basis": "top_percent",
                    "promotion_top_percent": 10,
                    "demotion_top_percent": 20,
                },
                {
                    "name": "Others",
                    "company_id": self.company.id,
                    "basis": "top_percent",
                    "promotion_top_percent": 100,
                    "demotion_top_percent": 100,
                },
            ]
        )

    def _score_all(self, scores):
        customers = self.customer | self._make_customers(len(scores) - 1)
        for customer, score in zip(customers, scores, strict=True):
            if score is not None:
                self._give_score(customer, score)
        return customers

    def test_best_tenth_of_twenty_are_two(self):
        best, others = self._share_tiers()
        customers = self._score_all(range(1, 21))
        self._run()
        self.assertEqual(
            customers.filtered(lambda c: c.tier_id == best), customers[-2:]
        )
        self.assertEqual(customers[:-2].tier_id, others)

    def test_equal_scores_get_the_same_tier(self):
        """Three share the second place: one customer is better, that is fewer than
        two, so all three enter."""
        best, _others = self._share_tiers()
        customers = self._score_all([99, 90, 90, 90, *range(1, 17)])
        self._run()
        self.assertEqual(customers.filtered(lambda c: c.tier_id == best), customers[:4])

    def test_everybody_equal_is_everybody_best(self):
        best, _others = self._share_tiers()
        customers = self._score_all([50] * 10)
        self._run()
        self.assertEqual(customers.tier_id, best)

    def test_customers_without_score_are_no_part_of_the_base(self):
        best, _others = self._share_tiers()
        customers = self._score_all([*range(1, 21), *[None] * 30])
        self._run()
        self.assertEqual(
            customers.filtered(lambda c: c.tier_id == best), customers[18:20]
        )
        self.assertFalse(customers[20:].tier_id)

    def test_share_to_stay_is_wider_than_the_share_to_enter(self):
        best, others = self._share_tiers()
        customers = self._score_all(range(1, 21))
        for place, after in ((16, best), (15, others)):  # 4th and 5th of 20
            self._assign_tier(customers[place], best, DAY - timedelta(days=1))
            self._run()
            with self.subTest(place=20 - place):
                self.assertEqual(customers[place].tier_id, after)

    def test_share_is_exact_for_shares_that_are_no_round_number(self):
        """161 of 250 are 64.4 %, but 250 * 64.4 / 100 is a little more than 161 for a
        computer, which must not let customer 162 in."""
        best, _others = self._share_tiers()
        best.write({"promotion_top_percent": 64.4, "demotion_top_percent": 64.4})
        self._score_all([100 - 0.25 * number for number in range(250)])
        self.env.flush_all()
        rows = self._ghost()
        self.assertEqual(sum(row["tier_id"] == best.id for row in rows.values()), 161)

    # ---------------------------------------------------------------- History

    def test_every_move_is_kept_with_score_reason_and_day(self):
        self._tier_after(85)
        self._give_score(self.customer, 60)
        self._run(DAY + timedelta(days=5))
        second, first = self.customer.tier_change_ids
        self.assertEqual(first.to_tier_id, self.tier_a)
        self.assertFalse(first.from_tier_id)
        self.assertEqual(first.direction, "first")
        self.assertEqual(
            (second.from_tier_id, second.to_tier_id), (self.tier_a, self.tier_b)
        )
        self.assertEqual(second.score, 60)
        self.assertEqual(second.direction, "down")
        self.assertEqual(second.origin, "rule")
        self.assertEqual(second.state, "applied")
        self.assertEqual(second.effective_date, DAY + timedelta(days=5))
        self.assertTrue(second.reason)
        self.assertEqual(self.customer.tier_since, DAY + timedelta(days=5))
        self.assertEqual(self.customer.tier_origin, "rule")

    def test_everybody_reads_the_reason_of_a_rule_in_the_own_language(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        self.company.partner_id.lang = "zh_CN"
        self._tier_after(85, self.tier_b)
        change = self.customer.tier_change_ids[:1]
        self.assertEqual(
            change.with_context(lang="en_US").reason_text,
            "Value score reached the promotion threshold",
        )
        chinese = change.with_context(lang="zh_CN")
        self.assertEqual(chinese.reason_text, "价值评分达到升级门槛")
        self.assertIn(chinese, chinese.search([("reason_text", "ilike", "升级门槛")]))
        self.assertNotIn(change, change.search([("reason_text", "ilike", "降级")]))

    def test_reason_given_by_a_person_is_shown_as_written(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        reason = "Framework agreement signed"
        self.customer._set_tier(self.tier_a, origin="manual", reason=reason)
        change = self.customer.tier_change_ids[:1]
        self.assertEqual(change.with_context(lang="zh_CN").reason_text, reason)
        found = change.search([("reason_text", "ilike", "agreement")])
        self.assertIn(change, found)

    def test_move_is_told_in_the_chatter_but_not_the_first_tier(self):
        self._tier_after(85)
        self.assertFalse(self._notes())
        self._give_score(self.customer, 60)
        self._run(DAY + timedelta(days=5))
        self.assertEqual(len(self._notes()), 1)
        self.assertIn("Gold", self._notes()[0].body)
        self.assertIn("Silver", self._notes()[0].body)
        self.assertIn("60.00", self._notes()[0].body)

    def _notes(self):
        return self.customer.message_ids.filtered(lambda m: "Tier" in (m.body or ""))

    # -------------------------------------------------------------- First run

    def test_first_run_may_only_score(self):
        self.company.cpm_first_run = "score"
        self._tier_after(85)
        self.assertEqual(self.customer.value_score, 85)
        self.assertFalse(self.customer.tier_id)
        self.assertFalse(self.company.cpm_tiers_started)
        self.company.cpm_first_run = "apply"
        self._run()
        self.assertEqual(self.customer.tier_id, self.tier_a)
        self.assertTrue(self.company.cpm_tiers_started)

    def test_today_is_the_default_day(self):
        self._give_score(self.customer, 85)
        self._run(None)
        today = fields.Date.context_today(self.customer)
        self.assertEqual(self.customer.tier_since, today)
        self.assertEqual(self.company.cpm_scored_on, today)
