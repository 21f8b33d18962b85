"""The history of scores and their explanation in words and figures."""

import json
from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError

from .common import DAY, CpmCommon


class TestScoringScore(CpmCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.revenue = cls._make_metric(
            "revenue", "sum", currency_field="currency_id", period_days=365
        )
        cls.size = cls._make_manual_metric("size", unit="rooms", digits=0)
        cls.mood = cls._make_manual_metric("mood")
        cls.card = cls._make_scorecard(
            (cls.revenue, 40, {0: 0, 5000: 100}),
            (cls.size, 20, (0, 30)),
            (cls.mood, 40, (0, 10)),
        )
        cls.customer = cls._make_customer(profile={"manager_id": cls.user_own.id})
        cls._make_purchases(cls.customer, (DAY, 6967.76))
        cls._give_value(cls.customer, cls.size, 10)
        cls._run()

    def _latest(self, customer=None):
        customer = customer or self.customer
        return customer._get_latest_scores().get((customer.id, "value"))

    def _assert_adds_up(self, score):
        total = sum(
            line["points"] * line["weight"]
            for line in score.breakdown
            if line["points"] is not None
        )
        self.assertAlmostEqual(total / 100, score.score, delta=0.0051)
        weights = [line["weight"] for line in score.breakdown]
        self.assertAlmostEqual(sum(weights), 100, places=4)

    # ---------------------------------------------------------------- Breakdown

    def test_breakdown_adds_up_to_the_score(self):
        score = self._latest()
        self.assertEqual(score.score, 77.78)  # (100 * 40 + 33.333 * 20) / 60
        self._assert_adds_up(score)

    def test_breakdown_of_thirds_adds_up_too(self):
        card = self._make_scorecard(
            (self.revenue, 1, {0: 100}),
            (self.size, 1, {0: 100}),
            (self.mood, 1, {0: 100}),
            sequence=1,
        )
        self._give_value(self.customer, self.mood, 5)
        self._run()
        score = self._latest()
        self.assertEqual((score.scorecard_id, score.score), (card, 100))
        self._assert_adds_up(score)

    def test_breakdown_holds_value_points_and_weight(self):
        lines = {line["metric"]: line for line in self._latest().breakdown}
        self.assertEqual(lines["revenue"]["value"], 6967.76)
        self.assertEqual(lines["revenue"]["points"], 100)
        self.assertAlmostEqual(lines["revenue"]["weight"], 66.666667)
        self.assertEqual(lines["size"]["value"], 10)

    def test_missing_metric_has_neither_value_nor_points_and_weighs_nothing(self):
        lines = {line["metric"]: line for line in self._latest().breakdown}
        self.assertIsNone(lines["mood"]["value"])
        self.assertIsNone(lines["mood"]["points"])
        self.assertEqual(lines["mood"]["weight"], 0)

    def test_explanation_writes_the_day_as_the_reader_does(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        for lang, day in (("en_US", "Jun 28, 2024"), ("zh_CN", "2024年6月28日")):
            with self.subTest(lang=lang):
                customer = self.customer.with_context(lang=lang)
                self.assertIn(day, customer.value_explanation)

    # ------------------------------------------------------------------ History

    def test_history_grows_only_when_something_changes(self):
        before = self.customer.score_ids
        self._run(DAY + timedelta(days=1))
        self.assertEqual(self.customer.score_ids, before)
        self._make_purchases(self.customer, (DAY, 1))  # more, but the same points
        self._run(DAY + timedelta(days=2))
        self.assertEqual(self.customer.score_ids, before)
        self._give_value(self.customer, self.mood, 5)
        self._run(DAY + timedelta(days=3))
        self.assertEqual(len(self.customer.score_ids), len(before) + 1)
        self.assertEqual(self._latest().date, DAY + timedelta(days=3))

    def test_history_notes_a_level_that_moved_alone(self):
        self.card.high_from = 80
        self._run(DAY + timedelta(days=1))
        self.assertEqual(self._latest().level, "medium")
        self.assertEqual(self._latest().score, 77.78)

    def test_history_cannot_be_edited_by_anybody(self):
        score = self._latest()
        for user in (self.user_own, self.manager, self.admin):
            mine = score.with_user(user)
            with self.subTest(user=user.login):
                with self.assertRaises(AccessError):
                    mine.write({"score": 100})
                with self.assertRaises(AccessError):
                    mine.unlink()
                with self.assertRaises(AccessError):
                    mine.create({"profile_id": self.customer.id, "purpose": "value"})
                with self.assertRaises(AccessError):
                    self.customer.with_user(user).write(
                        {"score_ids": [(1, score.id, {"score": 100})]}
                    )

    def test_score_names_its_scorecard(self):
        self.assertEqual(self._latest().scorecard_id, self.card)
        self.card.unlink()
        self.assertTrue(self._latest(), "the history outlives the scorecard")

    # -------------------------------------------------------------- Explanation

    def _explanation(self, customer=None, user=None):
        customer = customer or self.customer
        return customer.with_user(user or self.user_own).value_explanation

    def test_explanation_says_name_value_points_and_weight(self):
        html = self._explanation()
        for text in ("Revenue", "6,967.76", "100", "66.7", "Size", "10 rooms", "33.3"):
            with self.subTest(text):
                self.assertIn(text, html)
        self.assertIn("77.78", html)
        self.assertIn("Mood", html, "what is missing is said, too")

    def test_explanation_of_a_row_of_the_history_shows_the_figures_of_then(self):
        old = self._latest()
        self._give_value(self.customer, self.size, 30)
        self._run(DAY + timedelta(days=1))
        self.assertIn("10 rooms", old.with_user(self.user_own).explanation)
        self.assertIn("30 rooms", self._explanation())

    def test_explanation_shows_todays_value_when_the_points_stayed(self):
        self._make_purchases(self.customer, (DAY, 1000))
        self._run(DAY + timedelta(days=1))
        self.assertIn("7,967.76", self._explanation())

    def test_customer_without_score_has_no_explanation(self):
        self.assertFalse(self._explanation(self._make_customer(), self.user_all))

    def test_customer_that_lost_its_score_has_no_explanation_left(self):
        self.card.active = False
        self._run(DAY + timedelta(days=1))
        self.assertFalse(self.customer.value_level)
        self.assertFalse(self._explanation())

    def test_names_are_text_not_markup(self):
        self.size.name = "<script>alert(1)</script>"
        self.size.unit = "<b>rooms</b>"
        html = self._explanation()
        self.assertNotIn("<script>", html)
        self.assertNotIn("<b>rooms", html)
        self.assertIn("&lt;script&gt;", html)

    def test_deleted_metric_is_still_named_by_its_code(self):
        self.card.line_ids[2].unlink()
        self.mood.unlink()
        self.assertIn("mood", self._explanation())

    def test_money_is_shown_in_the_currency_of_the_customers_company(self):
        euro = self.env.ref("base.EUR")
        euro.active = True
        other = self.env["res.company"].create(
            {"name": "Elsewhere", "currency_id": euro.id}
        )
        self.user_own.company_ids |= other
        shown = self.customer.with_user(self.user_own).with_context(
            allowed_company_ids=[other.id, self.company.id]
        )
        for html in (shown.value_explanation, shown.score_ids[0].explanation):
            self.assertIn("$", html)
            self.assertNotIn("€", html)

    def test_chart_shows_the_scores_in_time(self):
        self._give_value(self.customer, self.mood, 5)
        self._run(DAY + timedelta(days=3))
        chart = json.loads(self.customer.with_user(self.user_own).score_chart)
        self.assertEqual(
            [point["y"] for point in chart[0]["values"]],
            [score.score for score in self.customer.score_ids.sorted("id")],
        )

    # ---------------------------------------------------------------- Exclusion

    def test_excluded_customer_loses_scores_and_computed_values(self):
        self.customer.with_user(self.user_own).score_excluded = True
        self.env.invalidate_all()
        self.assertFalse(self.customer.value_level)
        self.assertEqual(self.customer.value_score, 0)
        self.assertFalse(self._explanation())
        self.assertEqual(self.customer.metric_value_ids.metric_id, self.size)
        found = self.profiles.search(
            [("value_score", ">", 0), ("id", "=", self.customer.id)]
        )
        self.assertFalse(found)

    def test_excluded_customer_is_scored_by_nothing(self):
        self.customer.score_excluded = True
        state = self.customer.read(["tier_id", "lifecycle_stage_id", "last_scored_at"])
        scores = len(self.customer.score_ids)
        self._give_value(self.customer, self.mood, 9)
        self._make_purchases(self.customer, (DAY, 9999))
        self._run(DAY + timedelta(days=1), full=True)
        self._run(DAY + timedelta(days=2), full=False)
        self.customer.with_user(self.user_own).action_recalculate()
        self.env["cpm.scorecard"]._run_profiles(self.customer)
        self.env.invalidate_all()
        self.assertFalse(self.customer.value_level)
        self.assertEqual(len(self.customer.score_ids), scores)
        self.assertEqual(
            self.customer.read(["tier_id", "lifecycle_stage_id", "last_scored_at"]),
            state,
        )
        self.assertNotIn(self.customer.id, self._ghost())
        self.assertNotIn(
            self.customer.id, self._ghost(fields.Date.context_today(self.customer))
        )

    def test_excluded_customer_is_no_measure_for_the_others(self):
        compared = self._make_scorecard((self.size, 1, None), purpose="health")
        self.assertTrue(compared)
        self.customer.score_excluded = True
        one, two = self._make_customers(2)
        self._give_value(one, self.size, 5)
        self._give_value(two, self.size, 8)
        rows = self._ghost()
        self.assertEqual(rows[two.id]["health_score"], 100)
        self.assertEqual(rows[one.id]["health_score"], 0)

    def test_customer_who_agrees_again_is_scored_again(self):
        self.customer.score_excluded = True
        self._run(DAY + timedelta(days=1))
        self.customer.score_excluded = False
        result = self._run(DAY + timedelta(days=2), full=False)
        self.assertFalse(result.full)
        self.assertEqual(self.customer.value_score, 77.78)
        self.assertEqual(self._latest().date, DAY + timedelta(days=2))

    # ------------------------------------------------------------ One customer

    def test_recalculation_of_one_customer_equals_a_full_run(self):
        today = fields.Date.context_today(self.customer)
        self._make_purchases(self.customer, (today, 100))
        self._give_value(self.customer, self.mood, 5)
        expected = self._ghost(today)[self.customer.id]
        self.customer.with_user(self.user_own).action_recalculate()
        self.env.invalidate_all()
        for name in ("value_score", "value_level"):
            self.assertEqual(self.customer[name], expected[name])
        self.assertEqual(self.customer.tier_id.id, expected["tier_id"])
        self.assertEqual(self._run(today, full=True).changed, 0)

    def test_recalculation_leaves_the_others_alone(self):
        other = self._make_customer()
        self._give_value(other, self.mood, 5)
        self.customer.with_user(self.user_own).action_recalculate()
        self.env.invalidate_all()
        self.assertFalse(other.value_level)

    def test_recalculation_compares_with_everybody(self):
        self._make_scorecard((self.size, 1, None), purpose="health")
        one, two = self._make_customers(2)
        self._give_value(one, self.size, 5)
        self._give_value(two, self.size, 8)
        today = fields.Date.context_today(self.customer)
        self._run(today)
        self._give_value(self.customer, self.size, 6)
        self.customer.with_user(self.user_own).action_recalculate()
        self.env.invalidate_all()
        self.assertEqual(self.customer.health_score, 50)
        self.assertEqual((one.health_score, two.health_score), (0, 50))

    def test_last_scored_tells_run_and_recalculation(self):
        self.assertEqual(self.customer.last_scored_at, self.company.cpm_last_run_at)
        self.customer.with_user(self.user_own).action_recalculate()
        self.env.invalidate_all()
        self.assertEqual(self.customer.last_scored_at, self.customer.recalculated_at)
        fresh = self._make_customer()
        self.company.cpm_last_run_at = fields.Datetime.now() - timedelta(days=1)
        self.assertFalse(fresh.last_scored_at)

    def test_own_customers_user_recalculates_only_the_own(self):
        with self.assertRaises(AccessError):
            self._make_customer().with_user(self.user_own).action_recalculate()
