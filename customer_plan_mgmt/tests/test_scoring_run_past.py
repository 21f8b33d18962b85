"""Runs for a day in the past: from what was known then, writing nothing."""

from datetime import date, timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import ValidationError

from .common import DAY, CpmCommon


class TestScoringRunPast(CpmCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._make_direct_scores()
        cls.customer = cls._make_customer()
        cls.today = fields.Date.context_today(cls.customer)

    def _ago(self, days):
        return self.today - timedelta(days=days)

    def _look_back(self, days):
        """Return the row of the customer ``days`` ago."""
        results = self.env["cpm.scorecard"]._run(
            as_of=self._ago(days), companies=self.company
        )
        self.env.invalidate_all()
        return results[self.company.id].rows[self.customer.id]

    def _move(self, tier, days, **vals):
        """Move the customer as it happened ``days`` ago."""
        with freeze_time(f"{self._ago(days)} 12:00:00"):
            return self.customer._set_tier(
                tier, **{"origin": "rule", "reason": "Test", **vals}
            )

    def test_past_run_returns_the_result_and_writes_nothing(self):
        self._give_score(self.customer, 85)
        row = self._look_back(10)
        self.assertEqual(row["value_score"], 85)
        self.assertEqual(row["value_level"], "high")
        self.assertEqual(row["partner_id"], self.customer.partner_id.id)
        self.assertEqual(row["tier_id"], self.tier_a.id)
        self.assertFalse(self.customer.value_level)
        self.assertFalse(self.customer.tier_id)
        self.assertFalse(self.customer.score_ids)
        self.assertFalse(self.company.cpm_scored_on)

    def test_days_nobody_can_mean_are_refused(self):
        for day in ("0001-01-01", "1899-12-31", "2201-01-01", "9999-12-31"):
            for dry_run in (None, True, False):
                with self.subTest(day=day, dry_run=dry_run):
                    with self.assertRaisesRegex(ValidationError, "As of.*1900"):
                        self.env["cpm.scorecard"]._run(as_of=day, dry_run=dry_run)
        self._look_back((self.today - date(1900, 1, 1)).days)

    def test_past_run_writes_when_asked(self):
        self._give_score(self.customer, 85)
        self.env["cpm.scorecard"]._run(
            as_of=self._ago(10), companies=self.company, dry_run=False
        )
        self.env.invalidate_all()
        self.assertEqual(self.customer.value_score, 85)
        self.assertEqual(self.customer.tier_since, self._ago(10))
        self.assertEqual(self.company.cpm_scored_on, self._ago(10))

    def test_run_of_today_writes_unless_told_otherwise(self):
        self._give_score(self.customer, 85)
        scorecards = self.env["cpm.scorecard"]
        results = scorecards._run(companies=self.company, dry_run=True)
        self.assertEqual(
            results[self.company.id].rows[self.customer.id]["value_score"], 85
        )
        self.assertFalse(self.customer.value_level)
        scorecards._run(companies=self.company)
        self.env.invalidate_all()
        self.assertEqual(self.customer.value_score, 85)

    def test_later_purchases_are_not_known(self):
        metric = self._make_metric("revenue", "sum")
        self._make_purchases(self.customer, (self._ago(20), 10), (self._ago(5), 7))
        self.assertEqual(self._look_back(10)["metrics"][metric.code], 10)
        self.assertEqual(self._look_back(5)["metrics"][metric.code], 17)
        self.assertIsNone(self._look_back(21)["metrics"][metric.code])

    def test_later_entries_by_hand_are_not_known(self):
        self._give_value(self.customer, self.points, 85, self._ago(10))
        self.assertIsNone(self._look_back(11)["value_score"])
        self.assertEqual(self._look_back(10)["value_score"], 85)

    def test_days_are_counted_to_that_day(self):
        metric = self._make_metric("last", "days_since_last")
        self._make_purchases(self.customer, (self._ago(30), 10))
        self.assertEqual(self._look_back(10)["metrics"][metric.code], 20)

    # -------------------------------------------------------------------- Tiers

    def test_tier_of_that_day_comes_from_the_history(self):
        """75 points keep gold and do not reach it: the tier then decides."""
        self._give_score(self.customer, 75)
        self._move(self.tier_a, 200)
        self._move(self.tier_b, 100)
        self.assertEqual(self._look_back(150)["tier_id"], self.tier_a.id)
        self.assertEqual(self._look_back(50)["tier_id"], self.tier_b.id)
        self.assertEqual(self._look_back(300)["tier_id"], self.tier_b.id, "none yet")

    def test_minimum_stay_counts_from_the_move_of_then(self):
        self.tier_a.minimum_stay_days = 50
        self._give_score(self.customer, 10)
        self._move(self.tier_a, 200)
        self._move(self.tier_b, 20)
        self._move(self.tier_a, 10)
        self.assertEqual(self._look_back(151)["tier_id"], self.tier_a.id, "49 days")
        self.assertEqual(self._look_back(150)["tier_id"], self.tier_c.id, "50 days")

    def test_confirming_a_tier_does_not_restart_its_stay(self):
        self.tier_a.minimum_stay_days = 50
        self._give_score(self.customer, 10)
        self._move(self.tier_a, 200)
        self._move(self.tier_a, 160)
        self.assertEqual(self._look_back(150)["tier_id"], self.tier_c.id)

    def test_tier_set_by_hand_today_did_not_hold_then(self):
        self._give_score(self.customer, 10)
        self._move(self.tier_a, 200)
        self._move(self.tier_a, 0, origin="manual")
        self.assertEqual(self._look_back(100)["tier_id"], self.tier_c.id)

    def test_tier_by_hand_of_then_held_until_its_end(self):
        self._give_score(self.customer, 10)
        self._move(self.tier_a, 200, origin="manual", locked_until=self._ago(150))
        self._run(self._ago(100))
        self.assertEqual(self.customer.tier_id, self.tier_c)
        self.assertEqual(self._look_back(150)["tier_id"], self.tier_a.id)
        self.assertEqual(self._look_back(149)["tier_id"], self.tier_c.id)

    def test_proposal_nobody_applied_was_no_tier(self):
        self.company.cpm_demotion_approval = True
        self._give_score(self.customer, 85)
        self._move(self.tier_a, 200)
        with freeze_time(f"{self._ago(100)} 12:00:00"):
            self._give_score(self.customer, 45)
            self._run(self._ago(100))
            self._give_score(self.customer, 75)
            self._run(self._ago(99))
        self.assertEqual(
            self.customer.tier_change_ids.mapped("state"), ["expired", "applied"]
        )
        self.company.cpm_demotion_approval = False
        self.assertEqual(self._look_back(50)["tier_id"], self.tier_a.id)

    def test_scorecard_of_a_tier_judges_who_had_the_tier_then(self):
        self._make_scorecard(
            (self.points, 1, {0: 33}), tier_id=self.tier_a.id, sequence=1
        )
        self._give_score(self.customer, 75)
        self._move(self.tier_a, 200)
        self._move(self.tier_b, 100)
        self.assertEqual(self._look_back(150)["value_score"], 33)
        self.assertEqual(self._look_back(50)["value_score"], 75)

    # ------------------------------------------------------------------- Stages

    def test_stage_known_since_before_counts(self):
        back, gone = self._make_stages(
            ("back", "[('stage', '=', 'gone'), ('points', '>', 50)]"), ("gone", False)
        )
        self._give_score(self.customer, 75)
        self.customer.sudo().write(
            {
                "lifecycle_stage_id": gone.id,
                "lifecycle_since": self._ago(30),
                "lifecycle_origin": "rule",
            }
        )
        self.assertEqual(self._look_back(30)["lifecycle_stage_id"], back.id)
        self.assertFalse(self._look_back(31)["lifecycle_stage_id"])

    def test_stage_set_by_hand_today_did_not_hold_then(self):
        rich, poor = self._make_stages(
            ("rich", "[('points', '>', 50)]"), ("poor", False)
        )
        self._give_score(self.customer, 75)
        self.customer._set_lifecycle(poor, reason="Test")
        self.assertEqual(self._look_back(10)["lifecycle_stage_id"], rich.id)

    def test_money_of_then_at_the_rates_of_then(self):
        euro = self.setup_other_currency(
            "EUR", rates=[(self._ago(100), 0.5), (self._ago(10), 0.1)]
        )
        metric = self._make_metric("revenue", "sum", currency_field="currency_id")
        self._make_purchases(self.customer, (self._ago(50), 10), currency_id=euro.id)
        self.assertEqual(self._look_back(40)["metrics"][metric.code], 20)
        self.assertEqual(self._look_back(1)["metrics"][metric.code], 20)

    def test_dry_run_may_look_ahead(self):
        metric = self._make_metric("last", "days_since_last")
        self._make_purchases(self.customer, (self.today, 10))
        rows = self._ghost(self.today + timedelta(days=40))
        self.assertEqual(rows[self.customer.id]["metrics"][metric.code], 40)

    def test_customers_of_today_are_judged_whenever_they_were_created(self):
        """Purchases of an old system are imported today and scored for then."""
        self._make_purchases(self.customer, (DAY, 10))
        self._make_metric("orders")
        self.assertIn(self.customer.id, self._ghost(DAY))
