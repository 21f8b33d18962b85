"""When a customer counts as lost, and how the days are found from the rhythm."""

import random
from datetime import date, timedelta
from unittest.mock import patch

import psycopg2
from freezegun import freeze_time

from odoo.exceptions import UserError, ValidationError
from odoo.tools import mute_logger

from ..models.warning.engine.loss import Loss
from ..models.warning.engine.rhythm import find_rhythm
from .common import DAY
from .common_loss import LossCase


def quantile(pauses, percent):
    """The same by hand: ``pauses`` by customer, each customer counting alike.

    >>> quantile({1: [10] * 99 + [50], 2: [80]}, 50)
    50
    >>> quantile({1: [10] * 99 + [50], 2: [80]}, 49)
    10
    """
    weights = {}
    for days in pauses.values():
        for pause in days:
            weights[pause] = weights.get(pause, 0) + 1 / len(days)
    limit = sum(weights.values()) * percent / 100 - 1e-9
    reached = 0
    for pause in sorted(weights):
        reached += weights[pause]
        if reached >= limit:
            return pause
    return None


class TestWarningRhythm(LossCase):
    def _rhythm(self, percent=95, until=DAY):
        rhythm = find_rhythm(Loss(self.env, self.company), until, percent)
        return rhythm.days, rhythm.customers

    def test_the_oracle(self):
        self.assertEqual(quantile({1: [10] * 99 + [50], 2: [80]}, 50), 50)
        self.assertEqual(quantile({1: [10] * 99 + [50], 2: [80]}, 49), 10)

    def test_nobody_came_back(self):
        self.assertEqual(self._rhythm(), (None, 0))
        self._bought(10)
        self._bought(20, 20)  # twice on one day is no return
        self.assertEqual(self._rhythm(), (None, 0))

    def test_customers_count_alike(self):
        """One who buys daily does not outweigh one who buys twice a year."""
        self._bought(*range(100))
        self._bought(0, 180)
        self.assertEqual(self._rhythm(50), (1, 2))
        self.assertEqual(self._rhythm(51), (180, 2))

    def test_exactly_at_the_share(self):
        for pause in range(1, 21):
            self._bought(0, pause)
        self.assertEqual(self._rhythm(95), (19, 20))
        self.assertEqual(self._rhythm(95.1), (20, 20))

    def test_later_records_other_companies_and_cancelled_ones_do_not_count(self):
        customer = self._bought(0, 30)
        self._make_purchases(customer, (DAY + timedelta(days=300), 10))
        other = self._create_company(name="Southwind")
        self._make_purchases(
            self._make_partner(company_id=False),
            (DAY, 1),
            (DAY - timedelta(days=500), 1),
            company_id=other.id,
        )
        self.assertEqual(self._rhythm(), (30, 1))

    def test_contacts_count_for_their_customer(self):
        customer = self._bought(0)
        contact = self._make_partner(parent_id=customer.partner_id.id)
        self._make_purchases(contact, (self._before(40), 5))
        self.assertEqual(self._rhythm(), (40, 1))

    def test_random_histories_agree_with_the_oracle(self):
        rng = random.Random(7)
        pauses = {}
        for _customer in range(15):
            days = sorted({rng.randint(0, 600) for _ in range(rng.randint(1, 9))})
            customer = self._bought(*days)
            if len(days) > 1:
                pauses[customer] = [
                    later - sooner
                    for sooner, later in zip(days, days[1:], strict=False)
                ]
        for percent in (50, 66.6, 80, 95, 99.9):
            self.assertEqual(
                self._rhythm(percent), (quantile(pauses, percent), len(pauses))
            )

    def test_without_a_metric_it_says_what_to_do(self):
        self.last.sudo().active = False
        for call in (
            lambda: find_rhythm(Loss(self.env, self.company), DAY, 95),
            lambda: Loss(self.env, self.company).outcome(DAY, 90),
            lambda: Loss(self.env, self.company).last_days(DAY),
        ):
            with self.assertRaisesRegex(UserError, "Sign of life.*Northwind"):
                call()

    def test_queries_do_not_grow_with_the_customers(self):
        def count(customers):
            for _customer in range(customers):
                self._bought(0, 30)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self._rhythm()
            return self.env.cr.sql_log_count - before

        self.assertEqual(count(1), count(79))

    def test_the_outcome_of_a_past_day(self):
        gone = self._bought(50, 200)
        back = self._bought(10, 200)
        self._bought(10)  # unknown on that day
        self.env.flush_all()
        self.env.cr.execute(Loss(self.env, self.company).outcome(self._before(45), 45))
        rows = {row[0]: row[1:] for row in self.env.cr.fetchall()}
        self.assertEqual(
            rows,
            {
                gone.partner_id.id: (self._before(50), True),
                back.partner_id.id: (self._before(200), False),
            },
        )


class TestWarningLossDays(LossCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.write({"cpm_loss_days": 0, "cpm_loss_customers_needed": 3})

    def _find(self, day=DAY):
        with freeze_time(day):
            self.company._cpm_find_loss_days()
        return self.company.cpm_loss_days_found

    def _three(self, pause):
        for _customer in range(3):
            self._bought(0, pause)

    def test_found_from_the_rhythm(self):
        self._three(70)
        self.assertEqual(self.company._cpm_loss_days(), 365)
        self.assertEqual(self._find(), 70)
        self.assertEqual(self.company._cpm_loss_days(), 70)
        self.company.cpm_loss_days = 200
        self.assertEqual(self.company._cpm_loss_days(), 200)

    def test_within_bounds(self):
        self._three(5)
        self.assertEqual(self._find(), 30)
        self.company.cpm_loss_days_min = 3
        self.assertEqual(self._find(), 5)
        self.company.cpm_loss_days_max = 4
        self.assertEqual(self._find(), 4)

    def test_too_few_customers_is_said(self):
        self._bought(0, 70)
        self.assertEqual(self._find(), 0)
        self.assertEqual(self.company._cpm_loss_days(), 365)
        text = self.company._cpm_loss_text()
        for words in ("365 days", "only 1 customers", "3 are needed"):
            self.assertIn(words, text)

    def test_the_settings_say_where_the_days_come_from(self):
        settings = self.env["res.config.settings"].with_company(self.company)
        self.assertIn("with the next scoring", settings.create({}).cpm_loss_text)
        self._three(70)
        with freeze_time(DAY):
            settings.create({}).action_cpm_find_loss_days()
        text = settings.create({}).cpm_loss_text
        for words in ("70 days", "3 customers", "95 of 100", "06/28/2024"):
            self.assertIn(words, text)
        self.company.cpm_loss_days = 12
        self.assertIn("12 days", settings.create({}).cpm_loss_text)
        self.assertIn("as entered", settings.create({}).cpm_loss_text)
        self.assertIn("says 70 days", settings.create({}).cpm_loss_text)
        self.company.cpm_loss_days_found = 0
        self.assertNotIn("says", settings.create({}).cpm_loss_text)

    def test_the_first_run_knows_the_rhythm(self):
        """Or everybody would be judged by 365 days first, and by another rule the next
        night."""
        (lost,) = self._make_stages(("lost", "[('is_lost', '=', 1)]"))
        self._three(70)
        silent = self._bought(80)
        with freeze_time(DAY):
            self._run()
        self.assertEqual(silent.lifecycle_stage_id, lost)

    def test_looked_at_once_a_month(self):
        self._three(70)
        with freeze_time(DAY):
            self._run()
        self.assertEqual(self.company.cpm_loss_days_found, 70)
        self.assertEqual(self.company.cpm_loss_found_on, DAY)
        for _customer in range(20):
            self._bought(0, 90)
        for days, found in ((29, 70), (30, 90)):
            day = DAY + timedelta(days=days)
            with freeze_time(day):
                self._run(day)
            self.assertEqual(self.company.cpm_loss_days_found, found)

    def test_other_figures_are_applied_by_the_next_run(self):
        self._three(70)
        with freeze_time(DAY):
            self._run()
            self.company.cpm_loss_days_max = 60
            self._run()
        self.assertEqual(self.company.cpm_loss_days_found, 60)

    def test_scoring_one_customer_does_not_look_at_everybody(self):
        self._three(70)
        with freeze_time(DAY):
            self.env["cpm.scorecard"]._run_profiles(self._bought(1))
        self.assertFalse(self.company.cpm_loss_found_on)

    @mute_logger("odoo.addons.customer_plan_mgmt.models.warning.res_company")
    def test_a_metric_that_fails_keeps_what_was_found(self):
        self._three(70)
        self._find()
        self.company.cpm_loss_found_on = date(2024, 1, 1)
        error = psycopg2.DataError("no number")
        with patch.object(Loss, "event_days", side_effect=error), freeze_time(DAY):
            self.company._cpm_renew_loss_days()
        self.assertEqual(self.company.cpm_loss_days_found, 70)
        self.assertEqual(self.company.cpm_loss_found_on, date(2024, 1, 1))

    def test_bad_figures_are_refused_by_name(self):
        for name, value, words in (
            ("cpm_loss_days", -1, "Lost after"),
            ("cpm_loss_days", 3651, "Lost after"),
            ("cpm_loss_percent", 49, "Usual pauses"),
            ("cpm_loss_percent", 100, "Usual pauses"),
            ("cpm_loss_percent", float("nan"), "Usual pauses"),
            ("cpm_loss_customers_needed", 1, "Returning customers needed"),
            ("cpm_loss_days_min", 0, "Found days"),
            ("cpm_loss_days_min", 731, "Found days"),
            ("cpm_loss_days_max", 4000, "Found days"),
        ):
            with (
                self.subTest(name=name, value=value),
                mute_logger("odoo.sql_db"),
                self.assertRaises(psycopg2.errors.CheckViolation) as caught,
                self.env.cr.savepoint(),
            ):
                self.company[name] = value
                self.env.flush_all()
            self.assertIn("cpm_loss", caught.exception.diag.constraint_name)
            message = self._message_of(caught.exception)
            self.assertIn(words, message)
            self.env.invalidate_all()

    def _message_of(self, error):
        """Return what the user is told about a violated constraint."""
        name = error.diag.constraint_name
        objects = self.env["res.company"]._table_objects
        return objects[name].get_error_message(self.env["res.company"], error.diag)

    def test_a_sign_of_life_must_be_days_since_the_last_record(self):
        for metric in (
            self._make_metric("orders"),
            self._make_metric("lately", "days_since_last", period_days=30),
            self._make_manual_metric("typed"),
        ):
            with self.assertRaisesRegex(ValidationError, "Sign of life"):
                self.company.cpm_loss_metric_id = metric

    def test_the_sign_of_life_is_not_taken_away_unnoticed(self):
        metric = self.last.with_user(self.admin)
        for vals in ({"active": False}, {"measure": "count"}, {"period_days": 10}):
            with (
                self.subTest(vals=vals),
                self.assertRaisesRegex(UserError, "Northwind.*counts as lost"),
                self.env.cr.savepoint(),
            ):
                metric.write(vals)
            self.env.invalidate_all()
        with self.assertRaisesRegex(UserError, "Northwind.*counts as lost"):
            metric.unlink()
        self.company.cpm_loss_metric_id = self._make_metric("visits", "days_since_last")
        metric.active = False
        self.assertFalse(metric.active)
