"""What people read."""

from .common import ChurnCase


class TestChurnWords(ChurnCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.trained = cls._train()

    def test_reasons_are_sentences_with_the_facts(self):
        self._score()
        customer = self.customers.filtered(lambda c: c.churn_level == "high")[0]
        lines = customer.churn_reason_text.splitlines()
        self.assertEqual(len(lines), len(customer.churn_reasons))
        self.assertTrue(1 <= len(lines) <= 3)
        for line, (metric, weight) in zip(lines, customer.churn_reasons, strict=True):
            metric = self.env["cpm.metric"].browse(metric)
            self.assertTrue(line.startswith(f"{metric.name}: "))
            self.assertIn("raises" if weight > 0 else "lowers", line)
        value = customer.metric_value_ids.filtered(lambda v: v.metric_id == self.last)
        if self.last.id in dict(customer.churn_reasons):
            self.assertIn(f"{value.value:.2f}", customer.churn_reason_text)

    def test_a_missing_value_is_said(self):
        once = self.customers.filtered(lambda c: len(c.transaction_ids) == 1)[0]
        self._score()
        once.sudo().write({"churn_reasons": [[self.ratio.id, 0.4]]})
        self.assertEqual(
            once.churn_reason_text,
            "Silence: no value – raises the probability",
        )

    def test_reasons_of_many_customers_cost_a_fixed_number_of_queries(self):
        self._score()

        def queries(customers):
            self.env.invalidate_all()
            count = self.env.cr.sql_log_count
            customers.mapped("churn_reason_text")
            customers.mapped("churn_trust_text")
            return self.env.cr.sql_log_count - count

        queries(self.customers)
        self.assertEqual(queries(self.customers[:8]), queries(self.customers[:80]))

    def test_coefficients_in_words(self):
        for row in self.trained.coefficient_ids:
            words = "more" if row.coefficient > 0 else "less"
            self.assertIn(f"The more, the {words} likely to leave", row.effect_text)
        strongest = self.trained.coefficient_ids.sorted("weight")[-1]
        self.assertIn("counts a lot", strongest.effect_text)

    def test_the_model_in_words(self):
        self.assertIn("200 customers", self.trained.headline)
        self.assertFalse(self.trained.message)  # nothing to warn of
        self.assertIn("Learned up to", self.trained.holdout_text)
        points = self.trained.chart["calibration"][0]["points"]
        self.assertEqual(sum(point["count"] for point in points), 200)

    def test_carrying_on_is_said(self):
        self.company.cpm_loss_days = 900
        model = self._train()
        self.assertEqual(model.state, "active")
        self.assertFalse(model.is_levelled)
        self.assertIn("carried on", model.message)

    def test_every_refusal_has_words(self):
        facts = {
            "few_customers": {"found": 1, "needed": 2},
            "few_events": {"left": 1, "stayed": 2, "needed": 3},
            "one_class": {"left": 0, "stayed": 2},
            "short_history": {"longest": 1, "horizon": 9, "most": 3},
            "no_loss_metric": {},
            "failed_metric": {"metric": self.last.id},
            "no_features": {},
        }
        texts = {
            code: self.model._refusal_words({"code": code, **more})
            for code, more in facts.items()
        }
        self.assertEqual(len(set(texts.values())), len(facts))
        self.assertIn("Last seen", texts["failed_metric"])
        self.assertIn(
            "longer horizon",
            self.model._refusal_words({"code": "one_class", "left": 2, "stayed": 0}),
        )
