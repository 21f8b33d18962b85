"""Who sees a plan, and who works on it."""

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import mute_logger

from .common_plan import TABLES, PlanCase

# Parts of a plan, with the path to it
PARTS = {
    "cpm.plan": "id",
    "cpm.plan.need": "plan_id",
    "cpm.plan.goal": "plan_id",
    "cpm.plan.goal.value": "goal_id.plan_id",
    "cpm.plan.member": "plan_id",
    "cpm.plan.cost": "plan_id",
    "cpm.plan.check": "plan_id",
    "cpm.plan.review": "plan_id",
    "cpm.plan.revision": "plan_id",
    "cpm.plan.revision.line": "revision_id.plan_id",
}
# What can be changed by those who work on the plan
WORK = {
    "cpm.plan": {"name": "Changed"},
    "cpm.plan.need": {"words": "Changed"},
    "cpm.plan.goal": {"note": "Changed"},
    "cpm.plan.member": {"share": 5},
    "cpm.plan.cost": {"name": "Changed"},
    "cpm.plan.check": {"is_done": True},
    "cpm.plan.review": {"minutes": "Changed"},
}


class SecurityPlanCase(PlanCase):
    """A plan with something of everything, in which ``user_own`` has no part."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.stranger = cls.user_own
        parts = {"plan_id": cls.plan.id, "name": "x"}
        cls.env["cpm.plan.need"].create(parts)
        cls.env["cpm.plan.check"].create({**parts, "stage": "evaluation"})
        cls.env["cpm.plan.member"].create(
            {"plan_id": cls.plan.id, "user_id": cls.manager_2.id}
        )
        cls.category = cls.env.ref("customer_plan_mgmt.plan_cost_staff")
        cls.env["cpm.plan.cost"].create({**parts, "category_id": cls.category.id})
        cls._agree()
        cls._make_review(date_due="2099-01-01")
        cls._as(cls.goal, cls.owner).target = 250
        cls.task = cls.env["project.task"].create(
            {"name": "Visit the mill", "cpm_plan_id": cls.plan.id}
        )

    def setUp(self):
        super().setUp()
        for logger in ("odoo.addons.base.models.ir_rule", "odoo.models"):
            self.enterContext(mute_logger(logger))

    def _parts(self, model, user=None):
        self.env.flush_all()
        records = self.env[model] if user is None else self._as(self.env[model], user)
        return records.search([(PARTS[model], "=", self.plan.id)])


class TestPlanVisibility(SecurityPlanCase):
    def _check(self, user, sees, works):
        """All of a plan, or nothing of it, in every model and by every door."""
        self.env.invalidate_all()
        for model in PARTS:
            everything = self._parts(model)
            self.assertTrue(everything, model)
            with self.subTest(user=user.login, model=model):
                found = self._parts(model, user)
                self.assertEqual(len(found), len(everything) if sees else 0)
                theirs = self._as(everything[:1], user)
                if sees:
                    theirs.read(["display_name"])
                else:
                    with self.assertRaises(AccessError):
                        theirs.read(["display_name"])
                if model not in WORK:
                    continue
                with self.env.cr.savepoint() as savepoint:
                    if works:
                        theirs.write(WORK[model])
                    else:
                        with self.assertRaises(UserError):
                            theirs.write(WORK[model])
                    savepoint.rollback()
                self.env.invalidate_all()
        tasks = self._as(self.env["project.task"], user)
        self.assertEqual(
            bool(tasks.search([("id", "=", self.task.id)])), sees, f"{user.login}: task"
        )
        for call in (
            lambda: self._as(self.task, user).write({"name": "Changed"}),
            lambda: tasks.create({"name": "New", "cpm_plan_id": self.plan.id}),
        ):
            with (
                self.subTest(user=user.login, deed="task"),
                self.env.cr.savepoint() as savepoint,
            ):
                if works:
                    call()
                else:
                    with self.assertRaises(AccessError):
                        call()
                savepoint.rollback()
        self.env.invalidate_all()

    def test_strangers_see_nothing(self):
        self._check(self.stranger, sees=False, works=False)

    def test_employees_and_customers_see_nothing(self):
        portal = self._make_portal_user(self.customer.partner_id)
        public = self.env.ref("base.public_user")
        for user in (self.employee, portal, public):
            for model in PARTS:
                records = self._parts(model).with_user(user)
                with self.subTest(user=user.login, model=model):
                    for call in (
                        lambda records=records: records.read(["display_name"]),
                        lambda records=records: records.search([]),
                        lambda records=records: records.search_count([]),
                        lambda records=records: records.formatted_read_group(
                            [], [], ["__count"]
                        ),
                    ):
                        with self.assertRaises(AccessError):
                            call()
            plan = self.plan.with_user(user)
            for call in (
                lambda plan=plan: plan.message_post(body="Hello"),
                lambda plan=plan: plan.action_cancel(),
            ):
                with self.subTest(user=user.login), self.assertRaises(AccessError):
                    call()

    def test_the_owner_works_on_it(self):
        self.customer.manager_id = False
        self.plan.user_id = self.stranger
        self._check(self.stranger, sees=True, works=True)

    def test_who_looks_after_the_customer_works_on_it(self):
        for vals in (
            {"manager_id": self.stranger.id},
            {"manager_id": False, "assistant_ids": [Command.set(self.stranger.ids)]},
        ):
            self.customer.write(vals)
            with self.subTest(vals):
                self._check(self.stranger, sees=True, works=True)

    def test_members_who_do_the_work_work_on_it_and_the_others_read(self):
        member = self.env["cpm.plan.member"].create(
            {"plan_id": self.plan.id, "user_id": self.stranger.id}
        )
        for responsibility, works in (
            ("responsible", True),
            ("accountable", True),
            ("consulted", False),
            ("informed", False),
        ):
            member.responsibility = responsibility
            with self.subTest(responsibility):
                self._check(self.stranger, sees=True, works=works)
        member.unlink()
        self._check(self.stranger, sees=False, works=False)

    def test_all_managers_and_administrators_see_everything(self):
        for user in (self.user_all, self.manager, self.admin):
            self.plan.user_id = self.manager_2
            self.customer.manager_id = False
            self._check(user, sees=True, works=True)

    def test_those_of_another_company_see_nothing(self):
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        foreigner = self._make_user(
            "cpm_foreigner",
            self._group("admin"),
            company_id=elsewhere.id,
            company_ids=[Command.set(elsewhere.ids)],
        )
        for model in PARTS:
            records = self.env[model].with_user(foreigner)
            with self.subTest(model):
                self.assertFalse(records.search([(PARTS[model], "=", self.plan.id)]))
                with self.assertRaises(AccessError):
                    self._parts(model).with_user(foreigner).read(["display_name"])

    def test_messages_and_reviews_of_foreign_plans_are_closed(self):
        self.plan.message_post(body="Confidential")
        about = [("model", "=", "cpm.plan"), ("res_id", "=", self.plan.id)]
        messages = self.env["mail.message"]
        self.assertTrue(messages.search(about))
        self.assertFalse(messages.with_user(self.stranger).search(about))
        foreign = self._as(self.plan, self.stranger)
        for call in (
            lambda: foreign.message_post(body="Hello"),
            lambda: foreign.message_subscribe(self.stranger.partner_id.ids),
            lambda: foreign.activity_schedule("mail.mail_activity_data_todo"),
        ):
            self.env.invalidate_all()
            try:
                call()
            except AccessError:
                continue
            self.assertNotIn(self.stranger.partner_id, self.plan.message_partner_ids)


class TestPlanMaking(SecurityPlanCase):
    def _vals(self, **vals):
        return {"name": "Spy", "user_id": self.stranger.id, **vals}

    def test_nobody_learns_of_foreign_customers_by_making_a_plan(self):
        self._assert_refused(
            "",
            self.stranger,
            "cpm.plan",
            "create",
            self._vals(profile_id=self.customer.id),
            error=AccessError,
        )
        self._assert_refused(
            "is no customer of",
            self.stranger,
            "cpm.plan",
            "create",
            self._vals(partner_id=self.customer.partner_id.id),
            error=ValidationError,
        )
        mine = self._make_customer(profile={"manager_id": self.stranger.id})
        plan = self._rpc(
            self.stranger, "cpm.plan", "create", self._vals(profile_id=mine.id)
        )
        self._assert_refused(
            "Customer profile of .* cannot be changed",
            self.stranger,
            "cpm.plan",
            "write",
            [plan],
            {"profile_id": self.customer.id},
        )

    def test_nor_through_a_segment(self):
        segment = self.env["cpm.segment"].create({"name": "Everybody"})
        vals = self._vals(profile_id=False, scope="segment", segment_id=segment.id)
        self._assert_refused(
            "Segment: plans for a segment are made by those who see all",
            self.stranger,
            "cpm.plan",
            "create",
            vals,
            error=AccessError,
        )
        self.assertTrue(self._rpc(self.user_all, "cpm.plan", "create", vals))

    def test_nor_by_putting_a_goal_into_a_foreign_plan(self):
        for model, vals in (
            ("cpm.plan.goal", {"metric_id": self.revenue.id, "target": 5, "name": "x"}),
            ("cpm.plan.member", {"user_id": self.stranger.id}),
            ("cpm.plan.need", {"name": "x"}),
            ("cpm.plan.check", {"name": "x"}),
            ("cpm.plan.cost", {"category_id": self.category.id}),
            ("cpm.plan.review", {"date_due": "2024-01-01"}),
        ):
            for given, context in (
                ({"plan_id": self.plan.id}, {}),
                ({}, {"default_plan_id": self.plan.id}),
            ):
                with self.subTest(model=model, given=given):
                    self._assert_refused(
                        "",
                        self.stranger,
                        model,
                        "create",
                        {**given, **vals},
                        context=context,
                        error=AccessError,
                    )

    def test_parts_do_not_move_to_another_plan(self):
        other = self._make_plan()
        for model in WORK:
            if model == "cpm.plan":
                continue
            part = self._parts(model)[:1]
            with self.subTest(model):
                self._assert_refused(
                    "cannot be changed",
                    self.owner,
                    model,
                    "write",
                    part.ids,
                    {"plan_id": other.id},
                )

    def test_results_of_parts_are_not_typed(self):
        for model, name, value in (
            ("cpm.plan.goal", "progress", 100),
            ("cpm.plan.goal", "status", "on_track"),
            ("cpm.plan.goal", "is_measured", False),
            ("cpm.plan.goal", "measured_on", "2024-01-01"),
            ("cpm.plan.goal", "company_id", self.company.id),
            ("cpm.plan.need", "is_answered", True),
            ("cpm.plan.need", "company_id", self.company.id),
            ("cpm.plan.member", "company_id", self.company.id),
            ("cpm.plan.cost", "plan_actual", 0),
            ("cpm.plan.cost", "plan_budget", 1e6),
            ("cpm.plan.cost", "difference", 0),
            ("cpm.plan.check", "company_id", self.company.id),
        ):
            with self.subTest(model=model, name=name):
                self._assert_refused(
                    "cannot be entered by hand",
                    self.manager,
                    model,
                    "write",
                    self._parts(model)[:1].ids,
                    {name: value},
                    error=AccessError,
                )
        for name, value, text in (
            ("current_value", 200, "Today: .* is measured by its metric"),
            ("is_target_missing", True, "Target to be set: enter the target"),
        ):
            self._assert_refused(
                text,
                self.manager,
                "cpm.plan.goal",
                "write",
                self.goal.ids,
                {name: value},
                error=AccessError,
            )
        self._assert_refused(
            "Today: Typed is measured by its metric",
            self.owner,
            "cpm.plan.goal",
            "create",
            {
                "plan_id": self.plan.id,
                "name": "Typed",
                "metric_id": self.revenue.id,
                "target": 200,
                "current_value": 190,
            },
            error=AccessError,
        )

    def test_defaults_in_the_context_forge_nothing(self):
        forged = {
            "default_approved_by_id": self.manager.id,
            "default_approved_at": "2024-01-01",
            "default_partner_id": self.manager.partner_id.id,
            "default_progress": 100,
            "default_is_measured": True,
            "default_revision": 9,
            "default_number": "CP1",
            "default_next_review_on": "2099-01-01",
            "default_last_decision_on": "2099-01-01",
        }
        plan = self.plans.browse(
            self._rpc(
                self.owner,
                "cpm.plan",
                "create",
                {"name": "Forged", "profile_id": self.customer.id},
                context=forged,
            )
        )
        self.assertEqual(plan.partner_id, self.customer.partner_id)
        self.assertNotEqual(plan.number, "CP1")
        for name in (
            "approved_by_id",
            "approved_at",
            "progress",
            "is_measured",
            "revision",
            "next_review_on",
            "last_decision_on",
        ):
            with self.subTest(name):
                self.assertFalse(plan[name])

    def test_history_of_values_is_kept_by_the_system(self):
        row = self.goal.value_ids
        for user in (self.owner, self.manager, self.admin):
            for method, args in (
                ("write", ({"value": 500},)),
                ("unlink", ()),
                ("copy", ()),
            ):
                with self.subTest(user=user.login, method=method):
                    self._assert_refused(
                        "",
                        user,
                        "cpm.plan.goal.value",
                        method,
                        row.ids,
                        *args,
                        error=AccessError,
                    )

    def test_buttons_of_foreign_plans_cannot_be_pressed(self):
        calls = [
            ("cpm.plan", name, self.plan.ids)
            for name in (
                "action_cancel",
                "action_start",
                "action_reopen",
                "action_read_actuals",
                "action_approve",
                "action_approve_revision",
                "action_refuse",
                "action_submit",
                "action_design",
                "action_evaluate",
                "action_close",
                "action_view_tasks",
            )
        ]
        calls += [
            ("cpm.plan.review", name, self.plan.review_ids.ids)
            for name in ("action_cancel", "action_fill", "action_hold")
        ]
        for model, name, ids in calls:
            with self.subTest(name):
                self._assert_refused(
                    "", self.stranger, model, name, ids, error=AccessError
                )

    def test_refusing_asks_for_the_right_to_the_plan(self):
        wizards = self._as(self.env["cpm.plan.refuse"], self.manager)
        wizard = wizards.create({"plan_id": self.plan.id, "reason": "No"})
        with self.assertRaises(UserError):
            wizard.action_confirm()
        with self.assertRaises(AccessError):
            self._as(wizard, self.manager_2).action_confirm()
        with self.assertRaises(AccessError):
            self._as(wizards, self.owner).create(
                {"plan_id": self.plan.id, "reason": "N"}
            )

    def test_tables_of_the_tests_are_those_of_the_parts(self):
        tables = {self.env[model]._table for model in PARTS}
        self.assertEqual(tables, set(TABLES))

    def test_figures_of_companies_and_contacts_are_for_us_only(self):
        portal = self._make_portal_user(self.customer.partner_id)
        for user in (self.employee, portal):
            for record, name in (
                (self.company, "cpm_review_months"),
                (self.company, "cpm_plan_project_id"),
                (self.customer.partner_id, "cpm_plan_count"),
                (self.task, "cpm_plan_id"),
                (self.task, "cpm_training_result"),
            ):
                with self.subTest(user=user.login, name=name):
                    with self.assertRaises(AccessError):
                        record.with_user(user).read([name])
                    with self.assertRaises(AccessError):
                        record.with_user(user).search([(name, "!=", False)])

    def test_the_counter_on_the_contact_is_the_own(self):
        partner = self.customer.partner_id
        self.assertEqual(self._as(partner, self.owner).cpm_plan_count, 1)
        self.assertEqual(self._as(partner, self.stranger).cpm_plan_count, 0)
