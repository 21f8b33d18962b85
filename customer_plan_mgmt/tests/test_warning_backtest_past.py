"""What nobody can know of a past day is said, and not made up from today."""

from datetime import timedelta
from unittest.mock import patch

from odoo.tests import tagged
from odoo.tools import SQL

from ..models.scoring.engine.metric_sql import MetricSource
from ..models.warning.engine.facts import Facts
from .common_backtest import OBSERVED, BacktestCase


@tagged("post_install", "-at_install")
class TestBacktestPast(BacktestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customers = cls._world()
        cls.open_feedback = cls.env.ref("customer_plan_mgmt.cpm_metric_open_feedback")
        cls.open_feedback.active = True
        cls.env["cpm.scorecard"].search([]).active = False

    def _run_test(self):
        test = self._make_test()
        test.action_run()
        self.assertEqual(test.state, "done")
        return test

    def _make_card(self, metric, **vals):
        return self.env["cpm.scorecard"].create(
            {
                "name": "Health",
                "purpose": "health",
                "line_ids": [
                    (
                        0,
                        0,
                        {
                            "metric_id": metric.id,
                            "weight": 1,
                            "band_ids": [
                                (0, 0, {"from_value": 0, "points": 100}),
                                (0, 0, {"from_value": 50, "points": 0}),
                            ],
                        },
                    )
                ],
                **vals,
            }
        )

    def _score_rule(self):
        return self._make_rule(
            50, name="Ill", measure="health_score", metric_id=False, operator="below"
        )

    def _unknown(self, rule, *parts):
        """Assert that back-test and dry run say that, and why, the past is unknown."""
        trial = self.env["cpm.warning.rule.trial"].create(
            {"rule_id": rule.id, "company_id": self.company.id}
        )
        trial.action_compute()
        error = self._result(self._run_test(), rule).error
        for text in (error, trial.past_unknown, rule.trust_text):
            for part in parts:
                self.assertIn(part, text)
        self.assertFalse(trial.month_ids)

    def test_shipped_metrics(self):
        known = {
            "days_since_last": True,
            "silence_ratio": True,
            "days_since_message": True,
            "days_since_feedback": True,
            "complaints_90d": True,
            "csat_90d": True,
            "open_feedback": False,
            "overdue_feedback": False,
            "answered_in_time_90d": False,
            "worst_open_risk": False,
            "strategic_value": False,
        }
        for code, expected in known.items():
            metric = self.env.ref(f"customer_plan_mgmt.cpm_metric_{code}")
            with self.subTest(code):
                self.assertEqual(metric._knows_past(), expected)

    def test_feedback_closed_later(self):
        """A case that was open then and is closed now would vanish from the past."""
        metric = self.open_feedback
        self.env["cpm.feedback"].create(
            {
                "name": "Late",
                "partner_id": self.customers[0].partner_id.id,
                "company_id": self.company.id,
                "received_at": OBSERVED - timedelta(days=3),
            }
        )
        then = Facts(self.env, self.company, OBSERVED, past=True)
        count = self.env.execute_query(
            SQL(
                "SELECT count(*) FROM (%s) f WHERE %s > 0",
                then.source(),
                then.value(metric),
            )
        )
        self.assertEqual(count, [(1,)])
        rule = self._make_rule(0, metric_id=metric.id, zero_limit=True)
        self._unknown(rule, metric.name)
        self.assertEqual(
            self._run_again_signals(), ["silence", "rfm", f"rule_{rule.id}"]
        )

    def _run_again_signals(self):
        test = self.tests.search([("company_id", "=", self.company.id)], limit=1)
        test.action_run()
        return test.result_ids.mapped("signal")

    def test_an_administrator_knows_better(self):
        rule = self._make_rule(0, metric_id=self.open_feedback.id, zero_limit=True)
        self.assertFalse(rule._knows_past())
        self.open_feedback.knows_past = True
        self.assertTrue(rule._knows_past())
        self.assertFalse(self._result(self._run_test(), rule).error)

    def test_value_entered_by_hand_today(self):
        metric = self.env["cpm.metric"].create(
            {"name": "Mood", "code": "mood", "source": "manual", "knows_past": True}
        )
        self._unknown(self._make_rule(1, metric_id=metric.id), "Mood")
        ratio = self.env["cpm.metric"].create(
            {
                "name": "Mood per order",
                "code": "mood_per_order",
                "source": "ratio",
                "numerator_id": metric.id,
                "denominator_id": self.orders.id,
            }
        )
        self.assertIn("Mood", self._make_rule(1, metric_id=ratio.id)._past_unknown())

    def test_scores_know_what_their_metrics_know(self):
        card = self._make_card(self.last)
        rule = self._score_rule()
        self.assertIsNone(rule._past_unknown())
        card.line_ids.copy(
            {"scorecard_id": card.id, "metric_id": self.open_feedback.id}
        )
        self._unknown(rule, self.open_feedback.name)

    def test_scores_by_segment(self):
        segment = self.env["cpm.segment"].create({"name": "All", "domain": "[]"})
        self._make_card(self.last, segment_id=segment.id)
        self._unknown(self._score_rule(), "segment")

    # ---------------------------------------------------------------- Failing

    def _failing(self):
        """Return a patch that lets the metric of orders fail in the database."""
        aggregate = MetricSource.aggregate

        def broken(source, metric, *args):
            if metric == self.orders:
                return SQL("1 / (count(*) - count(*))")
            return aggregate(source, metric, *args)

        return patch.object(MetricSource, "aggregate", broken)

    def test_rules_name_the_metric_that_failed(self):
        self._make_card(self.orders)
        failing = self._make_rule(1, metric_id=self.orders.id) | self._score_rule()
        good = self._make_rule(25)
        trial = self.env["cpm.warning.rule.trial"].create(
            {"rule_id": failing[0].id, "company_id": self.company.id}
        )
        with self._failing():
            test = self._run_test()
            trial.action_compute()
        for rule in failing:
            self.assertIn(self.orders.name, self._result(test, rule).error)
        self.assertFalse(self._result(test, good).error)
        self.assertIn(self.orders.name, trial.past_unknown)
        self.assertFalse(trial.month_ids)

    def test_a_failed_contact_metric_is_not_silence(self):
        self.tier_a.contact_interval_days = 1
        for customer in self.customers:
            self._assign_tier(customer, self.tier_a, since=OBSERVED - timedelta(days=5))
        rule = self._make_rule(0, trigger="silence", metric_id=False)
        rule.contact_metric_ids = self.last
        facts = Facts(self.env, self.company, OBSERVED, past=True)
        facts.prepare()
        flagged = rule._flagged(facts)
        self.assertEqual(len(self.env.execute_query(flagged)), 10)
        facts.failed = self.last
        facts.stage.leave_out(self.last)
        self.assertFalse(self.env.execute_query(rule._flagged(facts)))
