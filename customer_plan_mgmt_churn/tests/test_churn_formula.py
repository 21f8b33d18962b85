"""The formula and the grid, by hand."""

import math
from datetime import date

from odoo.tests import BaseCase, tagged

from ..tools.formula import Term, columns, probability, reasons, transformed
from ..tools.grid import CUTOFFS, STEPS, Grid, labels


@tagged("post_install", "-at_install")
class TestChurnFormula(BaseCase):
    def test_transformed(self):
        for value, transform, expected in (
            (0, "log", 0),
            (math.e - 1, "log", 1),
            (1 - math.e, "log", -1),
            (5, "plain", 5),
            (-5, "plain", -5),
        ):
            with self.subTest(value=value, transform=transform):
                self.assertAlmostEqual(transformed(value, transform), expected)

    def test_missing_counts_as_zero_or_apart(self):
        self.assertEqual(columns(None, Term(1, "log", "zero")), (0, 0))
        self.assertEqual(columns(None, Term(1, "log", "apart")), (0, 1))
        self.assertEqual(columns(0.0, Term(1, "log", "apart")), (0, 0))

    def test_probability(self):
        terms = [Term(1, "plain", "apart", 0.5, 2.0), Term(2, "log", "zero", -1.0)]
        for values, z in (
            ({1: 4, 2: 0}, 1 + 2),
            ({1: None, 2: math.e - 1}, 1 + 2 - 1),
            ({}, 1 + 2),
        ):
            with self.subTest(values):
                expected = 1 / (1 + math.exp(-z))
                self.assertAlmostEqual(probability(1.0, terms, values), expected)

    def test_probability_of_absurd_values_is_a_number(self):
        terms = [Term(1, "plain", "zero", 1.0)]
        self.assertAlmostEqual(probability(0, terms, {1: 1e300}), 1)
        self.assertAlmostEqual(probability(0, terms, {1: -1e300}), 0)

    def test_reasons_are_against_the_average_and_the_strongest_first(self):
        terms = [
            Term(1, "plain", "zero", 1.0, mean=3.0),
            Term(2, "plain", "apart", 1.0, 4.0, mean=0.0, missing_mean=0.5),
            Term(3, "plain", "zero", 0.001),
            Term(4, "plain", "zero", -1.0, mean=-0.5),
        ]
        found = reasons(terms, {1: 2.0, 2: None, 3: 1.0, 4: 0.0})
        self.assertEqual(found, [(2, 2.0), (1, -1.0), (4, -0.5)])

    def test_grid_ends_on_the_day_and_spans_the_horizon(self):
        for horizon in (1, 30, 273, 3650):
            grid = Grid(date(2024, 1, 31), horizon)
            days = [grid.day(number) for number in range(CUTOFFS + 1)]
            with self.subTest(horizon):
                self.assertEqual(days[0], date(2024, 1, 31))
                self.assertEqual(sorted(set(days), reverse=True), days)
                if horizon >= STEPS:
                    self.assertEqual(grid.span(STEPS, 0), horizon)

    def test_labels_never_look_behind_the_end(self):
        for end in (0, 3):
            pairs = labels(CUTOFFS, end)
            self.assertTrue(pairs)
            self.assertTrue(all(cutoff > verdict >= end for cutoff, verdict in pairs))
            self.assertTrue(all(c - v <= STEPS for c, v in pairs))
