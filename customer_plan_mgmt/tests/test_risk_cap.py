"""A grave risk limits the health score, and says so."""

import random
from datetime import timedelta

from freezegun import freeze_time

from .common import DAY
from .common_risk import RiskCase


class TestRiskCap(RiskCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.points = cls._make_manual_metric("points")
        cls.card = cls._make_scorecard((cls.points, 1, (0, 100)), purpose="health")
        cls._give_score(cls.customer | cls.other, 80)

    def _health(self, customer=None):
        customer = customer or self.customer
        return customer.health_score, customer.health_level, customer.health_uncapped

    def _latest(self):
        return self.customer.score_ids.sorted("id")[-1:]

    def test_an_open_critical_risk_limits_the_health_score(self):
        self._run()
        self.assertEqual(self._health(), (80, "high", 0))
        self._make_risk(4, 5)
        self.assertEqual(self.customer.health_cap, 40)
        self._run()
        self.assertEqual(self._health()[::2], (40, 80))
        self.assertEqual(self._health(self.other)[::2], (80, 0))

    def test_the_level_follows_the_limited_score(self):
        self.card.write({"high_from": 70, "medium_from": 50})
        self._make_risk(4, 5)
        self._run()
        self.assertEqual(self.customer.health_level, "low")

    def test_a_score_below_the_limit_stays(self):
        for score in (30, 40):
            self._give_score(self.customer, score)
            self._make_risk(4, 5)
            self._run()
            self.assertEqual(self._health()[::2], (score, 0))
            self.assertFalse(self._latest().cap_reason)

    def test_a_missing_score_stays_missing(self):
        self.env["cpm.metric.value"].search(
            [("profile_id", "=", self.customer.id)]
        ).unlink()
        self._make_risk(4, 5)
        self._run()
        self.assertFalse(self.customer.health_level)
        self.assertFalse(self.customer.health_score)

    def test_a_limit_of_zero_is_one(self):
        self.critical.health_cap = 0
        self._make_risk(4, 5)
        self._run()
        self.assertEqual(self._health()[::2], (0, 80))
        self.assertTrue(self.customer.health_level)

    def test_the_limit_ends_with_the_risk(self):
        risk = self._make_risk(4, 5)
        self._run()
        risk._close("Over")
        self._run()
        self.assertEqual(self._health()[::2], (80, 0))
        self.assertFalse(self._latest().cap_reason)

    def test_the_lowest_limit_counts(self):
        self.high.write({"has_health_cap": True, "health_cap": 20})
        self._make_risk(4, 5)
        self._make_risk(3, 4)
        self._run()
        self.assertEqual(self._health()[::2], (20, 80))

    def test_levels_without_a_limit_limit_nothing(self):
        self.critical.has_health_cap = False
        self._make_risk(5, 5)
        self.assertFalse(self.customer.health_cap_reason)
        self._run()
        self.assertEqual(self._health()[::2], (80, 0))

    def test_another_limit_of_the_level_counts_from_the_next_run(self):
        self._make_risk(4, 5)
        self._run()
        self.critical.health_cap = 55
        self._run()
        self.assertEqual(self._health()[::2], (55, 80))

    def test_other_scores_are_not_limited(self):
        self._make_scorecard((self.points, 1, (0, 100)), purpose="value")
        self._make_risk(4, 5)
        self._run()
        self.assertEqual(self.customer.value_score, 80)

    def test_the_explanation_says_so(self):
        self._make_risk(4, 5)
        self._run()
        text = self.customer.health_explanation
        for words in ("80.00", "limited to", "40.00", "Critical"):
            self.assertIn(words, text)
        self.assertIn("Critical", self.customer.health_cap_text)
        latest = self._latest()
        self.assertEqual((latest.score, latest.uncapped_score), (40, 80))
        self.assertIn("limited to", latest.explanation)

    def test_what_the_limit_hides_is_explained_as_it_is(self):
        """The score stays at the limit while the points below it move."""
        self._make_risk(4, 5)
        self._run()
        self._give_score(self.customer, 60)
        self._run()
        self.assertEqual(self._health()[::2], (40, 60))
        latest = self._latest()
        self.assertEqual(latest.uncapped_score, 60)
        self.assertEqual(latest.breakdown[0]["points"], 60)

    def test_a_run_that_changes_nothing_writes_nothing(self):
        self._make_risk(4, 5)
        self._run()
        scores = len(self.customer.score_ids)
        self.assertEqual(self._run(full=True).changed, 0)
        self.assertEqual(len(self.customer.score_ids), scores)

    def test_an_incremental_night_finds_new_and_ended_limits(self):
        """By the limits themselves, whoever wrote the profile when."""
        self._run(full=True)
        risk = self._make_risk(4, 5)
        self._forget_edits()
        result = self._run(DAY + timedelta(days=1), full=False)
        self.assertFalse(result.full)
        self.assertEqual((result.looked_at, result.changed), (1, 1))
        self.assertEqual(self._health()[::2], (40, 80))
        self._forget_edits()
        self.assertEqual(self._run(DAY + timedelta(days=1), full=False).looked_at, 0)
        risk._close("Over")
        self._forget_edits()
        self._run(DAY + timedelta(days=2), full=False)
        self.assertEqual(self._health()[::2], (80, 0))

    def test_the_past_knows_no_limits_of_today(self):
        self._run()
        self._make_risk(4, 5)
        row = self._ghost()[self.customer.id]
        self.assertEqual((row["health_score"], row["health_uncapped"]), (80, None))

    def test_merged_and_excluded_customers_forget_their_limits(self):
        self._make_risk(4, 5)
        self._run()
        self.customer.score_excluded = True
        self.env.invalidate_all()
        self.assertFalse(self.customer.health_uncapped)
        self._run()
        self.assertFalse(self.customer.health_score)

    def test_dry_run_incremental_and_full_runs_agree(self):
        """Risks, scores and limits move at random; every night is incremental. What is
        stored then must be what a dry and a full run of that day find."""
        rng = random.Random(5)
        customers = self._make_customers(8)
        day = DAY
        with freeze_time(day):
            self._run(day, full=True)
        for _night in range(12):
            self._move_at_random(rng, customers)
            self._forget_edits()
            day += timedelta(days=1)
            with freeze_time(day):
                self._run(day, full=False)
                stored = {c.id: self._row(c) for c in customers}
                for customer, row in self._ghost(day).items():
                    if customer in stored:
                        self.assertEqual(
                            stored[customer],
                            (
                                row["health_score"],
                                row["health_level"],
                                row["health_uncapped"],
                            ),
                        )
                self.assertEqual(self._run(day, full=True).changed, 0)

    def _row(self, customer):
        """Return what is stored, None for missing."""
        self.env.cr.execute(
            """SELECT health_score, health_level, health_uncapped
               FROM cpm_profile WHERE id = %s""",
            (customer.id,),
        )
        return self.env.cr.fetchone()

    def _move_at_random(self, rng, customers):
        for customer in rng.sample(customers.ids, 3):
            customer = customers.browse(customer)
            deed = rng.choice(("score", "risk", "close", "assess"))
            risks = customer.risk_ids.filtered("is_open")
            if deed == "score":
                self._give_score(customer, rng.choice((10, 40, 41, 75, 100)))
            elif deed == "risk" or not risks:
                self._make_risk(
                    rng.randint(1, 5), rng.randint(1, 5), profile_id=customer.id
                )
            elif deed == "close":
                risks[0]._close("Over")
            else:
                self._assess(risks[0], "residual", rng.randint(1, 5), rng.randint(1, 5))
        if rng.random() < 0.2:
            self.critical.health_cap = rng.choice((20, 40, 60))


class TestRiskMetric(RiskCase):
    def test_the_worst_open_risk_is_a_metric(self):
        shipped = self.env.ref("customer_plan_mgmt.cpm_metric_worst_open_risk")
        shipped.write({"active": True, "code": "worst_open_risk"})
        self._make_scorecard((shipped, 1, {0: 100, 10: 50, 15: 0}), purpose="health")
        self._make_risk(3, 4, identified_on=DAY)
        closed = self._make_risk(5, 5, identified_on=DAY)
        closed._close("Over")
        self._run()
        value = self.customer.metric_value_ids.filtered(
            lambda row: row.metric_id == shipped
        )
        self.assertEqual(value.number, 12)
        self.assertEqual(self.customer.health_score, 50)
        self.assertFalse(self.other.health_level)
