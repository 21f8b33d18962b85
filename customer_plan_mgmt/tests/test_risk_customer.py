"""Risks on the customer and on the plan."""

from datetime import timedelta

from psycopg2.errors import CheckViolation

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import mute_logger

from .common_risk import TODAY, RiskCase


class TestRiskCustomer(RiskCase):
    def test_the_worst_open_risk_is_kept_right(self):
        customer = self.customer
        self.assertFalse(customer.risk_level_id)
        small, big = self._make_risk(1, 2), self._make_risk(4, 5)
        self.assertEqual(
            (customer.risk_level_id, customer.risk_score), (self.critical, 20)
        )
        self._assess(big, "residual", 2, 4)
        self.assertEqual(
            (customer.risk_level_id, customer.risk_score), (self.medium, 8)
        )
        big._close("Over")
        self.assertEqual((customer.risk_level_id, customer.risk_score), (self.low, 2))
        big.action_reopen()
        self.assertEqual(customer.risk_level_id, self.medium)
        big.active = False
        self.assertEqual(customer.risk_level_id, self.low)
        small.unlink()
        self.assertFalse(customer.risk_level_id)
        self.assertEqual(customer.risk_score, 0)

    def test_it_is_searched_grouped_and_protected(self):
        self._make_risk(4, 5)
        profiles = self.profiles.with_user(self.admin)
        self.assertEqual(
            profiles.search([("risk_level_id", "=", self.critical.id)]), self.customer
        )
        groups = profiles._read_group(
            [("id", "in", (self.customer | self.other).ids)],
            ["risk_level_id"],
            ["__count"],
        )
        self.assertIn((self.critical, 1), groups)
        for name in ("risk_level_id", "risk_score", "health_cap", "health_cap_reason"):
            with self.subTest(name), self.assertRaises(AccessError):
                self.customer.with_user(self.admin).write({name: False})

    def test_the_button_counts_open_risks(self):
        self._make_risk(1, 1)
        self._make_risk()._close("Over")
        self.assertEqual(self.customer.risk_count, 1)
        action = self.customer.action_view_risks()
        self.assertEqual(len(self.risks.search(action["domain"])), 2)

    def test_a_risk_needs_a_customer_or_a_plan(self):
        vals = {"name": "Nobody's", "category_id": self.category.id}
        with mute_logger("odoo.sql_db"), self.assertRaises(CheckViolation):
            self.risks.create(vals)
            self.env.flush_all()

    def test_the_customer_comes_from_the_plan(self):
        plan = self._make_plan()
        risk = self._make_risk(4, 5, plan_id=plan.id)
        self.assertEqual(risk.profile_id, self.customer)
        self.assertEqual(risk.partner_id, self.customer.partner_id)
        with self.assertRaisesRegex(ValidationError, "Customer plan"):
            self._make_risk(plan_id=plan.id, profile_id=self.other.id)

    def test_the_customer_comes_from_a_contact_as_imports_name_it(self):
        person = self._make_partner("Person", parent_id=self.customer.partner_id.id)
        risk = self._make_risk(profile_id=False, partner_id=person.id)
        self.assertEqual(risk.profile_id, self.customer)

    def test_plans_for_segments_have_risks_without_a_customer(self):
        plan = self._make_segment_plan()
        risk = self._make_risk(4, 5, plan_id=plan.id)
        self.assertFalse(risk.profile_id)
        self.assertEqual(plan.risk_count, 1)
        self.assertEqual(plan.risk_level_id, self.critical)
        self.assertFalse(self.customer.risk_level_id)

    def test_the_facts_of_a_plan_know_its_risks(self):
        plan, bare = self._make_plan(), self._make_plan(profile_id=self.other.id)
        self._make_risk(2, 2, plan_id=plan.id)
        self._make_risk(3, 5)
        self._make_risk(5, 5)._close("Over")
        facts = (plan | bare)._collect_facts()
        self.assertEqual(
            (facts[plan]["open_risks"], facts[plan]["worst_risk"]), (2, 15)
        )
        self.assertEqual((facts[bare]["open_risks"], facts[bare]["worst_risk"]), (0, 0))
        labels = self.env["cpm.plan.review"]._fact_labels()
        self.assertLessEqual({"open_risks", "worst_risk"}, labels.keys())

    def test_plans_with_risks_are_kept(self):
        plan = self._make_plan()
        self._make_risk(plan_id=plan.id)
        with self.assertRaisesRegex(UserError, "has risks"):
            plan.unlink()

    def test_merged_customers_keep_all_risks(self):
        self._make_risk(4, 5, profile_id=self.other.id)
        self._make_risk(1, 1)
        self.customer.sudo()._absorb(self.other)
        self.assertEqual(len(self.customer.risk_ids), 2)
        self.assertEqual(self.customer.risk_level_id, self.critical)
        self.assertEqual(self.customer.health_cap, 40)

    def test_risks_go_with_the_customer(self):
        risk = self._make_risk(4, 5)
        self._control(risk)
        self.customer.partner_id.unlink()
        self.assertFalse(risk.exists())
        self.assertFalse(
            self.env["mail.activity"]
            .search([("res_model", "=", "cpm.risk")])
            .filtered(lambda activity: activity.res_id == risk.id)
        )

    def test_the_owner_is_an_employee_of_the_company(self):
        portal = self._make_portal_user(self.customer.partner_id)
        with self.assertRaisesRegex(ValidationError, "Owner"):
            self._make_risk(user_id=portal.id)

    def test_risks_have_numbers(self):
        first, second = self._make_risk(), self._make_risk()
        self.assertTrue(first.number)
        self.assertNotEqual(first.number, second.number)
        self.assertIn(first.number, first.display_name)


class TestRiskAgeing(RiskCase):
    def test_open_risks_lie_in_the_band_of_their_age(self):
        bands = {30: "1", 31: "2", 90: "2", 91: "3", 180: "3", 181: "4", 366: "5"}
        today = self.env.cr.now().date()
        for days, band in bands.items():
            risk = self._make_risk(3, 3, identified_on=today - timedelta(days=days))
            row = self.env["cpm.risk.ageing"].browse(risk.id)
            with self.subTest(days):
                self.assertEqual((row.age_days, row.age_band), (days, band))
                self.assertEqual(row.overdue_days, max(0, days - 90))

    def test_closed_risks_are_not_in_it(self):
        risk = self._make_risk(3, 3)
        rows = self.env["cpm.risk.ageing"].search(
            [("company_id", "=", self.company.id)]
        )
        self.assertEqual(rows.risk_id, risk)
        risk._close("Over")
        self.assertFalse(rows.search([("company_id", "=", self.company.id)]))

    def test_late_measures_are_counted(self):
        risk = self._make_risk(3, 3)
        self._control(risk, date_due=TODAY)  # years ago
        self._control(risk, date_due=TODAY, is_done=True)
        row = self.env["cpm.risk.ageing"].browse(risk.id)
        self.assertEqual(row.late_controls, 1)
        self.assertEqual(row.action_open_record()["res_id"], risk.id)
