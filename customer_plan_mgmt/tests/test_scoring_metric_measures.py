"""Every measure against a slow oracle on random records."""

import random
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytz

from odoo import Command
from odoo.tools import SQL

from ..models.scoring.engine.rates import Rates
from . import oracle
from .common import DAY, CpmCommon

MEASURES = (
    "count",
    "sum",
    "average",
    "minimum",
    "maximum",
    "count_distinct",
    "days_since_last",
    "days_since_first",
    "median_interval_days",
    "active_months",
    "growth",
)
SEEDS = (1, 2, 3)


class TestScoringMetricMeasures(CpmCommon):
    def _assert_close(self, found, expected, label):
        if expected is None or found is None:
            self.assertEqual((found, label), (expected, label))
        else:
            expected = float(expected)
            self.assertAlmostEqual(
                found, expected, delta=1e-9 * max(1, abs(expected)), msg=label
            )

    def _make_all_metrics(self, **vals):
        metrics = {}
        for measure in MEASURES:
            for period in (0, 1, 30, 365):
                if measure == "growth" and not period:
                    continue
                extra = dict(vals)
                if measure == "count_distinct":
                    extra["measure_field"] = "payment_method"
                code = f"{measure}_{period}"
                metrics[code] = self._make_metric(
                    code, measure, period_days=period, **extra
                )
        return metrics

    def _random_customers(self, rng):
        """Return ``{profile: contacts buying for it}``: people, companies with their
        people, one that never buys."""
        customers = {}
        for number in range(10):
            profile = self._make_customer(is_company=bool(number % 2))
            contacts = profile.partner_id
            if number % 2:
                for _index in range(rng.randint(1, 3)):
                    contacts |= self._make_partner(parent_id=profile.partner_id.id)
            customers[profile] = contacts
        return customers

    def _random_day(self, rng, before=420, after=20):
        return DAY + timedelta(days=rng.randint(-before, after))

    def test_measures_of_purchases_in_several_currencies(self):
        euro = self.setup_other_currency(
            "EUR",
            rates=[
                (DAY - timedelta(days=d), 0.5 + d / 1000) for d in (300, 200, 90, 7)
            ],
        )
        franc = self.setup_other_currency("CHF")  # no rate at all counts as 1
        dollar = self.company.currency_id
        metrics = self._make_all_metrics(currency_field="currency_id")
        for seed in SEEDS:
            rng = random.Random(seed)
            records = {}
            for profile, contacts in self._random_customers(rng).items():
                records[profile] = []
                for _index in range(rng.choice((0, 1, 2, 5, 12, 25))):
                    day = self._random_day(rng)
                    amount = rng.choice((-40, -0.01, 0, 10, 10, 99.99, 1234.5))
                    currency = rng.choice((dollar, dollar, euro, franc))
                    method = rng.choice(("cash", "card", False))
                    self._make_purchases(
                        rng.choice(contacts),
                        (day, amount),
                        currency_id=currency.id,
                        payment_method=method,
                    )
                    converted = currency._convert(
                        amount, dollar, self.company, day, round=False
                    )
                    records[profile].append((day, converted, method or None))
            for as_of in (DAY, DAY - timedelta(days=45)):
                self._compare(metrics, records, as_of, seed)

    def _compare(self, metrics, records, as_of, seed):
        rows = self._ghost(as_of)
        for code, metric in metrics.items():
            place = 2 if metric.measure == "count_distinct" else 1
            for profile, items in records.items():
                expected = oracle.measure(
                    metric.measure,
                    [(item[0], item[place]) for item in items],
                    as_of,
                    metric.period_days,
                )
                self._assert_close(
                    rows[profile.id]["metrics"][code],
                    expected,
                    f"seed {seed}, {code} as of {as_of} of {items}",
                )

    def test_moments_belong_to_the_calendar_day_of_the_company(self):
        """Moments around midnight and around the switches to and from summer time."""
        self.company.partner_id.tz = "Europe/Berlin"
        project = self.env["project.project"].create(
            {"name": "Deliveries", "company_id": self.company.id}
        )
        metrics = {
            f"{measure}_{period}": self._make_metric(
                f"{measure}_{period}",
                measure,
                model_id=self.env["ir.model"]._get_id("project.task"),
                date_field="date_deadline",
                measure_field=False if measure == "count" else "allocated_hours",
                period_days=period,
                domain=f"[('project_id', '=', {project.id})]",
            )
            for measure in MEASURES
            if measure != "count_distinct"
            for period in (1, 2, 30)
        }
        berlin = pytz.timezone("Europe/Berlin")
        switches = (date(2024, 3, 31), date(2024, 10, 27))
        records = {}
        for seed, day in enumerate((*switches, DAY)):
            rng = random.Random(seed)
            midnight = berlin.localize(datetime.combine(day, datetime.min.time()))
            for profile in self._make_customers(8):
                records[profile] = []
                for _index in range(rng.randint(0, 6)):
                    offset = rng.choice(
                        (
                            0,
                            -1,
                            1,
                            3599,
                            -3600,
                            7200,
                            10800,
                            86399,
                            86400,
                            90000,
                            -86400,
                        )
                    )
                    moment = midnight.astimezone(pytz.utc) + timedelta(seconds=offset)
                    hours = rng.choice((1, 2.5, 8))
                    self.env["project.task"].create(
                        {
                            "name": "Delivery",
                            "project_id": project.id,
                            "partner_id": profile.partner_id.id,
                            "date_deadline": moment.replace(tzinfo=None),
                            "allocated_hours": hours,
                        }
                    )
                    records[profile].append((moment.astimezone(berlin).date(), hours))
        self.assertTrue(any(records.values()))
        for day in (*switches, DAY):
            for as_of in (day, day + timedelta(days=1), day + timedelta(days=29)):
                self._compare(metrics, records, as_of, "moments")

    def test_window_of_one_day_is_the_day_itself(self):
        metric = self._make_metric("today", period_days=1)
        customer = self._make_customer()
        self._make_purchases(customer, (DAY, 1), (DAY, 1), (DAY - timedelta(days=1), 1))
        self.assertEqual(self._value(customer, metric), 2)

    def _value(self, customer, metric, as_of=DAY):
        return self._ghost(as_of)[customer.id]["metrics"][metric.code]

    def test_window_edges_on_a_leap_day(self):
        metric = self._make_metric("year", period_days=366)
        customer = self._make_customer()
        self._make_purchases(
            customer, ("2023-02-28", 1), ("2023-03-01", 1), ("2024-02-29", 1)
        )
        for as_of, count in (
            (date(2024, 2, 28), 2),
            (date(2024, 2, 29), 2),
            (date(2024, 3, 1), 1),
            (date(2025, 2, 28), 1),
            (date(2025, 3, 1), 0),
        ):
            with self.subTest(as_of):
                self.assertEqual(self._value(customer, metric, as_of), count)

    def test_never_bought_is_missing_and_bought_long_ago_is_zero(self):
        metrics = [
            self._make_metric(measure, measure, period_days=30)
            for measure in ("count", "sum", "active_months", "average", "maximum")
        ]
        never, once = self._make_customers(2)
        self._make_purchases(once, (DAY - timedelta(days=400), 10))
        rows = self._ghost()
        for metric in metrics:
            self.assertIsNone(rows[never.id]["metrics"][metric.code])
        self.assertEqual(
            [rows[once.id]["metrics"][metric.code] for metric in metrics],
            [0, 0, 0, None, None],
        )

    def test_what_happened_later_is_not_known_yet(self):
        metric = self._make_metric("count")
        customer = self._make_customer()
        self._make_purchases(customer, (DAY + timedelta(days=1), 10))
        self.assertIsNone(self._value(customer, metric))
        self.assertEqual(self._value(customer, metric, DAY + timedelta(days=1)), 1)

    def test_only_records_matching_the_domain(self):
        metric = self._make_metric(
            "card", domain="[('payment_method', '=', 'card'), ('amount', '>', 5)]"
        )
        customer = self._make_customer()
        self._make_purchases(customer, (DAY, 10), (DAY, 1), payment_method="card")
        self._make_purchases(customer, (DAY, 10), payment_method="cash")
        self.assertEqual(self._value(customer, metric), 1)

    def test_dotted_paths(self):
        metric = self._make_metric(
            "tasks",
            "days_since_last",
            model_id=self.env["ir.model"]._get_id("project.task"),
            partner_field="project_id.partner_id",
            date_field="project_id.date_start",
        )
        customer = self._make_customer()
        self.env["project.project"].create(
            {
                "name": "Shop window",
                "partner_id": customer.partner_id.id,
                "company_id": self.company.id,
                "date_start": DAY - timedelta(days=12),
                "date": DAY,
                "task_ids": [Command.create({"name": "Paint"})],
            }
        )
        self.assertEqual(self._value(customer, metric), 12)

    def test_records_of_another_company_do_not_count(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        metric = self._make_metric("count")
        customer = self._make_customer(company_id=False)
        self._make_purchases(customer, (DAY, 1))
        self._make_purchases(customer, (DAY, 1), (DAY, 1), company_id=other.id)
        self.assertEqual(self._value(customer, metric), 1)

    def test_money_is_converted_at_the_day_of_the_record(self):
        euro = self.setup_other_currency(
            "EUR", rates=[("2024-01-01", 0.5), ("2024-02-01", 0.25)]
        )
        metric = self._make_metric("revenue", "sum", currency_field="currency_id")
        plain = self._make_metric("figure", "sum")
        for day, worth in (
            ("2023-12-31", 20),  # before the first rate: the first one
            ("2024-01-01", 20),
            ("2024-01-31", 20),
            ("2024-02-01", 40),
            ("2024-06-01", 40),
        ):
            customer = self._make_customer()
            self._make_purchases(customer, (day, 10), currency_id=euro.id)
            with self.subTest(day):
                self.assertEqual(self._value(customer, metric), worth)
                self.assertEqual(self._value(customer, plain), 10)

    def test_an_old_rate_is_not_spread_over_all_days_since(self):
        self.setup_other_currency("EUR", rates=[("1990-01-01", 0.5), (DAY, 0.25)])
        rates = Rates(self.env(su=True), self.company)
        ((count,),) = self.env.execute_query(
            SQL("SELECT count(*) FROM (%s) spread", rates._eras())
        )
        days, currencies = rates._known
        # One row per currency and day with a rate, one before, one currency for others
        self.assertLessEqual(count, (len(currencies) + 1) * (len(days) + 1))

    def test_rates_of_the_company_come_before_shared_ones(self):
        euro = self.setup_other_currency("EUR", rates=[("2024-03-01", 0.5)])
        self.env["res.currency.rate"].create(
            {
                "currency_id": euro.id,
                "name": "2024-05-01",
                "rate": 0.1,
                "company_id": False,
            }
        )
        metric = self._make_metric("revenue", "sum", currency_field="currency_id")
        customer = self._make_customer()
        self._make_purchases(customer, (DAY, 10), currency_id=euro.id)
        core = euro._convert(10, self.company.currency_id, self.company, DAY)
        self.assertEqual(core, 20)
        self.assertEqual(self._value(customer, metric), core)

    def test_company_whose_own_currency_has_rates(self):
        """The dollar itself may have rates when another currency is the base."""
        self.setup_other_currency("USD", rates=[("2024-01-01", 2.0)])
        euro = self.setup_other_currency("EUR", rates=[("2024-01-01", 0.5)])
        metric = self._make_metric("revenue", "sum", currency_field="currency_id")
        customer = self._make_customer()
        self._make_purchases(customer, (DAY, 10), currency_id=euro.id)
        core = euro._convert(10, self.company.currency_id, self.company, DAY)
        self.assertEqual(self._value(customer, metric), core)

    def test_sums_do_not_depend_on_the_order_of_the_records(self):
        """Binary floats would give 0.30000000000000004 one night and 0.3 the next."""
        metric = self._make_metric("revenue", "sum")
        customer = self._make_customer()
        amounts = [0.1, 0.2, 0.3, 1e9, -1e9, 0.7]
        self._make_purchases(customer, *[(DAY, amount) for amount in amounts])
        exact = sum(Decimal(str(amount)) for amount in amounts)
        self.assertEqual(self._value(customer, metric), float(exact))
