"""The dry run of a rule."""

from datetime import timedelta

from dateutil.relativedelta import relativedelta

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError

from .common_warning_rule import WarningRuleCase


class TestWarningRuleTrial(WarningRuleCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.last = cls._make_metric("last", "days_since_last")
        cls.company.cpm_loss_metric_id = cls.last
        first = cls.today.replace(day=1)
        # The last days of the months before this one, the latest first
        cls.ends = [
            first - relativedelta(months=back) - timedelta(days=1) for back in range(6)
        ]
        cls.gone, cls.back, cls.loyal = cls._make_customers(3)
        for customer in (cls.gone, cls.back):
            cls._make_purchases(customer, (cls.ends[5] - timedelta(days=25), 5))
        cls._make_purchases(cls.back, (cls.ends[3] + timedelta(days=1), 5))
        cls._make_purchases(
            cls.loyal, *((cls.today - timedelta(days=10 * n), 5) for n in range(40))
        )
        # Twenty days without an order
        cls.rule = cls._make_rule(
            metric_id=cls.last.id,
            operator="above",
            limit_value=20,
            quiet_days=30,
            deadline_days=0,
        )
        cls._score()
        cls.warnings.search([("rule_id", "=", cls.rule.id)]).unlink()

    def _try(self, **vals):
        trial = (
            self.env["cpm.warning.rule.trial"]
            .with_user(self.admin)
            .with_company(self.company)
            .create({"rule_id": self.rule.id, "horizon_days": 60, **vals})
        )
        trial.action_compute()
        return trial

    def test_today_is_listed_with_reasons(self):
        trial = self._try(month_count=1)
        self.assertEqual(trial.hit_count, 2)
        self.assertEqual(trial.hit_ids.profile_id, self.gone | self.back)
        self.assertIn("Last is", trial.hit_ids[0].fact_text)

    def test_months_before_respect_the_quiet_period_and_are_judged(self):
        trial = self._try(month_count=6, horizon_days=50)
        months = {month.day: month for month in trial.month_ids}
        self.assertEqual(sorted(months), sorted(self.ends))
        raised = [months[day].raised_count for day in self.ends]
        # Both at first; then the quiet period of 30 days lets a month end pass only
        # where the month before was longer
        self.assertEqual(raised[5], 2)
        oracle = self._oracle(30)
        self.assertEqual(raised, oracle)
        first = months[self.ends[5]]
        self.assertTrue(first.is_over)
        self.assertEqual(first.judged_count, 2)
        # “back” came back after the end of the month after next, see setUpClass
        came = (self.ends[3] + timedelta(days=1) - self.ends[5]).days
        self.assertEqual(first.lost_count, 1 if came <= 50 else 2)
        self.assertFalse(months[self.ends[0]].is_over)
        self.assertEqual(months[self.ends[0]].judged_count, 0)
        self.assertIn(f"{sum(raised)} warnings", trial.headline)
        self.assertFalse(self._warned(self.rule))  # nothing is raised

    def _oracle(self, rests):
        """Return warnings a month end, worked out customer by customer."""
        counts, latest = [], {}
        for day in reversed(self.ends):
            count = 0
            for customer in (self.gone, self.back, self.loyal):
                days = [row.date for row in customer.transaction_ids if row.date <= day]
                if (
                    days
                    and (day - max(days)).days > 20
                    and not (
                        customer in latest and (day - latest[customer]).days < rests
                    )
                ):
                    latest[customer] = day
                    count += 1
            counts.append(count)
        return counts[::-1]

    def test_longer_quiet_periods_raise_less(self):
        self.rule.write({"quiet_days": 100, "deadline_days": 300})
        trial = self._try(month_count=6)
        self.assertEqual(trial.raised_count, sum(self._oracle(400)))
        self.assertEqual(trial.raised_count, 2)

    def test_nothing_is_judged_before_the_horizon_is_over(self):
        trial = self._try(month_count=6, horizon_days=3000)
        self.assertEqual(trial.judged_count, 0)
        self.assertIn("none can be judged yet", trial.headline)

    def test_a_past_nobody_knows_is_said(self):
        self.rule = self._make_rule("contract_ending")
        self.gone.contract_end = self.today
        trial = self._try()
        self.assertEqual(trial.hit_ids.profile_id, self.gone)
        self.assertFalse(trial.month_ids)
        self.assertIn("no history", trial.past_unknown)
        self.assertIn("cannot be told", trial.headline)

    def test_bad_questions(self):
        for field, vals in (
            ("Months", {"month_count": 0}),
            ("Months", {"month_count": 37}),
            ("Horizon", {"horizon_days": 0}),
        ):
            with self.subTest(vals), self.assertRaisesRegex(ValidationError, field):
                self._try(**vals)
        self.last.active = False
        with self.assertRaisesRegex(UserError, "Last is archived"):
            self._try()

    def test_without_a_sign_of_life_nothing_is_judged(self):
        other = self._make_metric("other", "days_since_last")
        self.company.cpm_loss_metric_id = other
        other.with_context(active_test=False).sudo().write({"active": False})
        trial = self._try(month_count=6)
        self.assertEqual(trial.judged_count, 0)
        self.assertTrue(trial.raised_count)

    def test_only_administrators_try(self):
        for user in (self.user_all, self.manager):
            with self.assertRaises(AccessError):
                self.rule.with_user(user).action_trial()
        action = (
            self.rule.with_user(self.admin).with_company(self.company).action_trial()
        )
        self.assertEqual(action["res_model"], "cpm.warning.rule.trial")

    def test_companies_one_works_in(self):
        other = self._create_company(name="Other")
        with self.assertRaisesRegex(UserError, "Company"):
            self._try(company_id=other.id)

    def test_conditions_on_tiers_count_in_the_past(self):
        self.rule.tier_ids = [Command.set(self.tier_a.ids)]
        self.assertFalse(self._try(month_count=6).raised_count)

    def test_a_dry_run_is_for_whoever_asked(self):
        trial = self._try(month_count=1)
        another = self._make_user("cpm_admin_2", "customer_plan_mgmt.group_cpm_admin")
        for records in (trial, trial.hit_ids, trial.month_ids):
            with self.subTest(records._name), self.assertRaises(AccessError):
                records.with_user(another).read(["create_date"])
