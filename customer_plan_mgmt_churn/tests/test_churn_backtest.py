"""The probability as a signal of the back-test, and in warning rules."""

from datetime import timedelta

from odoo.exceptions import ValidationError

from .common import HORIZON, TODAY, ChurnCase

OBSERVED = TODAY - timedelta(days=100)


class TestChurnBacktest(ChurnCase):
    def _test(self, **vals):
        test = self.env["cpm.backtest"].create(
            {
                "company_id": self.company.id,
                "date_observed": OBSERVED,
                "horizon_days": HORIZON,
                **vals,
            }
        )
        test._run()
        return test

    def _model_result(self, test):
        return test.result_ids.filtered(lambda result: result.signal == "model")

    def test_the_probability_is_judged_first(self):
        test = self._test()
        result = self._model_result(test)
        self.assertEqual(test.result_ids[0], result)
        self.assertFalse(result.error)
        self.assertFalse(result.is_rival)
        self.assertGreater(result.auc, 0.7)
        self.assertTrue(result.curve)
        self.assertIn("silence", test.result_ids.mapped("signal"))

    def test_it_knows_nothing_of_what_came_later(self):
        """Not by the model in use, not by later purchases: only the verdict changes."""
        before = self._model_result(self._test())
        predicted = [point["predicted"] for point in before.curve]
        counts = [point["count"] for point in before.curve]
        self._train()
        for customer in self.customers[:80]:
            self._make_purchases(customer, (OBSERVED + timedelta(days=1), 10**6))
        test = before.backtest_id
        test._run()
        after = self._model_result(test)
        self.assertEqual([point["predicted"] for point in after.curve], predicted)
        self.assertEqual([point["count"] for point in after.curve], counts)
        self.assertNotEqual(test.lost_count, 0)

    def test_too_little_history_is_said_and_rivals_are_judged(self):
        self.company.cpm_churn_min_customers = 500
        test = self._test()
        self.assertIn("at least 500", self._model_result(test).error)
        silence = test.result_ids.filtered(lambda r: r.signal == "silence")
        self.assertFalse(silence.error)

    def test_the_badge_beside_the_probability(self):
        self._train()
        self._score()
        customer = self.customers.filtered("churn_level")[0]
        self.assertIn("Not back-tested", customer.churn_trust_text)
        self.company.cpm_trust_min_customers = 1
        self._test()
        self.env.invalidate_all()
        texts = self.customers.mapped("churn_trust_text")
        self.assertTrue(any(text and "left within" in text for text in texts))

    def _rule(self, **vals):
        return self.env["cpm.warning.rule"].create(
            {
                "name": "Likely to leave",
                "company_id": self.company.id,
                "trigger": "threshold",
                "measure": "churn_probability",
                "operator": "above",
                "limit_value": 0.7,
                **vals,
            }
        )

    def test_rules_refuse_what_is_no_probability(self):
        self._rule()
        for limit in (70, -0.1, 1.01):
            with self.assertRaisesRegex(ValidationError, "Limit: .*between 0 and 1"):
                self._rule(limit_value=limit)
        with self.assertRaisesRegex(ValidationError, "not kept"):
            self._rule(trigger="drop", drop_value=1)

    def test_rules_say_that_the_probability_is_tested_by_itself(self):
        self.assertIn("by itself", self._rule().trust_text)
