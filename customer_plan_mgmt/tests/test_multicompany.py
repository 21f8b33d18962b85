"""Several companies: each has its own customers, and sees only those."""

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import mute_logger

from .common import DAY
from .common_multicompany import MultiCompanyCase


class TestMultiCompanyShown(MultiCompanyCase):
    def test_contact_fields_follow_the_company_switch(self):
        self._run()
        self._run(company=self.elsewhere)
        here = self._as(self.traveller, "res.partner", self.company, self.elsewhere)
        there = self._as(self.traveller, "res.partner", self.elsewhere, self.company)
        names = (
            "cpm_profile_id",
            "cpm_tier_id",
            "cpm_value_score",
            "cpm_value_level",
        )
        for partners, profile in ((here, self.here), (there, self.there)):
            shown = partners.browse(self.both.id).read(names, load=None)[0]
            shown.pop("id")
            self.assertEqual(
                shown,
                {
                    "cpm_profile_id": profile.id,
                    "cpm_tier_id": profile.tier_id.id,
                    "cpm_value_score": profile.value_score,
                    "cpm_value_level": profile.value_level,
                },
            )
        self.assertEqual(
            (self.here.tier_id, self.there.tier_id), (self.tier_a, self.there_b)
        )

    def test_searches_of_contacts_follow_the_company_switch(self):
        self._run()
        self._run(company=self.elsewhere)
        known = [("id", "in", (self.both | self.only_there.partner_id).ids)]
        cases = [
            ((self.company, self.elsewhere), 85, self.both),
            ((self.elsewhere, self.company), 85, self.both.browse()),
            (
                (self.elsewhere, self.company),
                55,
                self.both | self.only_there.partner_id,
            ),
            ((self.elsewhere,), 55, self.both | self.only_there.partner_id),
        ]
        for companies, score, found in cases:
            partners = self._as(self.traveller, "res.partner", *companies)
            with self.subTest(companies=[c.name for c in companies], score=score):
                self.assertEqual(
                    partners.search([*known, ("cpm_value_score", "=", score)]), found
                )

    def test_a_contact_of_another_company_shows_no_profile_here(self):
        """Not even when both companies are ticked: the fields speak for one."""
        partner = self.only_there.partner_id
        shown = self._as(
            self.traveller, "res.partner", self.company, self.elsewhere
        ).browse(partner.id)
        self.assertFalse(shown.cpm_profile_id)
        self.assertFalse(shown.cpm_tier_id)

    def test_open_profile_opens_that_of_the_current_company(self):
        for companies, profile in (
            ((self.company, self.elsewhere), self.here),
            ((self.elsewhere, self.company), self.there),
        ):
            contact = self._as(self.traveller, "res.partner", *companies)
            action = contact.browse(self.both.id).action_cpm_open_profile()
            self.assertEqual(action["res_id"], profile.id)

    def test_purchases_are_those_of_the_company(self):
        here = self._make_purchases(self.both, ("2024-01-01", 10))
        there = self._make_purchases(
            self.both, ("2024-01-02", 20), company_id=self.elsewhere.id
        )
        self.assertEqual(here.profile_id, self.here)
        self.assertEqual(there.profile_id, self.there)
        for profile, purchase in ((self.here, here), (self.there, there)):
            shown = self._as(self.traveller, "cpm.profile", *self.companies)
            lines = shown.browse(profile.id).purchase_ids
            self.assertEqual(lines.mapped("amount"), purchase.mapped("amount"))

    def test_segments_of_a_company_hold_its_customers_only(self):
        segments = self.env["cpm.segment"]
        shared = segments.create({"name": "Everybody"})
        own = segments.create({"name": "Ours", "company_id": self.company.id})
        ours = self.here | self.only_here
        theirs = self.there | self.only_there
        profiles = self._as(self.traveller, "cpm.profile", *self.companies)
        self.assertEqual(profiles.search([("segment_ids", "in", own.ids)]), ours)
        self.assertEqual(
            profiles.search([("segment_ids", "in", shared.ids)]), ours | theirs
        )
        self.assertEqual(profiles.browse(self.there.id).segment_ids, shared)
        self.assertEqual(profiles.browse(self.here.id).segment_ids, shared | own)


class TestMultiCompanyAccess(MultiCompanyCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._make_purchases(cls.here, ("2024-01-01", 10))
        cls._make_purchases(cls.there, ("2024-01-01", 20), company_id=cls.elsewhere.id)
        cls._run()
        cls._run(company=cls.elsewhere)

    def setUp(self):
        super().setUp()
        self.enterContext(mute_logger("odoo.addons.base.models.ir_rule"))

    def _records(self, model, customer):
        if model == "cpm.profile":
            return customer
        if model == "cpm.purchase":
            domain = [
                ("partner_id", "=", customer.partner_id.id),
                ("company_id", "=", customer.company_id.id),
            ]
            return self.env[model].search(domain)
        return self.env[model].search([("profile_id", "=", customer.id)])

    def test_records_of_other_companies_are_closed_to_everybody(self):
        people = self.manager | self.admin | self.user_all
        for model in (
            "cpm.profile",
            "cpm.transaction",
            "cpm.purchase",
            "cpm.score",
            "cpm.metric.value",
            "cpm.tier.change",
        ):
            theirs = self._records(model, self.there)
            ours = self._records(model, self.here)
            self.assertTrue(theirs and ours, model)
            for user in people:
                records = self.env[model].with_user(user)
                with self.subTest(model=model, user=user.login):
                    found = records.search([("id", "in", (theirs + ours).ids)])
                    self.assertEqual(set(found.ids), set(ours.ids))
                    with self.assertRaises(AccessError):
                        self.env.invalidate_all()
                        theirs.with_user(user).read(["display_name"])

    def test_rules_of_other_companies_are_closed_and_shared_ones_open(self):
        segments = self.env["cpm.segment"].create(
            [
                {"name": "Shared"},
                {"name": "Ours", "company_id": self.company.id},
                {"name": "Theirs", "company_id": self.elsewhere.id},
            ]
        )
        cards = self.env["cpm.scorecard"]
        for company in (self.env["res.company"], *self.companies):
            cards |= self._make_scorecard(
                (self.points, 1, {0: 0}), purpose="loyalty", company_id=company.id
            )
        tiers = (
            self.tier_a
            | self.there_a
            | self.env["cpm.tier"].create(
                {"name": "Shared", "promotion_threshold": 33, "demotion_threshold": 33}
            )
        )
        for records in (
            segments,
            cards,
            cards.line_ids,
            cards.line_ids.band_ids,
            tiers,
        ):
            domain = [("id", "in", records.ids)]
            with self.subTest(records._name):
                found = records.with_user(self.admin).search_count(domain)
                self.assertEqual(found, 2, "the shared one and that of the company")

    def test_switcher_decides_which_customers_are_listed(self):
        cases = [
            ((self.company,), self.here | self.only_here),
            ((self.elsewhere,), self.there | self.only_there),
            (
                (self.company, self.elsewhere),
                self.here | self.only_here | self.there | self.only_there,
            ),
        ]
        for companies, customers in cases:
            found = self._as(self.traveller, "cpm.profile", *companies).search([])
            self.assertEqual(found, customers.sorted(lambda p: (-p.value_score, p.id)))

    def test_a_company_that_is_not_allowed_cannot_be_ticked(self):
        profiles = self._as(self.manager, "cpm.profile", self.elsewhere)
        with self.assertRaises(AccessError):
            profiles.search([])

    def test_nobody_creates_customers_in_other_companies(self):
        partner = self._make_partner(company_id=False)
        values = {"partner_id": partner.id, "company_id": self.elsewhere.id}
        for user in (self.user_all, self.manager, self.admin):
            with self.subTest(user.login), self.assertRaises(UserError):
                self.profiles.with_user(user).create(values)
            with self.subTest(user.login, context=True), self.assertRaises(UserError):
                self.profiles.with_user(user).with_context(
                    default_company_id=self.elsewhere.id
                ).create({"partner_id": partner.id})
        ticked = self._as(self.traveller, "cpm.profile", *self.companies)
        self.assertTrue(ticked.create(values))

    def test_nobody_moves_records_to_another_company(self):
        purchase = self._records("cpm.transaction", self.here)
        for record in (self.here, purchase):
            moved = self._as(self.traveller, record._name, *self.companies).browse(
                record.id
            )
            with self.subTest(record._name), self.assertRaises(ValidationError):
                moved.company_id = self.elsewhere

    def test_nobody_pushes_rules_into_a_company_that_is_closed(self):
        """Record rules do not look at the values written."""
        segment = self.env["cpm.segment"].create(
            {"name": "Ours", "company_id": self.company.id}
        )
        card = self._make_scorecard((self.points, 1, {0: 0}), purpose="loyalty")
        spare = self.env["cpm.tier"].create(
            {
                "name": "Spare",
                "promotion_threshold": 33,
                "demotion_threshold": 33,
                "company_id": self.company.id,
            }
        )
        for record in (segment, card, spare):
            mine = record.with_user(self.admin)
            with self.subTest(record._name), self.assertRaises(UserError):
                mine.company_id = self.elsewhere
            self.assertEqual(record.company_id, self.company)
            with self.subTest(record._name, copy=True), self.assertRaises(UserError):
                mine.copy({"company_id": self.elsewhere.id})

    def test_purchases_are_recorded_in_own_companies_only(self):
        with self.assertRaises(UserError):
            self.env["cpm.transaction"].with_user(self.manager).create(
                {
                    "partner_id": self.both.id,
                    "company_id": self.elsewhere.id,
                    "amount": 5,
                    "currency_id": self.elsewhere.currency_id.id,
                }
            )

    def test_looking_after_a_customer_elsewhere_opens_nothing_here(self):
        """One contact, two companies, two people: each sees the own purchases."""
        keeper = self._make_user(
            "cpm_keeper",
            "customer_plan_mgmt.group_cpm_user",
            company_ids=[Command.set(self.companies.ids)],
        )
        self.there.manager_id = keeper
        for model in (
            "cpm.transaction",
            "cpm.purchase",
            "cpm.score",
            "cpm.tier.change",
        ):
            ours = self._records(model, self.here)
            theirs = self._records(model, self.there)
            found = self._as(keeper, model, *self.companies).search(
                [("id", "in", (ours + theirs).ids)]
            )
            with self.subTest(model):
                self.assertEqual(set(found.ids), set(theirs.ids))

    def test_tiers_of_another_company_cannot_be_set(self):
        wizards = self._as(self.traveller, "cpm.tier.assign", *self.companies)
        wizard = wizards.create(
            {
                "profile_ids": [Command.set((self.here | self.there).ids)],
                "tier_id": self.tier_c.id,
                "reason": "Both",
            }
        )
        with self.assertRaisesRegex(ValidationError, "another company"):
            wizard.action_apply()
        self.assertEqual(self.here.tier_id, self.tier_a)

    def test_tiers_of_another_company_cannot_be_imported(self):
        profiles = self._as(self.traveller, "cpm.profile", *self.companies)
        importing = profiles.with_context(import_file=True)
        with self.assertRaisesRegex(ValidationError, "(?i)tier"):
            importing.browse(self.here.id).tier_id = self.there_a.id
        self.assertEqual(self.here.tier_id, self.tier_a)
        with self.assertRaisesRegex(ValidationError, "(?i)tier"):
            importing.create(
                {"partner_id": self._make_partner().id, "tier_id": self.there_a.id}
            )

    def test_tiers_are_imported_into_companies_that_are_open_only(self):
        theirs = self.there.with_user(self.manager).with_context(import_file=True)
        with self.assertRaises(AccessError):
            theirs.tier_id = self.there_a.id
        self.assertEqual(self.there.tier_id, self.there_b)

    def test_proposals_of_other_companies_cannot_be_decided(self):
        change = self.env["cpm.tier.change"].create(
            self.there._prepare_tier_change(
                self.there_a,
                origin="manual",
                reason="Grows",
                effective=DAY,
                state="proposed",
            )
        )
        for button in ("action_apply", "action_reject"):
            with self.subTest(button), self.assertRaises(AccessError):
                self.env.invalidate_all()
                getattr(change.with_user(self.manager), button)()
        self.assertEqual(change.state, "proposed")
