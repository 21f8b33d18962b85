"""The arithmetic of back-tests, at its edges and against naive counting."""

import doctest
import random

from odoo.tests import BaseCase, tagged

from ..tools import churn_statistics as statistics


def auc_by_pairs(scores, outcomes):
    """Every pair of one who left and one who stayed, compared."""
    left = [s for s, lost in zip(scores, outcomes, strict=True) if lost]
    stayed = [s for s, lost in zip(scores, outcomes, strict=True) if not lost]
    won = sum((a > b) + (a == b) / 2 for a in left for b in stayed)
    return won / (len(left) * len(stayed))


@tagged("post_install", "-at_install")
class TestChurnStatistics(BaseCase):
    def test_examples_in_the_documentation_hold(self):
        result = doctest.testmod(statistics)
        self.assertGreater(result.attempted, 15)
        self.assertFalse(result.failed)

    def test_auc_counts_pairs(self):
        rand = random.Random(7)
        for _index in range(50):
            size = rand.randint(2, 60)
            scores = [rand.randint(0, 8) for _customer in range(size)]
            outcomes = [True, False] + [rand.random() < 0.4 for _c in range(size - 2)]
            self.assertAlmostEqual(
                statistics.auc(scores, outcomes), auc_by_pairs(scores, outcomes), 12
            )

    def test_auc_of_the_opposite_is_the_rest(self):
        scores, outcomes = [1, 4, 4, 7, 9], [False, True, False, True, False]
        opposite = [-score for score in scores]
        self.assertAlmostEqual(
            statistics.auc(scores, outcomes) + statistics.auc(opposite, outcomes), 1
        )

    def test_nothing_to_say_is_none(self):
        for scores, outcomes in (([], []), ([1], [True]), ([1, 2], [False, False])):
            with self.subTest(outcomes=outcomes):
                self.assertIsNone(statistics.auc(scores, outcomes))
        for function in (statistics.captured, statistics.lift):
            self.assertIsNone(function([1, 2], [False, False], 0.1))
        self.assertIsNone(statistics.precision(0, 0))
        self.assertIsNone(statistics.recall(0, 0))
        self.assertIsNone(statistics.brier([], []))
        self.assertIsNone(statistics.expected_calibration_error([]))

    def test_lift_shares_the_border_among_equals(self):
        # Ten customers, three left; the best tenth is one of five equal scores
        scores = [5] * 5 + [1] * 5
        outcomes = [True, True, False, False, False] + [True] + [False] * 4
        self.assertAlmostEqual(statistics.lift(scores, outcomes), (2 / 5) / (3 / 10))
        self.assertAlmostEqual(statistics.captured(scores, outcomes, 0.5), 2 / 3)
        self.assertAlmostEqual(statistics.captured(scores, outcomes, 1.0), 1)

    def test_curve_has_a_point_for_every_bin_with_customers(self):
        probabilities = [0.0, 0.05, 0.1, 0.95, 1.0]
        curve = statistics.curve(probabilities, [False, True, True, True, True])
        self.assertEqual([point["low"] for point in curve], [0.0, 0.1, 0.9])
        self.assertEqual([point["count"] for point in curve], [2, 1, 2])
        self.assertEqual([point["lost"] for point in curve], [1, 1, 2])
        self.assertAlmostEqual(curve[0]["predicted"], 0.025)
        self.assertAlmostEqual(curve[2]["predicted"], 0.975)

    def test_calibration_error_is_weighted_by_customers(self):
        outcomes = [True] * 8 + [False] * 2
        self.assertAlmostEqual(
            statistics.expected_calibration_error(
                statistics.curve([0.85] * 10, outcomes)
            ),
            0.05,
        )
        mixed = statistics.curve([0.85] * 10 + [0.05] * 30, outcomes + [False] * 30)
        self.assertAlmostEqual(
            statistics.expected_calibration_error(mixed), (0.5 + 1.5) / 40
        )

    def test_columns_of_different_length_are_refused(self):
        for function in (statistics.auc, statistics.brier, statistics.curve):
            with self.subTest(function.__name__), self.assertRaises(ValueError):
                function([0.1, 0.2], [True, False, True])
