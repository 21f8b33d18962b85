"""Feedback, promises and reports stay in their company."""

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common_feedback import FeedbackCase
from .common_multicompany import MultiCompanyCase


@tagged("post_install", "-at_install")
class TestFeedbackMulticompany(MultiCompanyCase, FeedbackCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.elsewhere.resource_calendar_id = cls._make_calendar(cls.elsewhere)
        cls.matter_here = cls._make_feedback(partner_id=cls.both.id)
        cls.matter_there = cls._make_feedback(
            partner_id=cls.both.id, company_id=cls.elsewhere.id
        )

    def test_each_company_knows_the_customer_by_its_own_profile(self):
        self.assertEqual(self.matter_here.profile_id, self.here)
        self.assertEqual(self.matter_there.profile_id, self.there)

    def test_nothing_of_the_other_company_is_seen(self):
        for model, field in (
            ("cpm.feedback", "id"),
            ("cpm.sla.timer", "res_id"),
            ("cpm.sla.report", "feedback_id"),
            ("cpm.sla.backlog", "feedback_id"),
        ):
            for companies, found in (
                ((self.company,), [self.matter_here.id]),
                ((self.elsewhere,), [self.matter_there.id]),
                ((self.company, self.elsewhere), self._both_ids()),
            ):
                records = self._as(self.traveller, model, *companies).search(
                    [(field, "in", self._both_ids())]
                )
                ids = records.ids if field == "id" else records.mapped(field)
                ids = {getattr(item, "id", item) for item in ids}
                with self.subTest(model=model, companies=companies):
                    self.assertEqual(ids, set(found))

    def _both_ids(self):
        return [self.matter_here.id, self.matter_there.id]

    @mute_logger("odoo.addons.base.models.ir_rule")
    def test_a_colleague_of_one_company_cannot_reach_the_other(self):
        foreign = self.matter_there.with_user(self.manager)
        with self.assertRaises(AccessError):
            foreign.read(["name"])
        with self.assertRaises(UserError):
            foreign.action_start()
        with self.assertRaises(UserError):
            self.feedback.with_user(self.manager).create(
                {"name": "X", "company_id": self.elsewhere.id}
            )

    def test_the_load_of_an_owner_is_counted_per_company(self):
        self.matter_here.user_id = self.traveller
        self.matter_there.user_id = self.traveller
        rows = self._as(
            self.traveller, "cpm.sla.backlog", self.company, self.elsewhere
        ).search([("feedback_id", "in", self._both_ids())])
        for row in rows:
            alike = rows.filtered(
                lambda item, row=row: item.company_id == row.company_id
            )
            with self.subTest(row=row):
                self.assertEqual(row.owner_load, len(alike))

    def test_teams_and_categories_of_another_company_are_refused(self):
        team = self._make_team("There", company_id=self.elsewhere.id)
        category = self._make_category("There", company_id=self.elsewhere.id)
        for vals in ({"team_id": team.id}, {"category_id": category.id}):
            with self.subTest(vals=vals), self.assertRaises(UserError):
                self._make_feedback(**vals)

    def test_a_duplicate_of_a_case_elsewhere_is_refused(self):
        with self.assertRaises(UserError):
            self.matter_here.duplicate_of = self.matter_there

    def test_days_to_close_are_those_of_the_company(self):
        self.company.cpm_close_days = 0
        self.elsewhere.cpm_close_days = 1
        solved = self.matter_here | self.matter_there
        solved.write({"stage": "solved"})
        solved.write({"solved_at": "2024-06-07 17:30:00"})
        for company in self.companies:
            self.feedback._close_uncontradicted(company, 100)
        self.assertEqual(solved.mapped("stage"), ["solved", "closed"])
