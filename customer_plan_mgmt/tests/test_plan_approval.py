"""Four eyes see every plan before it is agreed."""

from odoo.exceptions import AccessError, UserError

from .common_plan import PlanCase


class TestPlanApproval(PlanCase):
    def _submit(self, plan=None, user=None):
        plan = plan or self.plan
        mine = self._as(plan, user or self.owner)
        mine.action_design()
        mine.action_submit()
        return plan

    def test_submitting_asks_somebody_else(self):
        self._submit()
        self.assertEqual(self.plan.stage, "review")
        self.assertEqual(self.plan.submitted_by_id, self.owner)
        self.assertTrue(self.plan.submitted_at)
        asked = self._activities(self.plan, "mail_activity_plan_approve")
        self.assertEqual(len(asked), 1)
        self.assertTrue(asked.user_id.has_group(self._group("manager")))
        self.assertIn(self.company, asked.user_id.company_ids)

    def test_whom_the_company_names_is_asked_first(self):
        for person in (self.manager_2, self.manager):
            self.company.cpm_review_manager_id = person
            plan = self._submit(self._with_goal(self._make_plan()))
            with self.subTest(person.login):
                asked = self._activities(plan, "mail_activity_plan_approve")
                self.assertEqual(asked.user_id, person)

    def _with_goal(self, plan):
        self._make_goal(plan)
        return plan

    def test_authors_are_never_asked(self):
        self.company.cpm_review_manager_id = self.manager
        plan = self._with_goal(
            self._make_plan(user=self.manager, user_id=self.manager.id)
        )
        self._submit(plan, self.manager)
        asked = self._activities(plan, "mail_activity_plan_approve")
        self.assertNotEqual(asked.user_id, self.manager)

    def test_approving_is_signed_and_counts_as_a_decision(self):
        self._submit()
        self._as(self.plan, self.manager).action_approve()
        self.assertEqual(self.plan.stage, "agreed")
        self.assertEqual(self.plan.approved_by_id, self.manager)
        self.assertTrue(self.plan.approved_at)
        self.assertEqual(self.plan.revision, 1)
        self.assertEqual(self.plan.last_decision_on, self.company._cpm_today())
        self.assertEqual(self.plan.decision_facts[f"goal_{self.goal.id}"], 100)
        self.assertFalse(self._activities(self.plan, "mail_activity_plan_approve"))

    def test_nobody_approves_the_own_plan(self):
        """As author, as owner, or by having submitted it; by button and by drag."""
        for role, made_by, owner, submitter in (
            ("author", self.manager, self.owner, self.owner),
            ("owner", self.owner, self.manager, self.owner),
            ("submitter", self.owner, self.owner, self.manager),
        ):
            plan = self._with_goal(self._make_plan(user=made_by, user_id=owner.id))
            self._submit(plan, submitter)
            mine = self._as(plan, self.manager)
            with self.subTest(role):
                self.assertFalse(mine.may_approve)
                for call in (
                    mine.action_approve,
                    lambda mine=mine: mine.write({"stage": "agreed"}),
                    lambda mine=mine: mine.write(
                        {"stage": "agreed", "user_id": self.manager_2.id}
                    ),
                    lambda mine=mine: mine._refuse("No"),
                ):
                    with self.assertRaisesRegex(UserError, "is your own plan"):
                        call()
                self.env.invalidate_all()
                self.assertEqual(plan.stage, "review")
                self.assertTrue(self._as(plan, self.manager_2).may_approve)
                self._as(plan, self.manager_2).action_approve()
                self.assertEqual(plan.approved_by_id, self.manager_2)

    def test_administrators_are_no_exception(self):
        plan = self._with_goal(self._make_plan(user=self.admin, user_id=self.admin.id))
        self._submit(plan, self.admin)
        with self.assertRaisesRegex(UserError, "is your own plan"):
            self._as(plan, self.admin).action_approve()

    def test_only_managers_approve_and_refuse(self):
        plan = self._with_goal(
            self._make_plan(user=self.manager, user_id=self.manager.id)
        )
        self._submit(plan, self.manager)
        stranger = self._as(plan, self.owner)
        self.assertFalse(stranger.may_approve)
        for call in (
            stranger.action_approve,
            stranger.action_refuse,
            lambda: stranger._refuse("No"),
        ):
            with self.assertRaisesRegex(AccessError, "Only a manager"):
                call()

    def test_a_refusal_says_why(self):
        self._submit()
        action = self._as(self.plan, self.manager).action_refuse()
        for reason in ("", "   ", False):
            with (
                self.subTest(reason),
                self.assertRaisesRegex(UserError, "say what has"),
            ):
                self._as(self.plan, self.manager)._refuse(reason)
        wizard = (
            self._as(self.env["cpm.plan.refuse"], self.manager)
            .with_context(**action["context"])
            .create({"reason": "The target is <b>too low</b>"})
        )
        before = self.plan.message_ids
        wizard.action_confirm()
        self.assertEqual(self.plan.stage, "design")
        self.assertEqual(self.plan.refusal_reason, "The target is <b>too low</b>")
        message = (self.plan.message_ids - before).filtered("body").sorted("id")[-1:]
        said = (self.plan.message_ids - before).filtered(
            lambda item: "too low" in (item.body or "")
        )
        self.assertTrue(message)
        self.assertEqual(len(said), 1)
        self.assertIn("&lt;b&gt;", said.body)
        self.assertEqual(said.author_id, self.manager.partner_id)
        self.assertIn(self.owner.partner_id, said.notified_partner_ids)
        self.assertFalse(self._activities(self.plan, "mail_activity_plan_approve"))
        self.assertFalse(self.plan.approved_by_id)
        self._as(self.plan, self.owner).action_submit()
        self.assertFalse(self.plan.refusal_reason)

    def test_a_plan_does_not_go_back_without_a_reason(self):
        self._submit()
        for user in (self.manager, self.manager_2):
            for context in ({}, {"cpm_refusal": True}):
                with self.subTest(user=user.login, context=context):
                    self._assert_refused(
                        "Press “Refuse” and say why",
                        user,
                        "cpm.plan",
                        "write",
                        self.plan.ids,
                        {"stage": "design"},
                        context=context,
                    )

    def test_who_submitted_takes_it_back(self):
        self._submit()
        mine = self._as(self.plan, self.owner)
        self.assertTrue(mine.may_take_back)
        self.assertFalse(self._as(self.plan, self.manager).may_take_back)
        mine.action_take_back()
        self.assertEqual(self.plan.stage, "design")
        self.assertFalse(self._activities(self.plan, "mail_activity_plan_approve"))
        with self.assertRaisesRegex(UserError, "is not in internal review"):
            mine.action_take_back()

    def test_earlier_owners_do_not_approve(self):
        """Handing the plan over for a moment makes it nobody else's."""
        self.plan.user_id = self.manager
        self._as(self.plan, self.manager).user_id = self.owner
        self._submit()
        mine = self._as(self.plan, self.manager)
        self.assertFalse(mine.may_approve)
        with self.assertRaisesRegex(UserError, "is your own plan"):
            mine.action_approve()

    def test_who_changed_the_terms_does_not_approve_them(self):
        for name, change in {
            "target": lambda plan: plan.goal_ids.write({"target": 110}),
            "period": lambda plan: plan.write({"date_end": "2025-06-30"}),
            "part": lambda plan: plan.goal_ids.copy(),
            "removed": lambda plan: plan.goal_ids[1:].unlink(),
        }.items():
            plan = self._with_goal(self._with_goal(self._make_plan()))
            change(self._as(plan, self.manager))
            self._submit(plan)
            with self.subTest(name):
                with self.assertRaisesRegex(UserError, "is your own plan"):
                    self._as(plan, self.manager).action_approve()
                self._as(plan, self.manager_2).action_approve()

    def test_who_changed_nothing_approves(self):
        self._as(self.plan, self.manager).write({"name": self.plan.name, "color": 3})
        self._as(self.goal, self.manager).write({"target": 200})
        self._submit()
        self.assertTrue(self._as(self.plan, self.manager).may_approve)

    def test_what_is_looked_at_does_not_change(self):
        need = self._as(self.env["cpm.plan.need"], self.owner).create(
            {"plan_id": self.plan.id, "name": "Dye that holds"}
        )
        self._submit()
        for user in (self.owner, self.manager, self.admin):
            for model, method, *args in (
                ("cpm.plan.goal", "write", self.goal.ids, {"target": 101}),
                ("cpm.plan.goal", "write", self.goal.ids, {"unit": "lies"}),
                ("cpm.plan", "write", self.plan.ids, {"user_id": self.user_own.id}),
                ("cpm.plan", "write", self.plan.ids, {"date_end": "2025-06-30"}),
                ("cpm.plan.need", "unlink", need.ids),
                (
                    "cpm.plan.need",
                    "create",
                    [{"plan_id": self.plan.id, "name": "Late"}],
                ),
            ):
                with self.subTest(user=user.login, model=model, method=method):
                    self._assert_refused(
                        "is in internal review", user, model, method, *args
                    )
        self._as(self.plan, self.owner).write({"name": self.plan.name, "color": 3})
        self._as(self.plan, self.owner).action_take_back()
        self._as(self.goal, self.owner).target = 150

    def test_approving_tells_the_owner_and_who_submitted(self):
        self._submit(user=self.user_all)
        self.plan.sudo().submitted_by_id = self.manager_2
        before = self.plan.message_ids
        self._as(self.plan, self.manager).action_approve()
        [said] = (self.plan.message_ids - before).filtered(
            lambda item: "was approved" in (item.body or "")
        )
        people = (self.owner | self.manager_2).partner_id
        self.assertEqual(said.notified_partner_ids & people, people)
        self.assertTrue(said.is_internal)

    def test_the_template_is_chosen_once(self):
        template = self.env["cpm.plan.template"].create({"name": "Other"})
        self._assert_refused(
            "cannot be changed",
            self.manager,
            "cpm.plan",
            "write",
            self.plan.ids,
            {"template_id": template.id},
        )

    def test_what_nobody_submitted_is_not_refused(self):
        with self.assertRaisesRegex(UserError, "is not in internal review"):
            self._as(self.plan, self.manager)._refuse("No")

    def test_there_has_to_be_something_to_agree_to(self):
        empty = self._make_plan()
        for text, prepare in (
            ("has no goals yet", lambda: None),
            (
                "at least one goal needs a weight above zero",
                lambda: self._make_goal(empty, weight=0),
            ),
            (
                "Set the targets of these goals first: Open",
                lambda: self._make_goal(empty, name="Open", is_target_missing=True),
            ),
        ):
            prepare()
            with self.subTest(text), self.assertRaisesRegex(UserError, text):
                self._submit(empty)
            empty.sudo().stage = "needs"
        self._as(empty.goal_ids[-1:], self.owner).target = 150
        self._submit(empty)
        self.assertEqual(empty.stage, "review")

    def test_approvals_are_not_typed(self):
        self._submit()
        for name, value in {
            "submitted_by_id": self.user_own.id,
            "submitted_at": "2024-01-01",
            "approved_by_id": self.manager.id,
            "approved_at": "2024-01-01",
            "refusal_reason": "None",
            "revision": 7,
            "last_decision_on": "2099-01-01",
            "decision_facts": {},
            "facts_change": 0,
            "next_review_on": "2099-01-01",
            "partner_id": self.owner.partner_id.id,
            "accepted_at": "2024-01-01",
            "closed_at": "2024-01-01",
            "progress": 100,
            "number": "CP1",
        }.items():
            for user in (self.owner, self.manager, self.admin):
                with self.subTest(field=name, user=user.login):
                    self._assert_refused(
                        "cannot be entered by hand",
                        user,
                        "cpm.plan",
                        "write",
                        self.plan.ids,
                        {name: value},
                        error=AccessError,
                    )
