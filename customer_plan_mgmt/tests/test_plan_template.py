"""From a template to plans, and from a good plan to a template."""

from datetime import date, datetime

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain

from .common_plan_template import MONDAY, PlanTemplateCase


class TestPlanTemplate(PlanTemplateCase):
    def test_a_plan_has_all_parts_of_its_template(self):
        plan = self._make_plan()
        self.assertEqual(
            (plan.name, plan.stage, plan.profile_id, plan.template_id),
            ("Grow – Ada", "needs", self.customer, self.template),
        )
        self.assertEqual((plan.date_start, plan.date_end), (MONDAY, date(2024, 12, 31)))
        self.assertEqual(plan.review_interval_months, 2)
        self.assertTrue(plan.number)
        goal = plan.goal_ids
        self.assertEqual(
            (goal.baseline, goal.target, goal.current_value, goal.weight, goal.horizon),
            (40, 46, 40, 3, "long"),
        )
        self.assertEqual((goal.date_start, goal.date_end), (MONDAY, plan.date_end))
        self.assertEqual(plan.need_ids.mapped("kind"), ["price"])
        self.assertEqual(plan.budget_total, 500)
        self.assertEqual(
            plan.check_ids.mapped(lambda check: (check.stage, check.is_mandatory)),
            [("needs", True), ("design", False)],
        )

    def test_tasks_are_real_tasks_of_the_project(self):
        plan = self._make_plan(user=self.user_all)
        tasks = plan.task_ids.sorted("sequence")
        project = self.company.cpm_plan_project_id
        self.assertEqual(tasks.mapped("name"), ["Call", "Teach", "Ask"])
        self.assertEqual(tasks.project_id, project)
        self.assertEqual(tasks.stage_id, project.type_ids.sorted()[:1])
        self.assertEqual(tasks.company_id, self.company)
        self.assertEqual(tasks.partner_id, self.customer.partner_id)
        self.assertEqual(tasks.user_ids, self.user_all)
        self.assertEqual(tasks.mapped("date_assign")[0].date(), date.today())
        teach = tasks[1]
        self.assertEqual(
            (teach.cpm_kind, teach.cpm_training_form, teach.cpm_role_id),
            ("training", "online", self.role),
        )
        self.assertEqual(tasks.mapped("cpm_public"), [False, True, False])
        self.assertEqual(
            tasks.mapped("cpm_phase"), ["delivery", "delivery", "evaluation"]
        )

    def test_who_does_the_work_follows_it_and_nobody_is_written_to(self):
        before = self.env["mail.message"].search([], order="id desc", limit=1).id
        plan = self._make_plan(user=self.user_all)
        self.assertEqual(plan.message_partner_ids, self.user_all.partner_id)
        for task in plan.task_ids:
            self.assertEqual(task.message_partner_ids, self.user_all.partner_id)
            self.assertTrue(task.message_follower_ids.subtype_ids)
        self.assertFalse(
            self.env["mail.message"].search(
                [("id", ">", before), ("message_type", "=", "user_notification")]
            )
        )
        task = plan.task_ids[:1]
        task.message_subscribe(self.manager.partner_id.ids)  # later as ever
        self.assertIn(self.manager.partner_id, task.message_partner_ids)

    def test_working_time_to_assign_is_what_core_says(self):
        task = self._make_plan().task_ids[:1]
        calendar = task.project_id.resource_calendar_id
        for hours in (0, 3):
            task.date_assign = datetime(2024, 7, 1, 9 + hours)
            self.env.flush_all()
            self.env.cr.execute(
                "UPDATE project_task SET create_date = %s WHERE id = %s",
                ["2024-07-01 09:00:00", task.id],
            )
            task.invalidate_recordset()
            task._compute_elapsed()
            expected = calendar.get_work_duration_data(
                task.create_date, task.date_assign, compute_leaves=True
            )
            with self.subTest(hours=hours):
                self.assertEqual(task.working_hours_open, expected["hours"])
        self.assertGreater(task.working_hours_open, 0)

    # ---------------------------------------------------------------- Targets

    def test_targets_at_the_edges(self):
        for kind, change, baseline, target in (
            ("percent", 15, 40, 46),
            ("percent", 10, 7, 8),  # no 7.7 orders
            ("percent", -10, 7, 6),
            ("percent", 15, 0, None),
            ("percent", 15, None, None),
            ("percent", 15, -100, -85),
            ("percent", -15, -100, -115),
            ("percent", -100, 40, 0),
            ("change", 2, 0, 2),
            ("change", 2, None, None),
            ("change", -2, 1, -1),
            ("change", 0.1, 3, 4),
            ("value", 50, None, 50),
            ("value", 50, 40, 50),
        ):
            line = self._goal_line(target_kind=kind, change=change)
            with self.subTest(kind=kind, change=change, baseline=baseline):
                self.assertEqual(line._target(baseline), target)

    def test_targets_are_rounded_to_what_the_metric_shows(self):
        money = self._make_manual_metric("money", digits=2)
        line = self._goal_line(metric_id=money.id, target_kind="percent", change=15)
        self.assertEqual(line._target(1234.56), 1419.75)
        self.assertEqual(line._target(3), 3.45)
        self.assertEqual(line._target(61000), 70150)

    def test_a_goal_without_target_waits_and_holds_the_plan_up(self):
        self.env["cpm.metric.value"].search(
            [("profile_id", "=", self.customer.id)]
        ).unlink()
        plan = self._make_plan()
        goal = plan.goal_ids
        self.assertTrue(goal.is_target_missing)
        self.assertFalse(goal.is_measured or goal.progress)
        plan.check_ids.is_done = True
        plan.with_user(self.user_own).action_design()
        with self.assertRaisesRegex(UserError, "Set the targets"):
            plan.with_user(self.user_own).action_submit()
        goal.target = 5
        plan.with_user(self.user_own).action_submit()
        self.assertEqual(plan.stage, "review")

    def test_no_goal_where_the_value_is_there_already(self):
        for metric, change, baseline, is_there in (
            (self.orders, 40, 40, True),
            (self.orders, 39, 40, True),
            (self.orders, 41, 40, False),
            (self.orders, 0, None, False),
            (self.orders, 1, None, False),
            (self.late, 3, 3, True),
            (self.late, 3, 2, True),
            (self.late, 3, 4, False),
            (self.late, 3, None, False),
            (self.late, 0, None, False),
        ):
            line = self._goal_line(
                metric_id=metric.id, target_kind="value", change=change
            )
            with self.subTest(metric=metric.code, change=change, baseline=baseline):
                self.assertEqual(line._is_there_already(baseline), is_there)
        plan = self._make_plan(
            template=self._goal_line(target_kind="value", change=40).template_id
        )
        self.assertFalse(plan.goal_ids)
        self.assertIn("reached already: Goal", plan.message_ids[:1].body)

    def test_what_is_not_known_is_not_there_already(self):
        for metric, change in ((self.late, 0), (self.late, 4.5)):
            line = self._goal_line(
                metric_id=metric.id, target_kind="value", change=change
            )
            plan = self._make_plan(template=line.template_id)
            goal = plan.goal_ids
            with self.subTest(change=change):
                self.assertTrue(goal.is_baseline_missing)
                self.assertFalse(goal.is_target_missing)
                self.assertEqual(goal.target, change)
                self.assertFalse(goal.status)

    def test_targets_against_the_direction_wait_for_one(self):
        self._give_value(self.customer, self.late, 7)
        for metric, kind, change, waits in (
            (self.late, "percent", 20, True),
            (self.late, "change", 3, True),
            (self.late, "change", -3, False),
            (self.orders, "percent", -20, True),
            (self.orders, "change", 3, False),
        ):
            line = self._goal_line(metric_id=metric.id, target_kind=kind, change=change)
            goal = self._make_plan(template=line.template_id).goal_ids
            with self.subTest(metric=metric.code, kind=kind, change=change):
                self.assertEqual(goal.is_target_missing, waits)
        by_hand = self._goal_line(metric_id=False, target_kind="value", change=0)
        goal = self._make_plan(template=by_hand.template_id).goal_ids
        self.assertTrue(goal.is_target_missing)

    def test_each_plan_says_what_was_left_out_of_it(self):
        line = self._goal_line(target_kind="value", change=30)
        few = self._make_customer("Few")
        self._give_value(few, self.orders, 10)
        there, open_plan = self._make_plan(
            self.customer | few, template=line.template_id
        )
        self.assertIn("reached already: Goal", there.message_ids[:1].body)
        self.assertFalse(
            any("left out" in (m.body or "") for m in open_plan.message_ids)
        )
        self.assertEqual(open_plan.goal_ids.target, 30)

    def test_texts_are_in_the_language_of_each_customer(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        self.template.cost_ids.name = "Visits"
        parts = {
            "goal_ids": "更多订单",
            "need_ids": "为什么",
            "task_ids": "致电",
            "cost_ids": "拜访",
            "check_ids": "已询问",
        }
        for name, text in parts.items():
            self.template[name][:1].with_context(lang="zh_CN").name = text
        other = self._make_customer("Li")
        other.partner_id.lang = "zh_CN"
        self.customer.partner_id.lang = "en_US"
        english, chinese = self._make_plan(self.customer | other)
        self.assertEqual(chinese.lang, "zh_CN")
        for name, text in parts.items():
            with self.subTest(name):
                self.assertIn(text, chinese[name].mapped("name"))
                self.assertNotIn(text, english[name].mapped("name"))
                self.assertIn(
                    self.template[name][:1].name, english[name].mapped("name")
                )

    def test_nothing_left_to_become_less(self):
        line = self._goal_line(
            metric_id=self.late.id, target_kind="percent", change=-50
        )
        self.assertTrue(line._is_there_already(0))
        self.assertFalse(line._is_there_already(4))
        self.assertFalse(line._is_there_already(None))

    def test_goals_by_hand_beside_measured_ones(self):
        template = self._make_template()
        template.goal_ids = [
            Command.create(
                {
                    "name": "People trained",
                    "unit": "people",
                    "target_kind": "value",
                    "change": 20,
                    "sequence": 90,
                }
            )
        ]
        measured, by_hand = self._make_plan(template=template).goal_ids
        self.assertEqual(measured.target, 46)
        self.assertEqual(
            (by_hand.source, by_hand.target, by_hand.baseline, by_hand.unit),
            ("hand", 20, 0, "people"),
        )
        self.assertTrue(by_hand.is_measured)

    def test_relative_goals_say_by_how_much(self):
        for kind in ("percent", "change"):
            with (
                self.subTest(kind),
                self.assertRaisesRegex(ValidationError, "by how much"),
            ):
                self._goal_line(target_kind=kind, change=0)

    def test_what_was_archived_is_left_out_and_said(self):
        benefit = self._make_metric("revenue", "sum", currency_field="currency_id")
        self.template.benefit_metric_id = benefit
        self.template.goal_ids = [
            Command.create(
                {
                    "name": "Fewer delays",
                    "metric_id": self.late.id,
                    "target_kind": "value",
                    "change": 3,
                }
            )
        ]
        (self.late | benefit).active = False
        self.role.active = False
        plan = self._make_plan()
        self.assertEqual(plan.goal_ids.mapped("name"), ["More orders"])
        self.assertFalse(plan.benefit_metric_id or plan.task_ids.cpm_role_id)
        self.assertIn("Fewer delays", plan.message_ids[:1].body)

    # -------------------------------------------------------------- Deadlines

    def _days(self, start, *offsets):
        """Return the days on which tasks with these offsets are due, where the company
        works."""
        template = self._make_template(
            task_ids=[
                Command.create(
                    {"name": str(days), "offset_days": days, "sequence": days}
                )
                for days in offsets
            ]
        )
        tasks = self._make_plan(template=template, start=start).task_ids
        return [
            moment.isoformat()
            for moment in tasks.sorted("sequence").mapped("date_deadline")
        ]

    def test_working_days_from_a_monday(self):
        self.assertEqual(
            self._days(MONDAY, 0, 1, 5),
            ["2024-07-01T17:00:00", "2024-07-02T17:00:00", "2024-07-08T17:00:00"],
        )

    def test_a_plan_that_starts_at_the_weekend(self):
        self.assertEqual(
            self._days(date(2024, 7, 6), 0, 1, 2),
            ["2024-07-08T17:00:00", "2024-07-08T17:00:00", "2024-07-09T17:00:00"],
        )

    def test_holidays_are_no_working_days(self):
        self.env["resource.calendar.leaves"].create(
            {
                "name": "Holiday",
                "calendar_id": self.calendar.id,
                "company_id": self.company.id,
                "date_from": "2024-07-02 00:00:00",
                "date_to": "2024-07-03 23:59:59",
            }
        )
        self.assertEqual(
            self._days(MONDAY, 0, 1), ["2024-07-01T17:00:00", "2024-07-04T17:00:00"]
        )

    def test_days_are_those_of_the_calendars_time_zone(self):
        self.calendar.tz = "Asia/Shanghai"
        self.assertEqual(
            self._days(MONDAY, 0, 1), ["2024-07-01T09:00:00", "2024-07-02T09:00:00"]
        )
        self.calendar.tz = "America/Los_Angeles"
        self.assertEqual(self._days(MONDAY, 0), ["2024-07-02T00:00:00"])

    def test_a_calendar_without_hours_counts_all_days(self):
        self.calendar.attendance_ids.unlink()
        self.assertEqual(
            self._days(MONDAY, 1, 5), ["2024-07-02T00:00:00", "2024-07-06T00:00:00"]
        )

    # ----------------------------------------------------------------- Owners

    def test_the_account_manager_owns_the_plan(self):
        self.assertEqual(self._make_plan().user_id, self.user_own)
        self.assertEqual(self._make_plan(user=self.manager).user_id, self.manager)

    def test_without_an_account_manager_at_work_it_is_whoever_makes_it(self):
        def owner():
            return self._make_plan(
                template=self.template.with_user(self.manager)
            ).user_id

        self.user_own.active = False
        self.assertEqual(owner(), self.manager)
        self.customer.manager_id = False
        self.assertEqual(owner(), self.manager)

    def test_an_owner_from_elsewhere_is_refused(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        stranger = self._make_user(
            "cpm_stranger",
            "customer_plan_mgmt.group_cpm_user",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        with self.assertRaisesRegex(UserError, "Owner: "):
            self._make_plan(user=stranger)

    def test_a_template_of_another_company_is_refused(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        self.template.company_id = other
        with self.assertRaisesRegex(UserError, "Template: "):
            self._make_plan()
        self.template.company_id = False
        self.assertTrue(self._make_plan())

    def test_people_make_plans_with_their_own_rights(self):
        mine = self.template.with_user(self.user_own)
        plan = mine._create_plans(self.customer.with_user(self.user_own))
        self.assertEqual((plan.user_id, plan.create_uid), (self.user_own,) * 2)
        self.assertEqual(len(plan.task_ids), 3)
        foreign = self._make_customer("Bob", profile={"manager_id": self.manager.id})
        with self.assertRaises(AccessError):
            mine._create_plans(foreign.with_user(self.user_own))
        self.assertFalse(
            self.env["cpm.plan"].search(Domain("profile_id", "=", foreign.id))
        )

    def test_numbers_follow_the_sequence_whatever_its_kind(self):
        sequence = self.env["ir.sequence"].create(
            {
                "name": "Plans of ours",
                "code": "cpm.plan",
                "company_id": self.company.id,
                "prefix": "N",
                "padding": 3,
            }
        )
        customers = self._make_customers(3)
        expected = 0
        for vals in (
            {"implementation": "standard"},
            {"implementation": "no_gap"},
            {"use_date_range": True},
        ):
            sequence.write({**vals, "number_next": expected + 1})
            if "use_date_range" in vals:
                expected = 0  # each period counts from 1
            numbers = self._make_plan(customers).mapped("number")
            with self.subTest(vals):
                self.assertEqual(
                    numbers, [f"N{expected + step:03d}" for step in (1, 2, 3)]
                )
            self.env["cpm.plan"].search([("number", "in", numbers)]).unlink()
            expected += 3

    def test_one_plan_for_a_segment_sums_what_adds_up(self):
        segment = self.env["cpm.segment"].create(
            {
                "name": "All of ours",
                "company_id": self.company.id,
                "domain": "[('manager_id', '!=', False)]",
            }
        )
        second = self._make_customer("Eve", profile={"manager_id": self.user_own.id})
        self._give_value(second, self.orders, 20)
        revenue = self._make_metric("revenue", "sum", digits=2)
        self._give_value(self.customer, revenue, 300)
        self._give_value(second, revenue, 100)
        template = self.template.with_company(self.company)
        template.goal_ids = [
            Command.create({"name": "Grow", "metric_id": revenue.id, "change": 10})
        ]
        plan = template._create_plans(self.profiles, segment, start=MONDAY)
        self.assertEqual((plan.scope, plan.segment_id), ("segment", segment))
        self.assertEqual(plan.name, "Grow – All of ours")
        self.assertEqual(
            plan.goal_ids.mapped(
                lambda goal: (goal.aggregation, goal.baseline, goal.target)
            ),
            [("average", 30, 35), ("sum", 400, 440)],
        )
        self.assertEqual(len(plan.task_ids), 3)

    # ------------------------------------------------- Copies and templates of plans

    def test_a_copy_has_the_same_parts_and_a_name_of_its_own(self):
        copy = self.template.copy()
        self.assertEqual(copy.name, "Grow (copy)")
        for name in ("goal_ids", "task_ids", "need_ids", "cost_ids", "check_ids"):
            with self.subTest(name):
                self.assertEqual(len(copy[name]), len(self.template[name]))
                self.assertFalse(copy[name] & self.template[name])
        self.assertFalse(copy.tier_ids)

    def _facts(self, plan):
        """Return everything about a plan that its template says."""
        return {
            "plan": (plan.date_start, plan.date_end, plan.review_interval_months),
            "goals": plan.goal_ids.mapped(
                lambda goal: (
                    goal.name, goal.horizon, goal.source, goal.metric_id.id,
                    goal.baseline, goal.target, goal.weight, goal.unit,
                )
            ),
            "tasks": plan.task_ids.sorted("sequence").mapped(
                lambda task: (
                    task.name, task.date_deadline, task.cpm_phase, task.cpm_kind,
                    task.cpm_training_form, task.cpm_role_id.id, task.cpm_public,
                    task.sequence,
                )
            ),
            "needs": plan.need_ids.mapped(lambda need: (need.name, need.kind)),
            "costs": plan.cost_ids.mapped(
                lambda cost: (cost.category_id.id, cost.budget, cost.date_from)
            ),
            "checks": plan.check_ids.mapped(
                lambda check: (check.name, check.stage, check.is_mandatory)
            ),
        }  # fmt: skip

    def test_saved_as_a_template_it_makes_the_same_plan_again(self):
        by_hand = {"target_kind": "value", "change": 20, "unit": "people"}
        template = self._make_template()
        template.goal_ids = [
            Command.create({"name": "A third more", "metric_id": self.orders.id,
                            "target_kind": "change", "change": 13, "sequence": 20}),
            Command.create({"name": "None late", "metric_id": self.late.id,
                            "target_kind": "value", "change": 0, "sequence": 30}),
            Command.create({"name": "Trained", **by_hand, "sequence": 40}),
        ]  # fmt: skip
        self._give_value(self.customer, self.late, 3)
        for start in (MONDAY, date(2024, 7, 3), date(2024, 7, 6)):
            plan = self._make_plan(template=template, start=start)
            self.assertEqual(len(plan.goal_ids), 4)
            saved = self.env["cpm.plan.template"]._from_plan(plan, "Again")
            with self.subTest(start=start):
                self.assertEqual(
                    self._facts(self._make_plan(template=saved, start=start)),
                    self._facts(plan),
                )

    def test_a_template_keeps_neither_cancelled_work_nor_what_was_ticked(self):
        plan = self._make_plan()
        plan.check_ids.is_done = True
        plan.task_ids.filtered(lambda task: task.name == "Call").state = "1_canceled"
        saved = self.env["cpm.plan.template"]._from_plan(plan, "Again")
        self.assertEqual(saved.task_ids.mapped("name"), ["Teach", "Ask"])
        self.assertFalse(
            any(self._make_plan(template=saved).check_ids.mapped("is_done"))
        )

    def test_a_goal_that_came_to_nothing_stays_relative(self):
        """From nothing to 4 is “4 more”, not “exactly 4”."""
        self._give_value(self.customer, self.orders, 0)
        template = self._goal_line(target_kind="change", change=4).template_id
        saved = self.env["cpm.plan.template"]._from_plan(
            self._make_plan(template=template), "Again"
        )
        self._give_value(self.customer, self.orders, 10)
        self.assertEqual(self._make_plan(template=saved).goal_ids.target, 14)

    def test_saving_needs_a_name_and_targets(self):
        save = self.env["cpm.plan.template.save"].with_user(self.manager)
        plan = self._make_plan()
        wizard = save.create({"plan_id": plan.id, "name": "  "})
        with self.assertRaisesRegex(UserError, "Name: "):
            wizard.action_confirm()
        wizard.name = "Good one"
        action = wizard.action_confirm()
        saved = self.env["cpm.plan.template"].browse(action["res_id"])
        self.assertEqual((saved.name, saved.company_id), ("Good one", self.company))
        self._give_value(self.customer, self.orders, 0)
        waiting = self._make_plan()
        with self.assertRaisesRegex(UserError, "More orders"):
            self.env["cpm.plan.template"]._from_plan(waiting, "Not yet")

    def test_only_managers_save_templates(self):
        plan = self._make_plan()
        with self.assertRaises(AccessError):
            self.env["cpm.plan.template.save"].with_user(self.user_own).create(
                {"plan_id": plan.id, "name": "Mine"}
            )
