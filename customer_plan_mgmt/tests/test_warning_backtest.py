"""Back-tests: figures counted by hand, nothing known too early."""

from datetime import timedelta
from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import SQL, mute_logger

from ..models.warning.engine.facts import Facts
from ..models.warning.engine.judge import Judge
from ..tools import churn_statistics as statistics
from .common_backtest import HORIZON, OBSERVED, TODAY, BacktestCase


@tagged("post_install", "-at_install")
class TestBacktestFigures(BacktestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customers = cls._world()

    def _run_test(self, **vals):
        test = self._make_test(**vals)
        test.action_run()
        self.assertEqual(test.state, "done")
        return test

    def test_who_is_counted(self):
        test = self._run_test()
        self.assertEqual(test.customer_count, 10)
        self.assertEqual(test.lost_count, 5)
        self.assertEqual(test.left_before_count, 0)
        self.assertAlmostEqual(test.lost_share, 0.5)
        self.assertTrue(test.done_at)

    def test_silence_against_counting_by_hand(self):
        test = self._run_test()
        result = self._result(test, "silence")
        silent = list(range(10, 101, 10))
        left = [days in (30, 40, 50, 60, 90) for days in silent]
        self.assertAlmostEqual(result.auc, statistics.auc(silent, left))
        self.assertAlmostEqual(result.lift_top, statistics.lift(silent, left))
        for tenth, gain in enumerate(result.gains, 1):
            self.assertAlmostEqual(
                gain, statistics.captured(silent, left, tenth / 10), msg=tenth
            )
        # Without a rule to compare with as many as really left: 60 to 100 days
        self.assertTrue(result.is_rival)
        self.assertEqual(result.warned_count, 5)
        self.assertEqual(result.warned_lost_count, 2)
        self.assertAlmostEqual(result.precision, 2 / 5)
        self.assertAlmostEqual(result.recall, 2 / 5)
        self.assertFalse(result.has_probability)
        self.assertFalse(result.error)

    def test_customers_lost_before_are_left_out(self):
        self._buyer(silent=HORIZON)
        self._buyer(silent=HORIZON + 1)
        test = self._run_test(skip_lost=True)
        # 100 and 91 days of silence are longer than the horizon, 90 are not
        self.assertEqual(test.customer_count, 10)
        self.assertEqual(test.left_before_count, 2)
        self.assertEqual(test.lost_count, 6)

    def test_the_horizon_ends_on_its_last_day(self):
        on_time = self._buyer(silent=5, returns=HORIZON)
        too_late = self._buyer(silent=5, returns=HORIZON + 1)
        facts = Facts(self.env, self.company, OBSERVED, past=True)
        judge = Judge(facts, HORIZON)
        judge.prepare()
        rows = dict(
            self.env.execute_query(
                SQL("SELECT profile_id, is_lost FROM cpm_backtest_base")
            )
        )
        self.assertIs(rows[on_time.id], False)
        self.assertIs(rows[too_late.id], True)

    def test_excluded_customers_are_not_judged(self):
        self.customers[0].score_excluded = True
        self.assertEqual(self._run_test().customer_count, 9)

    def test_customers_archived_since_are_judged(self):
        """Who is archived has often left: without them all signals look better."""
        before = self._run_test()
        rule = self._make_rule(55)
        self.customers[5].active = False  # silent for 60 days, left
        self._make_customer().active = False  # never bought
        before.action_run()
        self.assertEqual((before.customer_count, before.lost_count), (10, 5))
        self.assertEqual(self._result(before, rule).warned_count, 5)
        today = Facts(self.env, self.company, TODAY)
        ids = {row[0] for row in self.env.execute_query(today.source())}
        self.assertNotIn(self.customers[5].id, ids)

    def test_rank_of_recency_frequency_and_money(self):
        """A customer who buys more and more often is less likely to leave."""
        for orders, amount in ((1, 10), (3, 10), (3, 500)):
            self._buyer(silent=15, orders=orders, amount=amount)
        test = self._make_test()
        facts = Facts(self.env, self.company, OBSERVED, past=True)
        scores = {
            profile: score
            for profile, score, _warned, _probability in self.env.execute_query(
                test._signal_sql("rfm", facts)
            )
        }
        profiles = self.profiles.browse(sorted(scores)[-3:])
        poor, regular, rich = (scores[profile.id] for profile in profiles)
        self.assertGreater(poor, regular)
        self.assertGreater(regular, rich)

    def test_running_again_replaces_the_results(self):
        test = self._run_test()
        before = test.result_ids
        self._buyer(silent=20)
        test.action_run()
        self.assertEqual(test.customer_count, 11)
        self.assertFalse(before.exists())
        self.assertEqual(test.result_ids.mapped("signal"), ["silence", "rfm"])

    def test_a_probability_is_judged_for_what_it_says(self):
        """By the same figures as the plain functions."""
        probabilities = [0.05, 0.15, 0.75, 0.75, 0.35, 0.95, 0.15, 0.25, 1.0, 0.0]
        left = [days in (30, 40, 50, 60, 90) for days in range(10, 101, 10)]
        said = SQL(", ").join(
            SQL("(%s, %s::float8)", customer.id, probability)
            for customer, probability in zip(self.customers, probabilities, strict=True)
        )
        signal = SQL(
            """SELECT profile_id, p AS score, p >= 0.5 AS is_warned, p AS probability
               FROM (VALUES %s) said(profile_id, p)""",
            said,
        )
        judge = Judge(
            Facts(self.env, self.company, OBSERVED, past=True), HORIZON, skip_lost=False
        )
        judge.prepare()
        figures = judge.figures(signal)
        self.assertTrue(figures["has_probability"])
        self.assertAlmostEqual(figures["brier"], statistics.brier(probabilities, left))
        curve = statistics.curve(probabilities, left)
        for found, expected in zip(figures["curve"], curve, strict=True):
            for key, value in expected.items():
                self.assertAlmostEqual(found[key], value, msg=key)
        self.assertAlmostEqual(
            figures["calibration_error"], statistics.expected_calibration_error(curve)
        )
        self.assertAlmostEqual(figures["auc"], statistics.auc(probabilities, left))
        self.assertEqual(figures["warned_count"], 4)
        self.assertEqual(figures["warned_lost_count"], 4)

    def test_what_cannot_be_said_is_not_zero(self):
        """A Brier score of 0 would be perfect, and averages would count it."""
        rule = self._make_rule(10_000)
        test = self._run_test()
        self.env.flush_all()
        rows = {
            signal: figures
            for signal, *figures in self.env.execute_query(
                SQL(
                    """SELECT signal, brier, calibration_error, precision
                       FROM cpm_backtest_result WHERE backtest_id = %s""",
                    test.id,
                )
            )
        }
        self.assertEqual(rows["silence"][:2], [None, None])
        self.assertAlmostEqual(rows["silence"][2], 2 / 5)
        self.assertEqual(rows[f"rule_{rule.id}"], [None, None, None])

    def test_silent_and_nonsensical_scores_are_the_lowest(self):
        """Who a signal says nothing of is held least likely to leave."""
        first, second = self.customers[:2]
        signal = SQL(
            """SELECT * FROM (VALUES (%s, 1::float8, TRUE, NULL::float8),
                                     (%s, 'NaN'::float8, NULL, 'NaN'::float8))
               said(profile_id, score, is_warned, probability)""",
            self.customers[2].id,
            first.id,
        )
        judge = Judge(
            Facts(self.env, self.company, OBSERVED, past=True), HORIZON, skip_lost=False
        )
        judge.prepare()
        figures = judge.figures(signal)
        self.assertTrue(second)
        self.assertEqual(figures["warned_count"], 1)
        self.assertFalse(figures["has_probability"])
        left = [days in (30, 40, 50, 60, 90) for days in range(10, 101, 10)]
        scores = [0, 0, 1] + [0] * 7
        self.assertAlmostEqual(figures["auc"], statistics.auc(scores, left))


@tagged("post_install", "-at_install")
class TestBacktestRules(BacktestCase):
    """Rules as signals."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customers = cls._world()
        cls.long, cls.short = cls._make_rule(55), cls._make_rule(25)

    def _run_test(self, **vals):
        test = self._make_test(**vals)
        test.action_run()
        return test

    def test_every_rule_is_judged(self):
        test = self._run_test()
        # More than 55 days: 60 to 100, of whom 60 and 90 left
        long = self._result(test, self.long)
        self.assertEqual((long.warned_count, long.warned_lost_count), (5, 2))
        self.assertAlmostEqual(long.precision, 0.4)
        self.assertAlmostEqual(long.recall, 0.4)
        short = self._result(test, self.short)
        self.assertEqual((short.warned_count, short.warned_lost_count), (8, 5))
        self.assertAlmostEqual(short.recall, 1.0)
        self.assertFalse(short.is_rival)
        self.assertEqual(short.display_name, self.short.name)
        # What would have become of the 8 with the longest silence instead
        self.assertAlmostEqual(short.rival_precision, 5 / 8)

    def test_any_rule_is_the_number_of_rules_that_flag(self):
        test = self._run_test()
        result = self._result(test, "rules")
        silent = range(10, 101, 10)
        flags = [(days > 55) + (days > 25) for days in silent]
        left = [days in (30, 40, 50, 60, 90) for days in silent]
        self.assertEqual((result.warned_count, result.warned_lost_count), (8, 5))
        self.assertAlmostEqual(result.auc, statistics.auc(flags, left))
        self.assertAlmostEqual(result.lift_top, statistics.lift(flags, left))

    def test_rivals_warn_of_as_many(self):
        test = self._run_test()
        for code in ("silence", "rfm"):
            self.assertEqual(self._result(test, code).warned_count, 8)
        self.long.active = self.short.active = False
        test.action_run()
        # Nothing to compare with: as many as really left
        self.assertEqual(self._result(test, "silence").warned_count, 5)

    def test_rules_of_other_companies_and_archived_ones_are_not_judged(self):
        other = self._create_company(name="Southwind")
        self.long.active = False
        foreign = self._make_rule(10, company_id=other.id)
        shared = self._make_rule(15, company_id=False)
        test = self._run_test()
        self.assertEqual(test.result_ids.rule_id, self.short | shared)
        self.assertNotIn(foreign, test.result_ids.rule_id)

    def test_conditions_of_the_rule_hold(self):
        """The tier is that of the day, not today's."""
        self.short.tier_ids = self.tier_a
        gold, later = self.customers[4:6]
        self._assign_tier(gold, self.tier_a, since=OBSERVED - timedelta(days=5))
        self._assign_tier(later, self.tier_a, since=OBSERVED + timedelta(days=5))
        result = self._result(self._run_test(), self.short)
        self.assertEqual(result.warned_count, 1)

    def test_rules_whose_past_nobody_knows_say_so(self):
        self.long.trigger = "key_contact"
        test = self._run_test()
        result = self._result(test, self.long)
        self.assertIn("has no history", result.error)
        self.assertEqual(self._result(test, "rules").warned_count, 8)
        self.assertTrue(test.has_error)

    def test_a_failing_rule_does_not_hold_up_the_others(self):
        model = type(self.long)
        flagged = model._flagged

        def broken(rule, facts):
            return (
                SQL("SELECT 1 / 0 AS profile_id")
                if rule == self.long
                else flagged(rule, facts)
            )

        with patch.object(model, "_flagged", broken), mute_logger("odoo.sql_db"):
            test = self._run_test()
        self.assertIn("division by zero", self._result(test, self.long).error)
        self.assertEqual(self._result(test, self.short).warned_count, 8)

    def test_customers_with_an_open_warning_are_counted_all_the_same(self):
        self.env["cpm.warning"].sudo().create(
            {
                "name": "Silent",
                "company_id": self.company.id,
                "profile_id": self.customers[9].id,
                "rule_id": self.long.id,
            }
        )
        self.assertEqual(self._result(self._run_test(), self.long).warned_count, 5)

    def test_a_deleted_rule_takes_its_results_along(self):
        test = self._run_test()
        result = self._result(test, self.long)
        self.long.unlink()
        self.assertFalse(result.exists())
        self.assertEqual(test.state, "done")

    def test_as_many_queries_for_many_customers(self):
        counts = []
        for _round in range(2):
            test = self._make_test(horizon_days=HORIZON + len(counts))
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            test.action_run()
            counts.append(self.env.cr.sql_log_count - before)
            for number in range(80):
                self._buyer(silent=number + 1, returns=number % 2 or None)
        self.assertLessEqual(counts[1], counts[0])
        self.assertLess(counts[0], 120)


@tagged("post_install", "-at_install")
class TestBacktestPeeking(BacktestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customers = cls._world()
        cls.rule = cls._make_rule(35)
        cls.drop = cls._make_rule(
            0,
            name="Revenue collapsed",
            trigger="drop",
            metric_id=cls.revenue.id,
            drop_kind="percent",
            drop_value=20,
            within_days=60,
        )

    def _said(self, test):
        """Return what every signal says, ``{code: rows}``."""
        facts = Facts(self.env, self.company, OBSERVED, past=True)
        facts.prepare()
        failed = test._prepare_signals(facts)
        self.assertFalse(failed)
        return {
            signal["code"]: sorted(
                self.env.execute_query(
                    test._signal_sql(signal["code"], facts, signal["rule"] or None)
                )
            )
            for signal in test._signals()
        }

    def test_what_happens_later_changes_the_outcome_only(self):
        test = self._make_test()
        before = self._said(test)
        test.action_run()
        lost = test.lost_count
        for customer in self.customers:
            self._make_purchases(
                customer,
                *((OBSERVED + timedelta(days=n), 1e6) for n in range(1, 60, 7)),
            )
        # A run on a later day stores other scores and values
        self._run(TODAY)
        self.assertEqual(self._said(test), before)
        codes = {f"rule_{rule.id}" for rule in self.rule | self.drop}
        self.assertEqual(set(before), {"rules", "silence", "rfm"} | codes)
        self.assertTrue(before[f"rule_{self.rule.id}"])
        test = self._make_test(horizon_days=HORIZON - 1)
        with self.assertRaisesRegex(UserError, "none of 10 customers left"):
            test.action_run()
        self.assertEqual(lost, 5)

    def test_what_was_known_changes_what_is_said(self):
        """The test above would see a difference."""
        test = self._make_test()
        before = self._said(test)
        self._make_purchases(self.customers[9], (OBSERVED, 5))
        after = self._said(test)
        for code in ("rules", "silence", "rfm", f"rule_{self.rule.id}"):
            self.assertNotEqual(before[code], after[code])

    def test_later_customers_are_unknown(self):
        later = self._buyer(silent=-20)
        test = self._make_test()
        test.action_run()
        self.assertEqual(test.customer_count, 10)
        self.assertTrue(later.active)
