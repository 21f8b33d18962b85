"""What the latest back-test says about customers flagged now, and the screen."""

from datetime import timedelta

from odoo import Command, fields
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import tagged

from .common import GROUP
from .common_backtest import HORIZON, OBSERVED, BacktestCase


class DoneCase(BacktestCase):
    """A test whose results are written down by hand."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rule = cls._make_rule(30)
        cls.company.cpm_trust_min_customers = 10
        cls.company.cpm_loss_days = HORIZON
        cls.test = cls._make_test(skip_lost=True)

    @classmethod
    def _finish(cls, test=None, signal=None, **figures):
        """Let ``test`` be done with a result of the rule (or ``signal``)."""
        test = test or cls.test
        test.sudo().write(
            {
                "state": "done",
                "done_at": fields.Datetime.now(),
                "customer_count": 1000,
                "lost_count": 400,
            }
        )
        return cls.env["cpm.backtest.result"].create(
            {
                "backtest_id": test.id,
                "signal": signal or f"rule_{cls.rule.id}",
                "signal_name": signal or "Rule",
                "rule_id": not signal and cls.rule.id,
                "rule_signature": not signal and cls.rule._signature(cls.company),
                **figures,
            }
        )


@tagged("post_install", "-at_install")
class TestBacktestTrust(DoneCase):
    def _trust(self, **arguments):
        arguments.setdefault("rule", self.rule)
        return self.tests._trust(self.company, None, **arguments)

    def test_share_of_the_customers_flagged_like_this_one(self):
        self._finish(warned_count=200, warned_lost_count=142)
        trust = self._trust()
        self.assertEqual((trust["flagged"], trust["lost"]), (200, 142))
        self.assertAlmostEqual(trust["share"], 0.71)
        self.assertEqual(trust["date"], OBSERVED)
        self.assertEqual(trust["horizon"], HORIZON)
        self.assertIn("Of 100 customers flagged like this one, 71 left", trust["text"])
        self.assertEqual(self.rule.trust_text, trust["text"])
        self.assertAlmostEqual(self.rule.trust_share, 0.71)

    def test_from_the_rule_to_its_badge(self):
        """A real run: of the seven silent for more than 25 days five left; the one
        silent for longer than the horizon had left before."""
        self.company.cpm_trust_min_customers = 7
        self.rule.limit_value = 25
        self._world()
        self.test.action_run()
        self.assertIn("flagged like this one, 71 left", self.rule.trust_text)
        self.assertIn("7 cases", self.rule.trust_text)
        self.company.cpm_trust_min_customers = 8
        self.rule.invalidate_recordset()
        self.assertIn("Too few cases", self.rule.trust_text)

    def test_too_few_cases_say_so(self):
        result = self._finish(warned_count=9, warned_lost_count=9)
        self.assertIsNone(self._trust()["share"])
        self.assertIn("Too few cases", self._trust()["text"])
        self.assertEqual(self.rule.trust_share, 0)
        result.sudo().warned_count = 10
        self.assertAlmostEqual(self._trust()["share"], 0.9)

    def test_nobody_flagged_and_nothing_tested(self):
        self.assertEqual(self.rule.trust_text, "Not back-tested yet.")
        self._finish()
        self.assertIn("No customer was flagged", self._trust()["text"])

    def test_the_latest_test_counts(self):
        self._finish(warned_count=100, warned_lost_count=10)
        later = self._make_test(
            date_observed=OBSERVED + timedelta(days=30), skip_lost=True
        )
        result = self._finish(later, warned_count=100, warned_lost_count=90)
        self.assertAlmostEqual(self._trust()["share"], 0.9)
        # A failed signal says nothing: the one before counts
        result.sudo().error = "out of order"
        self.assertAlmostEqual(self._trust()["share"], 0.1)

    def test_probability_is_judged_by_its_like(self):
        curve = [
            {"low": 0.1, "high": 0.2, "count": 50, "lost": 5, "predicted": 0.15},
            {"low": 0.7, "high": 0.8, "count": 60, "lost": 45, "predicted": 0.76},
            {"low": 0.9, "high": 1.0, "count": 4, "lost": 4, "predicted": 0.99},
        ]
        self._finish(signal="model", curve=curve, has_probability=True)
        for probability, share in (
            (0.1, 0.1),
            (0.19, 0.1),
            (0.7, 0.75),
            (0.5, None),
            (1.0, None),
        ):
            trust = self.tests._trust(self.company, "model", probability=probability)
            with self.subTest(probability):
                if share is None:
                    self.assertIsNone(trust["share"])
                else:
                    self.assertAlmostEqual(trust["share"], share)

    def test_other_companies_say_nothing(self):
        other = self._create_company(name="Southwind")
        self._finish(warned_count=100, warned_lost_count=10)
        self.assertEqual(
            self.tests._trust(other, None, rule=self.rule)["text"],
            "Not back-tested yet.",
        )

    def test_a_changed_rule_is_not_trusted_for_what_it_was(self):
        self._finish(warned_count=100, warned_lost_count=90)
        self.rule.limit_value = 31
        self.rule.invalidate_recordset()
        self.assertEqual(self.rule.trust_text, "Changed since the last back-test.")
        self.assertEqual(self.rule.trust_share, 0)
        self.rule.limit_value = 30
        self.rule.invalidate_recordset()
        self.assertAlmostEqual(self.rule.trust_share, 0.9)

    def test_only_comparable_tests_count(self):
        self._finish(warned_count=100, warned_lost_count=10)
        for number, vals in enumerate(
            ({"skip_lost": False}, {"skip_lost": True, "horizon_days": 7})
        ):
            later = self._make_test(
                date_observed=OBSERVED + timedelta(days=1 + number), **vals
            )
            self._finish(later, warned_count=100, warned_lost_count=90)
            with self.subTest(vals):
                self.assertAlmostEqual(self._trust()["share"], 0.1)
        # That of a month counts, with the days of its time
        later.sudo().scheduled_month = OBSERVED.replace(day=1)
        self.assertAlmostEqual(self._trust()["share"], 0.9)

    def test_a_test_to_be_run_again_says_what_it_said(self):
        self._finish(warned_count=100, warned_lost_count=10)
        self.test._queue()
        self.assertEqual(self.test.state, "waiting")
        self.assertAlmostEqual(self._trust()["share"], 0.1)

    def test_a_warning_shows_the_trust_of_its_company(self):
        self.rule.company_id = False
        self._finish(warned_count=100, warned_lost_count=90)
        warning = (
            self.env["cpm.warning"]
            .sudo()
            .create(
                {
                    "name": "Silent",
                    "company_id": self.company.id,
                    "profile_id": self._make_customer().id,
                    "rule_id": self.rule.id,
                }
            )
        )
        other = self._create_company(name="Southwind")
        elsewhere = warning.with_company(other)
        self.assertEqual(
            self.rule.with_company(other).trust_text, "Not back-tested yet."
        )
        self.assertIn("90 left", elsewhere.trust_text)
        self.assertAlmostEqual(elsewhere.trust_share, 0.9)

    def test_rules_without_a_past_say_so(self):
        self.rule.trigger = "plan_ending"
        self.assertIn("Cannot be back-tested", self.rule.trust_text)
        self.assertEqual(self.rule.trust_share, 0)

    def test_whoever_sees_the_rule_sees_its_trust(self):
        self._finish(warned_count=200, warned_lost_count=142)
        text = self.rule.with_user(self.user_own).trust_text
        self.assertIn("71 left", text)

    def test_a_list_of_rules_costs_no_more_than_one(self):
        self._finish(warned_count=200, warned_lost_count=142)
        many = self.rule
        for limit in range(1, 80):
            many |= self._make_rule(limit)
        counts = []
        for rules in (self.rule, many):
            self.env.flush_all()
            self.env.invalidate_all()
            rules.mapped("trigger")
            before = self.env.cr.sql_log_count
            rules.mapped("trust_text")
            counts.append(self.env.cr.sql_log_count - before)
        self.assertLessEqual(counts[1], counts[0] + 1)
        self.assertLessEqual(counts[0], 12)


@tagged("post_install", "-at_install")
class TestBacktestScreen(DoneCase):
    """The sentences of the form."""

    def _results(self, main, rival):
        self._finish(
            signal="rules",
            warned_count=200,
            warned_lost_count=150,
            precision=0.75,
            recall=0.375,
            auc=main,
            gains=[0.1] * 10,
        )
        self._finish(signal="silence", is_rival=True, auc=rival, gains=[0.2] * 10)

    def test_headline(self):
        self._results(0.8, 0.7)
        for part in (
            "1,000 customers",
            "400 (40 %) left",
            "200",
            "150",
            "75 %",
            "38 %",
        ):
            self.assertIn(part, self.test.headline)
        self.assertIn("orders the customers better", self.test.remark)
        self.assertFalse(self.test.is_beaten)
        self.assertAlmostEqual(self.test.best_auc, 0.8)

    def test_a_better_rival_is_said(self):
        self._results(0.7, 0.8)
        self.assertTrue(self.test.is_beaten)
        self.assertIn("A naive list would have been better", self.test.remark)
        self.assertIn("0.800", self.test.remark)

    def test_about_even(self):
        self._results(0.7, 0.702)
        self.assertFalse(self.test.is_beaten)
        self.assertIn("about even", self.test.remark)

    def test_the_best_is_marked(self):
        self._results(0.7, 0.8)
        best = self.test.result_ids.filtered("is_best")
        self.assertEqual(best.signal, "silence")

    def test_curves(self):
        self._results(0.8, 0.7)
        chart = self.test.chart
        self.assertEqual(
            [line["name"] for line in chart["gains"]],
            ["Any warning rule", "Longest silence"],
        )
        self.assertEqual(chart["calibration"], [])

    def test_nothing_to_say_before_it_was_run(self):
        self.assertFalse(self.test.headline)
        self.assertFalse(self.test.remark)
        self.assertEqual(self.test.best_auc, 0)

    def test_managers_of_other_companies_see_nothing(self):
        other = self._create_company(name="Southwind")
        manager = self._make_user(
            "cpm_foreign",
            GROUP % "manager",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        result = self._finish(warned_count=1)
        self.assertIn(self.test, self.tests.with_user(self.manager).search([]))
        self.assertNotIn(self.test, self.tests.with_user(manager).search([]))
        for records in (self.test, result):
            with self.assertRaises(AccessError):
                records.with_user(manager).read(["display_name"])
        with self.assertRaises(ValidationError):
            self.tests.with_user(manager).create(
                {
                    "company_id": self.company.id,
                    "date_observed": OBSERVED,
                    "horizon_days": 8,
                }
            )

    def test_the_name_in_the_graph_is_that_of_the_company(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        self._world()
        self.test.with_context(lang="zh_CN").action_run()
        silence = self.test.result_ids.filtered(lambda r: r.signal == "silence")
        self.assertEqual(silence.signal_name, "Longest silence")

    def test_names_follow_the_reader(self):
        self.assertEqual(self.test.display_name, "06/30/2024, 90 days")
        result = self._finish(warned_count=1)
        self.assertEqual(result.display_name, self.rule.display_name)
