"""The plan room at work, in a real browser; and what its form costs."""

from odoo import Command, fields
from odoo.tests import Form, HttpCase, tagged

from .common import GROUP, CpmCommon
from .common_performances import PerformanceCase

BOUND = 60


class PlanScreenCase(CpmCommon):
    """Aurora stands at 40 points; the template asks for a quarter more."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.points = cls._make_manual_metric("points")
        cls.owner = cls._make_user("cpm_tour_owner", GROUP % "user")
        cls.boss = cls._make_user("cpm_tour_boss", GROUP % "manager")
        cls.customer = cls._make_customer(
            "Aurora", profile={"manager_id": cls.owner.id}
        )
        cls._give_value(cls.customer, cls.points, 40)
        cls.template = cls.env["cpm.plan.template"].create(
            {
                "name": "Development",
                "company_id": cls.company.id,
                "goal_ids": [
                    Command.create(
                        {
                            "name": "More points",
                            "metric_id": cls.points.id,
                            "target_kind": "percent",
                            "change": 25,
                        }
                    )
                ],
                "task_ids": [Command.create({"name": "Visit"})],
                "check_ids": [Command.create({"name": "Asked the customer"})],
            }
        )

    @classmethod
    def _make_plan(cls):
        return cls.template.with_user(cls.owner)._create_plans(
            cls.customer.with_user(cls.owner)
        )

    @classmethod
    def _make_agreed_plan(cls):
        plan = cls._make_plan()
        plan.check_ids.is_done = True
        plan.action_design()
        plan.action_submit()
        plan.with_user(cls.boss).action_approve()
        return plan


@tagged("post_install", "-at_install")
class TestPlanUi(PlanScreenCase, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.tier_b.plan_template_id = cls.template
        cls._assign_tier(cls.customer, cls.tier_b)
        cls.env["ir.qweb"]._pregenerate_assets_bundles()

    def _tour(self, path, name, login):
        self.start_tour(path, name, login=login, timeout=240)

    def test_owner_makes_a_plan_and_somebody_else_approves(self):
        self._tour(
            f"/odoo/cpm.profile/{self.customer.id}",
            "cpm_plan_from_template",
            "cpm_tour_owner",
        )
        plan = self.customer.plan_ids
        self.assertEqual(plan.stage, "review")
        self.assertEqual(plan.template_id, self.template)
        self.assertEqual(plan.check_ids.done_by_id, self.owner)
        self._tour("/odoo/customer-plan-board", "cpm_plan_approved", "cpm_tour_boss")
        self.assertEqual(plan.stage, "agreed")
        self.assertEqual(plan.approved_by_id, self.boss)

    def test_review_is_held(self):
        plan = self._make_agreed_plan()
        self._tour(
            f"/odoo/cpm.plan/{plan.id}", "cpm_plan_review_held", "cpm_tour_owner"
        )
        review = plan.review_ids.filtered(lambda item: item.state == "held")
        self.assertEqual(review.outcome, "adjust")
        self.assertEqual(review.held_by_id, self.owner)
        self.assertIn("every month", review.decisions)

    def test_changed_goal_shows_its_difference(self):
        plan = self._make_agreed_plan()
        self._tour(
            f"/odoo/cpm.plan/{plan.id}", "cpm_plan_goal_changed", "cpm_tour_owner"
        )
        self.assertEqual(plan.goal_ids.target, 60)
        self.assertEqual(plan.open_revision_id.user_ids, self.owner)
        self._tour(
            f"/odoo/cpm.plan/{plan.id}", "cpm_plan_changes_approved", "cpm_tour_boss"
        )
        self.assertFalse(plan.open_revision_id)
        self.assertEqual(plan.revision_ids[0].approved_by_id, self.boss)


@tagged("post_install", "-at_install")
class TestPlanForm(PlanScreenCase):
    def test_metric_gives_the_baseline_of_a_new_goal(self):
        plan = self._make_plan()
        with (
            Form(plan, view="customer_plan_mgmt.cpm_plan_view_form") as form,
            form.goal_ids.new() as goal,
        ):
            goal.metric_id = self.points
            self.assertEqual(goal.name, "Points")
            self.assertEqual(goal.baseline, 40)
            goal.target = 70
        goal = plan.goal_ids[-1]
        self.assertEqual((goal.baseline, goal.target), (40, 70))
        self.assertEqual(goal.current_value, 40)

    def test_baseline_of_somebody_elses_customer_stays_unknown(self):
        other = self._make_customer("Bright", profile={"manager_id": self.user_all.id})
        self._give_value(other, self.points, 90)
        goals = self.env["cpm.plan.goal"].with_user(self.owner)
        plan = self.env["cpm.plan"].with_user(self.owner).new({"profile_id": other.id})
        goal = goals.new({"plan_id": plan, "metric_id": self.points.id})
        goal._onchange_metric_id()
        self.assertFalse(goal.baseline)

    def test_review_button_opens_the_planned_review_or_a_new_one(self):
        plan = self._make_agreed_plan()
        action = plan.action_review()
        self.assertEqual(action["context"]["default_plan_id"], plan.id)
        self.assertNotIn("res_id", action)
        review = self.env["cpm.plan.review"].create(
            {"plan_id": plan.id, "date_due": fields.Date.today()}
        )
        plan.invalidate_recordset()
        self.assertEqual(plan.action_review()["res_id"], review.id)
        self.assertEqual(plan.review_count, 0, "planned is not held")

    def test_gaps_are_counted(self):
        plan = self._make_plan()
        self.assertEqual((plan.missing_target_count, plan.unmeasured_count), (0, 0))
        blank = self._make_customer("Blank", profile={"manager_id": self.owner.id})
        plan = self.template.with_user(self.owner)._create_plans(
            blank.with_user(self.owner)
        )
        self.assertEqual((plan.missing_target_count, plan.unmeasured_count), (1, 1))

    def test_owner_without_project_rights_works_on_tasks(self):
        plan = self._make_plan()
        self.assertFalse(self.owner.has_group("project.group_project_user"))
        action = plan.action_new_task()
        tasks = self.env["project.task"].with_user(self.owner)
        with Form(
            tasks.with_context(**action["context"]),
            view="customer_plan_mgmt.cpm_plan_task_view_form",
        ) as form:
            form.name = "Train the team"
            form.cpm_kind = "training"
            form.cpm_training_form = "online"
        task = plan.task_ids.filtered(lambda item: item.name == "Train the team")
        self.assertEqual(task.cpm_training_form, "online")
        self.assertEqual(task.company_id, plan.company_id)
        self.assertEqual(task.action_cpm_open()["res_id"], task.id)
        task.action_cpm_done()
        self.assertEqual(plan.task_done_count, 1)


@tagged("post_install", "-at_install")
class TestPlanFormQueries(PerformanceCase):
    """Opening a plan takes as many queries with twelve goals and forty tasks as with
    one of each."""

    def _make_plan(self, goals, tasks):
        plan = self.env["cpm.plan"].create(
            {
                "name": f"{goals} goals",
                "profile_id": self.customers[0].id,
                "company_id": self.company.id,
                "user_id": self.user_all.id,
                "goal_ids": [
                    Command.create(
                        {
                            "name": f"Goal {number}",
                            "metric_id": self.points.id,
                            "target": 90,
                        }
                    )
                    for number in range(goals)
                ],
                "member_ids": [Command.create({"user_id": self.manager.id})],
            }
        )
        self.env["project.task"].create(
            [
                {
                    "name": f"Task {number}",
                    "cpm_plan_id": plan.id,
                    "user_ids": [Command.set(self.user_all.ids)],
                }
                for number in range(tasks)
            ]
        )
        return plan

    def test_opening_a_plan(self):
        spec = self._spec("cpm.plan", "form", "customer_plan_mgmt.cpm_plan_view_form")
        few, many = self._make_plan(1, 1), self._make_plan(12, 40)
        plans = self._as_user("cpm.plan")

        def open_(plan):
            return lambda: plans.browse(plan.id).web_read(spec)

        [values] = plans.browse(many.id).web_read(spec)
        self.assertEqual(len(values["goal_ids"]), 12)
        self.assertEqual(len(values["task_ids"]), 40)
        self.assertLessEqual(self._count(open_(many)), BOUND)
        self.assertLessEqual(abs(self._count(open_(many)) - self._count(open_(few))), 2)
