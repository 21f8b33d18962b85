"""A whole run against the oracle, on random customers and random rules."""

import ast
import random
from datetime import timedelta

from freezegun import freeze_time

from . import oracle
from .common import DAY, CpmCommon

PURPOSES = ("value", "health", "loyalty")


class TestScoringRunOracle(CpmCommon):
    """The oracle gets the purchases and the rules, and must come to the same scores,
    levels, tiers and stages as the run."""

    RULES = (
        ("back", "[('stage', '=', 'gone'), ('last', '<=', 60)]"),
        ("blank", "['|', ('orders', '=', False), ('orders', '=', 0)]"),
        (
            "busy",
            "['&', ('orders', '>=', 3), '|', ('last', '<=', 45), ('pace', '<=', 2)]",
        ),
        ("star", "[('tier', '=', 'gold'), ('value_score', '>', 85)]"),
        ("gone", "['!', ('last', '<=', 200)]"),
        ("quiet", "[('last', '>', 90), ('days_in_stage', '>=', 10)]"),
    )

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.metrics = {
            "orders": cls._make_metric("orders"),
            "revenue": cls._make_metric("revenue", "sum", period_days=120),
            "last": cls._make_metric("last", "days_since_last"),
            "rhythm": cls._make_metric("rhythm", "median_interval_days"),
            "trend": cls._make_metric("trend", "growth", period_days=60),
            "size": cls._make_manual_metric("size"),
        }
        cls.metrics["pace"] = cls.env["cpm.metric"].create(
            {
                "name": "Pace",
                "code": "pace",
                "source": "ratio",
                "numerator_id": cls.metrics["last"].id,
                "denominator_id": cls.metrics["rhythm"].id,
            }
        )
        cls.tier_a.minimum_stay_days = 30
        cls.tier_b.minimum_stay_days = 90
        cls.stages = cls._make_stages(*cls.RULES)

    def _random_card(self, rng, purpose):
        lines = []
        for code in rng.sample(sorted(self.metrics), rng.randint(1, 4)):
            kind = rng.choice(("threshold", "linear", "percentile"))
            banding = None
            if kind == "threshold":
                limits = rng.sample((-50, 0, 1, 3, 10, 30, 100, 180, 1000), 3)
                banding = {limit: rng.choice((0, 25, 50, 99, 100)) for limit in limits}
            elif kind == "linear":
                banding = rng.choice(((0, 100), (200, 0), (-10, 10), (0, 3)))
            lines.append((self.metrics[code], rng.choice((1, 2, 5, 0.3, 7.5)), banding))
        return self._make_scorecard(*lines, purpose=purpose)

    def _random_customers(self, rng):
        """Return ``{profile: facts}`` with purchases, a present tier and stage."""
        facts = {}
        for customer in self._make_customers(14):
            days = [rng.choice((3, 45, 46, 60, 61, 89, 119, 120, 200, 201, 400))]
            days += [rng.randint(0, 300) for _index in range(rng.choice((0, 1, 3, 8)))]
            if rng.random() < 0.15:
                days = []
            rows = [
                (DAY - timedelta(days=day), rng.choice((5, 10, 99.5, -20, 400)))
                for day in days
            ]
            if rows:
                self._make_purchases(customer, *rows)
            size = rng.choice((None, 0, 3, 10, 100))
            if size is not None:
                self._give_value(customer, self.metrics["size"], size)
            tier = rng.choice((None, self.tier_a, self.tier_b, self.tier_c))
            since = DAY - timedelta(days=rng.choice((0, 29, 30, 89, 90, 500)))
            if tier:
                self._assign_tier(customer, tier, since)
            locked = bool(tier) and rng.random() < 0.2
            if locked:
                customer.sudo().write(
                    {
                        "tier_origin": "manual",
                        "tier_locked_until": rng.choice((False, DAY)),
                    }
                )
            stage = rng.choice([None, *self.stages])
            stage_since = DAY - timedelta(days=rng.choice((1, 9, 10, 50)))
            customer.sudo().write(
                {
                    "lifecycle_stage_id": stage and stage.id,
                    "lifecycle_since": stage and stage_since,
                    "lifecycle_origin": stage and "rule",
                }
            )
            facts[customer] = {
                "rows": rows,
                "size": size,
                "tier": tier,
                "since": since,
                "locked": locked,
                "stage": stage,
                "days_in_stage": stage and (DAY - stage_since).days,
            }
        return facts

    # ------------------------------------------------------------------- Oracle

    def _values(self, facts):
        rows = facts["rows"]
        values = {
            code: oracle.measure(metric.measure, rows, DAY, metric.period_days)
            for code, metric in self.metrics.items()
            if metric.source == "computed"
        }
        values["size"] = facts["size"]
        values["pace"] = oracle.ratio(values["last"], values["rhythm"])
        return values

    def _points(self, line, values, everybody):
        value = values[line.metric_id.code]
        if line.banding == "threshold":
            return oracle.threshold_points(
                value, {band.from_value: band.points for band in line.band_ids}
            )
        if line.banding == "linear":
            return oracle.linear_points(value, line.low_value, line.high_value)
        return oracle.percentile_points(
            value, [other[line.metric_id.code] for other in everybody]
        )

    def _expected(self, facts, values, everybody, cards):
        result = {}
        for purpose in PURPOSES:
            card = cards[purpose]
            score = oracle.weighted_score(
                [
                    (self._points(line, values, everybody), line.weight)
                    for line in card.line_ids
                ]
            )
            result[f"{purpose}_score"] = score
            result[f"{purpose}_level"] = oracle.level(
                score, card.high_from, card.medium_from
            )
        tier = oracle.tier(
            result["value_score"],
            facts["tier"],
            [
                (t, t.promotion_threshold, t.demotion_threshold, t.minimum_stay_days)
                for t in (self.tier_a, self.tier_b, self.tier_c)
            ],
            facts["since"],
            DAY,
            facts["locked"],
        )
        result["tier_id"] = tier and tier.id
        known = {
            **values,
            **{f"{p}_score": result[f"{p}_score"] for p in PURPOSES},
            "tier": tier and tier.code,
            "stage": facts["stage"] and facts["stage"].code,
            "days_in_stage": facts["days_in_stage"],
        }
        result["lifecycle_stage_id"] = facts["stage"] and facts["stage"].id
        for stage in self.stages:
            if oracle.holds(ast.literal_eval(stage.rule), known):
                result["lifecycle_stage_id"] = stage.id
                break
        return result

    def _stored(self, customers):
        """Return what is stored, with NULL as None."""
        names = [f"{p}_{kind}" for p in PURPOSES for kind in ("score", "level")]
        names += ["tier_id", "lifecycle_stage_id"]
        self.env.flush_all()
        self.env.cr.execute(
            f"SELECT id, {', '.join(names)} FROM cpm_profile WHERE id IN %s",
            [tuple(customers.ids)],
        )
        return {
            row[0]: dict(zip(names, row[1:], strict=True))
            for row in self.env.cr.fetchall()
        }

    def test_whole_run_on_random_customers_and_scorecards(self):
        for seed in range(1, 7):
            rng = random.Random(seed)
            with self.subTest(seed=seed), self.env.cr.savepoint() as savepoint:
                facts = self._random_customers(rng)
                cards = {p: self._random_card(rng, p) for p in PURPOSES}
                values = {c: self._values(item) for c, item in facts.items()}
                everybody = list(values.values())
                expected = {
                    customer.id: self._expected(
                        item, values[customer], everybody, cards
                    )
                    for customer, item in facts.items()
                }
                customers = self.profiles.browse(c.id for c in facts)
                self._run()
                stored = self._stored(customers)
                for customer in customers:
                    self.assertEqual(
                        stored[customer.id],
                        expected[customer.id],
                        f"seed {seed}: {facts[customer]} {values[customer]}",
                    )
                savepoint.rollback()
            self.env.invalidate_all()

    def test_dry_run_and_run_come_to_the_same(self):
        rng = random.Random(99)
        customers = self.profiles.browse(c.id for c in self._random_customers(rng))
        for purpose in PURPOSES:
            self._random_card(rng, purpose)
        before = self._stored(customers)
        with freeze_time(DAY):
            rows = self._run(DAY, dry_run=True).rows
            self.assertEqual(self._stored(customers), before, "nothing was written")
            self._run()
        for customer_id, stored in self._stored(customers).items():
            foreseen = {name: rows[customer_id][name] for name in stored}
            self.assertEqual(stored, foreseen)
