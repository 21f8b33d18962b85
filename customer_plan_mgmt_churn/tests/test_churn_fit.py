"""Learning, on customers whose behaviour is known because it is made up."""

from datetime import date

import numpy as np

from odoo.tests import BaseCase, tagged

from odoo.addons.customer_plan_mgmt.tools import churn_statistics

from ..tools import fit
from ..tools.formula import Term, probability
from ..tools.grid import CUTOFFS, Grid

LIMITS = fit.Limits(customers=100, events=20, stretch=3.0)


def made_up(horizon=180, customers=4000, past=None, seed=1, known=CUTOFFS):
    """Return customers who come back at a rate of their own that never changes, and
    when each really comes back after the day of observation.

    The only metric is their rate, so that the true probability is known:
    ``exp(-rate * horizon)``, which is not the formula that is fitted.
    """
    chance = np.random.default_rng(seed)
    grid = Grid(date(2024, 1, 1), horizon)
    rate = np.exp(chance.normal(-5, 1.2, customers))  # purchases per day
    days = [-grid.days_back(number) for number in range(CUTOFFS + 1)]
    last = np.full((CUTOFFS + 1, customers), np.nan)
    for customer in range(customers):
        count = chance.poisson(rate[customer] * 3000)
        when = np.sort(chance.uniform(-3000, 0, count))
        when = np.concatenate([[-3000.0], when])
        for number, day in enumerate(days[: known + 1]):
            last[number, customer] = when[when <= day][-1]
    back = chance.exponential(1 / rate)
    values = [np.log(rate)[:, None]] * (CUTOFFS + 1)
    return fit.Seen(grid, list(last), values, [Term(1, "plain", "zero")]), back


@tagged("post_install", "-at_install")
class TestChurnFit(BaseCase):
    def test_probabilities_mean_what_they_say(self):
        seen, back = made_up()
        fitted = fit.fit(seen, LIMITS)
        told = fit.predict(fitted, seen, 0).tolist()
        left = (back > 180).tolist()
        curve = churn_statistics.curve(told, left)
        self.assertLess(churn_statistics.expected_calibration_error(curve), 0.03)
        self.assertGreater(churn_statistics.auc(told, left), 0.8)
        self.assertTrue(fitted.is_levelled)

    def test_short_times_are_carried_to_a_horizon_nobody_has_seen(self):
        """With a third of the horizon known the level is right within 5 points, where
        the share that left in the time known is off by far more."""
        seen, back = made_up(known=3)
        fitted = fit.fit(seen, LIMITS)
        told = fit.predict(fitted, seen, 0)
        left = back > 180
        untouched = (seen.last[0] == seen.last[3]).mean()
        self.assertFalse(fitted.is_levelled)
        self.assertLess(abs(told.mean() - left.mean()), 0.05)
        self.assertGreater(abs(untouched - left.mean()), 0.15)

    def test_prediction_is_the_formula(self):
        seen, _back = made_up(customers=300)
        seen.values[0][5] = np.nan
        fitted = fit.fit(seen, LIMITS)
        told = fit.predict(fitted, seen, 0)
        for customer in range(300):
            value = seen.values[0][customer, 0]
            values = {1: None if np.isnan(value) else float(value)}
            expected = probability(fitted.intercept, fitted.terms, values)
            self.assertAlmostEqual(told[customer], expected, places=12)

    def test_refusals_say_what_is_missing(self):
        def code(limits=LIMITS, end=0, **made):
            seen = made.pop("seen", None) or made_up(**made)[0]
            with self.assertRaises(fit.TooLittle) as caught:
                fit.fit(seen, limits, end)
            return caught.exception.code

        self.assertEqual(code(customers=99), "few_customers")
        self.assertEqual(code(known=2, customers=200), "short_history")
        few = fit.Limits(customers=100, events=100_000, stretch=3.0)
        self.assertEqual(code(few, customers=200), "few_events")
        seen, _back = made_up(customers=200)
        seen.last = [seen.last[-1]] * len(seen.last)
        self.assertEqual(code(seen=seen), "one_class")
        seen, _back = made_up(customers=200)
        seen.values = [matrix * np.nan for matrix in seen.values]
        self.assertEqual(code(seen=seen), "no_features")

    def test_metrics_that_say_nothing_are_left_out(self):
        seen, _back = made_up(customers=400)
        rare, same, young = (Term(number, "plain", "apart") for number in (2, 3, 4))
        seen.terms += [rare, same, young]
        for number, matrix in enumerate(seen.values):
            more = np.full((400, 3), np.nan)
            more[:4, 0] = 1.0
            more[:, 1] = 7.0
            if number == 0:
                more[:, 2] = np.arange(400)
            if number in (1, 2):
                more[:200, 2] = np.arange(200)
            seen.values[number] = np.hstack([matrix, more])
        fitted = fit.fit(seen, LIMITS)
        self.assertEqual([term.metric for term in fitted.terms], [1])
        self.assertEqual(
            {fact["metric"]: fact["reason"] for fact in fitted.left_out},
            {2: "rare", 3: "same", 4: "drift"},
        )

    def test_nothing_after_the_end_is_looked_at(self):
        seen, _back = made_up(customers=400)
        first = fit.fit(seen, LIMITS, end=4, steps=4)
        for number in range(4):
            seen.last[number] = seen.last[number] * 0 + 99
            seen.values[number] = seen.values[number] * 1000
        again = fit.fit(seen, LIMITS, end=4, steps=4)
        self.assertEqual(first.terms, again.terms)
        self.assertEqual(first.intercept, again.intercept)
