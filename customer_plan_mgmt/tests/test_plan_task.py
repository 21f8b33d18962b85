"""Work items: tasks of plans are for those of the plan, other tasks are not ours."""

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import mute_logger

from .common_plan import PlanCase


class TestPlanTask(PlanCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.tasks = cls.env["project.task"]
        cls.mine = cls._make_plan(
            cls._make_customer(profile={"manager_id": cls.user_own.id}),
            user=cls.user_own,
            user_id=cls.user_own.id,
        )
        cls.project = cls.env["project.project"].create(
            {
                "name": "Secret",
                "privacy_visibility": "followers",
                "company_id": cls.company.id,
            }
        )
        cls.open_project = cls.env["project.project"].create(
            {
                "name": "Open",
                "privacy_visibility": "employees",
                "company_id": cls.company.id,
            }
        )
        cls.secret = cls.tasks.create({"name": "Secret", "project_id": cls.project.id})
        cls.other = cls.tasks.create(
            {"name": "Open", "project_id": cls.open_project.id}
        )

    def setUp(self):
        super().setUp()
        for logger in ("odoo.addons.base.models.ir_rule", "odoo.models"):
            self.enterContext(mute_logger(logger))

    def _own(self):
        return self._as(self.tasks, self.user_own)

    def _make_task(self, plan=None, user=None, **vals):
        return (
            self._as(self.tasks, user or self.user_own)
            .create({"name": "Work", "cpm_plan_id": (plan or self.mine).id, **vals})
            .with_env(self.env)
        )

    def test_our_users_work_without_rights_in_projects(self):
        self.assertFalse(self.user_own.has_group("project.group_project_user"))
        task = self._make_task()
        self.assertEqual(task.project_id, self.company.cpm_plan_project_id)
        self.assertEqual(task.company_id, self.company)
        self.assertEqual((task.cpm_kind, task.cpm_phase), ("task", "delivery"))
        mine = self._as(task, self.user_own)
        mine.write(
            {
                "name": "Visit",
                "stage_id": task.project_id.type_ids[1].id,
                "user_ids": [Command.set(self.user_own.ids)],
                "state": "1_done",
            }
        )
        self.assertEqual(self._as(self.mine, self.user_own).task_done_count, 1)
        self.assertIn(task, self._own().search([]))
        with self.assertRaises(AccessError):
            mine.unlink()

    def test_other_projects_are_not_ours(self):
        """What every employee may read is Odoo's to say; nothing is written."""
        self.assertNotIn(self.secret, self._own().search([]))
        with self.assertRaises(AccessError):
            self._as(self.secret, self.user_own).read(["name"])
        for task in self.secret | self.other:
            for vals in ({"name": "Changed"}, {"cpm_plan_id": self.mine.id}):
                with (
                    self.subTest(task=task.name, vals=vals),
                    self.assertRaises(AccessError),
                ):
                    self._as(task, self.user_own).write(vals)
        for project in self.project | self.open_project:
            with self.subTest(project=project.name), self.assertRaises(AccessError):
                self._own().create({"name": "New", "project_id": project.id})

    def test_work_is_not_put_into_projects_one_does_not_see(self):
        with self.assertRaises(AccessError):
            self._make_task(project_id=self.project.id)
        task = self._make_task()
        with self.assertRaises(AccessError):
            self._as(task, self.user_own).project_id = self.project

    def test_work_is_not_put_into_foreign_plans(self):
        """Not even by those who assign it to themselves."""
        assigned = {"user_ids": [Command.set(self.user_own.ids)]}
        with self.assertRaises(AccessError):
            self._make_task(self.plan, **assigned)
        task = self._make_task(**assigned)
        with self.assertRaises(AccessError):
            self._as(task, self.user_own).cpm_plan_id = self.plan

    def test_who_is_assigned_does_the_work_and_does_not_take_it_away(self):
        task = self._make_task(
            self.plan, self.owner, user_ids=[Command.set(self.user_own.ids)]
        )
        theirs = self._as(task, self.user_own)
        theirs.write({"state": "1_done"})
        self.assertEqual(task.state, "1_done")
        for vals in ({"cpm_plan_id": False}, {"cpm_plan_id": self.mine.id}):
            with self.subTest(vals), self.assertRaises(AccessError):
                theirs.write(vals)
        self.assertFalse(
            self._as(self.plans, self.user_own).search([("id", "=", self.plan.id)])
        )

    def test_people_of_projects_see_no_plans(self):
        task = self._make_task(self.plan, self.owner)
        clerk = self._make_user("project_clerk", "project.group_project_user")
        tasks = self._as(self.tasks, clerk)
        self.assertNotIn(task, tasks.search([]))
        with self.assertRaises(AccessError):
            self._as(task, clerk).read(["name"])
        new = tasks.create({"name": "Mine", "project_id": self.open_project.id})
        new.write({"name": "Still mine", "project_id": self.open_project.id})
        self.assertEqual(new.copy().name, "Still mine (copy)")
        with self.assertRaises(AccessError):
            tasks.create({"name": "x", "cpm_plan_id": self.plan.id})

    def test_tasks_of_other_projects_have_no_kind(self):
        self.assertFalse(self.other.cpm_kind or self.other.cpm_phase)

    def test_a_task_belongs_to_a_plan_of_its_company(self):
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        self.env.user.company_ids |= elsewhere
        profile = self._make_customer(
            partner=self._make_partner(company_id=elsewhere.id),
            profile={"company_id": elsewhere.id},
        )
        theirs = self.plans.create(
            {
                "name": "There",
                "company_id": elsewhere.id,
                "profile_id": profile.id,
                "user_id": self.env.user.id,
            }
        )
        self.assertEqual(theirs.currency_id, elsewhere.currency_id)
        task = self._make_task()
        with self.assertRaisesRegex(
            UserError, "Task Work: .*There is a plan of Elsewhere|There.*Elsewhere"
        ):
            task.cpm_plan_id = theirs

    def test_work_of_a_plan_has_a_project(self):
        task = self._make_task()
        with self.assertRaisesRegex(
            ValidationError, "Task Work: work of a customer plan"
        ):
            task.project_id = False

    def test_a_training_says_how(self):
        with (
            self.assertRaisesRegex(
                ValidationError, "Task Work: choose the form of the"
            ),
            self.env.cr.savepoint(),
        ):
            self._make_task(cpm_kind="training")
        task = self._make_task(cpm_kind="training", cpm_training_form="online")
        self.assertEqual(self._as(self.mine, self.user_own).training_count, 1)
        with self.assertRaisesRegex(ValidationError, "choose the form"):
            task.cpm_training_form = False

    def test_the_goal_is_one_of_the_plan(self):
        with self.assertRaisesRegex(
            ValidationError, "For the goal: .* is no goal of the"
        ):
            self._make_task(cpm_goal_id=self.goal.id)

    def test_work_that_leaves_a_plan_answers_nothing_there(self):
        goal = self._make_hand_goal()
        task = self._make_task(self.plan, self.owner, cpm_goal_id=goal.id)
        need = self.env["cpm.plan.need"].create(
            {"plan_id": self.plan.id, "name": "Dye", "task_id": task.id}
        )
        self.assertTrue(need.is_answered)
        other = self._make_plan()
        self._as(task, self.owner).cpm_plan_id = other
        self.assertFalse(task.cpm_goal_id or need.task_id or need.is_answered)
        self._as(task, self.owner).cpm_plan_id = False
        self.assertFalse(task.cpm_plan_id)

    def test_a_need_is_answered_within_its_plan(self):
        foreign = self._make_task()
        need = self.env["cpm.plan.need"].create(
            {"plan_id": self.plan.id, "name": "Dye"}
        )
        with self.assertRaisesRegex(ValidationError, "Work is no part of"):
            need.task_id = foreign
        with self.assertRaisesRegex(ValidationError, "is no part of"):
            need.goal_id = self._make_hand_goal(self.mine)

    def test_there_is_one_project_for_a_company(self):
        first = self._make_task().project_id
        self.assertEqual(self._make_task(self.plan, self.owner).project_id, first)
        self.assertEqual(first.privacy_visibility, "followers")
        self.assertFalse(first.message_partner_ids)
        self.assertEqual(len(first.type_ids), 4)

    def test_the_project_of_plans_is_not_deleted_with_their_work(self):
        task = self._make_task()
        task.state = "1_done"
        project = task.project_id
        with self.assertRaisesRegex(UserError, "holds the work of customer plans"):
            project.unlink()
        task.unlink()
        project.unlink()
        self.assertNotEqual(
            self._make_task().project_id, project, "another one is made"
        )

    def test_a_foreign_record_is_not_named(self):
        """Nobody learns by an error what is called how."""
        named = "Secret merger"
        task = self._make_task(self.plan, self.owner, name=named)
        goal = self._make_goal(name=named)
        need = self.env["cpm.plan.need"].create(
            {"plan_id": self.mine.id, "name": "Dye"}
        )
        mine = self._make_task()
        for record, name, value in (
            (need, "task_id", task),
            (need, "goal_id", goal),
            (mine, "cpm_goal_id", goal),
        ):
            with (
                self.subTest(record._name, field=name),
                self.assertRaises(UserError) as caught,
                self.env.cr.savepoint(),
            ):
                self._as(record, self.user_own).write({name: value.id})
            self.assertNotIn(named, str(caught.exception))

    def test_a_plan_of_another_company_is_not_named(self):
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        profile = self._make_customer(
            partner=self._make_partner(company_id=elsewhere.id),
            profile={"company_id": elsewhere.id},
        )
        self.env.user.company_ids |= elsewhere
        theirs = self.plans.create(
            {
                "name": "Secret merger",
                "company_id": elsewhere.id,
                "profile_id": profile.id,
                "user_id": self.env.user.id,
            }
        )
        task = self._make_task()
        with self.assertRaises(UserError) as caught:
            self._as(task, self.user_own).cpm_plan_id = theirs.id
        self.assertNotIn("merger", str(caught.exception))
        self.assertNotIn("Elsewhere", str(caught.exception))

    def test_whoever_joins_with_a_role_takes_over_its_open_work(self):
        role = self.env.ref("customer_plan_mgmt.plan_role_service")
        owner, joining = self.user_own, self.user_all
        waiting = self._make_task(cpm_role_id=role.id, user_ids=owner.ids)
        nobodys = self._make_task(cpm_role_id=role.id, user_ids=[])
        chosen = self._make_task(cpm_role_id=role.id, user_ids=self.manager.ids)
        done = self._make_task(cpm_role_id=role.id, user_ids=owner.ids)
        done.state = "1_done"
        other = self._make_task(user_ids=owner.ids)
        self.mine.write(
            {
                "member_ids": [
                    Command.create({"user_id": joining.id, "role_id": role.id})
                ]
            }
        )
        self.assertEqual((waiting | nobodys).user_ids, joining)
        self.assertEqual(chosen.user_ids, self.manager)
        self.assertEqual((done | other).user_ids, owner)
