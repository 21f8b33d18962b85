"""Training on the history of a company."""

from datetime import timedelta

from odoo.exceptions import UserError, ValidationError

from .common import HORIZON, TODAY, ChurnCase


class TestChurnTraining(ChurnCase):
    def test_a_model_is_learned_tested_and_put_to_use(self):
        model = self._train()
        self.assertEqual(model.state, "active")
        self.assertEqual(model.horizon_days, HORIZON)
        self.assertEqual(model.observed_on, TODAY)
        self.assertEqual(model.customer_count, 200)
        self.assertTrue(model.is_levelled)
        self.assertTrue(all(cut["day"] < str(TODAY) for cut in model.cutoffs))
        self.assertEqual(
            model.coefficient_ids.metric_id,
            self.last | self.orders | self.revenue | self.ratio,
        )
        self.assertGreater(model.auc, 0.8)
        self.assertLess(model.brier, 0.2)
        self.assertEqual(model.holdout_on, TODAY - timedelta(days=HORIZON))
        self.assertEqual(sum(point["count"] for point in model.curve), 200)

    def test_what_happens_after_the_day_changes_nothing(self):
        before = self._train(TODAY - timedelta(days=100))
        poison = [(TODAY - timedelta(days=99 - n), 10**6) for n in range(3)]
        for customer in self.customers[:60]:
            self._make_purchases(customer, *poison)
        after = self._train(TODAY - timedelta(days=100))
        self.assertNotEqual(before, after)
        self.assertEqual(self._coefficients(before), self._coefficients(after))
        for name in ("auc", "brier", "curve", "left_count", "cutoffs"):
            self.assertEqual(before[name], after[name], name)

    def test_what_happens_up_to_the_day_changes_it(self):
        before = self._train(TODAY - timedelta(days=100))
        for customer in self.customers[:60]:
            self._make_purchases(customer, (TODAY - timedelta(days=100), 10))
        after = self._train(TODAY - timedelta(days=100))
        self.assertNotEqual(self._coefficients(before), self._coefficients(after))

    def test_purchases_of_one_day_count_as_one(self):
        feature = self.env.ref(
            "customer_plan_mgmt_churn.cpm_churn_feature_purchase_days"
        )
        feature.metric_id.active = True
        before = self._seen_today(feature)
        customer = self.customers[0]
        new = TODAY - timedelta(days=800)  # before everything in the history
        self._make_purchases(customer, (new, 10), (new, 10), (new, 10))
        more = self._seen_today(feature) - before
        self.assertEqual((more.sum(), more.max()), (1, 1))

    def _seen_today(self, feature):
        """Return what the metric of ``feature`` says of every customer today."""
        seen = self.model._see(self.company, TODAY, HORIZON, feature)
        return seen.values[0][:, 0]

    def test_the_same_history_gives_the_same_model(self):
        one, two = self._train(), self._train()
        self.assertEqual(self._coefficients(one), self._coefficients(two))

    def test_one_model_is_in_use(self):
        one = self._train()
        two = self._train()
        self.assertEqual((one.state, two.state), ("replaced", "active"))

    def test_a_refusal_keeps_the_model_before(self):
        model = self._train()
        self.company.cpm_churn_min_customers = 1000
        refused = self._train()
        self.assertEqual((model.state, refused.state), ("active", "refused"))
        self.assertFalse(refused.coefficient_ids)
        self.assertIn("200", refused.message)
        self.assertIn("1000", refused.message)

    def test_refusals_are_sentences(self):
        def refusal(**vals):
            with self.env.cr.savepoint() as savepoint:
                self.company.write(vals)
                model = self._train()
                state, text = model.state, model.message
                savepoint.close(rollback=True)
            self.env.invalidate_all()
            self.assertEqual(state, "refused")
            return text

        self.assertIn("at least 1000", refusal(cpm_churn_min_customers=1000))
        self.assertIn("at least 900", refusal(cpm_churn_min_events=900))
        text = refusal(cpm_loss_days=3650, cpm_churn_stretch=1)
        self.assertIn("Horizon (days)", text)
        self.assertIn("3650", text)

    def test_without_purchases_there_is_nothing_to_learn_from(self):
        self.env["cpm.transaction"].search(
            [("company_id", "=", self.company.id)]
        ).unlink()
        model = self._train()
        self.assertEqual(model.state, "refused")
        self.assertIn("There are 0 customers", model.message)

    def test_nobody_left_or_nobody_stayed(self):
        self.env["cpm.transaction"].search(
            [("company_id", "=", self.company.id)]
        ).unlink()
        for customer in self.customers[:80]:
            self._make_purchases(customer, (TODAY - timedelta(days=700), 10))
        model = self._train()
        self.assertIn("No customer was ever seen to come back", model.message)

    def test_a_lost_metric_is_told(self):
        self.ratio.active = False
        self.last.active = False
        model = self._train()
        self.assertEqual(model.state, "refused")
        self.assertIn("Sign of life", model.message)

    def test_metrics_of_facts_are_kept(self):
        with self.assertRaisesRegex(UserError, "learned from Revenue"):
            self.revenue.unlink()
        self.features.filtered(lambda f: f.metric_id == self.revenue).unlink()
        self.revenue.unlink()
        self.assertEqual(self._train().state, "active")

    def test_facts_have_a_past(self):
        manual = self._make_manual_metric("mood")
        with self.assertRaisesRegex(ValidationError, "entered by hand"):
            self.env["cpm.churn.feature"].create({"metric_id": manual.id})

    def test_an_archived_metric_is_not_learned_from(self):
        self.revenue.active = False
        model = self._train()
        self.assertNotIn(self.revenue, model.coefficient_ids.metric_id)

    def test_customers_left_out_of_scoring_are_not_learned_from(self):
        self.customers[:20].score_excluded = True
        self.customers[20:30].active = False
        self.assertEqual(self._train().customer_count, 170)

    def test_of_many_customers_a_fixed_part_is_learned_from(self):
        self.env.cr.execute(
            "ALTER TABLE res_company DROP CONSTRAINT IF EXISTS "
            "res_company_cpm_churn_range"
        )
        self.company.cpm_churn_max_customers = 120
        one, two = self._train(), self._train()
        self.assertEqual(one.customer_count, 120)
        self.assertEqual(self._coefficients(one), self._coefficients(two))

    def test_queries_do_not_grow_with_the_customers(self):
        def queries():
            self.env.flush_all()
            self.env.invalidate_all()
            count = self.env.cr.sql_log_count
            self.model._see(self.company, TODAY, HORIZON)
            return self.env.cr.sql_log_count - count

        queries()
        few = queries()
        self._make_history(80)
        self.assertEqual(queries(), few)

    def test_a_metric_that_fails_is_named(self):
        broken = self._make_metric("broken", "sum", domain="[('amount', '>', 0)]")
        self.env["cpm.churn.feature"].create({"metric_id": broken.id})
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE cpm_metric SET measure_field = 'gone' WHERE id = %s", [broken.id]
        )
        self.env.invalidate_all()
        model = self._train()
        self.assertEqual(model.state, "active")  # left out: it is known for nobody
        self.assertIn("Broken is left out", model.message)

    def test_settings_refuse_what_makes_no_sense(self):
        for vals in (
            {"cpm_churn_min_customers": 1},
            {"cpm_churn_min_events": 0},
            {"cpm_churn_train_days": 0},
            {"cpm_churn_stretch": 11},
            {"cpm_churn_high_from": 1.5},
            {"cpm_churn_medium_from": 0.9, "cpm_churn_high_from": 0.5},
        ):
            with (
                self.subTest(vals),
                self.assertRaisesRegex(Exception, "(?i)churn"),
                self.env.cr.savepoint(),
            ):
                self.company.write(vals)
                self.env.flush_all()

    def test_coefficients_leave_with_their_model(self):
        model = self._train()
        rows = model.coefficient_ids
        self.assertTrue(rows)
        model.sudo().unlink()
        self.assertFalse(rows.exists())
