"""The customer profile as contacts show it, and searching contacts by it."""

from odoo.fields import Domain

from .common import CpmCommon


class TestProfilePartnerFields(CpmCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._make_direct_scores()
        cls.stage = cls._make_stage("active", "[('value_score', '>=', 50)]")
        cls.good = cls._make_customer("Good", is_company=True)
        cls.fair = cls._make_customer("Fair")
        cls.zero = cls._make_customer("Zero")
        cls.unscored = cls._make_customer("Unscored")
        cls._give_score(cls.good, 90)
        cls._give_score(cls.fair, 60)
        cls._give_score(cls.zero, 0)
        cls._run()
        cls.person = cls._make_partner("Person", parent_id=cls.good.partner_id.id)
        cls.company.cpm_customer_domain = "[('ref', '=', 'nobody')]"
        cls.nobody = cls._make_partner("Nobody")
        cls.everybody = (
            (cls.good | cls.fair | cls.zero | cls.unscored).partner_id
            | cls.person
            | cls.nobody
        )

    def _find(self, *domain, user=None):
        """Return the names of the contacts found, through search and in memory."""
        partners = self.env["res.partner"].with_user(user or self.user_all)
        partners = partners.with_company(self.company)
        found = partners.search(
            Domain(list(domain)) & Domain("id", "in", self.everybody.ids)
        )
        in_memory = partners.browse(self.everybody.ids).filtered_domain(list(domain))
        names = sorted(found.mapped("name"))
        self.assertEqual(names, sorted(in_memory.mapped("name")), domain)
        return names

    def test_contact_shows_the_profile_of_its_company(self):
        partner = self.good.partner_id.with_user(self.user_all)
        self.assertEqual(partner.cpm_profile_id, self.good)
        self.assertEqual(partner.cpm_tier_id, self.tier_a)
        self.assertEqual(partner.cpm_lifecycle_stage_id, self.stage)
        self.assertEqual(partner.cpm_value_score, 90)

    def test_contact_shows_what_has_just_changed(self):
        person = self.person.with_user(self.user_all)
        self.assertEqual(person.cpm_tier_id, self.tier_a)
        self.good._set_tier(self.tier_b, origin="manual", reason="Agreed")
        self.assertEqual(person.cpm_tier_id, self.tier_b)
        self.good.manager_id = self.user_own
        self.assertEqual(person.cpm_manager_id, self.user_own)
        nobody = self.nobody.with_user(self.user_all)
        self.assertFalse(nobody.cpm_profile_id)
        profile = self._make_customer(partner=self.nobody)
        self.assertEqual(nobody.cpm_profile_id, profile)
        profile.action_archive()
        self.assertFalse(nobody.cpm_profile_id)

    def test_person_of_a_company_shows_the_profile_of_the_company(self):
        person = self.person.with_user(self.user_all)
        self.assertEqual(person.cpm_profile_id, self.good)
        self.assertEqual(person.cpm_value_score, 90)

    def test_contact_without_profile_shows_nothing(self):
        partner = self.nobody.with_user(self.user_all)
        self.assertFalse(partner.cpm_profile_id)
        self.assertFalse(partner.cpm_tier_id)
        self.assertEqual(partner.cpm_value_score, 0)

    def test_contact_shows_the_profile_of_the_selected_company(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        self.user_all.company_ids |= other
        partner = self._make_partner(company_id=False)
        here = self._make_customer(partner=partner)
        there = self._make_customer(partner=partner, profile={"company_id": other.id})
        shown = partner.with_user(self.user_all).with_context(
            allowed_company_ids=[self.company.id, other.id]
        )
        self.assertEqual(shown.cpm_profile_id, here)
        self.assertEqual(shown.with_company(other).cpm_profile_id, there)

    def test_own_customers_user_sees_only_the_own(self):
        self.good.manager_id = self.user_own
        self.assertEqual(
            self.good.partner_id.with_user(self.user_own).cpm_tier_id, self.tier_a
        )
        self.assertFalse(self.fair.partner_id.with_user(self.user_own).cpm_tier_id)
        self.assertEqual(
            self._find(("cpm_value_score", ">=", 0.01), user=self.user_own),
            ["Good", "Person"],
        )

    def test_assistant_sees_the_customer(self):
        self.fair.assistant_ids = self.user_own
        self.assertEqual(
            self.fair.partner_id.with_user(self.user_own).cpm_tier_id, self.tier_b
        )

    # ---------------------------------------------------------------- Search

    def test_search_by_tier(self):
        gold, silver = self.tier_a.id, self.tier_b.id
        cases = [
            ([("cpm_tier_id", "=", gold)], ["Good", "Person"]),
            ([("cpm_tier_id", "in", [gold, silver])], ["Fair", "Good", "Person"]),
            ([("cpm_tier_id", "=", False)], ["Nobody", "Unscored"]),
            (
                [("cpm_tier_id", "!=", False)],
                ["Fair", "Good", "Person", "Zero"],
            ),
            (
                [("cpm_tier_id", "in", [gold, False])],
                ["Good", "Nobody", "Person", "Unscored"],
            ),
            (
                [("cpm_tier_id", "!=", gold)],
                ["Fair", "Nobody", "Unscored", "Zero"],
            ),
            (
                [("cpm_tier_id", "not in", [gold, silver])],
                ["Nobody", "Unscored", "Zero"],
            ),
            ([("cpm_tier_id", "ilike", "gol")], ["Good", "Person"]),
            ([("cpm_tier_id.name", "=", "Silver")], ["Fair"]),
            (["!", ("cpm_tier_id", "=", silver)], None),
        ]
        for domain, names in cases:
            with self.subTest(domain):
                found = self._find(*domain)
                if names is not None:
                    self.assertEqual(found, names)
        self.assertEqual(
            self._find("!", ("cpm_tier_id", "=", silver)),
            self._find(("cpm_tier_id", "!=", silver)),
        )

    def test_search_by_stage(self):
        stage = self.stage.id
        self.assertEqual(
            self._find(("cpm_lifecycle_stage_id", "=", stage)),
            ["Fair", "Good", "Person"],
        )
        self.assertEqual(
            self._find(("cpm_lifecycle_stage_id", "=", False)),
            ["Nobody", "Unscored", "Zero"],
        )

    def test_search_by_profile(self):
        self.assertEqual(self._find(("cpm_profile_id", "=", False)), ["Nobody"])
        self.assertEqual(
            self._find(("cpm_profile_id", "!=", False)),
            ["Fair", "Good", "Person", "Unscored", "Zero"],
        )
        self.assertEqual(self._find(("cpm_profile_id", "=", self.fair.id)), ["Fair"])
        self.assertEqual(
            self._find(("cpm_profile_id.tier_id", "=", self.tier_b.id)), ["Fair"]
        )

    def test_search_by_facts_of_the_account_manager(self):
        """The table of users has a contact of its own."""
        self.fair.manager_id = self.user_own
        for path, value in (("login", "cpm_own"), ("partner_id.name", "cpm_own")):
            with self.subTest(path):
                names = self._find((f"cpm_manager_id.{path}", "ilike", value))
                self.assertEqual(names, ["Fair"])

    def test_search_by_score(self):
        partners = self.env["res.partner"].with_user(self.user_all)
        cases = [
            (">", 60, ["Good", "Person"]),
            (">=", 60, ["Fair", "Good", "Person"]),
            ("<", 60, ["Zero"]),
            ("=", 60, ["Fair"]),
            ("=", 0, ["Zero"]),
            ("=", False, ["Nobody", "Unscored"]),
            ("!=", False, ["Fair", "Good", "Person", "Zero"]),
            ("!=", 60, ["Good", "Nobody", "Person", "Unscored", "Zero"]),
            ("in", (0, 60), ["Fair", "Zero"]),
        ]
        for operator, value, names in cases:
            with self.subTest(operator=operator, value=value):
                found = partners.search(
                    [
                        ("cpm_value_score", operator, value),
                        ("id", "in", self.everybody.ids),
                    ]
                )
                self.assertEqual(sorted(found.mapped("name")), names)

    def test_missing_score_is_not_a_low_score(self):
        """Searching for less than 10 points must not find customers nobody knows."""
        partners = self.env["res.partner"].with_user(self.user_all)
        found = partners.search(
            [("cpm_value_score", "<", 10), ("id", "in", self.everybody.ids)]
        )
        self.assertEqual(found, self.zero.partner_id)

    def test_search_in_the_selected_company_only(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        self.user_all.company_ids |= other
        elsewhere = self.env["res.partner"].with_user(self.user_all).with_company(other)
        found = elsewhere.search(
            [
                ("cpm_profile_id", "!=", False),
                ("id", "in", self.everybody.ids),
            ]
        )
        self.assertFalse(found)

    def test_contacts_can_be_listed_by_whoever_sees_no_profiles(self):
        self.assertTrue(
            self.env["res.partner"]
            .with_user(self.employee)
            .search_read([("id", "=", self.good.partner_id.id)], ["name"])
        )
