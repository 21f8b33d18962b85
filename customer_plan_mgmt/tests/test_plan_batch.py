"""The dialog that makes plans, and many plans ordered at once."""

from unittest.mock import patch

from lxml import etree
from psycopg2.errors import SerializationFailure

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tools import mute_logger

from odoo.addons.base.models.ir_cron import IrCron

from ..models.plan import cpm_plan_batch
from ..wizard import cpm_plan_create
from .common_plan_template import MONDAY, PlanTemplateCase

LINES = "odoo.addons.customer_plan_mgmt.models.plan.cpm_plan_batch_line"


class Killed(BaseException):
    """The server went away."""


class PlanBatchCase(PlanTemplateCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customers = cls._make_customers(7)
        cls._give_value(cls.customers, cls.orders, 20)
        cls.batches = cls.env["cpm.plan.batch"]
        cls.cron = cls.env.ref("customer_plan_mgmt.ir_cron_cpm_plan_batch")

    def setUp(self):
        super().setUp()
        self.enterContext(patch.object(cpm_plan_batch, "BATCH", 3))
        self.enterContext(mute_logger(LINES))

    def _order(self, user=None, owner=None, customers=None, template=None):
        user = user or self.manager
        batches = self.batches.with_user(user)
        return batches._start(
            (template or self.template).with_user(user),
            (customers or self.customers).with_user(user),
            (owner or self.env["res.users"]).with_user(user),
            MONDAY,
        )

    def _work(self, time_left=lambda step: 60, deed=None):
        """Let the scheduled action run and return what each commit was told.

        :param time_left: ``function(number of the commit)``, the seconds Odoo allows
        :param deed: ``function(number of the commit)`` that happens right after it
        """
        told = []

        def commit(_cron, processed=0, *, remaining=None, deactivate=False):
            self.env.flush_all()
            told.append((processed, remaining))
            if deed:
                deed(len(told))
            return time_left(len(told))

        with patch.object(IrCron, "_commit_progress", commit):
            self.batches._cron_work()
        self.env.invalidate_all()
        return told

    def _plans(self, customers=None):
        return self.env["cpm.plan"].search(
            [("profile_id", "in", (customers or self.customers).ids)]
        )

    def _assert_one_plan_each(self, customers=None):
        customers = customers or self.customers
        plans = self._plans(customers)
        self.assertEqual(len(plans), len(customers))
        self.assertEqual(plans.profile_id, customers)
        for plan in plans:
            self.assertEqual((len(plan.goal_ids), len(plan.task_ids)), (1, 3))

    def _poison(self, model, method, is_bad, error):
        """Let ``method`` fail for bad records."""
        target = type(self.env[model])
        original = getattr(target, method)

        def poisoned(records, *args, **kwargs):
            if is_bad(records, *args):
                raise error
            return original(records, *args, **kwargs)

        return patch.object(target, method, poisoned)

    def _poison_customer(self, customer, error):
        return self._poison(
            "cpm.plan.template",
            "_new_plan_vals",
            lambda _template, profile, *args: profile == customer,
            error,
        )


class TestPlanBatch(PlanBatchCase):
    def test_everybody_gets_one_plan_in_steps(self):
        batch = self._order()
        self.assertEqual((batch.state, batch.total, batch.percent), ("running", 7, 0))
        told = self._work()
        self.assertEqual(told[0], (0, 7))
        self.assertEqual([step for step, _left in told[1:]], [3, 3, 1, 0])
        self._assert_one_plan_each()
        self.assertEqual(
            (batch.state, batch.done_count, batch.failed_count, batch.percent),
            ("done", 7, 0, 100),
        )
        plans = self._plans()
        self.assertEqual(plans.create_uid, self.manager)
        self.assertEqual(set(plans.mapped("date_start")), {MONDAY})
        self.assertEqual(len(set(plans.mapped("number"))), 7)

    def test_ordering_wakes_the_scheduled_action(self):
        triggers = self.env["ir.cron.trigger"]
        before = triggers.search_count([("cron_id", "=", self.cron.id)])
        self._order()
        after = triggers.search_count([("cron_id", "=", self.cron.id)])
        self.assertEqual(after - before, 1)

    def test_progress_is_told_on_the_way(self):
        batch = self._order()
        seen = []

        def look(_number):
            batch.invalidate_recordset()
            seen.append((batch.done_count, round(batch.percent)))

        self._work(deed=look)
        self.assertEqual(seen, [(0, 0), (3, 43), (6, 86), (7, 100), (7, 100)])

    def test_killed_in_the_middle_it_goes_on_where_it_stood(self):
        batch = self._order()
        self.env.flush_all()

        def kill(number):
            if number == 2:
                raise Killed

        try:  # assertRaises would undo what was committed before
            self._work(deed=kill)
        except Killed:
            self.env.invalidate_all()
        else:
            self.fail("The run was not killed")
        self.assertEqual(len(self._plans()), 3)
        self.assertEqual(batch.state, "running")
        self._work()
        self._assert_one_plan_each()
        self._work()
        self._assert_one_plan_each()

    def test_killed_within_a_step_leaves_nothing_half_made(self):
        self._order()
        self.env.flush_all()
        with (
            self._poison(
                "project.task", "_cpm_create_many", lambda *args: True, Killed
            ),
            self.assertRaises(Killed),
            self.env.cr.savepoint(),
        ):
            self._work()
        self.env.invalidate_all()
        self.assertFalse(self._plans())
        self._work()
        self._assert_one_plan_each()

    def test_out_of_time_it_comes_again(self):
        batch = self._order()
        self._work(time_left=lambda number: 0 if number == 2 else 60)
        self.assertEqual((batch.state, batch.done_count), ("running", 3))
        self._work()
        self._assert_one_plan_each()

    def test_one_bad_customer_does_not_cost_the_others_their_plans(self):
        batch = self._order()
        bad = self.customers[4]
        with self._poison_customer(bad, UserError("Goal: nobody knows why.")):
            self._work()
        self._assert_one_plan_each(self.customers - bad)
        self.assertFalse(self._plans(bad))
        self.assertEqual(
            (batch.state, batch.done_count, batch.failed_count), ("done", 6, 1)
        )
        [line] = batch.line_ids.filtered(lambda line: line.state == "failed")
        self.assertEqual(
            (line.profile_id, line.error), (bad, "Goal: nobody knows why.")
        )

    def test_users_do_not_read_the_bowels_of_a_failure(self):
        batch = self._order()
        with self._poison_customer(self.customers[0], KeyError("pg_secret")):
            self._work()
        [line] = batch.line_ids.filtered("error")
        self.assertNotIn("pg_secret", line.error)
        self.assertIn("administrator", line.error)

    def test_a_constraint_of_the_database_is_told_in_words(self):
        batch = self._order(customers=self.customers[:1])
        template = self.template
        self.env.flush_all()
        self.env.cr.execute(
            "ALTER TABLE cpm_plan_template DROP CONSTRAINT cpm_plan_template_durations_range"
        )
        self.env.cr.execute(
            "UPDATE cpm_plan_template SET duration_months = -3 WHERE id = %s",
            [template.id],
        )
        template.invalidate_recordset()
        with mute_logger("odoo.sql_db"):
            self._work()
        self.assertIn("“Until” must not lie before “From”", batch.line_ids.error)

    def test_a_conflict_with_somebody_else_is_nobodys_fault(self):
        batch = self._order()
        with (
            self._poison_customer(self.customers[0], SerializationFailure()),
            self.assertRaises(SerializationFailure),
        ):
            self._work()
        self.env.invalidate_all()
        self.assertFalse(batch.failed_count)
        self._work()
        self._assert_one_plan_each()

    def test_two_runs_at_once_make_no_plan_twice(self):
        """While another run holds the first customers, this one leaves them alone and
        does not call the order done."""
        batch = self._order()
        lines = type(self.env["cpm.plan.batch.line"])
        lock = lines.try_lock_for_update
        with patch.object(
            lines, "try_lock_for_update", lambda records, **kwargs: records.browse()
        ):
            self._work()
        self.assertFalse(self._plans())
        self.assertEqual(batch.state, "running")
        held = batch.line_ids[:2]
        with patch.object(
            lines,
            "try_lock_for_update",
            lambda records, **kwargs: lock(records - held, **kwargs),
        ):
            self._work()
        self.assertEqual(batch.state, "running")
        self._work()
        self._assert_one_plan_each()

    def test_whoever_lost_the_right_makes_no_plans_any_more(self):
        batch = self._order().sudo()
        self.manager.group_ids -= self.env.ref("customer_plan_mgmt.group_cpm_manager")
        self._work()
        self.assertFalse(self._plans())
        self.assertEqual((batch.state, batch.failed_count), ("done", 7))
        self.assertTrue(all(batch.line_ids.mapped("error")))

    def test_whoever_has_left_makes_no_plans_any_more(self):
        batch = self._order()
        self.manager.active = False
        self._work()
        self.assertFalse(self._plans())
        self.assertIn("has left", batch.line_ids[:1].error)

    def test_automations_may_order_too(self):
        """They run as OdooBot, a user who is always archived."""
        robot = self.env.ref("base.user_root")
        self.assertFalse(robot.active)
        self.customers.manager_id = self.user_all
        self._order(user=robot)
        self._work()
        self._assert_one_plan_each()
        self.assertEqual(self._plans().user_id, self.user_all)

    def test_an_owner_who_has_left_is_told(self):
        batch = self._order(owner=self.user_all)
        self.user_all.active = False
        self._work()
        self.assertFalse(self._plans())
        self.assertIn("Owner: ", batch.line_ids[:1].error)

    def test_only_customers_somebody_may_see(self):
        mine = self.customers[:2]
        mine.manager_id = self.user_own
        with self.assertRaises(AccessError):
            self._order(user=self.user_own)
        batch = self._order(user=self.user_own, customers=mine)
        mine[1].manager_id = self.manager  # reassigned meanwhile
        self._work()
        self.assertEqual(self._plans().profile_id, mine[0])
        self.assertEqual((batch.done_count, batch.failed_count), (1, 1))

    def test_without_a_right_to_plans_nothing_is_ordered(self):
        with self.assertRaises(AccessError):
            self._order(user=self.employee)

    def test_nothing_is_ordered_that_cannot_be_made(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        stranger = self._make_user(
            "cpm_stranger",
            "customer_plan_mgmt.group_cpm_user",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        with self.assertRaisesRegex(UserError, "Owner: "):
            self._order(owner=stranger)
        foreign = self.template.copy({"company_id": other.id})
        with self.assertRaises(UserError):
            self._order(template=foreign)
        self.assertFalse(self.batches.search([("company_id", "=", self.company.id)]))

    def test_a_missing_scheduled_action_is_told(self):
        self.cron.active = False
        with self.assertRaisesRegex(UserError, "switched off"):
            self._order()
        self.cron.active = True
        self.cron.unlink()
        with self.assertRaisesRegex(UserError, "missing"):
            self._order()

    def test_texts_are_in_the_language_of_whoever_ordered(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.template.with_context(lang="fr_FR").name = "Grandir"
        self.manager.lang = "fr_FR"
        self._order(customers=self.customers[:1])
        self._work()
        self.assertTrue(self._plans().name.startswith("Grandir – "))

    def test_the_plans_can_be_opened(self):
        batch = self._order()
        self._work()
        action = batch.action_view_plans()
        self.assertEqual(self.env["cpm.plan"].search(action["domain"]), self._plans())


class TestPlanCreate(PlanBatchCase):
    def _wizard(self, customers=None, user=None, **vals):
        wizard = self.env["cpm.plan.create"].with_user(user or self.manager)
        return wizard.create(
            {
                "profile_ids": [Command.set((customers or self.customers).ids)],
                "date_start": MONDAY,
                **vals,
            }
        )

    def test_few_are_made_at_once(self):
        wizard = self._wizard(self.customers[:2], template_id=self.template.id)
        self.assertFalse(wizard.is_background)
        action = wizard.action_create()
        self._assert_one_plan_each(self.customers[:2])
        self.assertEqual(action["res_model"], "cpm.plan")

    def test_a_second_click_makes_nothing_more(self):
        wizard = self._wizard(self.customers[:2], template_id=self.template.id)
        first = wizard.action_create()
        self.assertEqual(wizard.action_create(), first)
        self._assert_one_plan_each(self.customers[:2])
        with patch.object(cpm_plan_create, "BACKGROUND_FROM", 7):
            wizard = self._wizard(template_id=self.template.id)
            self.assertEqual(wizard.action_create(), wizard.action_create())
        self.assertEqual(
            len(self.batches.search([("user_id", "=", self.manager.id)])), 1
        )

    def test_days_nobody_can_mean(self):
        for day in ("9999-12-31", "0001-01-01", "soon"):
            with self.assertRaisesRegex(UserError, f"From: {day} is no day between"):
                self._wizard(template_id=self.template.id, date_start=day)

    def test_the_dialog_says_who_owns_the_plan_of_a_segment(self):
        view = self.env.ref("customer_plan_mgmt.cpm_plan_create_view_form_choose")
        arch = self.env["cpm.plan.create"].get_view(view.id, "form")["arch"]
        shown = {
            node.get("placeholder"): node.get("invisible")
            for node in etree.fromstring(arch).iterfind(".//field[@name='user_id']")
        }
        self.assertEqual(
            shown,
            {
                "The account manager of each customer": "scope == 'segment'",
                "You": "scope != 'segment'",
            },
        )

    def test_goals_by_hand_are_made_in_the_list(self):
        view = self.env.ref("customer_plan_mgmt.cpm_plan_view_form")
        arch = self.env["cpm.plan"].get_view(view.id, "form")["arch"]
        source = etree.fromstring(arch).find(
            ".//field[@name='goal_ids']/list/field[@name='source']"
        )
        self.assertEqual(source.get("optional"), "show")

    def test_many_are_ordered(self):
        with patch.object(cpm_plan_create, "BACKGROUND_FROM", 7):
            wizard = self._wizard(template_id=self.template.id)
            self.assertTrue(wizard.is_background)
            action = wizard.action_create()
        self.assertFalse(self._plans())
        batch = self.batches.browse(action["res_id"])
        self.assertEqual(batch.line_ids.profile_id, self.customers)
        self._work()
        self._assert_one_plan_each()

    def test_the_template_of_the_tier_is_proposed(self):
        first, second = self.customers[:2]
        other = self.template.copy()
        self.tier_a.plan_template_id = self.template
        self.tier_b.plan_template_id = other
        self._assign_tier(first, self.tier_a)
        self.assertEqual(self._wizard(first).template_id, self.template)
        context = first.with_user(self.manager).action_new_plan()["context"]
        self.assertEqual(context["default_template_id"], self.template.id)
        self._assign_tier(second, self.tier_b)
        self.assertFalse(self._wizard(first | second).template_id)
        self.template.active = False
        self.assertFalse(self._wizard(first).template_id)

    def test_plans_under_way_already_are_pointed_out_not_forbidden(self):
        customer = self.customers[:1]
        first = self._make_plan(customer)
        wizard = self._wizard(template_id=self.template.id)
        self.assertEqual(
            (wizard.running_count, wizard.running_text), (1, first.display_name)
        )
        wizard.template_id = self.template.copy()
        self.assertEqual((wizard.running_count, wizard.running_text), (0, ""))
        first.stage = "cancelled"
        wizard = self._wizard(customer, template_id=self.template.id)
        self.assertFalse(wizard.running_count)
        wizard.action_create()
        self.assertEqual(len(self._plans(customer)), 2)

    def test_a_long_list_of_running_plans_is_cut(self):
        customers = self._make_customers(12)
        self._give_value(customers, self.orders, 20)
        self._make_plan(customers)
        wizard = self._wizard(customers, template_id=self.template.id)
        lines = wizard.running_text.splitlines()
        self.assertEqual((wizard.running_count, len(lines)), (12, 11))
        self.assertIn("2", lines[-1])

    def test_one_plan_for_a_segment(self):
        segment = self.env["cpm.segment"].create(
            {"name": "All", "company_id": self.company.id, "domain": "[]"}
        )
        template = {"template_id": self.template.id, "scope": "segment"}
        wizard = self._wizard(self.profiles.browse(), **template)
        wizard.profile_ids = False
        with self.assertRaisesRegex(UserError, "Segment: "):
            wizard.action_create()
        wizard.segment_id = segment
        action = wizard.with_company(self.company).action_create()
        plan = self.env["cpm.plan"].browse(action["res_id"])
        self.assertEqual((plan.segment_id, plan.user_id), (segment, self.manager))
        again = self._wizard(segment_id=segment.id, **template)
        self.assertEqual(again.running_text, plan.display_name)

    def test_what_is_missing_is_named(self):
        wizard = self._wizard(self.customers[:1])
        with self.assertRaisesRegex(UserError, "Template: "):
            wizard.action_create()
        wizard.template_id = self.template
        wizard.profile_ids = False
        with self.assertRaisesRegex(UserError, "Customers: choose at least one"):
            wizard.action_create()

    def test_customers_of_two_companies_are_not_mixed(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        self.manager.company_ids += other
        partner = self.env["res.partner"].create({"name": "Far away"})
        far = self.profiles.create({"partner_id": partner.id, "company_id": other.id})
        wizard = self._wizard(self.customers[:1] | far, template_id=self.template.id)
        wizard = wizard.with_context(allowed_company_ids=(self.company | other).ids)
        with self.assertRaisesRegex(UserError, "one company at a time"):
            wizard.action_create()

    def test_a_blank_plan_knows_the_customer(self):
        context = self._wizard(self.customers[:1]).action_blank()["context"]
        self.assertEqual(context["default_profile_id"], self.customers[0].id)
