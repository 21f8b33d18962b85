"""Changes nobody agrees to are undone; nobody is stuck with the own ones."""

from odoo.exceptions import AccessError, UserError

from .common_plan import PlanCase


class TestPlanRevisionUndo(PlanCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.needs = cls.env["cpm.plan.need"]
        cls.need = cls._as(cls.needs, cls.owner).create(
            {"plan_id": cls.plan.id, "name": "Dye that holds", "kind": "service"}
        )
        cls._agree()

    def _change_everything(self, user=None):
        user = user or self.owner
        self._as(self.plan, user).write(
            {
                "name": "Other",
                "date_end": "2025-06-30",
                "positioning": "<p>New</p>",
                "user_id": self.user_own.id,
            }
        )
        self._as(self.goal, user).write({"target": 250, "weight": 2})
        self._as(self.goal, user).target = 260
        self._make_hand_goal(name="Fewer complaints", user=user)
        self._as(self.need, user).name = "Dye that stays"
        self._as(self.need, user).unlink()

    def _terms(self):
        """Return what the plan is agreed on by, without ids."""
        plan = self.plan
        return (
            plan.name,
            plan.user_id,
            plan.date_end,
            plan.positioning,
            [(goal.name, goal.target, goal.weight) for goal in plan.goal_ids],
            [(need.name, need.kind) for need in plan.need_ids],
        )

    def _refuse(self, user, reason="Too much"):
        action = self._as(self.plan, user).action_refuse_revision()
        wizard = (
            self._as(self.env["cpm.plan.refuse"], user)
            .with_context(**action["context"])
            .create({"reason": reason})
        )
        return wizard.action_confirm()

    def test_refusing_undoes_the_changes(self):
        before = self._terms()
        self._change_everything()
        self.assertNotEqual(self._terms(), before)
        revision = self.plan.open_revision_id
        messages = self.plan.message_ids
        self._refuse(self.manager)
        self.env.invalidate_all()
        self.assertEqual(self._terms(), before)
        self.assertEqual(revision.state, "refused")
        self.assertEqual(revision.refusal_reason, "Too much")
        self.assertFalse(revision.approved_by_id)
        self.assertFalse(self.plan.open_revision_id)
        self.assertFalse(self._activities(self.plan, "mail_activity_plan_revision"))
        [said] = (self.plan.message_ids - messages).filtered(
            lambda item: "was refused" in (item.body or "")
        )
        self.assertIn("Too much", said.body)
        self.assertIn(self.owner.partner_id, said.notified_partner_ids)

    def test_refusing_needs_a_reason_and_somebody_else(self):
        with self.assertRaisesRegex(UserError, "no changes to approve"):
            self._as(self.plan, self.manager).action_refuse_revision()
        self._as(self.goal, self.manager).target = 250
        revision = self.plan.open_revision_id
        with self.assertRaisesRegex(UserError, "say what has to change"):
            self._as(revision, self.manager_2)._refuse(" ")
        for call in (
            self._as(self.plan, self.manager).action_refuse_revision,
            self._as(self.plan, self.manager).action_approve_revision,
            lambda: self._as(revision, self.manager)._refuse("No"),
        ):
            with self.assertRaisesRegex(UserError, "these changes are your own"):
                call()
        with self.assertRaisesRegex(AccessError, "Only a manager"):
            self._as(revision, self.owner)._refuse("No")
        self.assertEqual(revision.state, "open")
        self._as(revision, self.manager_2)._refuse("No")
        with self.assertRaisesRegex(UserError, "no changes to approve"):
            self._as(revision, self.manager_2)._refuse("No")

    def test_changes_that_cancel_out_need_no_approval(self):
        cases = {
            "value": lambda user: (
                self._as(self.goal, user).write({"target": 250}),
                self._as(self.goal, user).write({"target": 260}),
                self._as(self.goal, user).write({"target": 200}),
            ),
            "part added": lambda user: self._make_hand_goal(user=user).unlink(),
            "part removed": lambda user: (
                self._as(self.plan.need_ids, user).unlink(),
                self._as(self.needs, user).create(
                    {
                        "plan_id": self.plan.id,
                        "name": "Dye that holds",
                        "kind": "service",
                    }
                ),
            ),
        }
        for name, change in cases.items():
            with self.subTest(name):
                change(self.manager)
                self.env.invalidate_all()
                revision = self.plan.revision_ids[:1]
                self.assertEqual(revision.state, "withdrawn")
                self.assertFalse(self.plan.open_revision_id)
                self.assertFalse(
                    self._activities(self.plan, "mail_activity_plan_revision")
                )
        self.assertEqual(len(self.plan.revision_ids), len(cases))

    def test_what_is_only_partly_undone_stays_open(self):
        self._as(self.goal, self.owner).write({"target": 250, "weight": 2})
        self._as(self.goal, self.owner).target = 200
        self.assertTrue(self.plan.open_revision_id)
        self._as(self.need, self.owner).unlink()
        self._as(self.goal, self.owner).weight = 1
        self._as(self.needs, self.owner).create(
            {"plan_id": self.plan.id, "name": "Another need"}
        )
        self.assertTrue(self.plan.open_revision_id)

    def test_a_lone_manager_takes_the_own_changes_back(self):
        before = self._terms()
        self._change_everything(self.manager)
        revision = self.plan.open_revision_id
        self.assertTrue(self._as(self.plan, self.manager).may_withdraw_revision)
        self.assertFalse(self._as(self.plan, self.manager_2).may_withdraw_revision)
        with self.assertRaisesRegex(UserError, "Only who made the changes"):
            self._as(self.plan, self.manager_2).action_withdraw_revision()
        self._as(self.plan, self.manager).action_withdraw_revision()
        self.env.invalidate_all()
        self.assertEqual(self._terms(), before)
        self.assertEqual(revision.state, "withdrawn")
        with self.assertRaisesRegex(UserError, "no changes to approve"):
            self._as(self.plan, self.manager).action_withdraw_revision()

    def test_whose_request_was_ticked_off_is_asked_again(self):
        self._as(self.goal, self.owner).target = 250
        self._activities(self.plan, "mail_activity_plan_revision").action_done()
        self._as(self.goal, self.owner).target = 260
        asked = self._activities(self.plan, "mail_activity_plan_revision")
        self.assertEqual(len(asked), 1)
        self._as(self.goal, self.owner).target = 270
        self.assertEqual(
            self._activities(self.plan, "mail_activity_plan_revision"), asked
        )

    def test_who_made_the_changes_is_not_asked(self):
        self.company.cpm_review_manager_id = self.manager
        self._as(self.goal, self.manager).target = 250
        asked = self._activities(self.plan, "mail_activity_plan_revision")
        self.assertTrue(asked)
        self.assertNotEqual(asked.user_id, self.manager)

    def test_approving_changes_tells_who_made_them(self):
        self._as(self.goal, self.manager_2).target = 250
        before = self.plan.message_ids
        self._as(self.plan, self.manager).action_approve_revision()
        [said] = (self.plan.message_ids - before).filtered(
            lambda item: "was approved" in (item.body or "")
        )
        people = (self.owner | self.manager_2).partner_id
        self.assertEqual(said.notified_partner_ids & people, people)

    def test_the_owner_and_the_unit_are_agreed_on(self):
        hand = self._make_hand_goal(unit="orders")
        self._as(self.plan, self.manager).action_approve_revision()
        self._as(hand, self.owner).unit = "boxes"
        self._as(self.plan, self.owner).user_id = self.user_own
        self.assertEqual(
            self.plan.open_revision_id.line_ids.mapped("label"), ["Unit", "Owner"]
        )

    def test_a_plan_that_was_cancelled_is_agreed_to_as_a_whole(self):
        self._as(self.goal, self.owner).target = 250
        revision = self.plan.open_revision_id
        self._as(self.plan, self.owner).action_cancel()
        self._as(self.plan, self.owner).action_reopen()
        with self.assertRaisesRegex(UserError, "is not under way"):
            self._as(revision, self.manager)._refuse("No")
