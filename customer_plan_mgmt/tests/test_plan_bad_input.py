"""What is refused, with a message that names the field and says what to do."""

from datetime import timedelta

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import mute_logger

from .common_plan import END, MIDDLE, START, PlanCase


class TestPlanBadInput(PlanCase):
    def _refuse(self, text, vals, model="cpm.plan", user=None, **kwargs):
        """Creating ``model`` with ``vals`` is refused, and nothing is written."""
        if model == "cpm.plan":
            vals = {"name": "Bad", "profile_id": self.customer.id, **vals}
        elif model.startswith("cpm.plan."):
            vals = {"plan_id": self.plan.id, **vals}
        self._assert_refused(text, user or self.owner, model, "create", vals, **kwargs)

    def _refuse_change(self, text, record, vals, user=None, **kwargs):
        self._assert_refused(
            text, user or self.owner, record._name, "write", record.ids, vals, **kwargs
        )

    # ------------------------------------------------------------------ Plan

    def test_the_end_before_the_start(self):
        days = {"date_start": "2024-02-01", "date_end": "2024-01-31"}
        for model, name, vals in (
            ("cpm.plan", "Plan", {}),
            ("cpm.plan.goal", "Goal", {"name": "x", "source": "hand", "baseline": 1}),
        ):
            with self.subTest(model):
                self._refuse(
                    f"{name}: “Until” must not lie before “From”",
                    {**days, **vals},
                    model,
                )
        self._refuse_change(
            "Plan: “Until” must not lie before", self.plan, {"date_end": "2023-12-31"}
        )
        self._refuse_change(
            "Goal: “Until” must not lie before", self.goal, {"date_start": "2025-01-01"}
        )
        one_day = self._make_plan(date_start="2024-02-01", date_end="2024-02-01")
        self.assertTrue(one_day)

    def test_days_nobody_can_mean(self):
        for name, label in (("date_start", "From"), ("date_end", "Until")):
            for day in ("9999-12-31", "0001-01-01", "2024-02-30", "soon"):
                with self.subTest(name=name, day=day):
                    self._refuse(f"{label}: {day} is no day between", {name: day})

    def test_a_contact_that_is_no_customer(self):
        stranger = self._make_partner("Nobody")
        self._refuse(
            "Customer: Nobody is no customer of Northwind Fashion",
            {"profile_id": False, "partner_id": stranger.id},
            error=ValidationError,
        )
        colleague = self.employee.partner_id
        self._refuse(
            "is no customer of", {"profile_id": False, "partner_id": colleague.id}
        )
        self._assert_refused(
            "Customer: Nobody is no customer",
            self.owner,
            "res.partner",
            "action_cpm_new_plan",
            stranger.ids,
        )

    def test_a_contact_of_a_customer_means_the_customer(self):
        person = self._make_partner(parent_id=self.customer.partner_id.id)
        plan = self._rpc(
            self.owner, "cpm.plan", "create", {"name": "x", "partner_id": person.id}
        )
        self.assertEqual(self.plans.browse(plan).profile_id, self.customer)

    def test_for_whom(self):
        segment = self.env["cpm.segment"].create({"name": "Everybody"})
        for vals in (
            {"profile_id": False},
            {"segment_id": segment.id},
            {"scope": "segment"},
            {"scope": "segment", "profile_id": False},
        ):
            with self.subTest(vals):
                self._refuse("Plan: choose either a customer or a segment", vals)
        mine = self.env["cpm.segment"].create(
            {"name": "Mine", "domain": "[('manager_id', '=', uid)]"}
        )
        self._refuse(
            "Segment: Mine depends on who looks at it",
            {"profile_id": False, "segment_id": mine.id},
        )

    def test_a_segment_in_use_does_not_start_to_depend_on_who_looks(self):
        segment = self.env["cpm.segment"].create({"name": "Everybody"})
        plan = self._make_plan(segment_id=segment.id)
        mine = "[('manager_id', '=', uid)]"
        self._assert_refused(
            "Segment: Everybody depends on who looks",
            self.manager,
            "cpm.segment",
            "write",
            segment.ids,
            {"domain": mine},
        )
        plan.sudo().stage = "cancelled"
        segment.domain = mine

    def test_an_owner_who_is_no_employee(self):
        portal = self._make_portal_user(self.customer.partner_id)
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        foreigner = self._make_user(
            "cpm_foreigner",
            self._group("user"),
            company_id=elsewhere.id,
            company_ids=[Command.set(elsewhere.ids)],
        )
        for user in (portal, foreigner):
            with self.subTest(user.login):
                self._refuse("Owner: .* is no employee of", {"user_id": user.id})
                self._refuse_change(
                    "Owner: .* is no employee of", self.plan, {"user_id": user.id}
                )

    def test_numbers_are_not_given_twice(self):
        with mute_logger("odoo.sql_db"), self.assertRaises(Exception) as caught:
            self.plan.copy().sudo().number = self.plan.number
            self.env.flush_all()
        message = self._message_of(caught.exception)
        self.assertIn("Another plan already has this number", message)

    # ----------------------------------------------------------------- Goals

    def test_a_target_that_is_the_baseline(self):
        self._refuse(
            "Goal Stay: the target equals the baseline 100",
            {"name": "Stay", "metric_id": self.revenue.id, "target": 100},
            "cpm.plan.goal",
        )
        self._refuse_change(
            "the target equals the baseline", self.goal, {"target": 100}
        )
        self._refuse_change(
            "the target equals the baseline", self.goal, {"baseline": 200}
        )
        new = self._make_manual_metric("new")
        for vals in ({}, {"target": 0}):
            self._refuse(
                "Goal New: enter the target",
                {"metric_id": new.id, **vals},
                "cpm.plan.goal",
            )

    def test_a_target_against_the_direction_of_its_metric(self):
        late = self._make_manual_metric("late", higher_is_better=False)
        self._give_value(self.customer, late, 7)
        self._refuse(
            "Goal On time: lower is better for Late, but the target 20.* lies above the "
            "baseline 7",
            {"name": "On time", "metric_id": late.id, "target": 20},
            "cpm.plan.goal",
        )
        for vals in ({"target": 90}, {"baseline": 210}):
            self._refuse_change(
                f"Goal {self.goal.name}: higher is better for Revenue, but the target",
                self.goal,
                vals,
            )
        fewer = self._make_hand_goal(baseline=7, target=2)
        fewer.current_value = 2
        self.assertEqual(fewer.progress, 100, "by hand the target is the direction")

    def test_goals_outside_the_period_of_their_plan(self):
        text = f"Goal {self.goal.name}: its period has to lie within that of the plan"
        for vals in (
            {"date_start": START - timedelta(days=1)},
            {"date_end": END + timedelta(days=1)},
        ):
            self._refuse_change(text, self.goal, vals)
        self.goal.date_start = MIDDLE
        self._refuse_change(text, self.plan, {"date_start": MIDDLE + timedelta(days=1)})
        self.assertEqual(self.goal.date_end, END)

    def test_goals_follow_the_period_of_their_plan(self):
        short = self._make_hand_goal(date_end=MIDDLE)
        start, end = START - timedelta(days=9), END + timedelta(days=9)
        self._as(self.plan, self.owner).write({"date_start": start, "date_end": end})
        self.assertEqual((self.goal.date_start, self.goal.date_end), (start, end))
        self.assertEqual((short.date_start, short.date_end), (start, MIDDLE))

    def test_a_goal_nothing_measures(self):
        self._refuse(
            "Goal Vague: choose the metric that measures it, or measure it by hand",
            {"name": "Vague", "target": 5},
            "cpm.plan.goal",
        )
        self._refuse(
            "Goal Vague: enter today's value, or choose a metric",
            {"name": "Vague", "source": "hand", "target": 5},
            "cpm.plan.goal",
        )
        self._refuse_change(
            "choose the metric that measures it", self.goal, {"metric_id": False}
        )

    def test_weights_that_are_all_zero(self):
        self.goal.weight = 0
        self._as(self.plan, self.owner).action_design()
        self._assert_refused(
            "at least one goal needs a weight above zero",
            self.owner,
            "cpm.plan",
            "action_submit",
            self.plan.ids,
        )
        self.goal.weight = 1
        self._as(self.plan, self.owner).action_submit()
        self._refuse_change(
            "at least one goal needs a weight above zero", self.goal, {"weight": 0}
        )

    def test_the_last_goal_of_an_agreed_plan_stays(self):
        self._agree()
        self._assert_refused(
            "at least one goal",
            self.owner,
            "cpm.plan.goal",
            "unlink",
            self.goal.ids,
        )

    # ------------------------------------------------------------------ Team

    def test_a_member_twice(self):
        contact = self._make_partner(parent_id=self.customer.partner_id.id)
        for vals, text in (
            (
                {"user_id": self.user_own.id},
                "This employee is a member of the plan already",
            ),
            (
                {"partner_id": contact.id},
                "This contact is a member of the plan already",
            ),
        ):
            self._rpc(
                self.owner,
                "cpm.plan.member",
                "create",
                {"plan_id": self.plan.id, **vals},
            )
            with self.subTest(vals):
                self._refuse(text, vals, "cpm.plan.member")

    def test_a_member_is_one_person(self):
        contact = self._make_partner()
        for vals in ({}, {"user_id": self.user_own.id, "partner_id": contact.id}):
            with self.subTest(vals):
                self._refuse(
                    "Member: choose either an employee or a contact",
                    vals,
                    "cpm.plan.member",
                )
        portal = self._make_portal_user(self.customer.partner_id)
        for vals, text in (
            ({"user_id": portal.id}, "Member: .* is no employee of Northwind"),
            (
                {"user_id": self.employee.id},
                "Member: cpm_employee .* does not work with Customer Plans yet",
            ),
            (
                {"partner_id": self.user_own.partner_id.id},
                "Member: .* is an employee; choose the person as such",
            ),
            (
                {"user_id": self.user_own.id, "share": 101},
                "Share of time .*from 0 to 100",
            ),
        ):
            with self.subTest(vals):
                self._refuse(text, vals, "cpm.plan.member")

    def test_goals_are_agreed_with_somebody_of_the_customer(self):
        stranger = self._make_partner()
        tomorrow = self.company._cpm_today() + timedelta(days=1)
        for vals, text in (
            (
                {"agreed_with_id": stranger.id},
                "Agreed with: .* is no contact of Aurora",
            ),
            ({"agreed_on": str(tomorrow)}, "Agreed on: the day lies in the future"),
        ):
            with self.subTest(vals):
                self._assert_refused(
                    text,
                    self.owner,
                    "cpm.plan.goal",
                    "write",
                    self.goal.ids,
                    vals,
                    error=ValidationError,
                )
        contact = self._make_partner(parent_id=self.customer.partner_id.id)
        self._as(self.goal, self.owner).write(
            {"agreed_with_id": contact.id, "agreed_on": self.company._cpm_today()}
        )

    # ---------------------------------------------------------------- Ending

    def test_closing_with_open_checks(self):
        self.env["cpm.plan.check"].create(
            {"plan_id": self.plan.id, "name": "Ask the customer", "stage": "evaluation"}
        )
        self._agree()
        self.plan.sudo().write({"stage": "evaluation", "lessons": "<p>Earlier</p>"})
        self._assert_refused(
            "cannot go on before these are done: Ask the customer",
            self.owner,
            "cpm.plan",
            "action_close",
            self.plan.ids,
        )

    def test_the_own_approval(self):
        plan = self._make_plan(user=self.manager, user_id=self.manager.id)
        self._make_goal(plan)
        for button in ("action_design", "action_submit"):
            self._rpc(self.manager, "cpm.plan", button, plan.ids)
        self._assert_refused(
            "is your own plan: somebody else has to approve it",
            self.manager,
            "cpm.plan",
            "action_approve",
            plan.ids,
        )

    def test_nothing_is_half_written(self):
        """A plan with one bad line is no plan at all."""
        self._assert_refused(
            "Goal Vague: choose the metric",
            self.owner,
            "cpm.plan",
            "create",
            {
                "name": "Half",
                "profile_id": self.customer.id,
                "need_ids": [Command.create({"name": "Dye"})],
                "goal_ids": [
                    Command.create(
                        {"name": "Good", "metric_id": self.revenue.id, "target": 500}
                    ),
                    Command.create({"name": "Vague", "target": 5}),
                ],
            },
        )
        self.assertFalse(self.plans.search([("name", "=", "Half")]))

    def test_texts_do_not_run(self):
        evil = "<img src=x onerror=alert(1)>"
        self._rpc(
            self.owner,
            "cpm.plan",
            "write",
            self.plan.ids,
            {"positioning": f"<p>Hi<script>x</script>{evil}</p>"},
        )
        for text in ("<script", "onerror"):
            self.assertNotIn(text, self.plan.positioning)
        self._agree()
        review = self._make_review()
        self.goal.sudo().with_context(cpm_no_revision=True).name = evil
        self.env.invalidate_all()
        self.assertNotIn("<img", review.facts_html)
        self.assertIn("&lt;img", review.facts_html)

    def test_exports_hold_no_formulas(self):
        self.admin.group_ids |= self.env.ref("base.group_allow_export")
        formula = '=HYPERLINK("http://example.com")'
        need = self.env["cpm.plan.need"].create(
            {"plan_id": self.plan.id, "name": formula}
        )
        self.plan.name = formula
        for record in (self.plan, need):
            rows = self._rpc(
                self.admin, record._name, "export_data", record.ids, ["name"]
            )
            self.assertEqual(rows["datas"], [[f"'{formula}"]])

    def test_managers_are_asked_for_what_only_they_may(self):
        self._assert_refused(
            "", self.owner, "cpm.plan", "unlink", self.plan.ids, error=AccessError
        )
        self._agree()
        self._assert_refused(
            "was agreed: cancel or archive it",
            self.manager,
            "cpm.plan",
            "unlink",
            self.plan.ids,
            error=UserError,
        )
