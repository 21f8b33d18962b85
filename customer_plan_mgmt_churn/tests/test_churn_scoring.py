"""Every customer's probability, worked out in SQL."""

from datetime import timedelta

from odoo.addons.customer_plan_mgmt.models.warning.engine.facts import Facts

from ..engine.score import Score
from ..tools import fit
from ..tools.formula import probability, reasons
from .common import HORIZON, TODAY, ChurnCase


class TestChurnScoring(ChurnCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.trained = cls._train()

    def _values(self, customer):
        """Return what the formula is fed with, from the stored metric values."""
        return {
            row.metric_id.id: row.value
            for row in customer.metric_value_ids
            if row.metric_id in self.features.metric_id
        }

    def test_sql_is_the_formula_for_every_customer(self):
        self._score()
        terms = self.trained._terms()
        self.assertEqual(len(terms), 4)
        for customer in self.customers:
            values = self._values(customer)
            expected = probability(self.trained.intercept, terms, values)
            self.assertAlmostEqual(customer.churn_probability, expected, delta=0.00501)
            told = {metric: weight for metric, weight in customer.churn_reasons}
            for metric, weight in reasons(terms, values, most=len(terms)):
                if metric in told:
                    self.assertAlmostEqual(told[metric], weight, delta=0.11)
            strongest = reasons(terms, values)
            self.assertEqual(len(told), len(strongest))
            self.assertAlmostEqual(
                abs(customer.churn_reasons[0][1]), abs(strongest[0][1]), delta=0.11
            )

    def test_sql_agrees_to_the_last_digits_also_with_scikit_learn(self):
        """The exact probabilities of a past day: SQL, plain Python, and the arrays the
        regression was fitted on."""
        day = TODAY - timedelta(days=120)
        seen = self.model._see(self.company, day, HORIZON)
        fitted = fit.fit(seen, self.company._cpm_churn_limits())
        told = fit.predict(fitted, seen, 0)
        facts = Facts(self.env, self.company, day, past=True)
        facts.prepare()
        score = Score(facts, fitted.intercept, fitted.terms, self.last)
        self.env.cr.execute(score.select())
        found = sorted(probability for _profile, probability in self.env.cr.fetchall())
        self.assertEqual(len(found), len(told))
        for one, other in zip(found, sorted(told.tolist()), strict=True):
            self.assertAlmostEqual(one, other, places=9)

    def test_those_who_stopped_are_more_likely_to_leave(self):
        self._score()
        gone = self.customers.filtered(lambda c: c.churn_level == "high")
        here = self.customers.filtered(lambda c: c.churn_level == "low")
        self.assertTrue(gone and here)
        silence = {c: self._values(c)[self.last.id] for c in self.customers}
        self.assertGreater(min(map(silence.get, gone)), 20)
        self.assertLess(max(map(silence.get, here)), 90)

    def test_customers_without_purchases_or_scoring_have_none(self):
        newcomer = self._make_customer("Newcomer")
        self._score()
        refused, archived = self.customers[0], self.customers[1]
        self.assertTrue(refused.churn_level)
        self.assertFalse(newcomer.churn_level)
        self.assertFalse(newcomer.churn_reasons)
        refused.score_excluded = True
        archived.active = False
        self._score()
        for customer in (refused, archived):
            self.assertFalse(customer.churn_level)
            self.assertFalse(customer.churn_probability)
            self.assertFalse(customer.churn_reason_text)
            self.assertFalse(customer.churn_scored_on)

    def test_only_what_is_shown_differently_is_written(self):
        self._score()
        self.assertEqual(self._score_again(), 0)
        customer = self.customers.filtered(lambda c: c.churn_level == "high")[0]
        self._make_purchases(customer, (TODAY, 50))
        self._score()
        self.assertLess(customer.churn_probability, 0.7)

    def test_only_the_chosen_customers(self):
        self._score()
        self.env.flush_all()
        self.env.cr.execute("UPDATE cpm_profile SET churn_probability = NULL")
        self.env.invalidate_all()
        two = self.customers[:2]
        self.assertEqual(self._score_again(two), 2)
        self.assertTrue(all(customer.churn_level for customer in two))
        self.assertFalse(self.customers[2].churn_probability)

    def test_without_a_model_nobody_has_a_probability(self):
        self._score()
        self.assertTrue(self.customers[0].churn_level)
        self.trained.sudo().unlink()
        self._score()
        self.assertFalse(any(self.customers.mapped("churn_level")))

    def test_a_new_metric_takes_nobodys_probability(self):
        """The stored metrics are no longer those of today; until the next run what
        there is stays."""
        self._score()
        told = self.customers.mapped("churn_probability")
        self._make_metric("newcomer", "count")
        self.assertEqual(self._score_again(), 0)
        self.assertEqual(self.customers.mapped("churn_probability"), told)
        self._score()
        self.assertEqual(self.customers.mapped("churn_probability"), told)

    def test_levels_follow_the_settings(self):
        self._score()
        self.company.write({"cpm_churn_medium_from": 0, "cpm_churn_high_from": 0})
        self._score()
        self.assertEqual(set(self.customers.mapped("churn_level")), {"high"})

    def test_by_an_archived_metric_everybody_is_average(self):
        self.ratio.active = False
        self._score()
        terms = {term.metric: term for term in self.trained._terms()}
        gone = terms.pop(self.ratio.id)
        shift = (
            gone.coefficient * gone.mean + gone.missing_coefficient * gone.missing_mean
        )
        for customer in self.customers[:20]:
            expected = probability(
                self.trained.intercept + shift, terms.values(), self._values(customer)
            )
            self.assertAlmostEqual(customer.churn_probability, expected, delta=0.00501)

    def test_one_statement_however_many_customers(self):
        def queries(profiles=None):
            self.env.flush_all()
            self._score_again(profiles)
            count = self.env.cr.sql_log_count
            self._score_again(profiles)
            return self.env.cr.sql_log_count - count

        self._score()
        self.assertEqual(queries(self.customers[:1]), queries(self.customers[:80]))

    def test_a_failure_leaves_scores_and_warnings_alone(self):
        def fail(*_args):
            raise ValueError("no formula")

        self.patch(type(self.model), "_score_company", fail)
        asked = []
        self.patch(
            type(self.env["cpm.warning.rule"]),
            "_evaluate_company",
            lambda rules, company, profiles=None: asked.append(company),
        )
        with self.assertLogs("odoo.addons.customer_plan_mgmt_churn", "ERROR"):
            self._score()
        self.assertEqual(asked, [self.company])
        told = self.company.partner_id.activity_ids
        self.assertIn("cannot be learned", told.mapped("summary")[0])
