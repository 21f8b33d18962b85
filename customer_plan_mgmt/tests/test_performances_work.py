"""Queries of the nightly run and of work on many customers at once."""

from odoo import fields

from .common import DAY
from .common_performances import MANY, PerformanceCase


class TestPerformancesWork(PerformanceCase):
    """What people and the nightly run do with many customers."""

    def _run_twice(self, number):
        company = self.env["res.company"].create({"name": f"With {number}"})
        self._make_tiers(company)
        return company

    def test_queries_of_a_run_do_not_depend_on_the_number_of_customers(self):
        card = self.direct_card
        card.company_id = False
        queries = []
        for number in (10, 200):
            company = self._run_twice(number)
            partners = self.env["res.partner"].create(
                [
                    {"name": f"C{index}", "company_id": company.id}
                    for index in range(number)
                ]
            )
            company.cpm_customer_domain = f"[('company_id', '=', {company.id})]"
            self.env.invalidate_all()
            first = self._run(DAY, company=company)
            customers = self.profiles.search([("company_id", "=", company.id)])
            self.assertEqual(len(customers), len(partners))
            self._give_score(customers, 90)
            moved = self._run(fields.Date.add(DAY, days=1), company=company)
            self.assertEqual(moved.changed, number)
            self._give_score(customers, 20)
            down = self._run(fields.Date.add(DAY, days=2), company=company)
            same = self._run(fields.Date.add(DAY, days=3), company=company, full=True)
            self.assertEqual(same.changed, 0)
            night = self._run(fields.Date.add(DAY, days=4), company=company, full=False)
            queries.append([run.queries for run in (first, moved, same, night)])
            self.assertEqual(down.changed, number)
        self.assertEqual(*queries)
        self.assertLessEqual(max(queries[0]), 60 + 6)

    def test_notes_are_written_in_one_batch(self):
        """Also with a note for each customer the run makes no query per customer."""
        counts = []
        self._run()  # warms up what does not depend on customers
        for chosen in (self.customers[:2], self.customers[2:62]):
            self._give_score(chosen, 90)
            result = self._run(fields.Date.add(DAY, days=len(counts) + 1))
            self.assertEqual(result.changed, len(chosen))
            self.assertEqual(chosen.tier_id, self.tier_a)
            bodies = chosen.message_ids.filtered(lambda m: "Tier by rule" in m.body)
            self.assertEqual(len(bodies), len(chosen))
            counts.append(result.queries)
        self.assertLessEqual(counts[1], counts[0])

    def test_profiles_appear_in_a_fixed_number_of_queries(self):
        counts = []
        for number in (1, MANY):
            self.env["res.partner"].create(
                [
                    {"name": f"New {index}", "company_id": self.company.id}
                    for index in range(number)
                ]
            )
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.assertEqual(self.profiles._sync_profiles(self.company), number)
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(*counts)

    def _deed(self, make, numbers=(2, 40)):
        return [self._count(make(self.customers[:number])) for number in numbers]

    def test_setting_tiers_by_hand_is_done_in_batches(self):
        def make(customers):
            return lambda: customers.with_user(self.manager)._set_tier(
                self.tier_a, origin="manual", reason="Agreed"
            )

        few, many = self._deed(make)
        self.assertLessEqual(many, few + 2)

    def test_setting_stages_by_hand_is_done_in_batches(self):
        stage = self._make_stage("other", False)

        def make(customers):
            return lambda: customers.with_user(self.manager)._set_lifecycle(
                stage, reason="Agreed"
            )

        few, many = self._deed(make)
        self.assertLessEqual(many, few + 2)

    def test_proposing_tiers_is_done_in_batches(self):
        def make(customers):
            wizard = (
                self.env["cpm.tier.assign"]
                .with_user(self.user_all)
                .create(
                    {
                        "profile_ids": customers.ids,
                        "tier_id": self.tier_a.id,
                        "reason": "Grow",
                    }
                )
            )
            return wizard.action_apply

        few, many = self._deed(make)
        self.assertLessEqual(many, few + 2)

    def test_purchases_are_recorded_in_batches(self):
        def make(customers):
            return lambda: self.env["cpm.transaction"].create(
                [
                    {
                        "partner_id": customer.partner_id.id,
                        "amount": 5,
                        "reference": f"N{customer.id}",
                    }
                    for customer in customers
                ]
            )

        few, many = self._deed(make)
        self.assertLessEqual(many, few + 1)

    def test_recalculating_a_selection_is_one_run(self):
        def make(customers):
            self._give_score(customers, 61)
            return customers.with_user(self.user_all).action_recalculate

        few, many = self._deed(make)
        self.assertEqual(few, many)
