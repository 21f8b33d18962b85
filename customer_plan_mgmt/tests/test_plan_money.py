"""What a plan costs, and what it brought."""

from odoo.exceptions import AccessError, ValidationError

from .common_plan import PlanCase


class TestPlanMoney(PlanCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.costs = cls.env["cpm.plan.cost"]
        cls.staff = cls.env.ref("customer_plan_mgmt.plan_cost_staff")
        cls.euro = cls.env.ref("base.EUR")
        cls.euro.active = True
        cls.env["res.currency.rate"].search([]).unlink()
        for day, rate in (("2020-01-01", 0.5), ("2024-07-01", 0.25)):
            cls.env["res.currency.rate"].create(
                {
                    "currency_id": cls.euro.id,
                    "company_id": cls.company.id,
                    "name": day,
                    "rate": rate,
                }
            )
        cls.turnover = cls._make_metric("turnover", "sum", currency_field="currency_id")

    def _make_cost(self, plan=None, user=None, **vals):
        vals = {"plan_id": (plan or self.plan).id, "category_id": self.staff.id, **vals}
        return self._as(self.costs, user or self.owner).create(vals).with_env(self.env)

    # ---------------------------------------------------------------- Totals

    def test_planned_actual_and_difference(self):
        cost = self._make_cost(budget=100, actual=130)
        self._make_cost(budget=50)
        self.assertEqual(
            (cost.date_from, cost.date_to), (self.plan.date_start, self.plan.date_end)
        )
        self.assertEqual(cost.difference, 30)
        self.assertEqual(
            (self.plan.budget_total, self.plan.actual_total, self.plan.cost_difference),
            (150, 130, -20),
        )
        self._as(cost, self.owner).unlink()
        self.assertEqual((self.plan.budget_total, self.plan.actual_total), (50, 0))

    def test_totals_are_in_the_currency_of_the_plan(self):
        """At the rate of the first day of the period: 1 USD was 0.50, then 0.25 EUR."""
        early = self._make_cost(
            currency_id=self.euro.id, budget=50, actual=10, date_from="2024-01-01"
        )
        late = self._make_cost(
            currency_id=self.euro.id, budget=50, date_from="2024-07-01"
        )
        self.assertEqual((early.plan_budget, early.plan_actual), (100, 20))
        self.assertEqual(late.plan_budget, 200)
        self.assertEqual(self.plan.budget_total, 300)
        self.plan.currency_id = self.euro
        self.assertEqual(self.plan.budget_total, 100)

    def test_amounts_are_numbers(self):
        cost = self._make_cost()
        for vals, text in (
            ({"budget": -1}, "Budget: enter a number from 0"),
            ({"budget": float("nan")}, "Budget: enter a number"),
            ({"actual": "much"}, "Actual: enter a number .* instead of much"),
            ({"actual": float("inf")}, "Actual: enter a number"),
            ({"date_to": "2023-01-01"}, "Cost: “Until” must not lie before “From”"),
            ({"date_from": "9999-12-31"}, "From: 9999-12-31 is no day"),
        ):
            with self.subTest(vals):
                self._assert_refused(
                    text, self.owner, "cpm.plan.cost", "write", cost.ids, vals
                )

    # --------------------------------------------------------------- Benefit

    def _plan_with_benefit(self, amount=500, **vals):
        self._give_value(self.customer, self.turnover, amount)
        return self._make_plan(benefit_metric_id=self.turnover.id, **vals)

    def test_the_benefit_is_what_the_amount_moved(self):
        plan = self._plan_with_benefit()
        self.assertEqual((plan.benefit_baseline, plan.benefit), (500, 0))
        self._give_value(self.customer, self.turnover, 800)
        self._measure()
        self.assertEqual((plan.benefit_current, plan.benefit), (800, 300))
        self._make_cost(plan, actual=200)
        self.assertEqual(plan.cost_benefit, 100)
        self.assertEqual(plan.cost_to_serve_percent, 25)
        self.assertEqual(plan._cost_benefit_points(), 60)

    def test_plans_without_goals_measure_their_benefit_too(self):
        plan = self._plan_with_benefit()
        self.assertFalse(plan.goal_ids)
        self._give_value(self.customer, self.turnover, 600)
        self._measure()
        self.assertEqual(plan.benefit, 100)

    def test_the_benefit_is_in_the_currency_of_the_plan(self):
        with self._today("2024-02-01"):
            plan = self._plan_with_benefit(currency_id=self.euro.id)
            self.assertEqual(plan.benefit_baseline, 250)
            self._give_value(self.customer, self.turnover, 800)
            self._measure()
            self.assertEqual(plan.benefit, 150)

    def test_another_currency_converts_what_was_measured(self):
        """It must not start the benefit anew."""
        with self._today("2024-02-01"):
            plan = self._plan_with_benefit()
            self._give_value(self.customer, self.turnover, 800)
            self._measure()
            self._as(plan, self.owner).currency_id = self.euro
            self.assertEqual(
                (plan.benefit_baseline, plan.benefit_current, plan.benefit),
                (250, 400, 150),
            )

    def test_another_metric_starts_anew(self):
        plan = self._plan_with_benefit()
        other = self._make_metric("margin", "sum", currency_field="currency_id")
        mine = self._as(plan, self.owner)
        mine.benefit_metric_id = other
        self.assertFalse(plan.benefit_is_measured, "nothing is known of it yet")
        self.assertEqual((plan.benefit_baseline, plan.benefit), (0, 0))
        self._give_value(self.customer, other, 70)
        self._measure()
        self.assertEqual((plan.benefit_baseline, plan.benefit), (70, 0))
        mine.benefit_metric_id = False
        self.assertFalse(plan.benefit_is_measured)
        self.assertIsNone(plan._cost_benefit_points())

    def test_saving_the_same_metric_keeps_the_start(self):
        plan = self._plan_with_benefit()
        self._give_value(self.customer, self.turnover, 800)
        self._measure()
        self._as(plan, self.owner).write({"benefit_metric_id": self.turnover.id})
        self.assertEqual(plan.benefit, 300)

    def test_the_benefit_is_an_amount_of_money(self):
        orders = self._make_metric("orders", currency_field="currency_id")
        growth = self._make_metric(
            "growth", "growth", currency_field="currency_id", period_days=30
        )
        for metric in (self.revenue, orders, growth):
            with self.subTest(metric.name):
                self._assert_refused(
                    f"Benefit measured by: {metric.name} is not an amount of money",
                    self.owner,
                    "cpm.plan",
                    "write",
                    self.plan.ids,
                    {"benefit_metric_id": metric.id},
                    error=ValidationError,
                )

    def test_the_benefit_of_a_segment_is_that_of_all_its_customers(self):
        segment = self.env["cpm.segment"].create(
            {"name": "Blue", "domain": "[('strategic_value', '=', 7)]"}
        )
        members = self._make_customers(2)
        members.strategic_value = 7
        self._give_value(members, self.turnover, 40)
        plan = self._make_plan(
            segment_id=segment.id, benefit_metric_id=self.turnover.id
        )
        self.assertEqual(plan.benefit_baseline, 80)

    def test_the_benefit_of_a_segment_sums_only_what_adds_up(self):
        segment = self.env["cpm.segment"].create(
            {"name": "Blue", "domain": "[('strategic_value', '=', 7)]"}
        )
        order = self._make_metric("order", "average", currency_field="currency_id")
        for member, value in zip(self._make_customers(2), (40, 60), strict=True):
            member.strategic_value = 7
            self._give_value(member, order, value)
        plan = self._make_plan(segment_id=segment.id, benefit_metric_id=order.id)
        self.assertEqual(plan.benefit_baseline, 50)


class TestPlanAnalytic(PlanCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.costs = cls.env["cpm.plan.cost"]
        cls.staff = cls.env.ref("customer_plan_mgmt.plan_cost_staff")
        dimension = cls.env["account.analytic.plan"].create({"name": "Customers"})
        cls.account, cls.other = cls.env["account.analytic.account"].create(
            [
                {"name": name, "plan_id": dimension.id, "company_id": cls.company.id}
                for name in ("Aurora", "Other")
            ]
        )
        cls.column = dimension._column_name()
        cls.plan.account_id = cls.account
        for day, amount, account in (
            ("2024-01-01", -100, cls.account),
            ("2024-03-31", -50, cls.account),
            ("2024-04-01", -7, cls.account),
            ("2024-02-01", 20, cls.account),
            ("2023-12-31", -1000, cls.account),
            ("2024-02-01", -1000, cls.other),
        ):
            cls._make_line(day, amount, account)

    @classmethod
    def _make_line(cls, day, amount, account=None):
        return cls.env["account.analytic.line"].create(
            {
                "name": "Hours",
                "date": day,
                "amount": amount,
                "company_id": cls.company.id,
                cls.column: (account or cls.account).id,
            }
        )

    def _make_cost(self, user=None, **vals):
        vals = {
            "plan_id": self.plan.id,
            "category_id": self.staff.id,
            "source": "analytic",
            "date_from": "2024-01-01",
            "date_to": "2024-03-31",
            **vals,
        }
        return self._as(self.costs, user or self.owner).create(vals).with_env(self.env)

    def test_actuals_are_the_lines_of_the_period_with_the_sign_turned(self):
        """By a person without any right in analytic accounting."""
        self.assertFalse(self.owner.has_group("analytic.group_analytic_accounting"))
        cost = self._make_cost()
        self.assertEqual(cost.actual, 130)
        self._as(cost, self.owner).date_to = "2024-04-01"
        self.assertEqual(cost.actual, 137)
        with self.assertRaises(AccessError):
            self._as(self.plan, self.owner).read(["account_id"])

    def test_actuals_follow_the_lines(self):
        cost = self._make_cost(budget=100)
        self._make_line("2024-02-02", -30)
        self.assertEqual(cost.actual, 130)
        self._as(self.plan, self.owner).action_read_actuals()
        self.assertEqual((cost.actual, cost.difference), (160, 60))
        self._make_line("2024-02-03", -5)
        self._measure()
        self.assertEqual(cost.actual, 165)
        self.assertEqual(self.plan.actual_total, 165)

    def test_actuals_are_in_the_currency_of_the_cost(self):
        euro = self.env.ref("base.EUR")
        euro.active = True
        self.env["res.currency.rate"].search([]).unlink()
        self.env["res.currency.rate"].create(
            {
                "currency_id": euro.id,
                "company_id": self.company.id,
                "name": "2020-01-01",
                "rate": 0.5,
            }
        )
        self.assertEqual(self._make_cost(currency_id=euro.id).actual, 65)

    def test_actuals_that_are_read_are_not_typed(self):
        cost = self._make_cost()
        self._assert_refused(
            "Actual: this amount is read from analytic lines",
            self.owner,
            "cpm.plan.cost",
            "write",
            cost.ids,
            {"actual": 1},
            error=AccessError,
        )
        self._assert_refused(
            "Actual: this amount is read from analytic lines",
            self.owner,
            "cpm.plan.cost",
            "create",
            {
                "plan_id": self.plan.id,
                "category_id": self.staff.id,
                "source": "analytic",
                "actual": 1,
            },
            error=AccessError,
        )
        self._rpc(
            self.owner,
            "cpm.plan.cost",
            "write",
            cost.ids,
            {"source": "hand", "actual": 1},
        )
        self.assertEqual(cost.actual, 1)

    def test_analytic_costs_need_the_account(self):
        plan = self._make_plan()
        with self.assertRaisesRegex(
            ValidationError, "Actual from: choose the analytic"
        ):
            self._make_cost(plan_id=plan.id)
        self._make_cost()
        with self.assertRaisesRegex(
            ValidationError, "Analytic account: actual costs of"
        ):
            self.plan.account_id = False

    def test_another_account_is_read_at_once(self):
        cost = self._make_cost()
        self.plan.account_id = self.other
        self.assertEqual(cost.actual, 1000)

    def test_reading_costs_one_query_for_all(self):
        for _number in range(3):
            self._make_cost()

        def count():
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.plan.cost_ids._read_analytic()
            return self.env.cr.sql_log_count - before

        few = count()
        for _number in range(20):
            self._make_cost()
        self.assertEqual(count(), few)
