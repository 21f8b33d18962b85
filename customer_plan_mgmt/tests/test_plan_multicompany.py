"""Plans of several companies do not mix."""

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tools import mute_logger

from .common_multicompany import MultiCompanyCase


class TestPlanMultiCompany(MultiCompanyCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.plans = cls.env["cpm.plan"]
        cls.plan_here = cls._make_plan(cls.here)
        cls.plan_there = cls._make_plan(cls.there)
        cls.goal_here, cls.goal_there = (
            cls.env["cpm.plan.goal"].create(
                {
                    "plan_id": plan.id,
                    "name": "Score",
                    "metric_id": cls.points.id,
                    "target": 100,
                }
            )
            for plan in (cls.plan_here, cls.plan_there)
        )

    @classmethod
    def _make_plan(cls, profile, **vals):
        return cls.plans.create(
            {
                "name": "Plan",
                "profile_id": profile.id,
                "company_id": profile.company_id.id,
                "user_id": cls.traveller.id,
                **vals,
            }
        )

    def setUp(self):
        super().setUp()
        self.enterContext(mute_logger("odoo.addons.base.models.ir_rule"))

    def test_the_switcher_decides_which_plans_are_listed(self):
        for companies, plans in (
            ((self.company,), self.plan_here),
            ((self.elsewhere,), self.plan_there),
            ((self.company, self.elsewhere), self.plan_here | self.plan_there),
        ):
            found = self._as(self.traveller, "cpm.plan", *companies)
            self.assertEqual(set(found.search([])), set(plans))

    def test_plans_of_another_company_are_closed(self):
        for record in (self.plan_there, self.goal_there, self.goal_there.value_ids):
            with self.subTest(record._name), self.assertRaises(AccessError):
                record.with_user(self.manager).read(["display_name"])

    def test_goals_read_the_values_of_their_company(self):
        self.assertEqual((self.goal_here.baseline, self.goal_there.baseline), (85, 55))
        self._give_score(self.here | self.there, 90)
        self.plans._refresh_company(self.company)
        self.env.invalidate_all()
        self.assertEqual(
            (self.goal_here.current_value, self.goal_there.current_value), (90, 55)
        )

    def test_a_segment_for_all_companies_counts_the_customers_of_one(self):
        segment = self.env["cpm.segment"].create({"name": "Everybody"})
        for company, expected in ((self.company, 170), (self.elsewhere, 110)):
            plan = self.plans.create(
                {
                    "name": "Wide",
                    "segment_id": segment.id,
                    "company_id": company.id,
                    "user_id": self.traveller.id,
                }
            )
            goal = self.env["cpm.plan.goal"].create(
                {
                    "plan_id": plan.id,
                    "name": "Sum",
                    "metric_id": self.points.id,
                    "aggregation": "sum",
                    "target": 500,
                }
            )
            with self.subTest(company.name):
                self.assertEqual(goal.baseline, expected)

    def test_what_belongs_together_is_of_one_company(self):
        segment = self.env["cpm.segment"].create(
            {"name": "Theirs", "company_id": self.elsewhere.id}
        )
        template = self.env["cpm.plan.template"].create(
            {"name": "Theirs", "company_id": self.elsewhere.id}
        )
        stranger = self._make_partner(company_id=self.elsewhere.id)
        plans = self._as(self.traveller, "cpm.plan", *self.companies)
        vals = {"name": "Mixed", "company_id": self.company.id}
        for bad in (
            {"profile_id": self.there.id},
            {"segment_id": segment.id},
            {"profile_id": self.here.id, "template_id": template.id},
            {
                "profile_id": self.here.id,
                "member_ids": [Command.create({"partner_id": stranger.id})],
            },
        ):
            with (
                self.subTest(bad),
                self.assertRaises(UserError),
                self.env.cr.savepoint(),
            ):
                plans.create({**vals, **bad})
            self.env.invalidate_all()

    def test_a_plan_stays_in_its_company(self):
        plan = self._as(self.traveller, "cpm.plan", *self.companies).browse(
            self.plan_here.id
        )
        with self.assertRaisesRegex(UserError, "Company of .* cannot be changed"):
            plan.company_id = self.elsewhere
        goal = self.goal_here.with_env(plan.env)
        with self.assertRaises(AccessError):
            goal.company_id = self.elsewhere

    def test_plans_are_made_only_where_one_works(self):
        plans = self._as(self.traveller, "cpm.plan", self.company)
        with self.assertRaisesRegex(
            UserError, "Company: you are not working in Elsewhere"
        ):
            plans.create(
                {
                    "name": "There",
                    "company_id": self.elsewhere.id,
                    "profile_id": self.there.id,
                }
            )

    def test_money_is_that_of_the_company_of_the_plan(self):
        self.assertEqual(self.plan_here.currency_id, self.company.currency_id)
        self.assertEqual(self.plan_there.currency_id, self.elsewhere.currency_id)

    def test_members_and_owners_work_in_the_company(self):
        for record, vals in (
            (self.plan_there, {"user_id": self.manager.id}),
            (
                self.plan_there,
                {"member_ids": [Command.create({"user_id": self.manager.id})]},
            ),
        ):
            with (
                self.subTest(vals),
                self.assertRaisesRegex(UserError, "is no employee of"),
            ):
                record.write(vals)

    def test_each_company_has_its_project_of_work(self):
        projects = {
            self.plans._get_project(company).company_id for company in self.companies
        }
        self.assertEqual(projects, set(self.companies))

    def test_a_manager_of_another_company_is_not_asked(self):
        for plan in (self.plan_here, self.plan_there):
            person = plan._find_manager()
            with self.subTest(plan.company_id.name):
                if person:
                    self.assertIn(plan.company_id, person.company_ids)
                self.assertNotEqual(person, self.traveller)

    def test_counters_follow_the_switcher(self):
        for companies, count in (
            ((self.company,), 1),
            ((self.elsewhere,), 1),
            ((self.company, self.elsewhere), 2),
        ):
            partner = self._as(self.traveller, "res.partner", *companies)
            with self.subTest([company.name for company in companies]):
                self.assertEqual(partner.browse(self.both.id).cpm_plan_count, count)
