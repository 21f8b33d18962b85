"""The project of plans: what its own administrators cannot open, and who follows."""

from odoo.exceptions import AccessError, UserError
from odoo.tools import mute_logger

from .common_plan import PlanCase


class TestPlanProject(PlanCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.boss = cls._make_user("project_boss", "project.group_project_manager")
        cls.portal = cls._make_portal_user(cls.customer.partner_id)
        cls.task = cls._as(cls.env["project.task"], cls.owner).create(
            {
                "name": "Visit",
                "cpm_plan_id": cls.plan.id,
                "partner_id": cls.customer.partner_id.id,
            }
        )
        cls.task = cls.task.with_env(cls.env)
        cls.project = cls.task.project_id
        cls.other = cls.env["project.project"].create(
            {
                "name": "Other",
                "privacy_visibility": "portal",
                "company_id": cls.company.id,
            }
        )
        cls.others_task = cls.env["project.task"].create(
            {
                "name": "Other",
                "project_id": cls.other.id,
                "partner_id": cls.customer.partner_id.id,
            }
        )

    def _refuse(self, text, record, vals, error=UserError):
        with (
            self.subTest(vals),
            mute_logger("odoo.addons.base.models.ir_rule", "odoo.models"),
            self.assertRaisesRegex(error, text),
            self.env.cr.savepoint(),
        ):
            self._as(record, self.boss).write(vals)
        self.env.invalidate_all()

    def test_administrators_of_projects_do_not_open_it(self):
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        self.boss.company_ids |= elsewhere
        for vals in (
            {"privacy_visibility": "portal"},
            {"privacy_visibility": "employees"},
            {"privacy_visibility": "invited_users"},
            {"active": False},
            {"is_template": True},
            {"company_id": False},
        ):
            self._refuse("holds the work of customer plans", self.project, vals)
        collaborator = {"partner_id": self.customer.partner_id.id}
        self._refuse(
            "is not shared. Share the plan",
            self.project,
            {"collaborator_ids": [(0, 0, collaborator)]},
        )
        self._as(self.project, self.boss).name = "Ours"

    def test_nobody_takes_the_mark_away_or_sets_it(self):
        for project, mark in ((self.project, False), (self.other, True)):
            self._refuse(
                "set by Customer Plans only",
                project,
                {"cpm_is_plan_project": mark},
                error=AccessError,
            )
        with self.assertRaises(AccessError):
            self._as(self.other, self.boss).create(
                {"name": "x", "cpm_is_plan_project": True}
            )

    def test_it_is_not_copied(self):
        with self.assertRaisesRegex(UserError, "Copy the plans"):
            self._as(self.project, self.boss).copy()
        self.assertTrue(self._as(self.other, self.boss).copy())

    def test_other_projects_are_open_as_ever(self):
        other = self._as(self.other, self.boss)
        other.write({"privacy_visibility": "employees", "active": False})
        other.write({"privacy_visibility": "portal", "active": True})
        other.collaborator_ids = [(0, 0, {"partner_id": self.portal.partner_id.id})]
        self.assertIn(
            self.others_task,
            self.env["project.task"].with_user(self.portal).search([]),
        )
        self.others_task.message_subscribe(self.portal.partner_id.ids)
        self.assertIn(self.portal.partner_id, self.others_task.message_partner_ids)

    def test_administrators_of_projects_see_no_work_of_plans(self):
        tasks = self._as(self.env["project.task"], self.boss)
        self.assertNotIn(self.task, tasks.search([]))
        self.assertIn(self.others_task, tasks.search([]))
        private = tasks.create({"name": "Private"})
        self.assertIn(private, tasks.search([]))
        mine = self._as(self.task, self.boss)
        with mute_logger("odoo.addons.base.models.ir_rule", "odoo.models"):
            for call in (
                lambda: mine.read(["name"]),
                lambda: mine.write({"name": "x"}),
                mine.unlink,
            ):
                with self.assertRaises(AccessError):
                    call()
        self.task.user_ids = self.boss
        self.assertIn(self.task, tasks.search([]), "who does it sees it")

    def test_administrators_of_projects_who_plan_see_their_plans(self):
        self.user_own.group_ids |= self.env.ref("project.group_project_manager")
        tasks = self._as(self.env["project.task"], self.user_own)
        self.assertNotIn(self.task, tasks.search([]))
        self.env["cpm.plan.member"].create(
            {"plan_id": self.plan.id, "user_id": self.user_own.id}
        )
        self.assertIn(self.task, tasks.search([]))
        self.owner.group_ids |= self.env.ref("project.group_project_manager")
        self.assertIn(self.task, self._as(tasks, self.owner).search([]))

    def test_customers_follow_no_task_and_nobody_the_project(self):
        people = self.portal.partner_id | self.manager.partner_id
        self.task.message_subscribe(people.ids)
        self.assertNotIn(self.portal.partner_id, self.task.message_partner_ids)
        self.assertIn(self.manager.partner_id, self.task.message_partner_ids)
        self.project.message_subscribe(people.ids)
        self._as(self.project, self.boss).user_id = self.boss
        self.assertFalse(self.project.message_partner_ids)

    def test_a_project_that_rests_is_taken_up_again(self):
        self.env.cr.execute(
            "UPDATE project_project SET active = false WHERE id = %s",
            [self.project.id],
        )
        self.env.invalidate_all()
        self.assertEqual(self.plans._get_project(self.company), self.project)
        self.assertTrue(self.project.active)

    def test_work_goes_into_a_project_of_plans_of_the_company_only(self):
        self.company.cpm_plan_project_id = self.other
        project = self.plans._get_project(self.company)
        self.assertNotEqual(project, self.other)
        self.assertTrue(project.cpm_is_plan_project)
