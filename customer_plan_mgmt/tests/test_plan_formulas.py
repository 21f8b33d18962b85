"""The arithmetic of plans, at its edges."""

import doctest
import math
from datetime import date

from odoo.tests import BaseCase, tagged

from ..tools import plan_formulas

NONE = None


@tagged("post_install", "-at_install")
class TestPlanFormulas(BaseCase):
    def _check(self, function, table):
        for *args, expected in table:
            with self.subTest(function=function.__name__, args=args):
                found = function(*args)
                if expected is None:
                    self.assertIsNone(found)
                else:
                    self.assertEqual(found, expected)

    def test_examples_in_the_documentation_hold(self):
        result = doctest.testmod(plan_formulas)
        self.assertGreater(result.attempted, 20)
        self.assertFalse(result.failed)

    def test_progress(self):
        self._check(
            plan_formulas.progress,
            [
                # from, to, now, higher is better: percent
                (100, 200, 100, True, 0),
                (100, 200, 150, True, 50),
                (100, 200, 200, True, 100),
                (100, 200, 250, True, 150),
                (100, 200, 80, True, -20),
                (0, 50, 0, True, 0),
                (0, 50, 25, True, 50),
                (-10, 10, 0, True, 50),
                (-10, -20, -15, False, 50),
                # Less is better: the formula needs no second case
                (10, 4, 10, False, 0),
                (10, 4, 7, False, 50),
                (10, 4, 4, False, 100),
                (10, 4, 1, False, 150),
                (10, 4, 13, False, -50),
                # Keep a value
                (5, 5, 5, True, 100),
                (5, 5, 6, True, 100),
                (5, 5, 4.99, True, 0),
                (5, 5, 4.99, False, 100),
                (5, 5, 5.01, False, 0),
                (0, 0, 0, True, 100),
                # Nothing measured
                (100, 200, NONE, True, NONE),
                (5, 5, NONE, True, NONE),
                # What computers do to decimals
                (0, 0.1 + 0.2, 0.3, True, 100),
                (0.1, 0.4, 0.25, True, 50),
            ],
        )

    def test_progress_is_a_finite_number_without_a_sign_on_zero(self):
        for baseline, target, current in (
            (0, 5e-324, 1e15),
            (0, -5e-324, 1e15),
            (1e15, -1e15, -1e15),
            (0, 1e15, 5e-324),
        ):
            with self.subTest(baseline=baseline, target=target, current=current):
                self.assertTrue(
                    math.isfinite(plan_formulas.progress(baseline, target, current))
                )
        zero = plan_formulas.progress(10, 4, 10)
        self.assertEqual(math.copysign(1, zero), 1)

    def test_what_counts_in_a_mean(self):
        self._check(
            plan_formulas.counted,
            [(-1, 0), (0, 0), (0.5, 0.5), (100, 100), (100.1, 100), (1e6, 100)],
        )

    def test_mean_progress(self):
        self._check(
            plan_formulas.weighted_progress,
            [
                ([], NONE),
                ([(50, 0), (80, 0)], NONE),
                ([(NONE, 1), (NONE, 9)], NONE),
                ([(NONE, 9), (40, 1)], 40),
                ([(0, 1), (100, 1)], 50),
                ([(0, 1), (100, 3)], 75),
                ([(0, 3), (100, 0)], 0),
                # Neither an overshoot nor a loss counts beyond its goal
                ([(400, 1), (0, 1)], 50),
                ([(-400, 1), (100, 1)], 50),
            ],
        )

    def test_time_that_is_over(self):
        first, last = date(2024, 1, 1), date(2024, 1, 10)
        self._check(
            plan_formulas.elapsed,
            [
                (first, last, date(2023, 12, 31), 0),
                (first, last, first, 10),
                (first, last, date(2024, 1, 5), 50),
                (first, last, last, 100),
                (first, last, date(2030, 1, 1), 100),
                (first, first, date(2023, 12, 31), 0),
                (first, first, first, 100),
                (last, first, first, 100),
                # A leap year has a 29th of February
                (date(2024, 2, 1), date(2024, 3, 31), date(2024, 3, 1), 50),
            ],
        )

    def test_status(self):
        self._check(
            plan_formulas.status,
            [
                # progress, time over, at risk from, off track from
                (50, 50, 10, 25, "on_track"),
                (50, 59.99, 10, 25, "on_track"),
                (50, 60, 10, 25, "at_risk"),
                (50, 74.99, 10, 25, "at_risk"),
                (50, 75, 10, 25, "off_track"),
                (0, 0, 10, 25, "on_track"),
                (-30, 0, 10, 25, "off_track"),
                (99.99, 100, 10, 25, "on_track"),
                # Reached is reached, whatever the limits
                (100, 100, 0, 0, "on_track"),
                (150, 100, 0, 0, "on_track"),
                (99, 99, 0, 0, "off_track"),
                (99, 99, 0, 10, "at_risk"),
                (NONE, 50, 10, 25, NONE),
            ],
        )

    def test_satisfaction(self):
        self._check(
            plan_formulas.satisfaction_points,
            [
                (1, 0),
                (2, 25),
                (3, 50),
                (4, 75),
                (5, 100),
                (0.5, 0),
                (6, 100),
                (NONE, NONE),
            ],
        )

    def test_cost_and_benefit(self):
        self._check(
            plan_formulas.cost_benefit_points,
            [
                (100, 100, 50),
                (300, 100, 75),
                (100, 300, 25),
                (100, 0, 100),
                (100, -50, 100),
                (0, 100, 0),
                (-100, 100, 0),
                (-100, 0, 0),
                (0, 0, NONE),
                (NONE, 0, NONE),
                (NONE, 100, NONE),
            ],
        )

    def test_change_of_a_fact(self):
        self._check(
            plan_formulas.change_percent,
            [
                (200, 150, 25),
                (150, 200, 33.333333),
                (5, 5, 0),
                (0, 0, 0),
                (0, 3, 100),
                (3, 0, 100),
                (-10, -20, 100),
                (-10, 10, 200),
                (NONE, 3, 100),
                (NONE, NONE, 0),
                (3, NONE, 0),
                (5e-324, 1e15, plan_formulas.MOST),
            ],
        )
