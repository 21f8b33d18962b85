"""Who gets a profile, and what happens when a contact stops being a customer."""

from psycopg2.errors import UniqueViolation

from odoo.exceptions import UserError, ValidationError
from odoo.tools import mute_logger

from .common import CpmCommon


class TestProfileAppearance(CpmCommon):
    def _profile_of(self, partner):
        return self.profiles.with_context(active_test=False).search(
            [("partner_id", "=", partner.id), ("company_id", "=", self.company.id)]
        )

    def _sync(self):
        return self.profiles._sync_profiles(self.company)

    def test_contacts_matching_the_filter_get_a_profile_by_themselves(self):
        self.company.cpm_customer_domain = "[('ref', '=like', 'NW-%')]"
        customer = self._make_partner(ref="NW-1", user_id=self.user_own.id)
        stranger = self._make_partner(ref="XX-1")
        self.assertEqual(self._sync(), 1)
        profile = self._profile_of(customer)
        self.assertTrue(profile)
        self.assertEqual(profile.manager_id, self.user_own, "the salesperson")
        self.assertFalse(self._profile_of(stranger))

    def test_a_second_pass_creates_nothing(self):
        self._make_partner()
        self._sync()
        self.assertEqual(self._sync(), 0)

    def test_the_scoring_run_makes_profiles_appear(self):
        partner = self._make_partner()
        self.assertTrue(self._run().created)
        self.assertTrue(self._profile_of(partner))

    def test_contacts_of_a_company_never_get_a_profile(self):
        firm = self._make_partner(is_company=True)
        person = self._make_partner(parent_id=firm.id)
        address = self._make_partner(parent_id=firm.id, type="delivery")
        self._sync()
        self.assertTrue(self._profile_of(firm))
        self.assertFalse(self._profile_of(person))
        self.assertFalse(self._profile_of(address))

    def test_a_subsidiary_that_is_a_company_is_a_customer_of_its_own(self):
        firm = self._make_partner(is_company=True)
        subsidiary = self._make_partner(parent_id=firm.id, is_company=True)
        self._sync()
        self.assertTrue(self._profile_of(subsidiary))

    def test_the_own_company_never_gets_a_profile(self):
        self.company.cpm_customer_domain = (
            f"[('id', '=', {self.company.partner_id.id})]"
        )
        self.assertEqual(self._sync(), 0)

    def test_internal_users_never_get_a_profile(self):
        people = self.employee | self.manager
        self.company.cpm_customer_domain = f"[('id', 'in', {people.partner_id.ids})]"
        self.assertEqual(self._sync(), 0)

    def test_portal_users_are_customers(self):
        partner = self._make_partner(email="portal@example.com")
        self._make_portal_user(partner)
        self._sync()
        self.assertTrue(self._profile_of(partner))

    def test_contacts_of_another_company_are_not_customers_here(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        partner = self._make_partner(company_id=other.id)
        self.company.cpm_customer_domain = "[]"
        self._sync()
        self.assertFalse(self._profile_of(partner))

    def test_archived_contacts_get_no_profile(self):
        partner = self._make_partner(active=False)
        self._sync()
        self.assertFalse(self._profile_of(partner))

    def test_earlier_purchases_join_the_new_profile(self):
        partner = self._make_partner()
        person = self._make_partner(parent_id=partner.id)
        purchases = self._make_purchases(partner, ("2024-01-05", 10))
        purchases |= self._make_purchases(person, ("2024-01-06", 20))
        self.assertFalse(purchases.profile_id)
        self._sync()
        self.assertEqual(purchases.profile_id, self._profile_of(partner))

    # ------------------------------------------------------ Rest and return

    def test_profile_rests_while_its_contact_is_archived(self):
        profile = self._make_customer()
        profile.partner_id.active = False
        self.assertFalse(profile.active)
        self.assertTrue(profile.auto_archived)
        profile.partner_id.active = True
        self.assertTrue(profile.active)
        self.assertFalse(profile.auto_archived)

    def test_profile_rests_while_its_contact_belongs_to_a_company(self):
        profile = self._make_customer()
        profile.partner_id.parent_id = self._make_partner(is_company=True)
        self.assertFalse(profile.active)
        profile.partner_id.parent_id = False
        self.assertTrue(profile.active)

    def test_profile_rests_when_the_contact_becomes_an_internal_user(self):
        profile = self._make_customer(email="joins@example.com")
        user = self._make_user(
            "joins", "base.group_user", partner_id=profile.partner_id.id
        )
        self.assertTrue(user)
        self._sync()
        self.assertFalse(profile.active)

    def test_profile_archived_by_a_person_stays_archived(self):
        profile = self._make_customer()
        profile.action_archive()
        self._sync()
        self.assertFalse(profile.active)
        profile.partner_id.active = False
        profile.partner_id.active = True
        self.assertFalse(profile.active)

    def test_what_a_person_archives_later_stays_archived(self):
        """The mark of an automatic rest does not outlive it."""
        profile = self._make_customer()
        profile.partner_id.active = False
        profile.action_unarchive()  # by a person, while the contact still rests
        profile.partner_id.active = True
        profile.action_archive()
        self._sync()
        self.assertFalse(profile.active)

    def test_leaving_the_filter_does_not_take_the_profile_away(self):
        """The filter decides who appears; a customer with history is not archived
        because a category was edited."""
        profile = self._make_customer()
        self.company.cpm_customer_domain = "[('ref', '=', 'nobody')]"
        self._sync()
        self.assertTrue(profile.active)

    # --------------------------------------------------------------- By hand

    def test_a_contact_has_one_profile_per_company(self):
        profile = self._make_customer()
        with self.assertRaises(UniqueViolation), mute_logger("odoo.sql_db"):
            self._make_customer(partner=profile.partner_id)

    def test_a_contact_may_be_a_customer_of_two_companies(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        profile = self._make_customer(company_id=False)
        second = self._make_customer(
            partner=profile.partner_id, profile={"company_id": other.id}
        )
        self.assertNotEqual(profile, second)

    def test_by_hand_only_for_those_who_can_be_customers(self):
        firm = self._make_partner(is_company=True)
        cases = {
            "a contact of": self._make_partner(parent_id=firm.id),
            "the company itself": self.company.partner_id,
            "an internal user": self.employee.partner_id,
        }
        for reason, partner in cases.items():
            with (
                self.subTest(reason),
                self.assertRaisesRegex(ValidationError, reason),
            ):
                self._make_customer(partner=partner)

    def test_contact_and_company_of_a_profile_are_fixed(self):
        profile = self._make_customer(company_id=False)
        other = self.env["res.company"].create({"name": "Elsewhere"})
        with self.assertRaisesRegex(ValidationError, "Company"):
            profile.company_id = other
        with self.assertRaisesRegex(ValidationError, "Customer"):
            profile.partner_id = self._make_partner()
        profile.write({"company_id": self.company.id})  # unchanged: no harm done

    def test_contact_of_another_company_is_refused(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        partner = self._make_partner(company_id=other.id)
        with self.assertRaises(UserError):
            self._make_customer(partner=partner)

    def test_company_with_customers_cannot_be_deleted(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        self._make_customer(company_id=False, profile={"company_id": other.id})
        with self.assertRaises(Exception) as caught, mute_logger("odoo.sql_db"):
            with self.env.cr.savepoint():
                other.unlink()
        self.assertIn("cpm", str(caught.exception))
        self.assertTrue(other.exists())

    def test_open_profile_from_the_contact_creates_it_when_missing(self):
        partner = self._make_partner()
        person = self._make_partner(parent_id=partner.id)
        action = person.with_user(self.manager).action_cpm_open_profile()
        self.assertEqual(action["res_model"], "cpm.profile")
        self.assertEqual(action["res_id"], self._profile_of(partner).id)
        again = partner.with_user(self.manager).action_cpm_open_profile()
        self.assertEqual(again["res_id"], action["res_id"])

    def test_open_profile_finds_an_archived_one(self):
        profile = self._make_customer()
        profile.action_archive()
        action = profile.partner_id.with_user(self.manager).action_cpm_open_profile()
        self.assertEqual(action["res_id"], profile.id)
