"""Scoring runs and the life of customers in several companies."""

from psycopg2 import IntegrityError

from odoo.exceptions import UserError
from odoo.tools import mute_logger

from .common_multicompany import MultiCompanyCase


class TestMultiCompanyRun(MultiCompanyCase):
    def test_a_run_touches_its_company_only(self):
        self._run()
        self.assertEqual(self.here.value_score, 85)
        self.assertFalse(self.there.value_level)
        self.assertFalse(self.there.score_ids)
        self.assertFalse(self.elsewhere.cpm_last_run_at)
        self._run(company=self.elsewhere)
        self.assertEqual(self.there.value_score, 55)
        self.assertEqual(len(self.here.score_ids), 1)

    def test_tiers_are_those_of_the_company(self):
        self._run()
        self._run(company=self.elsewhere)
        self.assertEqual(self.here.tier_id, self.tier_a)
        self.assertEqual(self.there.tier_id, self.there_b)

    def test_a_company_without_tiers_uses_the_shared_ones(self):
        third = self.env["res.company"].create({"name": "Third"})
        self.env.user.company_ids |= third
        shared = (
            self.env["cpm.tier"]
            .with_context(active_test=False)
            .search([("company_id", "=", False)])
        )
        shared.active = False
        common = self.env["cpm.tier"].create({"name": "Common"})
        profile = self._make_customer(
            partner=self.both, profile={"company_id": third.id}
        )
        third.cpm_customer_domain = "[('id', '=', 0)]"
        self._give_score(profile, 50)
        self._run(company=third)
        self.assertEqual(profile.tier_id, common)
        self._run()
        self.assertEqual(self.here.tier_id, self.tier_a)

    def test_scorecard_of_the_company_goes_before_the_shared_one(self):
        special = self._make_scorecard(
            (self.points, 1, (0, 200)), company_id=self.elsewhere.id
        )
        self._run()
        self._run(company=self.elsewhere)
        self.assertEqual(self.here.value_score, 85)
        self.assertEqual(self.there.value_score, 27.5)
        self.assertEqual(self.there.score_ids.scorecard_id, special)

    def test_purchases_of_one_company_do_not_count_in_the_other(self):
        revenue = self._make_metric("revenue", "sum")
        self._make_scorecard((revenue, 1, (0, 100)), purpose="health", company_id=False)
        self._make_purchases(self.both, ("2024-06-01", 30))
        self._make_purchases(
            self.both, ("2024-06-01", 70), company_id=self.elsewhere.id
        )
        self._run()
        self._run(company=self.elsewhere)
        self.assertEqual(self.here.health_score, 30)
        self.assertEqual(self.there.health_score, 70)

    def test_policy_switches_are_those_of_the_company(self):
        self._run()
        self._run(company=self.elsewhere)
        self.company.cpm_demotion_approval = True
        self._give_score(self.here | self.there, 0)
        self._run()
        self._run(company=self.elsewhere)
        self.assertEqual(self.here.tier_id, self.tier_a, "only proposed")
        self.assertEqual(self.there.tier_id, self.there_c, "moved at once")

    def test_percentiles_compare_customers_of_one_company(self):
        self.direct_card.line_ids.banding = "percentile"
        self._give_score(self.only_here, 10)
        self._run()
        self._run(company=self.elsewhere)
        self.assertEqual(self.here.value_score, 100)
        self.assertEqual(self.only_here.value_score, 0)
        self.assertEqual(self.there.value_score, self.only_there.value_score)

    def test_recalculating_a_selection_of_two_companies_scores_both(self):
        customers = self._as(self.traveller, "cpm.profile", *self.companies)
        customers.browse((self.here | self.there).ids).action_recalculate()
        self.env.invalidate_all()
        self.assertEqual((self.here.value_score, self.there.value_score), (85, 55))
        self.assertFalse(self.only_here.value_level)
        self.assertFalse(self.only_there.value_level)

    def test_the_daily_job_scores_every_company(self):
        results = self.env["cpm.scorecard"]._run(companies=self.companies)
        self.assertEqual(set(results), set(self.companies.ids))
        self.env.invalidate_all()
        self.assertEqual((self.here.value_score, self.there.value_score), (85, 55))


class TestMultiCompanyLife(MultiCompanyCase):
    def test_company_of_the_contact_restricts_who_is_a_customer(self):
        self.both.company_id = self.elsewhere
        self.assertFalse(self.here.active, "no customer of this company any more")
        self.assertTrue(self.there.active)
        self.both.company_id = False
        self.assertTrue(self.here.active)

    def test_contact_of_one_company_cannot_be_made_a_customer_of_another(self):
        with self.assertRaises(UserError):
            self._make_customer(partner=self.only_there.partner_id)

    def test_people_of_a_shared_firm_count_in_each_company(self):
        person = self._make_partner(parent_id=self.both.id, company_id=False)
        here = self._make_purchases(person, ("2024-01-01", 10))
        there = self._make_purchases(
            person, ("2024-01-01", 10), company_id=self.elsewhere.id
        )
        self.assertEqual(here.profile_id, self.here)
        self.assertEqual(there.profile_id, self.there)

    def test_purchases_of_a_contact_of_another_company_are_refused(self):
        with self.assertRaises(UserError):
            self._make_purchases(self.only_there.partner_id, ("2024-01-01", 10))

    def test_rules_mix_only_what_belongs_to_one_company(self):
        theirs = self.env["cpm.segment"].create(
            {"name": "Theirs", "company_id": self.elsewhere.id}
        )
        for vals in ({"segment_id": theirs.id}, {"tier_id": self.there_a.id}):
            with self.subTest(vals), self.assertRaises(UserError):
                self._make_scorecard((self.points, 1, {0: 0}), **vals)

    def test_a_company_with_something_of_ours_cannot_be_deleted(self):
        makers = {
            "profile": lambda company: self._make_customer(
                partner=self.both, profile={"company_id": company.id}
            ),
            "purchase": lambda company: self._make_purchases(
                self.both, ("2024-01-01", 1), company_id=company.id
            ),
            "tier": self._make_tiers,
            "segment": lambda company: self.env["cpm.segment"].create(
                {"name": "Theirs", "company_id": company.id}
            ),
            "scorecard": lambda company: self._make_scorecard(
                (self.points, 1, {0: 0}), company_id=company.id
            ),
        }
        for name, make in makers.items():
            company = self.env["res.company"].create({"name": f"With {name}"})
            record = make(company)
            with (
                self.subTest(name),
                mute_logger("odoo.sql_db"),
                self.assertRaises(IntegrityError),
                self.env.cr.savepoint(),
            ):
                company.unlink()
            self.env.invalidate_all()
            self.assertEqual(record.company_id, company)

    def test_an_empty_company_can_be_deleted(self):
        """Otherwise the test above would prove nothing."""
        company = self.env["res.company"].create({"name": "Empty"})
        company.unlink()
        self.assertFalse(company.exists())
