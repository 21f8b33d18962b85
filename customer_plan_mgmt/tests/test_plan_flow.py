"""From stage to stage: which moves there are, and what they ask for."""

from odoo.exceptions import AccessError, UserError, ValidationError

from ..models.plan.const import STAGES
from ..models.plan.cpm_plan_close import CLOSE_OUT
from .common_plan import PlanCase

# All that is allowed. Written down once more, for the table in the code may be wrong
ALLOWED = {
    ("needs", "design"),
    ("needs", "cancelled"),
    ("design", "needs"),
    ("design", "review"),
    ("design", "cancelled"),
    ("review", "agreed"),  # by somebody else
    ("review", "cancelled"),
    ("agreed", "delivery"),
    ("agreed", "cancelled"),
    ("delivery", "agreed"),
    ("delivery", "evaluation"),
    ("delivery", "cancelled"),
    ("evaluation", "delivery"),
    ("evaluation", "closed"),
    ("evaluation", "cancelled"),
    ("closed", "evaluation"),
    ("cancelled", "needs"),
}
NAMES = [stage for stage, _label in STAGES]


class TestPlanFlow(PlanCase):
    def _put(self, stage, **vals):
        """Put the plan into a stage as the system may."""
        self.plan.sudo().write({"stage": stage, **vals})
        self.env.invalidate_all()

    def test_these_moves_and_no_others(self):
        """By a manager who is no author, with everything a move could ask for."""
        self.plan.lessons = "<p>Start earlier</p>"
        for before in NAMES:
            for after in NAMES:
                with (
                    self.subTest(before=before, after=after),
                    self.env.cr.savepoint() as savepoint,
                ):
                    self._put(before)
                    moved = self._as(self.plan, self.manager)
                    if before == after or (before, after) in ALLOWED:
                        moved.write({"stage": after})
                        self.assertEqual(self.plan.stage, after)
                    else:
                        with self.assertRaises(UserError):
                            moved.write({"stage": after})
                        self.assertEqual(self.plan.stage, before)
                    savepoint.rollback()
                self.env.invalidate_all()

    def test_a_refused_move_says_from_where_to_where(self):
        with self.assertRaisesRegex(
            UserError, "“Needs” and cannot go to “In delivery”"
        ):
            self._as(self.plan, self.owner).action_start()

    def test_dragging_over_the_board_obeys_the_same(self):
        """What the board writes, with the context it has."""
        for context in ({}, {"default_stage": "agreed"}, {"cpm_refusal": True}):
            self._assert_refused(
                "cannot go to",
                self.owner,
                "cpm.plan",
                "web_save",
                self.plan.ids,
                {"stage": "agreed"},
                {},
                context=context,
            )
        self._rpc(
            self.owner, "cpm.plan", "web_save", self.plan.ids, {"stage": "design"}, {}
        )
        self.assertEqual(self.plan.stage, "design")

    def test_unknown_stages_are_refused(self):
        self._assert_refused(
            "cannot go to “done”",
            self.owner,
            "cpm.plan",
            "write",
            self.plan.ids,
            {"stage": "done"},
        )
        self._assert_refused(
            "Stage", self.owner, "cpm.plan", "write", self.plan.ids, {"stage": False}
        )

    def test_plans_start_at_the_start(self):
        vals = {"name": "Quick", "profile_id": self.customer.id}
        for stage in NAMES:
            for name, given, context in (
                ("values", {"stage": stage}, {}),
                ("context", {}, {"default_stage": stage}),
            ):
                with self.subTest(stage=stage, by=name):
                    call = (self.owner, "cpm.plan", "create", {**vals, **given})
                    if stage in ("needs", "design"):
                        plan = self._rpc(*call, context=context)
                        self.assertEqual(self.plans.browse(plan).stage, stage)
                    else:
                        self._assert_refused(
                            "plans start with the needs", *call, context=context
                        )

    def test_a_copy_starts_at_the_start(self):
        self._put("delivery")
        self.assertEqual(self._as(self.plan, self.owner).copy().stage, "needs")
        self._assert_refused(
            "plans start with the needs",
            self.owner,
            "cpm.plan",
            "copy",
            self.plan.ids,
            {"stage": "agreed"},
        )

    def test_several_plans_move_together_or_not_at_all(self):
        other = self._make_plan()
        self._as(other, self.owner).action_design()
        both = self._as(self.plan | other, self.owner)
        with self.assertRaisesRegex(UserError, "“Needs”"):
            both.write({"stage": "review"})
        self.env.invalidate_all()
        self.assertEqual((self.plan.stage, other.stage), ("needs", "design"))


class TestPlanGates(PlanCase):
    def _make_check(self, stage, name="Ask the mill", **vals):
        return self.env["cpm.plan.check"].create(
            {"plan_id": self.plan.id, "name": name, "stage": stage, **vals}
        )

    def test_a_stage_is_left_when_its_mandatory_checks_are_done(self):
        check = self._make_check("needs")
        self._make_check("needs", "Nice to have", is_mandatory=False)
        self._make_check("design", "Later")
        mine = self._as(self.plan, self.owner)
        with self.assertRaisesRegex(
            UserError, r"before these are done: Ask the mill\."
        ):
            mine.action_design()
        self.assertEqual(self.plan.stage, "needs")
        self._as(check, self.owner).is_done = True
        mine.action_design()
        with self.assertRaisesRegex(UserError, "before these are done: Later"):
            mine.action_submit()

    def test_going_back_or_giving_up_asks_for_nothing(self):
        self._make_check("design")
        self._as(self.plan, self.owner).action_design()
        for stage in ("needs", "cancelled"):
            with self.subTest(stage), self.env.cr.savepoint() as savepoint:
                self._as(self.plan, self.owner).write({"stage": stage})
                savepoint.rollback()

    def test_every_stage_has_a_gate(self):
        self.plan.lessons = "<p>Start earlier</p>"
        order = NAMES[: NAMES.index("closed")]
        checks = {
            stage: self._make_check(stage, f"Check of {stage}") for stage in order
        }
        for stage, following in zip(order, NAMES[1:], strict=False):
            # Whoever submits does not approve
            user = self.manager_2 if stage == "review" else self.manager
            with self.subTest(stage):
                with self.assertRaisesRegex(UserError, f"Check of {stage}"):
                    self._as(self.plan, user).write({"stage": following})
                checks[stage].is_done = True
                self._as(self.plan, user).write({"stage": following})
        self.assertEqual(self.plan.stage, "closed")

    def test_closing_asks_for_the_checks_of_every_stage(self):
        self.plan.sudo().write({"stage": "evaluation", "lessons": "<p>Earlier</p>"})
        self._make_check("needs", "Forgotten long ago")
        with self.assertRaisesRegex(UserError, "Forgotten long ago"):
            self._as(self.plan, self.manager).action_close()

    def test_a_tick_is_signed_by_whoever_made_it(self):
        check = self._make_check("needs")
        self._as(check, self.owner).is_done = True
        self.assertEqual(check.done_by_id, self.owner)
        signed = check.done_at
        self.assertTrue(signed)
        self._as(check, self.manager).write({"is_done": True})
        self.assertEqual((check.done_by_id, check.done_at), (self.owner, signed))
        self._as(check, self.manager).is_done = False
        self.assertFalse(check.done_by_id or check.done_at)
        self.assertEqual(
            self._as(self.env["cpm.plan.check"], self.owner)
            .create({"plan_id": self.plan.id, "name": "Done", "is_done": True})
            .done_by_id,
            self.owner,
        )

    def test_ticks_are_logged(self):
        check = self._make_check("needs")
        before = self.plan.message_ids
        self._as(check, self.owner).is_done = True
        self._as(check, self.owner).is_done = True
        self._as(check, self.owner).is_done = False
        said = (self.plan.message_ids - before).sorted("id")
        self.assertEqual(
            [(item.preview, item.author_id) for item in said if item.body],
            [
                (f"Done: {check.name}", self.owner.partner_id),
                (f"Not done: {check.name}", self.owner.partner_id),
            ],
        )

    def test_what_a_stage_was_left_by_is_not_taken_back(self):
        check = self._make_check("needs")
        mine = self._as(check, self.owner)
        mine.is_done = True
        mine.is_done = False  # still in the stage
        mine.is_done = True
        self._as(self.plan, self.owner).action_design()
        self._assert_refused(
            "Mandatory: only a manager",
            self.owner,
            "cpm.plan.check",
            "write",
            check.ids,
            {"is_done": False},
            error=AccessError,
        )
        self._as(check, self.manager).is_done = False
        self.assertFalse(check.is_done)

    def test_gates_are_not_taken_away_by_those_they_stop(self):
        check = self._make_check("needs")
        for method, args in (
            ("write", ({"is_mandatory": False},)),
            ("write", ({"stage": "evaluation"},)),
            ("write", ({"name": "Nothing"},)),
            ("unlink", ()),
        ):
            with self.subTest(method=method, args=args):
                self._assert_refused(
                    "Mandatory: only a manager.*Ask the mill",
                    self.owner,
                    "cpm.plan.check",
                    method,
                    check.ids,
                    *args,
                    error=AccessError,
                )
        self._rpc(
            self.manager, "cpm.plan.check", "write", check.ids, {"is_mandatory": False}
        )
        self._rpc(self.owner, "cpm.plan.check", "unlink", check.ids)
        self.assertFalse(check.exists())

    def test_signatures_are_not_typed(self):
        check = self._make_check("needs")
        for vals in ({"done_by_id": self.manager.id}, {"done_at": "2024-01-01"}):
            with self.subTest(vals):
                self._assert_refused(
                    "cannot be entered by hand",
                    self.owner,
                    "cpm.plan.check",
                    "write",
                    check.ids,
                    vals,
                )


class TestPlanEnd(PlanCase):
    def test_columns_of_what_is_over_are_shown_when_filled(self):
        def columns():
            board = self.plans.with_context(read_group_expand=True)
            groups = board.web_read_group(
                [("company_id", "=", self.company.id)], ["stage"]
            )["groups"]
            return [group["stage"] for group in groups]

        going_on = [key for key, _name in STAGES][:6]
        self.assertEqual(columns(), going_on)
        self.plan.sudo().stage = "cancelled"
        self.assertEqual(columns(), [*going_on, "cancelled"])

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._agree()
        cls._as(cls.plan, cls.owner).action_start()
        cls._as(cls.plan, cls.owner).action_evaluate()

    def _close(self, user=None, lessons="<p>Start earlier</p>"):
        self.plan.lessons = lessons
        self._as(self.plan, user or self.owner).action_close()

    def test_closing_needs_lessons(self):
        for lessons in (False, "", "<p><br></p>", "<p>  </p>"):
            with (
                self.subTest(lessons),
                self.assertRaisesRegex(UserError, "Lessons: write"),
            ):
                self._close(lessons=lessons)
        self.assertFalse(self.plan.closed_at)

    def test_closing_keeps_what_came_of_it(self):
        self._measure(200)
        self._make_hand_goal(weight=1).sudo().current_value = 50
        self._make_hand_goal(weight=0).sudo().current_value = 100
        self._as(self.plan, self.manager).action_approve_revision()
        self.env["cpm.plan.cost"].create(
            {
                "plan_id": self.plan.id,
                "category_id": self.env.ref("customer_plan_mgmt.plan_cost_staff").id,
                "budget": 200,
                "actual": 150,
            }
        )
        self._as(self.plan, self.manager).action_approve_revision()
        self._close()
        self.assertEqual(self.plan.closed_goals_reached, 1, "weight 0 does not count")
        self.assertEqual(self.plan.closed_progress, 75)
        self.assertEqual(self.plan.closed_budget_percent, 75)
        self.assertFalse(self.plan.closed_has_satisfaction)
        self.assertFalse(self.plan.closed_has_cost_benefit)
        self._measure(0)
        self.assertEqual(self.plan.closed_progress, 75)
        self.env.flush_all()
        effect = self.env["cpm.plan.effect"].search([("plan_id", "=", self.plan.id)])
        self.assertEqual(
            (effect.progress, effect.reached_percent, effect.budget_percent),
            (75, 50, 75),
        )

    def test_changes_nobody_approved_do_not_count_as_the_result(self):
        """Lowering the target the day before would make every plan a success."""
        self._as(self.goal, self.owner).target = 101
        with self.assertRaisesRegex(UserError, "revision 2 have to be approved"):
            self._close()
        self._as(self.plan, self.manager).action_approve_revision()
        self._close()
        self.assertEqual(self.plan.stage, "closed")

    def _make_task(self, **vals):
        vals = {"name": "Visit", "cpm_plan_id": self.plan.id, **vals}
        return self.env["project.task"].create(vals)

    def test_plans_with_open_work_are_not_closed(self):
        tasks = self._make_task() | self._make_task() | self._make_task(state="1_done")
        with self.assertRaisesRegex(UserError, "has open tasks, 2 in all"):
            self._close()
        tasks[0].state = "1_done"
        tasks[1].state = "1_canceled"
        self._close()
        self.assertEqual(self.plan.stage, "closed")

    def test_the_work_of_a_cancelled_plan_is_cancelled_with_it(self):
        running, done = self._make_task(), self._make_task(state="1_done")
        self._as(self.plan, self.owner).action_cancel()
        self.assertEqual((running.state, done.state), ("1_canceled", "1_done"))
        notes = "".join(self.plan.message_ids.mapped("body"))
        self.assertIn("Open tasks cancelled with the plan: 1", notes)

    def test_plans_that_are_over_get_no_new_work(self):
        vals = {"name": "Visit", "cpm_plan_id": self.plan.id}
        other = self._make_plan()
        task = self._make_task(cpm_plan_id=other.id)
        self._as(self.plan, self.owner).action_cancel()
        for method, args in (
            ("create", [vals]),
            ("write", [task.ids, {"cpm_plan_id": self.plan.id}]),
        ):
            with self.subTest(method):
                self._assert_refused(
                    "is over and gets no new work",
                    self.owner,
                    "project.task",
                    method,
                    *args,
                )
        self.assertEqual(task.cpm_plan_id, other)

    def test_a_plan_that_is_taken_up_again_has_no_result_yet(self):
        self._measure(200)
        self._close()
        self.assertTrue(self.plan.closed_at and self.plan.closed_progress)
        self._as(self.plan, self.manager).action_reopen()
        for name in CLOSE_OUT:
            with self.subTest(name):
                self.assertFalse(self.plan[name])

    def test_only_managers_reopen_closed_plans(self):
        self._close()
        with self.assertRaisesRegex(AccessError, "Only a manager"):
            self._as(self.plan, self.owner).action_reopen()
        self._as(self.plan, self.manager).action_reopen()
        self.assertEqual(self.plan.stage, "evaluation")

    def test_a_cancelled_plan_starts_again_and_has_to_be_approved_again(self):
        self.plan.sudo().write(
            {
                "accepted_by_id": self.customer.partner_id.id,
                "accepted_at": "2024-01-01",
            }
        )
        self._as(self.plan, self.owner).action_cancel()
        self._as(self.plan, self.owner).action_reopen()
        self.assertEqual(self.plan.stage, "needs")
        self.assertFalse(self.plan.approved_by_id or self.plan.approved_at)
        self.assertFalse(self.plan.accepted_by_id or self.plan.accepted_at)
        with self.assertRaisesRegex(ValidationError, "was agreed"):
            self._as(self.plan, self.manager).unlink()
        self._agree()
        self.assertEqual(self.plan.revision, 2)

    def test_a_plan_that_is_over_is_not_changed(self):
        need = self.env["cpm.plan.need"].create(
            {"plan_id": self.plan.id, "name": "Dye"}
        )
        check = self.env["cpm.plan.check"].create(
            {"plan_id": self.plan.id, "name": "x", "is_mandatory": False}
        )
        hand = self._make_hand_goal()
        self._as(self.plan, self.manager).action_approve_revision()
        for stage in ("closed", "cancelled"):
            self.plan.sudo().stage = stage
            for model, method, args in (
                ("cpm.plan", "write", (self.plan.ids, {"name": "New"})),
                ("cpm.plan", "write", (self.plan.ids, {"user_id": self.owner.id})),
                ("cpm.plan", "write", (self.plan.ids, {"lessons": "<p>None</p>"})),
                ("cpm.plan.goal", "write", (self.goal.ids, {"target": 101})),
                ("cpm.plan.goal", "write", (hand.ids, {"current_value": 100})),
                ("cpm.plan.goal", "unlink", (self.goal.ids,)),
                ("cpm.plan.need", "write", (need.ids, {"words": "No"})),
                ("cpm.plan.check", "write", (check.ids, {"is_done": True})),
                (
                    "cpm.plan.need",
                    "create",
                    ({"plan_id": self.plan.id, "name": "Late"},),
                ),
                (
                    "cpm.plan.member",
                    "create",
                    ({"plan_id": self.plan.id, "user_id": self.user_own.id},),
                ),
            ):
                with self.subTest(stage=stage, model=model, args=args):
                    self._assert_refused(
                        "is over. Reopen it", self.manager, model, method, *args
                    )
        self._rpc(self.manager, "cpm.plan", "write", self.plan.ids, {"active": False})
        self.assertFalse(self.plan.active)

    def test_a_plan_under_way_is_not_archived(self):
        self._assert_refused(
            "is under way: close or cancel it",
            self.owner,
            "cpm.plan",
            "action_archive",
            self.plan.ids,
        )
        draft = self._make_plan()
        self._rpc(self.owner, "cpm.plan", "action_archive", draft.ids)
        self.assertFalse(draft.active)
