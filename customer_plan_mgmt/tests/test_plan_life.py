"""What happens to plans when contacts are merged, archived or deleted, and when plans
are copied, imported and exported."""

from odoo import Command
from odoo.exceptions import UserError
from odoo.tools import mute_logger

from ..hooks import uninstall_hook
from .common_plan import PlanCase


class TestPlanMerge(PlanCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls._make_customer("Aurora Ltd")
        cls.theirs = cls._make_plan(cls.other)

    def _merge(self, partner, into):
        wizard = self.env["base.partner.merge.automatic.wizard"].create(
            {"partner_ids": (partner | into).ids, "dst_partner_id": into.id}
        )
        wizard.action_merge()
        self.env.invalidate_all()

    def test_plans_move_to_the_surviving_customer(self):
        """Whichever profile survives."""
        for gone, kept in ((self.customer, self.other), (self.other, self.customer)):
            with (
                self.subTest(kept=kept.display_name),
                self.env.cr.savepoint() as savepoint,
            ):
                numbers = (self.plan | self.theirs).mapped("number")
                target = kept.partner_id
                self._merge(gone.partner_id, target)
                profile = self.profiles.search([("partner_id", "=", target.id)])
                self.assertEqual(len(profile), 1)
                plans = self.plan | self.theirs
                self.assertEqual(plans.profile_id, profile)
                self.assertEqual(plans.partner_id, target)
                self.assertEqual(plans.mapped("number"), numbers)
                self.assertEqual(profile.plan_count, 2)
                self.assertEqual(self.goal.baseline, 100)
                savepoint.rollback()
            self.env.invalidate_all()

    def test_members_who_become_one_person_are_one_member(self):
        contacts = self.env["res.partner"].create(
            [
                {"name": name, "parent_id": self.customer.partner_id.id}
                for name in ("Ming", "Ming Li")
            ]
        )
        for contact in contacts:
            self.env["cpm.plan.member"].create(
                {"plan_id": self.plan.id, "partner_id": contact.id}
            )
        elsewhere = self._make_plan()
        self.env["cpm.plan.member"].create(
            {"plan_id": elsewhere.id, "partner_id": contacts[0].id}
        )
        self._merge(contacts[0], contacts[1])
        self.assertEqual(self.plan.member_ids.partner_id, contacts[1])
        self.assertEqual(len(self.plan.member_ids), 1)
        self.assertEqual(elsewhere.member_ids.partner_id, contacts[1])

    def test_measuring_goes_on_after_a_merge(self):
        self._merge(self.other.partner_id, self.customer.partner_id)
        profile = self.plan.profile_id
        self._measure(150, profile)
        self.assertEqual(self.goal.current_value, 150)


class TestPlanDeletion(PlanCase):
    def test_plans_of_an_archived_customer_go_on(self):
        self._agree()
        self.customer.active = False
        self._measure(150)
        self.assertEqual(self.goal.current_value, 150)
        review = self._make_review()
        self.assertEqual(review.facts[f"goal_{self.goal.id}"], 150)

    def test_a_customer_with_agreed_plans_is_archived_not_deleted(self):
        clerk = self._make_user(
            "keep_clerk", "base.group_user,base.group_partner_manager"
        )
        partner = self.customer.partner_id.with_user(clerk)
        self._agree()
        self.plan.sudo().write({"stage": "cancelled", "active": False})
        with self.assertRaisesRegex(
            UserError, "Aurora has customer plans .* Archive the contact"
        ):
            partner.unlink()
        self.assertTrue(self.plan.exists() and self.customer.exists())
        partner.active = False

    def test_drafts_go_with_the_contact(self):
        clerk = self._make_user(
            "draft_clerk", "base.group_user,base.group_partner_manager"
        )
        self.customer.partner_id.with_user(clerk).unlink()
        self.assertFalse(self.plan.exists())

    def test_who_deletes_the_own_account_takes_agreed_plans_along(self):
        """The road of res.users.deletion: first the user goes, then the contact."""
        self._agree()
        partner = self.customer.partner_id
        self._make_portal_user(partner)._deactivate_portal_user()
        with self.enter_registry_test_mode(), self.registry.cursor() as cr:
            deletions = self.env(cr=cr)["res.users.deletion"]
            deletions._gc_portal_users(batch_size=1000)
        self.env.invalidate_all()
        self.assertFalse(partner.exists() or self.plan.exists())

    def test_everything_about_a_deleted_customer_goes(self):
        """Also what was agreed: a person may ask for it, the system may do it."""
        self._agree()
        review = self._make_review()
        task = self.env["project.task"].create(
            {"name": "Visit", "cpm_plan_id": self.plan.id, "active": False}
        )
        records = [self.plan, self.goal, self.goal.value_ids, review, task]
        records += [record.message_post(body="Words") for record in (self.plan, task)]
        records.append(
            self.env["ir.attachment"].create(
                {
                    "name": "x.txt",
                    "raw": b"text",
                    "res_model": "cpm.plan",
                    "res_id": self.plan.id,
                }
            )
        )
        self.customer.partner_id.sudo().unlink()
        self.env.invalidate_all()
        for record in records:
            with self.subTest(record._name):
                self.assertFalse(record.exists())

    def test_a_contact_who_was_a_member_can_be_deleted(self):
        contact = self._make_partner(parent_id=self.customer.partner_id.id)
        self.env["cpm.plan.member"].create(
            {"plan_id": self.plan.id, "partner_id": contact.id}
        )
        self.goal.agreed_with_id = contact
        self._agree()
        contact.unlink()
        self.assertFalse(self.plan.member_ids or self.goal.agreed_with_id)
        self.assertFalse(self.plan.open_revision_id, "nobody changed the plan")

    def test_a_draft_is_deleted_with_its_work(self):
        task = self.env["project.task"].create(
            {"name": "Visit", "cpm_plan_id": self.plan.id}
        )
        message = task.message_post(body="Words")
        self._as(self.plan, self.manager).unlink()
        for record in (self.plan, self.goal, task, message):
            self.assertFalse(record.exists())

    def test_people_who_own_plans_are_archived_not_deleted(self):
        with mute_logger("odoo.sql_db"), self.assertRaises(Exception) as caught:
            self.owner.unlink()
            self.env.flush_all()
        self.assertTrue(str(caught.exception))

    def test_a_company_with_plans_is_not_deleted(self):
        with mute_logger("odoo.sql_db"), self.assertRaises(Exception) as caught:
            self.company.unlink()
            self.env.flush_all()
        self.assertTrue(str(caught.exception))

    def test_uninstalling_leaves_no_filters_and_activities(self):
        saved = self.env["ir.filters"].create(
            [
                {"name": "Ours", "model_id": "cpm.plan", "domain": "[]"},
                {
                    "name": "Tasks",
                    "model_id": "project.task",
                    "domain": "[('cpm_plan_id', '!=', False)]",
                },
            ]
        )
        other = self.env["ir.filters"].create(
            {"name": "Other", "model_id": "project.task", "domain": "[]"}
        )
        activity = self.plan.activity_schedule(
            "mail.mail_activity_data_todo", user_id=self.owner.id
        )
        uninstall_hook(self.env)
        self.assertFalse((saved.exists()) or activity.exists())
        self.assertTrue(other.exists())


class TestPlanCopy(PlanCase):
    def test_a_copy_starts_from_where_things_stand_today(self):
        contact = self._make_partner(parent_id=self.customer.partner_id.id)
        hand = self._make_hand_goal(baseline=10, target=50)
        hand.write(
            {
                "current_value": 30,
                "agreed_with_id": contact.id,
                "agreed_on": "2024-01-01",
            }
        )
        need = self.env["cpm.plan.need"].create(
            {"plan_id": self.plan.id, "name": "Dye", "goal_id": hand.id}
        )
        self.env["cpm.plan.check"].create(
            {"plan_id": self.plan.id, "name": "x", "is_done": True}
        )
        self.env["cpm.plan.member"].create(
            {"plan_id": self.plan.id, "user_id": self.user_own.id}
        )
        self._measure(150)
        self._agree()
        self.plan.sudo().write({"is_shared": True, "accepted_at": "2024-01-01"})
        copy = self._as(self.plan, self.owner).copy().with_env(self.env)
        self.assertEqual(copy.name, f"{self.plan.name} (copy)")
        self.assertNotEqual(copy.number, self.plan.number)
        for name in (
            "approved_by_id",
            "submitted_by_id",
            "revision",
            "is_shared",
            "accepted_at",
            "last_decision_on",
            "review_ids",
            "task_ids",
        ):
            with self.subTest(name):
                self.assertFalse(copy[name])
        measured, by_hand = copy.goal_ids.sorted("id")
        self.assertEqual((measured.baseline, measured.target), (150, 200))
        self.assertEqual((by_hand.baseline, by_hand.current_value), (30, 30))
        self.assertFalse(by_hand.agreed_with_id or by_hand.agreed_on)
        self.assertEqual(copy.need_ids.goal_id, by_hand)
        self.assertEqual(need.goal_id, hand, "that of the original is as before")
        self.assertFalse(copy.check_ids.is_done or copy.check_ids.done_by_id)
        self.assertEqual(copy.member_ids.user_id, self.user_own)

    def test_a_copy_starts_today_and_takes_as_long(self):
        with self._today("2025-06-01"):
            mine = self._as(self.plan, self.owner)
            copy, chosen = mine.copy(), mine.copy({"date_start": "2024-02-01"})
        length = self.plan.date_end - self.plan.date_start
        self.assertEqual(str(copy.date_start), "2025-06-01")
        self.assertEqual(copy.date_end - copy.date_start, length)
        self.assertEqual(str(chosen.date_start), "2024-02-01")
        self.assertEqual(chosen.date_end, self.plan.date_end)

    def test_a_target_that_was_reached_is_set_anew(self):
        self._measure(200)
        copy = self._as(self.plan, self.owner).copy().with_env(self.env)
        goal = copy.goal_ids
        self.assertTrue(goal.is_target_missing)
        self.assertFalse(goal.status)
        self._as(goal, self.owner).target = 300
        self.assertFalse(goal.is_target_missing)

    def test_plans_of_a_segment_are_copied_too(self):
        segment = self.env["cpm.segment"].create({"name": "Everybody"})
        plan = self._make_plan(segment_id=segment.id)
        self._make_goal(plan, aggregation="sum")
        self.assertEqual(self._as(plan, self.owner).copy().segment_id, segment)


class TestPlanFiles(PlanCase):
    def _load(self, names, *rows, user=None):
        result = self._rpc(
            user or self.owner,
            "cpm.plan",
            "load",
            names,
            [list(row) for row in rows],
            context={"import_file": True},
        )
        return result["ids"], [message["message"] for message in result["messages"]]

    def test_plans_are_imported_by_the_name_of_the_customer(self):
        ids, messages = self._load(
            [
                "name",
                "partner_id",
                "date_start",
                "date_end",
                "goal_ids/name",
                "goal_ids/metric_id",
                "goal_ids/target",
            ],
            ["One", "Aurora", "2024-01-01", "2024-12-31", "Grow", "Revenue", "180"],
            ["", "", "", "", "Grow more", "Revenue", "300"],
            ["Two", "Aurora", "2024-01-01", "2024-12-31", "", "", ""],
        )
        self.assertFalse(messages)
        one, two = self.plans.browse(ids)
        self.assertEqual((one | two).profile_id, self.customer)
        self.assertEqual(one.partner_id, self.customer.partner_id)
        self.assertEqual(one.goal_ids.mapped("baseline"), [100, 100])
        self.assertTrue(one.number and two.number)

    def test_an_import_of_a_stranger_says_who(self):
        self._make_partner("Nobody")
        ids, messages = self._load(["name", "partner_id"], ["One", "Nobody"])
        self.assertFalse(ids)
        self.assertIn("Customer: Nobody is no customer", messages[0])

    def test_an_import_decides_nothing(self):
        for name, value in (
            ("stage", "Agreed"),
            ("approved_by_id", self.manager.name),
            ("progress", "100"),
            ("revision", "3"),
        ):
            ids, messages = self._load(
                ["name", "partner_id", name], ["One", "Aurora", value]
            )
            with self.subTest(name):
                self.assertFalse(ids)
                self.assertTrue(messages[0])
            ids, messages = self._load([".id", name], [str(self.plan.id), value])
            with self.subTest(name, of="an existing plan"):
                self.assertFalse(ids)
        self.env.invalidate_all()
        self.assertEqual((self.plan.stage, self.plan.revision), ("needs", 0))

    def test_what_is_exported_can_be_imported(self):
        self.owner.group_ids |= self.env.ref("base.group_allow_export")
        names = ["name", "partner_id", "date_start", "date_end", "need_ids/name"]
        self.env["cpm.plan.need"].create(
            [{"plan_id": self.plan.id, "name": name} for name in ("Dye", "Speed")]
        )
        rows = self._rpc(self.owner, "cpm.plan", "export_data", self.plan.ids, names)[
            "datas"
        ]
        ids, messages = self._load(names, *[list(map(str, row)) for row in rows])
        self.assertFalse(messages)
        again = self.plans.browse(ids)
        self.assertEqual(again.profile_id, self.customer)
        self.assertEqual(again.date_end, self.plan.date_end)
        self.assertEqual(sorted(again.need_ids.mapped("name")), ["Dye", "Speed"])


class TestPlanTeam(PlanCase):
    def _followers(self):
        self.env.invalidate_all()
        return self.plan.message_partner_ids

    def test_owner_and_members_follow(self):
        self.assertIn(self.owner.partner_id, self._followers())
        member = self._as(self.env["cpm.plan.member"], self.owner).create(
            {"plan_id": self.plan.id, "user_id": self.user_own.id}
        )
        self.assertIn(self.user_own.partner_id, self._followers())
        self._as(member, self.owner).user_id = self.manager_2
        self.assertNotIn(self.user_own.partner_id, self._followers())
        self.assertIn(self.manager_2.partner_id, self._followers())
        self._as(self.plan, self.owner).user_id = self.manager_2
        self.assertNotIn(self.owner.partner_id, self._followers())
        self._as(member, self.manager).unlink()
        self.assertIn(self.manager_2.partner_id, self._followers(), "owns it meanwhile")

    def test_contacts_from_outside_follow_only_while_it_is_shared(self):
        contact = self._make_partner(parent_id=self.customer.partner_id.id)
        self._as(self.env["cpm.plan.member"], self.owner).create(
            {"plan_id": self.plan.id, "partner_id": contact.id}
        )
        self.assertNotIn(contact, self._followers())
        self._as(self.plan, self.owner).is_shared = True
        self.assertIn(contact, self._followers())
        self._as(self.plan, self.owner).is_shared = False
        self.assertNotIn(contact, self._followers())

    def test_a_plan_for_a_segment_is_not_shared(self):
        segment = self.env["cpm.segment"].create({"name": "Everybody"})
        plan = self._make_plan(segment_id=segment.id)
        with self.assertRaisesRegex(UserError, "only plans for one customer can be"):
            self._as(plan, self.owner).is_shared = True


class TestPlanQueries(PlanCase):
    NAMES = {
        "display_name": {},
        "number": {},
        "stage": {},
        "progress": {},
        "goal_status": {},
        "freshness": {},
        "freshness_text": {},
        "task_count": {},
        "may_approve": {},
        "open_revision_id": {"fields": {"display_name": {}}},
        "partner_id": {"fields": {"display_name": {}}},
        "user_id": {"fields": {"display_name": {}}},
        "tier_id": {"fields": {"display_name": {}}},
        "budget_total": {},
        "cost_benefit": {},
    }

    def _count(self):
        for _warm in range(2):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            found = self._as(self.plans, self.owner).web_search_read(
                [("company_id", "=", self.company.id)], self.NAMES, limit=200
            )
            used = self.env.cr.sql_log_count - before
        return used, found["length"]

    def test_a_list_of_eighty_costs_what_one_costs(self):
        self._agree()
        one, length = self._count()
        self.assertEqual(length, 1)
        for customer in self._make_customers(79):
            plan = self._make_plan(customer)
            self._make_goal(plan)
            plan.sudo().write({"stage": "agreed", "last_decision_on": "2024-01-01"})
        self._as(self.goal, self.owner).target = 300
        many, length = self._count()
        self.assertEqual(length, 80)
        self.assertLessEqual(many, one + 2)
        self.assertLessEqual(many, 30)

    def test_members_are_written_by_lists_of_commands(self):
        plan = self._make_plan(
            member_ids=[Command.create({"user_id": self.user_own.id})],
            goal_ids=[
                Command.create(
                    {"name": "G", "metric_id": self.revenue.id, "target": 300}
                )
            ],
        )
        self.assertEqual(plan.goal_ids.baseline, 100)
        self.assertEqual(plan.member_ids.user_id, self.user_own)
