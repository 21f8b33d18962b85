"""Stored values, values entered by hand, ratios and samples."""

from datetime import date, timedelta

from psycopg2.errors import CheckViolation

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import mute_logger

from .common import DAY, CpmCommon

NOT_NUMBERS = (float("nan"), float("inf"), float("-inf"))


class TestScoringMetricValues(CpmCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer = cls._make_customer(profile={"manager_id": cls.user_own.id})
        cls.today = fields.Date.context_today(cls.customer)
        cls.size = cls._make_manual_metric("size")

    def _stored(self, metric, customer=None):
        return self.env["cpm.metric.value"].search(
            [
                ("profile_id", "=", (customer or self.customer).id),
                ("metric_id", "=", metric.id),
            ]
        )

    def _known(self, metric, as_of=DAY):
        return self._ghost(as_of)[self.customer.id]["metrics"][metric.code]

    # ------------------------------------------------------------------ By hand

    def _enter(self, value, user=None, **vals):
        return (
            self.env["cpm.metric.value"]
            .with_user(user or self.user_own)
            .create(
                {
                    "profile_id": self.customer.id,
                    "metric_id": self.size.id,
                    "value": value,
                    **vals,
                }
            )
        )

    def test_value_by_hand_is_dated_and_signed(self):
        row = self._enter(12)
        self.assertEqual((row.number, row.value), (12, 12))
        self.assertEqual(row.date, self.today)
        self.assertEqual(row.user_id, self.user_own)
        row.with_user(self.manager).value = 15
        self.assertEqual(row.number, 15)
        self.assertEqual(row.user_id, self.manager)

    def test_value_by_hand_may_carry_another_date(self):
        row = self._enter(12, date=date(2024, 1, 1))
        self.assertEqual(row.date, date(2024, 1, 1))
        for day in ("0001-01-01", "9999-12-31"):
            with self.subTest(day), self.assertRaisesRegex(ValidationError, "As of"):
                row.date = day

    def test_value_by_hand_counts_from_its_date(self):
        self._enter(12, date=DAY)
        self.assertIsNone(self._known(self.size, DAY - timedelta(days=1)))
        self.assertEqual(self._known(self.size, DAY), 12)
        self.assertEqual(self._known(self.size, DAY + timedelta(days=1)), 12)

    def test_value_by_hand_dated_ahead_is_noticed_by_an_incremental_night(self):
        self._make_scorecard((self.size, 1, (0, 100)))
        self._make_customers(3)
        self._enter(12, date=DAY + timedelta(days=5))
        self._run(DAY + timedelta(days=4))
        self.assertFalse(self.customer.value_level)
        self._forget_edits()
        result = self._run(DAY + timedelta(days=5), full=False)
        self.assertFalse(result.full)
        self.assertEqual(self.customer.value_score, 12)

    def test_value_by_hand_is_noticed_by_an_incremental_night(self):
        self._make_scorecard((self.size, 1, (0, 100)))
        self._make_customers(3)
        self._enter(12, date=DAY)
        self._run(DAY)
        self._forget_edits()
        self._stored(self.size).with_user(self.user_own).write(
            {"value": 20, "date": DAY}
        )
        result = self._run(DAY + timedelta(days=1), full=False)
        self.assertEqual((result.full, result.looked_at), (False, 1))
        self.assertEqual(self.customer.value_score, 20)

    def test_no_number_is_refused(self):
        for value in NOT_NUMBERS:
            with (
                self.subTest(value),
                self.assertRaisesRegex(ValidationError, "(?i)value"),
            ):
                self._enter(value)
        row = self._enter(1)
        for value in NOT_NUMBERS:
            with (
                self.subTest(value),
                mute_logger("odoo.sql_db"),
                self.assertRaises(CheckViolation),
                self.env.cr.savepoint(),
            ):
                self.env.cr.execute(
                    "UPDATE cpm_metric_value SET number = %s WHERE id = %s",
                    [value, row.id],
                )

    def test_only_manual_metrics_are_entered(self):
        orders = self._make_metric("orders")
        for user in (self.user_own, self.manager, self.admin):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self._enter(5, user=user, metric_id=orders.id)
        self._make_purchases(self.customer, (DAY, 1))
        self._run()
        for vals in ({"value": 5}, {"date": DAY}):
            with self.assertRaises(AccessError):
                self._stored(orders).with_user(self.admin).write(vals)

    def test_inner_columns_cannot_be_typed_in(self):
        row = self._enter(1)
        for vals in ({"number": 5}, {"event_date": DAY}, {"user_id": self.admin.id}):
            with self.subTest(vals), self.assertRaises(AccessError):
                row.with_user(self.admin).write(vals)
            with self.subTest(vals), self.assertRaises(AccessError):
                self._enter(1, user=self.admin, **vals)

    def test_customer_and_metric_of_a_value_are_fixed(self):
        row, other = self._enter(1), self._make_customer()
        with self.assertRaises(ValidationError):
            row.profile_id = other
        with self.assertRaises(ValidationError):
            row.metric_id = self._make_manual_metric("rooms")

    def test_values_are_entered_for_own_customers_only(self):
        other = self._make_customer()
        with self.assertRaises(AccessError):
            self._enter(1, profile_id=other.id)

    # ------------------------------------------------------------------- Stored

    def test_days_since_an_event_are_stored_as_its_date(self):
        metric = self._make_metric("last", "days_since_last")
        self._make_purchases(self.customer, (DAY - timedelta(days=10), 1))
        self._run()
        row = self._stored(metric)
        self.assertEqual(row.event_date, DAY - timedelta(days=10))
        self.assertEqual(row.value, 10)
        self._run(DAY + timedelta(days=3))
        self.assertEqual(row.value, 13)
        self.assertEqual(row.date, DAY, "written once, read anew")

    def test_ratio_of_days_to_a_rhythm_moves_with_the_calendar(self):
        last = self._make_metric("last", "days_since_last")
        rhythm = self._make_metric("rhythm", "median_interval_days")
        silence = self.env["cpm.metric"].create(
            {
                "name": "Silence",
                "source": "ratio",
                "numerator_id": last.id,
                "denominator_id": rhythm.id,
            }
        )
        self._make_purchases(
            self.customer, (DAY - timedelta(days=30), 1), (DAY - timedelta(days=10), 1)
        )
        self._run()
        row = self._stored(silence)
        self.assertEqual(row.value, 0.5)
        self._run(DAY + timedelta(days=30))
        self.assertEqual(row.value, 2)
        self.assertEqual(self._known(silence, DAY + timedelta(days=30)), 2)

    def test_ratio_is_missing_without_either_part_and_by_zero(self):
        top, bottom = (
            self._make_manual_metric("top"),
            self._make_manual_metric("bottom"),
        )
        share = self.env["cpm.metric"].create(
            {
                "name": "Share",
                "source": "ratio",
                "numerator_id": top.id,
                "denominator_id": bottom.id,
            }
        )
        self._give_value(self.customer, top, 6)
        self.assertIsNone(self._known(share))
        self._give_value(self.customer, bottom, 0)
        self.assertIsNone(self._known(share))
        self._give_value(self.customer, bottom, -4)
        self.assertEqual(self._known(share), -1.5)
        self._run()
        self.assertEqual(self._stored(share).value, -1.5)

    def test_value_that_is_gone_is_removed(self):
        metric = self._make_metric(
            "orders", "average", measure_field="amount", period_days=30
        )
        self._make_purchases(self.customer, (DAY, 10))
        self._run()
        self.assertEqual(self._stored(metric).value, 10)
        self._run(DAY + timedelta(days=30))
        self.assertFalse(self._stored(metric))

    def test_values_of_a_customer_to_be_scored_anew_are_brought_up_to_date(self):
        metric = self._make_metric("orders")
        self._make_purchases(self.customer, (DAY, 10))
        self._run()
        self._make_purchases(self.customer, (DAY, 10))
        self.customer._forget_scores()  # as after a merge
        self._run()
        self.assertEqual(self._stored(metric).value, 2)

    def test_values_deleted_while_a_metric_rested_come_back_when_they_move(self):
        orders, revenue = (
            self._make_metric("orders"),
            self._make_metric("revenue", "sum"),
        )
        other = self._make_customer()
        for customer in (self.customer, other):
            self._make_purchases(customer, (DAY, 10))
        self._run()
        orders.active = False
        orders.active = True
        self.assertFalse(self._stored(orders))
        self._make_purchases(self.customer, (DAY, 10))
        self._run()
        self.assertEqual(self._stored(orders).value, 2)
        self.assertEqual(self._stored(revenue).value, 20)
        self.assertEqual(self._stored(revenue, other).value, 10)

    def test_value_comes_back_after_it_was_gone(self):
        metric = self._make_metric("orders", "average", period_days=30)
        self._make_purchases(self.customer, (DAY, 10), (DAY + timedelta(days=40), 30))
        for day, value in ((0, 10), (35, None), (40, 30), (41, 30)):
            self._run(DAY + timedelta(days=day))
            self.assertEqual(self._stored(metric).value or None, value)

    def test_values_can_be_searched_as_they_are_shown(self):
        last = self._make_metric("last", "days_since_last")
        other = self._make_customer()
        self._make_purchases(self.customer, (DAY - timedelta(days=10), 1))
        self._make_purchases(other, (DAY - timedelta(days=40), 1))
        self._run()
        values = self.env["cpm.metric.value"]
        for operator, value, found in (
            (">", 10, other),
            (">=", 10, self.customer | other),
            ("<", 40, self.customer),
            ("=", 40, other),
            ("!=", 40, self.customer),
            ("in", [10, 40], self.customer | other),
        ):
            with self.subTest(operator):
                rows = values.search(
                    [("metric_id", "=", last.id), ("value", operator, value)]
                )
                self.assertEqual(rows.profile_id, found)

    def test_search_sees_what_was_entered_a_moment_ago(self):
        row = self._enter(12)
        row.value = 13
        found = self.env["cpm.metric.value"].search(
            [("metric_id", "=", self.size.id), ("value", "=", 13)]
        )
        self.assertEqual(found, row)

    def test_run_keeps_values_entered_by_hand(self):
        row = self._enter(12, date=DAY)
        self._run()
        self.assertEqual((row.number, row.user_id), (12, self.user_own))

    # ------------------------------------------------------------------- Sample

    def _sample(self, metric, user=None):
        action = metric.with_user(user or self.admin).action_sample()
        wizard = self.env[action["res_model"]].browse(action["res_id"])
        return {
            line.profile_id: None if line.is_missing else line.value
            for line in wizard.line_ids
        }

    def test_sample_shows_values_and_gaps(self):
        metric = self._make_metric("revenue", "sum")
        other = self._make_customer()
        self._make_purchases(self.customer, (self.today, 10))
        self.assertEqual(self._sample(metric), {self.customer: 10, other: None})

    def test_sample_of_ratios_and_manual_metrics(self):
        self._enter(6)
        rooms = self._make_manual_metric("rooms")
        self._give_value(self.customer, rooms, 3)
        ratio = self.env["cpm.metric"].create(
            {
                "name": "Room size",
                "source": "ratio",
                "numerator_id": self.size.id,
                "denominator_id": rooms.id,
            }
        )
        self.assertEqual(self._sample(ratio), {self.customer: 2})
        self.assertEqual(self._sample(self.size), {self.customer: 6})

    def test_sample_shows_at_most_twenty_with_values_first(self):
        metric = self._make_metric("revenue", "sum")
        customers = self._make_customers(30)
        for number, customer in enumerate(customers[5:]):
            self._make_purchases(customer, (self.today, number))
        sample = self._sample(metric)
        self.assertEqual(len(sample), 20)
        self.assertNotIn(None, sample.values())

    def test_sample_of_an_archived_metric(self):
        metric = self._make_metric("revenue", "sum", active=False)
        self._make_purchases(self.customer, (self.today, 10))
        self.assertEqual(self._sample(metric), {self.customer: 10})

    def test_sample_is_not_stopped_by_other_metrics(self):
        metric = self._make_metric("revenue", "sum")
        self._make_purchases(self.customer, (self.today, 10))
        broken = self._make_metric("broken")
        self.env.cr.execute(
            "UPDATE cpm_metric SET model_id = NULL WHERE id = %s", [broken.id]
        )
        self.env.invalidate_all()
        self.assertEqual(self._sample(metric), {self.customer: 10})

    def test_sample_of_a_bad_metric_says_what_is_wrong(self):
        metric = self._make_metric("revenue", "sum")
        self.env.cr.execute(
            "UPDATE cpm_metric SET model_id = NULL WHERE id = %s", [metric.id]
        )
        self.env.invalidate_all()
        with self.assertRaisesRegex(UserError, "Revenue.*cpm.transaction"):
            self._sample(metric)

    def test_sample_is_for_administrators(self):
        metric = self._make_metric("revenue", "sum")
        for user in (self.user_own, self.manager, self.employee):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self._sample(metric, user)
