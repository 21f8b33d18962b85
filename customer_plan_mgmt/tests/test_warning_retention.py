"""Churn by month and retention by cohort, against a walk through every day."""

import random
from collections import Counter
from datetime import date, timedelta

from dateutil.relativedelta import relativedelta
from freezegun import freeze_time

from odoo.exceptions import AccessError
from odoo.tools import SQL

from .common import DAY
from .common_loss import LossCase

ONE = timedelta(days=1)
TODAY = date(2024, 6, 10)


@freeze_time(TODAY)
class TestWarningChurnReport(LossCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.cpm_loss_days = 40
        cls.report = cls.env["cpm.churn.report"].with_company(cls.company)

    def _bought_on(self, *days, **vals):
        customer = self._make_customer(**vals)
        self._make_purchases(customer, *[(day, 10) for day in days])
        return customer

    def _months(self, *domain, by=()):
        """Return ``{(month, *by): (start, new, won back, lost, end, rate)}``."""
        self.env.flush_all()
        rows = self.report._read_group(
            list(domain),
            ["month:month", *by],
            [
                "start_count:avg",
                "new_count:sum",
                "won_back_count:sum",
                "lost_count:sum",
                "end_count:avg",
                "churn_percent:avg",
            ],
        )
        size = 1 + len(by)
        return {row[:size] if by else row[0]: row[size:] for row in rows}

    def test_one_customer_month_by_month(self):
        # Lost on 2024-03-12 (41 days after 31 January), back in May
        self._bought_on(date(2024, 1, 5), date(2024, 1, 31), date(2024, 5, 20))
        self.assertEqual(
            self._months(),
            {
                date(2024, 1, 1): (0, 1, 0, 0, 1, False),
                date(2024, 2, 1): (1, 0, 0, 0, 1, 0),
                date(2024, 3, 1): (1, 0, 0, 1, 0, 100),
                date(2024, 5, 1): (0, 0, 1, 0, 1, False),
                date(2024, 6, 1): (1, 0, 0, 0, 1, 0),
            },
        )

    def test_at_the_edges_of_a_month(self):
        # 40 days after 20 February is 31 March: lost on 1 April, not in March
        self._bought_on(date(2024, 2, 20))
        found = self._months()
        self.assertEqual(found[date(2024, 3, 1)], (1, 0, 0, 0, 1, 0))
        self.assertEqual(found[date(2024, 4, 1)], (1, 0, 0, 1, 0, 100))
        self.assertNotIn(date(2024, 5, 1), found)

    def test_today_decides_what_is_still_open(self):
        self._bought_on(TODAY - timedelta(days=40))
        self.assertFalse(self._months(("lost_count", ">", 0)))
        with freeze_time(TODAY + ONE):
            self.env.invalidate_all()
            self.assertEqual(
                self._months(("lost_count", ">", 0)),
                {date(2024, 6, 1): (1, 0, 0, 1, 0, 100)},
            )

    def test_lost_and_back_within_one_month(self):
        self.company.cpm_loss_days = 5
        self._bought_on(date(2024, 3, 30), date(2024, 4, 20), date(2024, 4, 29))
        self.assertEqual(
            self._months()[date(2024, 4, 1)],
            # Gone on 5 April, back on the 20th, gone on the 26th, back on the 29th
            (1, 0, 2, 2, 1, 100),
        )
        rows = self.report.search([("month", "=", date(2024, 4, 1))])
        self.assertEqual(len(rows), 3)
        self.assertEqual(len(set(rows.mapped("id"))), 3)

    def test_random_histories_agree_with_a_walk_through_every_day(self):
        rng = random.Random(3)
        start = date(2023, 1, 1)
        span = (TODAY - start).days
        histories = []
        for _customer in range(12):
            days = {
                start + timedelta(days=rng.randint(0, span))
                for _ in range(rng.randint(1, 12))
            }
            histories.append(sorted(days))
            self._bought_on(*days)
        for loss_days in (10, 40, 200):
            self.company.cpm_loss_days = loss_days
            self.env.flush_all()
            found = {month: tuple(row[:5]) for month, row in self._months().items()}
            self.assertEqual(found, self._walk(histories, start, loss_days))

    def _walk(self, histories, start, loss_days):
        """Count every customer on every day."""
        months = {}
        for days in histories:
            there, ever, day = False, False, start
            while day <= TODAY:
                count = months.setdefault(day.replace(day=1), Counter())
                if day.day == 1 or day == start:
                    count["start"] += there
                now = any(0 <= (day - x).days <= loss_days for x in days)
                if now and not there:
                    count["won_back" if ever else "new"] += 1
                if there and not now:
                    count["lost"] += 1
                there, ever = now, ever or now
                day += ONE
                if day.day == 1 or day > TODAY:
                    count["end"] += there
        names = ("start", "new", "won_back", "lost", "end")
        return {
            month: tuple(count[name] for name in names)
            for month, count in sorted(months.items())
            if any(count.values())
        }

    def test_the_rate_is_weighted_right_at_every_level(self):
        big, small = self.tier_a, self.tier_c
        for number in range(4):
            # Of four big ones one is lost in March, of two small ones both in April
            last = date(2024, 1, 31) if not number else TODAY
            customer = self._bought_on(date(2024, 1, 10), last)
            customer.sudo().tier_id = big
            if number:
                self._make_purchases(
                    customer, *[(date(2024, m, 15), 1) for m in range(2, 6)]
                )
        for _number in range(2):
            self._bought_on(date(2024, 2, 25)).sudo().tier_id = small
        rates = {key: row[5] for key, row in self._months(by=["tier_id"]).items()}
        self.assertEqual(rates[date(2024, 3, 1), big], 25)
        self.assertEqual(rates[date(2024, 4, 1), small], 100)
        ((total,),) = self.report._read_group([], [], ["churn_percent:avg"])
        months = self._months().values()
        self.assertAlmostEqual(total, 100 * 3 / sum(row[0] for row in months))

    def test_counts_of_a_moment_are_averages_over_months(self):
        for _number in range(3):
            self._bought_on(date(2024, 1, 10), date(2024, 2, 10))
        ((start, new, lost, end),) = self.report._read_group(
            [("month", "<", "2024-04-01")],
            [],
            ["start_count:avg", "new_count:sum", "lost_count:sum", "end_count:avg"],
        )
        # January 0 to 3, February 3 to 3, March 3 to 0
        self.assertEqual((start, new, lost, end), (2, 3, 3, 2))

    def test_the_tier_is_that_of_the_month(self):
        customer = self._bought_on(*[date(2024, m, 10) for m in range(1, 7)])
        self._assign_tier(customer, self.tier_a, since=date(2024, 3, 1))
        self._assign_tier(customer, self.tier_b, since=date(2024, 4, 2))
        self.assertEqual(
            sorted((month, tier) for month, tier in self._months(by=["tier_id"])),
            [
                (date(2024, month, 1), tier)
                for month, tier in enumerate(
                    [self.tier_a] * 4 + [self.tier_b] * 2, start=1
                )
            ],
        )

    def test_the_reason_comes_from_the_closed_warning(self):
        reason = self.env["cpm.churn.reason"].create({"name": "Price"})
        with_reason = self._bought_on(date(2024, 3, 1))
        self._bought_on(date(2024, 3, 1))
        # An earlier loss of the same customer, about which nobody knows
        self._make_purchases(with_reason, (date(2023, 6, 1), 10))
        warning = self._warn(with_reason, raised_on=date(2024, 3, 20))
        self._close(warning, "lost", date(2024, 3, 25))
        warning.churn_reason_id = reason
        self.env.flush_all()
        rows = self.report._read_group(
            [("lost_count", ">", 0)], ["churn_reason_id"], ["lost_count:sum"]
        )
        self.assertEqual(
            {(found.id, count) for found, count in rows}, {(reason.id, 1), (False, 2)}
        )

    def test_there_is_no_rate_by_reason(self):
        reason = self.env["cpm.churn.reason"].create({"name": "Price"})
        customer = self._bought_on(date(2024, 3, 1))
        self._bought_on(date(2024, 3, 1), date(2024, 4, 1), date(2024, 5, 1))
        warning = self._warn(customer, raised_on=date(2024, 3, 20))
        self._close(warning, "lost", date(2024, 3, 25))
        warning.churn_reason_id = reason
        april = ("month", "=", date(2024, 4, 1))
        picked = ("churn_reason_id", "=", reason.id)
        # One of two, for that reason: 100 % of those with the reason say nothing
        by_reason = self._months(april, by=["churn_reason_id"])
        self.assertEqual(
            by_reason[date(2024, 4, 1), reason], (False, 0, 0, 1, False, False)
        )
        self.assertEqual(
            self._months(april, picked)[date(2024, 4, 1)],
            (False, 0, 0, 1, False, False),
        )
        self.assertEqual(self._months(april)[date(2024, 4, 1)][5], 50)
        sets = self.report._read_grouping_sets(
            [april],
            [[], ["churn_reason_id"]],
            ["churn_percent:avg", "lost_count:sum"],
        )
        self.assertEqual(sets[0], [(50, 1)])
        self.assertEqual(
            {row[0]: row[1:] for row in sets[1]},
            {reason: (False, 1), reason.browse(): (False, 0)},
        )

    def test_archived_customers_count_and_excluded_ones_do_not(self):
        archived = self._bought_on(date(2024, 1, 10))
        archived.active = False
        self._bought_on(date(2024, 1, 10)).score_excluded = True
        self.assertEqual(self._months()[date(2024, 1, 1)][1], 1)

    def test_companies_are_apart(self):
        other = self._create_company(name="Southwind")
        self._bought_on(date(2024, 1, 10))
        self.env.flush_all()
        self.assertFalse(
            self.env["cpm.churn.report"]
            .with_context(allowed_company_ids=other.ids)
            .search([])
        )
        self.manager.company_ids |= other
        both = self.env["cpm.churn.report"].with_user(self.manager)
        both = both.with_context(allowed_company_ids=[other.id, self.company.id])
        self.assertEqual(both.search([]).company_id, self.company)

    def test_without_a_sign_of_life_there_is_nothing(self):
        self._bought_on(date(2024, 1, 10))
        self.last.sudo().active = False
        self.env.flush_all()
        self.assertFalse(self.report.search([]))
        self.assertEqual(
            self.report._read_group([], [], ["lost_count:sum"]), [(False,)]
        )

    def test_a_broken_sign_of_life_breaks_no_other_company(self):
        self._bought_on(date(2024, 1, 10))
        broken = self._make_metric("broken", "days_since_last")
        other = self._create_company(name="Southwind")
        other.cpm_loss_metric_id = broken
        both = [self.company.id, other.id]
        # What an update of an add-on may leave behind, and what only the database sees
        for domain in (
            "[('gone', '=', 1)]",
            "[('date', '>', 'no day at all')]",
            "[('amount', '>', 'much')]",
        ):
            self.env.flush_all()
            self.env.cr.execute(
                SQL(
                    "UPDATE cpm_metric SET domain = %s WHERE id = %s", domain, broken.id
                )
            )
            self.env.invalidate_all()
            for name in ("cpm.churn.report", "cpm.retention"):
                with self.subTest(domain=domain, report=name):
                    report = self.env[name].with_context(allowed_company_ids=both)
                    self.assertEqual(report.search([]).company_id, self.company)

    def test_only_managers_read_it(self):
        self._bought_on(date(2024, 1, 10))
        self.env.flush_all()
        self.assertTrue(self.report.with_user(self.manager).search([]))
        with self.assertRaises(AccessError):
            self.report.with_user(self.user_all).search([])
        row = self.report.with_user(self.manager).search([], limit=1)
        self.assertEqual(row.action_open_record()["res_id"], row.profile_id.id)

    def test_queries_do_not_grow_with_the_customers(self):
        def count():
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self._months()
            return self.env.cr.sql_log_count - before

        self._bought_on(date(2024, 1, 10))
        count()  # what is read once only
        one = count()
        for _number in range(79):
            self._bought_on(date(2024, 1, 10))
        self.assertEqual(count(), one)


@freeze_time(TODAY)
class TestWarningRetention(LossCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.cpm_loss_days = 45
        cls.report = cls.env["cpm.retention"].with_company(cls.company)

    def _shares(self, *domain, by=("cohort:month", "months_since")):
        self.env.flush_all()
        rows = self.report._read_group(
            list(domain), list(by), ["kept_percent:avg", "bought_percent:avg"]
        )
        return {row[:-2]: row[-2:] for row in rows}

    def test_a_cohort_month_by_month(self):
        for days in (
            [date(2024, 1, 10)],
            [date(2024, 1, 20), date(2024, 2, 20), date(2024, 4, 1)],
        ):
            self._make_purchases(self._make_customer(), *[(day, 1) for day in days])
        january = date(2024, 1, 1)
        self.assertEqual(
            self._shares(),
            {
                (january, 0): (100, 100),
                # The first one is lost on 25 February
                (january, 1): (50, 50),
                (january, 2): (50, 0),
                (january, 3): (50, 50),
                # and the second one on 17 May
                (january, 4): (0, 0),
            },
        )

    def test_the_running_month_is_not_judged(self):
        self._make_purchases(self._make_customer(), (TODAY, 1))
        self.assertFalse(self._shares())
        with freeze_time(date(2024, 7, 1)):
            self.env.invalidate_all()
            self.assertEqual(self._shares(), {(date(2024, 6, 1), 0): (100, 100)})

    def test_random_histories_agree_with_the_definition(self):
        rng = random.Random(9)
        start = date(2023, 3, 1)
        shares = {}
        for _customer in range(10):
            days = {
                start + timedelta(days=rng.randint(0, 400))
                for _ in range(rng.randint(1, 10))
            }
            self._make_purchases(self._make_customer(), *[(day, 1) for day in days])
            cohort = min(days).replace(day=1)
            month, since = cohort, 0
            while month + relativedelta(months=1) <= TODAY:
                last = month + relativedelta(months=1) - ONE
                kept = any(0 <= (last - day).days <= 45 for day in days)
                bought = any(month <= day <= last for day in days)
                shares.setdefault((cohort, since), []).append((kept, bought))
                month, since = month + relativedelta(months=1), since + 1
        expected = {
            key: tuple(100 * sum(part) / len(rows) for part in zip(*rows, strict=True))
            for key, rows in shares.items()
        }
        found = self._shares()
        self.assertEqual(found.keys(), expected.keys())
        for key, values in expected.items():
            for one, other in zip(found[key], values, strict=True):
                self.assertAlmostEqual(one, other)

    def test_by_first_tier_and_account_manager(self):
        customer = self._make_customer(profile={"manager_id": self.user_own.id})
        self._make_purchases(customer, (date(2024, 1, 10), 1))
        self._assign_tier(customer, self.tier_a, since=date(2024, 2, 1))
        self._assign_tier(customer, self.tier_c, since=DAY - timedelta(days=30))
        self.assertEqual(
            self._shares(("months_since", "=", 0), by=("tier_id", "manager_id")),
            {(self.tier_a, self.user_own): (100, 100)},
        )

    def test_different_customers_are_counted_once(self):
        for _number in range(3):
            self._make_purchases(self._make_customer(), (date(2024, 1, 10), 1))
        self.env.flush_all()
        ((count,),) = self.report._read_group([], [], ["customer_count:count_distinct"])
        self.assertEqual(count, 3)

    def test_only_managers_read_it(self):
        with self.assertRaises(AccessError):
            self.report.with_user(self.user_all).search([])
        self.assertFalse(self.report.with_user(self.manager).search([]))
