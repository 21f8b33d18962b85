"""What is changed after the agreement is seen, and approved."""

from psycopg2 import IntegrityError

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tools import mute_logger

from .common_plan import PlanCase


class TestPlanRevision(PlanCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.category = cls.env.ref("customer_plan_mgmt.plan_cost_staff")
        cls.need = cls._as(cls.env["cpm.plan.need"], cls.owner).create(
            {"plan_id": cls.plan.id, "name": "Dye that holds"}
        )

    def _lines(self, plan=None):
        """Return ``(part, what, before, after)`` of the open revision."""
        return [
            (line.part, line.label, line.before, line.after)
            for line in (plan or self.plan).open_revision_id.line_ids
        ]

    def test_nothing_is_noted_before_the_agreement(self):
        mine = self._as(self.plan, self.owner)
        mine.name = "Other"
        self._as(self.goal, self.owner).target = 300
        self._make_hand_goal().unlink()
        self.assertFalse(self.plan.revision_ids)
        self.assertEqual(self.plan.revision, 0)

    def test_all_changes_until_the_approval_are_one_revision(self):
        self.plan.name = "Aurora"
        self._agree()
        self._as(self.plan, self.owner).name = "Grow with Aurora"
        self._as(self.goal, self.owner).target = 250
        self._as(self.need, self.owner).kind = "price"
        revision = self.plan.revision_ids
        self.assertEqual(len(revision), 1)
        self.assertEqual((revision.number, revision.state), (2, "open"))
        self.assertEqual(self.plan.revision, 2)
        self.assertEqual(revision.user_ids, self.owner)
        self.assertEqual(
            [line[1:] for line in self._lines()],
            [
                ("Name", "Aurora", "Grow with Aurora"),
                ("Target", "200", "250"),
                ("Kind", "Product", "Price"),
            ],
        )
        asked = self._activities(self.plan, "mail_activity_plan_revision")
        self.assertEqual(len(asked), 1)

    def test_differences_are_as_a_person_reads_them(self):
        self._agree()
        euro = self.env.ref("base.EUR")
        mine = self._as(self.plan, self.owner)
        mine.write(
            {"date_end": "2025-01-31", "positioning": "<p>First <b>choice</b></p>"}
        )
        self._as(self.goal, self.owner).write({"horizon": "long", "weight": 2.125})
        mine.currency_id = euro
        found = {line[1]: line[2:] for line in self._lines()}
        self.assertEqual(found["Until"], ("12/30/2024", "01/31/2025"))
        self.assertEqual(found["Positioning"], ("", "First *choice*"))
        self.assertEqual(found["Horizon"], ("Short term", "Long term"))
        self.assertEqual(found["Weight"], ("1", "2.1250"))
        self.assertEqual(found["Currency"], ("USD", "EUR"))
        parts = {line[0] for line in self._lines()}
        self.assertEqual(parts, {"Plan", f"Goal of a Customer Plan: {self.goal.name}"})

    def test_differences_are_in_the_language_of_whoever_made_them(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        field = self.env["ir.model.fields"]._get("cpm.plan.goal", "horizon")
        field.with_context(lang="zh_CN").field_description = "期限"
        selection = field.selection_ids.filtered(lambda item: item.value == "long")
        selection.with_context(lang="zh_CN").name = "长期"
        self.owner.lang = "zh_CN"
        self._agree()
        self.goal.with_user(self.owner).with_context(lang="zh_CN").horizon = "long"
        [line] = self._lines()
        self.assertEqual((line[1], line[3]), ("期限", "长期"))

    def test_small_and_late_differences_are_seen(self):
        """Two decimals or two hundred letters would hide them."""
        text = "x" * 300
        self._as(self.plan, self.owner).strengths = f"{text} old"
        self._as(self.goal, self.owner).target = 200.001
        self._agree()
        self._as(self.plan, self.owner).strengths = f"{text} new"
        self._as(self.goal, self.owner).target = 200.002
        strengths, target = self._lines()
        self.assertTrue(strengths[2].endswith("x old"))
        self.assertTrue(strengths[3].endswith("x new"))
        self.assertTrue(strengths[2].startswith("…"))
        self.assertEqual(target[2:], ("200.0010", "200.0020"))

    def test_writing_the_same_again_is_no_change(self):
        self._agree()
        self._as(self.plan, self.owner).write(
            {"name": self.plan.name, "date_end": self.plan.date_end}
        )
        self._as(self.goal, self.owner).write({"target": 200, "weight": 1})
        self.assertFalse(self.plan.revision_ids)

    def test_adding_and_removing_parts_is_seen(self):
        self._agree()
        goal = self._make_hand_goal(name="Fewer complaints")
        self._as(self.need, self.owner).unlink()
        cost = self._as(self.env["cpm.plan.cost"], self.owner).create(
            {"plan_id": self.plan.id, "category_id": self.category.id, "budget": 5}
        )
        cost.budget = 1234.5
        member = self._as(self.env["cpm.plan.member"], self.owner).create(
            {"plan_id": self.plan.id, "user_id": self.user_own.id}
        )
        member.responsibility = "informed"
        name = self.user_own.name
        self.assertEqual(
            self._lines(),
            [
                (f"Goal of a Customer Plan: {goal.name}", "Added", "", goal.name),
                ("Customer Need: Dye that holds", "Removed", "Dye that holds", ""),
                ("Cost of a Customer Plan: Staff", "Added", "", "Staff"),
                (
                    "Cost of a Customer Plan: Staff",
                    "Budget",
                    "$\xa05.00",
                    "$\xa01,234.50",
                ),
                (f"Plan Member: {name}", "Added", "", name),
                (
                    f"Plan Member: {name}",
                    "Responsibility",
                    "Responsible (R)",
                    "Informed (I)",
                ),
            ],
        )

    def test_lists_on_the_plan_are_no_way_round(self):
        self._agree()
        self._rpc(
            self.owner,
            "cpm.plan",
            "write",
            self.plan.ids,
            {
                "goal_ids": [
                    Command.update(self.goal.id, {"target": 101}),
                    Command.create(
                        {"name": "New", "source": "hand", "baseline": 0, "target": 1}
                    ),
                ],
                "need_ids": [Command.delete(self.need.id)],
            },
            context={"cpm_no_revision": True, "tracking_disable": True},
        )
        self.assertEqual(
            sorted(line[1] for line in self._lines()), ["Added", "Removed", "Target"]
        )

    def test_measuring_is_no_change(self):
        self._agree()
        hand = self._make_hand_goal()
        self._as(self.plan, self.manager).action_approve_revision()
        self._measure(150)
        self._as(hand, self.owner).current_value = 5
        self._as(self.goal, self.owner).write(
            {
                "status_override": "on_track",
                "status_reason": "Why",
                "status_expires_on": "2099-01-01",
            }
        )
        self.assertFalse(self.plan.open_revision_id)

    def test_somebody_else_approves_the_changes(self):
        self._agree()
        for who, changer, owner in (
            ("changed it", self.manager, self.owner),
            ("owns it", self.owner, self.manager),
        ):
            self.plan.user_id = owner
            self._as(self.plan, changer).name = f"Changed {who}"
            with self.subTest(who):
                mine = self._as(self.plan, self.manager)
                self.assertFalse(mine.may_approve_revision)
                with self.assertRaisesRegex(UserError, "somebody else has to approve"):
                    mine.action_approve_revision()
                with self.assertRaisesRegex(AccessError, "Only a manager"):
                    self._as(self.plan, self.owner).action_approve_revision()
                second = self._as(self.plan, self.manager_2)
                self.assertTrue(second.may_approve_revision)
                revision = self.plan.open_revision_id
                second.action_approve_revision()
                self.assertEqual(revision.state, "approved")
                self.assertEqual(revision.approved_by_id, self.manager_2)
                self.assertFalse(self.plan.open_revision_id)
        self.assertEqual(self.plan.revision, 3)
        self.assertFalse(self._activities(self.plan, "mail_activity_plan_revision"))

    def test_approving_changes_is_a_decision(self):
        with self._today("2024-02-01"):
            self._agree()
        with self._today("2024-03-01"):
            self._as(self.goal, self.owner).target = 250
            self.assertEqual(str(self.plan.last_decision_on), "2024-02-01")
            self._as(self.plan, self.manager).action_approve_revision()
            self.assertEqual(str(self.plan.last_decision_on), "2024-03-01")

    def test_without_changes_there_is_nothing_to_approve(self):
        self._agree()
        with self.assertRaisesRegex(UserError, "no changes to approve"):
            self._as(self.plan, self.manager).action_approve_revision()

    def test_agreeing_to_the_whole_plan_covers_what_was_left_open(self):
        self._agree()
        self._as(self.goal, self.owner).target = 250
        self._as(self.plan, self.owner).action_cancel()
        self._as(self.plan, self.owner).action_reopen()
        self._agree()
        self.assertFalse(self.plan.open_revision_id)
        self.assertEqual(self.plan.revision_ids.approved_by_id, self.manager)

    def test_plans_with_changes_are_found(self):
        self._agree()
        other = self._make_plan()
        domain = [("id", "in", (self.plan | other).ids)]
        find = self._as(self.plans, self.owner).search
        for operator, plans in (("!=", self.plans), ("=", self.plan | other)):
            self.assertEqual(
                find([*domain, ("open_revision_id", operator, False)]), plans
            )
        self._as(self.goal, self.owner).target = 250
        for operator, plans in (("!=", self.plan), ("=", other)):
            self.assertEqual(
                find([*domain, ("open_revision_id", operator, False)]), plans
            )

    def test_two_people_at_once_are_told(self):
        self._agree()
        revisions = self.env["cpm.plan.revision"]
        revisions.create({"plan_id": self.plan.id, "number": 2})
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError) as caught:
            revisions.create({"plan_id": self.plan.id, "number": 3}).flush_recordset()
        self.assertIn(
            "Somebody else is changing this plan", self._message_of(caught.exception)
        )

    def test_revisions_are_kept_by_the_system(self):
        self._agree()
        self._as(self.goal, self.owner).target = 250
        revision = self.plan.open_revision_id
        for model, record, vals in (
            ("cpm.plan.revision", revision, {"state": "approved"}),
            ("cpm.plan.revision", revision, {"user_ids": [Command.clear()]}),
            ("cpm.plan.revision.line", revision.line_ids, {"after": "200"}),
        ):
            for user in (self.owner, self.manager, self.admin):
                for method, args in (("write", (vals,)), ("unlink", ()), ("copy", ())):
                    with self.subTest(model=model, user=user.login, method=method):
                        self._assert_refused(
                            "",
                            user,
                            model,
                            method,
                            record.ids,
                            *args,
                            error=AccessError,
                        )
