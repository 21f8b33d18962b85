"""Queries of making, opening and listing plans."""

from odoo import Command

from .common_performances import LIMIT, MANY, PerformanceCase

# What the form shows of a plan's parts, besides what it shows already
LINES = {
    "need_ids": ("name", "kind", "priority", "is_answered", "goal_id"),
    "goal_ids": ("name", "metric_id", "baseline", "target", "current_value", "progress")
    + ("status", "expected_progress", "unit", "agreed_with_id", "chart"),
    "task_ids": ("name", "user_ids", "stage_id", "state", "date_deadline", "cpm_phase")
    + ("cpm_role_id", "cpm_kind", "cpm_public"),
    "member_ids": ("user_id", "partner_id", "role_id", "responsibility", "share"),
    "cost_ids": ("category_id", "budget", "actual", "difference", "currency_id"),
    "check_ids": ("name", "stage", "is_done", "done_by_id"),
    "review_ids": ("date_due", "date_held", "state", "outcome", "effect"),
}


class TestPlanPerformances(PerformanceCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.metrics = cls.env["cpm.metric"].concat(
            *(cls._make_manual_metric(f"m{number}") for number in range(6))
        )
        for metric in cls.metrics:
            cls._give_value(cls.customers[:2], metric, 10)
        cls.template = cls._make_template(goals=10, tasks=20)

    @classmethod
    def _make_template(cls, goals, tasks):
        staff = cls.env.ref("customer_plan_mgmt.plan_cost_staff")
        return cls.env["cpm.plan.template"].create(
            {
                "name": f"{goals} goals",
                "company_id": cls.company.id,
                "goal_ids": [
                    Command.create(
                        {
                            "name": f"Goal {number}",
                            "metric_id": cls.metrics[number % 6].id,
                            "change": 10 + number,
                        }
                    )
                    for number in range(goals)
                ],
                "task_ids": [
                    Command.create({"name": f"Task {number}", "offset_days": number})
                    for number in range(tasks)
                ],
                "need_ids": [Command.create({"name": "Need"}) for _n in range(goals)],
                "check_ids": [Command.create({"name": "Check"}) for _n in range(goals)],
                "cost_ids": [
                    Command.create({"category_id": staff.id, "budget": 5})
                    for _n in range(goals)
                ],
            }
        )

    def _create(self, customers, template=None):
        template = (template or self.template).with_user(self.manager)
        return template._create_plans(customers.with_user(self.manager))

    def test_making_many_plans_costs_hardly_more_than_making_one(self):
        """Odoo inserts 100 rows a statement, and flushes some tables a thousand at a
        time: a few queries a plan with 30 lines, and none for each line."""
        one = self._count(lambda: self._create(self.customers[:1]))
        many = self._count(lambda: self._create(self.customers))
        self.assertLessEqual(one, 130)
        self.assertLessEqual((many - one) / (MANY - 1), 3)

    def test_the_number_of_lines_does_not_matter(self):
        templates = self._make_template(2, 2) | self._make_template(12, 40)
        small, large = (
            self._count(lambda used=used: self._create(self.customers[:1], used))
            for used in templates
        )
        self.assertLessEqual(large - small, 1)  # 48 lines more

    def test_making_plans_for_others_writes_to_nobody(self):
        """The owners are other people than whoever makes the plans."""
        self.assertEqual(self.customers.manager_id, self.user_all)
        statements = self._statements(lambda: self._create(self.customers[:20]))
        for table in ("mail_message", "mail_notification", "bus_bus"):
            with self.subTest(table):
                self.assertFalse(
                    [text for text in statements if f'INSERT INTO "{table}"' in text]
                )

    def _open(self, plan):
        """Read what the form shows, as the web client does."""
        spec = self._spec("cpm.plan", "form")
        for name, fields in LINES.items():
            shown = spec.setdefault(name, {}).setdefault("fields", {})
            many2one = {"fields": {"display_name": {}}}
            lines = self.env[plan[name]._name]._fields
            for field in fields:
                shown.setdefault(
                    field, many2one if lines[field].type == "many2one" else {}
                )
            spec[name]["limit"] = LIMIT
        plans = self._as_user("cpm.plan").browse(plan.id)
        return lambda: plans.web_read(spec)

    def _agreed_plan(self, goals, tasks):
        """Return a plan in delivery with members, held reviews and measured goals."""
        customer = self.customers[0]
        plan = self._create(customer, self._make_template(goals, tasks)).sudo()
        users = self.user_own | self.manager | self.admin
        plan.member_ids = [
            Command.create({"user_id": user.id}) for user in users[: goals // 4 + 1]
        ]
        plan.stage = "delivery"
        for _number in range(goals // 4 + 1):
            review = plan.review_ids.create(
                {"plan_id": plan.id, "date_due": "2024-07-01"}
            )
            review.write(
                {"outcome": "continue", "state": "held", "date_held": "2024-07-01"}
            )
            self.env.flush_all()  # only one may be planned at a time
        self.assertEqual((len(plan.goal_ids), len(plan.task_ids)), (goals, tasks))
        return plan

    def test_opening_a_plan_costs_the_same_whatever_its_size(self):
        counts = [
            self._count(self._open(self._agreed_plan(goals, tasks)))
            for goals, tasks in ((2, 2), (12, 40))
        ]
        self.assertEqual(*counts)
        self.assertLessEqual(counts[0], 60)

    def test_lists_cost_the_same_whatever_their_length(self):
        plans = self._create(self.customers)
        for kind in ("list", "kanban"):
            spec = self._spec("cpm.plan", kind)
            counts = [
                self._count(
                    lambda some=some, spec=spec: (
                        self._as_user("cpm.plan").browse(some.ids).web_read(spec)
                    )
                )
                for some in (plans[:1], plans)
            ]
            with self.subTest(kind):
                self.assertEqual(*counts)
                self.assertLessEqual(counts[1], 25)
