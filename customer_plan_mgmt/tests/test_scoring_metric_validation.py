"""What a metric must be like, and that the message says which entry is wrong."""

from psycopg2.errors import CheckViolation, UniqueViolation

from odoo.exceptions import UserError, ValidationError
from odoo.tools import mute_logger

from .common import DAY, CpmCommon


class TestScoringMetricValidation(CpmCommon):
    def _model(self, name):
        return self.env["ir.model"]._get_id(name)

    def _assert_refused(self, name, reason, **vals):
        """The definition is refused; the message names the field and the reason."""
        label = self.env["cpm.metric"]._cpm_label(name)
        with self.assertRaises(ValidationError) as caught:
            self._make_metric("tested", **vals)
        message = str(caught.exception)
        self.assertIn(label, message)
        self.assertRegex(message, reason)

    def test_every_entry_at_fault_is_named(self):
        cases = [
            ("model_id", "choose", {"model_id": False}),
            (
                "model_id",
                "not stored",
                {"model_id": self._model("base.partner.merge.automatic.wizard")},
            ),
            ("model_id", "not stored", {"model_id": self._model("mail.thread")}),
            ("partner_field", "enter", {"partner_field": False}),
            ("partner_field", "nonsense", {"partner_field": "nonsense"}),
            ("partner_field", "nonsense", {"partner_field": "partner_id.nonsense"}),
            ("partner_field", "contact", {"partner_field": "amount"}),
            ("partner_field", "contact", {"partner_field": "currency_id"}),
            ("partner_field", "contact", {"partner_field": "partner_id.country_id"}),
            ("partner_field", "lead", {"partner_field": "amount.partner_id"}),
            ("partner_field", "lead", {"partner_field": "partner_id.child_ids.id"}),
            ("partner_field", ".", {"partner_field": "partner_id."}),
            ("partner_field", ".", {"partner_field": "."}),
            ("partner_field", ".", {"partner_field": "partner_id; DROP TABLE x"}),
            ("date_field", "enter", {"date_field": False}),
            ("date_field", "not a date", {"date_field": "amount"}),
            ("date_field", "nonsense", {"date_field": "nonsense"}),
            ("measure", "choose", {"measure": False}),
            ("measure_field", "choose", {"measure": "sum", "measure_field": False}),
            ("measure_field", "choose", {"measure": "count_distinct"}),
            (
                "measure_field",
                "reference",
                {"measure": "sum", "measure_field": "reference"},
            ),
            (
                "measure_field",
                "partner_id",
                {"measure": "maximum", "measure_field": "partner_id"},
            ),
            ("measure_field", "date", {"measure": "average", "measure_field": "date"}),
            ("measure_field", "noth", {"measure": "sum", "measure_field": "nothing"}),
            ("currency_field", "not a currency", {"currency_field": "partner_id"}),
            ("currency_field", "coin", {"currency_field": "coin"}),
            ("period_days", "growth", {"measure": "growth", "period_days": 0}),
            ("domain", "nonsense", {"domain": "[('nonsense', '=', 1)]"}),
            ("domain", ".", {"domain": "[('amount', '=',"}),
            ("domain", ".", {"domain": "amount > 3"}),
            ("domain", ".", {"domain": "[('amount', 'resembles', 3)]"}),
            ("domain", ".", {"domain": "__import__('os').getcwd()"}),
            ("domain", ".", {"domain": "[('date', '>', 'someday')]"}),
        ]
        for name, reason, vals in cases:
            with self.subTest(vals):
                self._assert_refused(name, reason, **vals)

    def test_field_that_is_not_stored_is_refused(self):
        self._assert_refused(
            "measure_field",
            "not stored",
            model_id=self._model("cpm.profile"),
            date_field="create_date",
            measure="count_distinct",
            measure_field="value_explanation",
        )

    def test_period_is_a_number_of_days_up_to_a_century(self):
        for days in (-1, 36501, float("nan")):
            with (
                self.subTest(days),
                self.assertRaisesRegex(ValidationError, "Period"),
            ):
                self._make_metric("tested", period_days=days)
        metric = self._make_metric("tested", period_days=36500)
        with mute_logger("odoo.sql_db"), self.assertRaises(CheckViolation):
            self.env.cr.execute(
                "UPDATE cpm_metric SET period_days = -1 WHERE id = %s", [metric.id]
            )

    def test_changes_are_checked_like_new_metrics(self):
        metric = self._make_metric("tested", "sum")
        with self.assertRaisesRegex(ValidationError, "Tested.*nonsense"):
            metric.partner_field = "nonsense"
        with self.assertRaises(ValidationError):
            metric.write({"measure": "growth"})

    def test_archived_metric_may_wait_unfinished_but_not_come_back_so(self):
        metric = self._make_metric("tested", partner_field="nonsense", active=False)
        with self.assertRaisesRegex(ValidationError, "nonsense"):
            metric.active = True

    def test_good_definitions_can_be_computed(self):
        """What passes the checks must never fail in the run."""
        purchase, task = self._model("cpm.transaction"), self._model("project.task")
        score = self._model("cpm.score")
        cases = [
            {"model_id": purchase, "partner_field": "partner_id.parent_id"},
            {"model_id": purchase, "partner_field": "profile_id.partner_id"},
            {"model_id": purchase, "measure": "sum", "measure_field": "quantity"},
            {"model_id": purchase, "date_field": "create_date"},
            {"model_id": purchase, "date_field": "partner_id.create_date"},
            {
                "model_id": purchase,
                "measure": "sum",
                "currency_field": "profile_id.currency_id",
            },
            {
                "model_id": purchase,
                "measure": "count_distinct",
                "measure_field": "partner_id.country_id",
            },
            {
                "model_id": purchase,
                "measure": "count_distinct",
                "measure_field": "partner_id.name",
            },
            {
                "model_id": purchase,
                "measure": "growth",
                "measure_field": False,
                "period_days": 30,
            },
            {"model_id": purchase, "domain": "[('id', '=', False)]"},
            {"model_id": purchase, "domain": "[(0, '=', 1)]"},
            {"model_id": purchase, "domain": "[('partner_id.active', '=', True)]"},
            {"model_id": purchase, "domain": "[('date', '>', '-30d')]"},
            {"model_id": purchase, "domain": "[('create_uid', '=', uid)]"},
            {"model_id": task, "date_field": "create_date", "measure": "active_months"},
            {
                "model_id": task,
                "date_field": "date_deadline",
                "measure": "sum",
                "measure_field": "allocated_hours",
                "domain": "[('stage_id.fold', '=', True)]",
            },
            # a related field on the way to the contact
            {"model_id": score, "partner_field": "company_id.partner_id"},
            {
                "model_id": self._model("res.partner"),
                "partner_field": "commercial_partner_id",
                "date_field": "create_date",
                "measure": "count",
            },
            {
                "model_id": self._model("res.users"),
                "partner_field": "partner_id",
                "date_field": "create_date",
            },
        ]
        metrics = {}
        for number, vals in enumerate(cases):
            with self.subTest(vals):
                metrics[number] = self._make_metric(f"good_{number}", **vals)
        result = self._run()
        self.assertFalse(result.failed_metrics)
        for number, metric in metrics.items():
            self.assertTrue(metric.active, cases[number])

    def test_entries_left_over_from_another_measure_do_no_harm(self):
        """Somebody tried a sum first and then counted."""
        customer = self._make_customer()
        self._make_purchases(customer, (DAY, 10))
        metrics = [
            self._make_metric(
                f"left_{number}",
                "count",
                measure_field=name,
                currency_field="currency_id",
            )
            for number, name in enumerate(("reference", "gone_by_now", "amount"))
        ]
        result = self._run()
        self.assertFalse(result.failed_metrics)
        values = self._ghost()[customer.id]["metrics"]
        self.assertEqual([values[metric.code] for metric in metrics], [1, 1, 1])

    # ------------------------------------------------------------------ Ratios

    def test_ratio_needs_two_metrics_that_are_none_themselves(self):
        orders = self._make_metric("orders")
        revenue = self._make_metric("revenue", "sum")
        last = self._make_metric("last", "days_since_last")

        def ratio(code, numerator, denominator):
            return self.env["cpm.metric"].create(
                {
                    "name": "Ratio",
                    "code": code,
                    "source": "ratio",
                    "numerator_id": numerator and numerator.id,
                    "denominator_id": denominator and denominator.id,
                }
            )

        basket = ratio("basket", revenue, orders)
        archived = self._make_metric("old", active=False)
        cases = (
            (None, orders, "(?i)numerator.*choose"),
            (revenue, None, "(?i)denominator.*choose"),
            (basket, orders, "(?i)numerator"),
            (revenue, basket, "(?i)denominator"),
            (archived, orders, "(?i)numerator.*archived"),
            (revenue, last, "(?i)denominator.*days"),
        )
        for number, (numerator, denominator, reason) in enumerate(cases):
            with (
                self.subTest(reason),
                self.assertRaisesRegex(ValidationError, reason),
            ):
                ratio(f"wrong_{number}", numerator, denominator)
        with self.assertRaises(ValidationError):
            basket.numerator_id = basket
        with self.assertRaisesRegex(ValidationError, "(?i)denominator.*days"):
            orders.with_user(self.admin).measure = "days_since_first"

    # ------------------------------------------------------------ Codes and use

    def test_code_is_proposed_unique_and_readable_in_rules(self):
        metric = self.env["cpm.metric"].create(
            {"name": "Été & hiver 2024!", "source": "manual"}
        )
        self.assertTrue(metric.code.isidentifier())
        twin = self.env["cpm.metric"].create(
            {"name": "Été & hiver 2024!", "source": "manual"}
        )
        self.assertNotEqual(metric.code, twin.code)
        number = self.env["cpm.metric"].create({"name": "2024", "source": "manual"})
        self.assertTrue(number.code.isidentifier())
        taken = twin.code
        for code in ("two words", "a-b", "9lives", "stage", "value_score", "tier"):
            with (
                self.subTest(code),
                self.assertRaisesRegex(ValidationError, "Code"),
            ):
                metric.code = code
        with mute_logger("odoo.sql_db"), self.assertRaises(UniqueViolation):
            number.code = taken
            number.flush_recordset()

    def test_name_of_a_fact_gets_another_code(self):
        metric = self.env["cpm.metric"].create({"name": "Tier", "source": "manual"})
        self.assertNotEqual(metric.code, "tier")

    def test_metric_of_a_scorecard_is_not_deleted(self):
        metric = self._make_metric("orders")
        card = self._make_scorecard((metric, 1, (0, 10)))
        with self.assertRaisesRegex(UserError, card.name):
            metric.unlink()

    def test_copy_is_a_metric_of_its_own(self):
        metric = self._make_metric("orders")
        copy = metric.copy()
        self.assertNotEqual(copy.code, metric.code)
        self.assertEqual(copy.measure, metric.measure)

    def test_results_of_the_run_cannot_be_typed_in(self):
        metric = self._make_metric("orders").with_user(self.admin)
        for vals in ({"last_error": "x"}, {"last_error_at": False}):
            with self.assertRaises(UserError):
                metric.write(vals)
