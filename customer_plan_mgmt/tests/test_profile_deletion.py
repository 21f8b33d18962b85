"""Deleting and anonymising contacts works and leaves nothing personal behind."""

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import new_test_user

from .common import CpmCommon


class TestProfileDeletion(CpmCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._make_direct_scores()
        cls.customer = cls._make_customer("Ada Lovelace", email="ada@example.com")
        cls._give_score(cls.customer, 85)
        cls.purchase = cls._make_purchases(
            cls.customer, ("2024-01-01", 99), description="Wedding dress for Ada"
        )
        cls._run()
        cls.message = cls.customer.message_post(body="Ada likes blue")
        cls.activity = cls.customer.activity_schedule(
            "mail.mail_activity_data_todo", user_id=cls.manager.id
        )
        cls.attachment = cls.env["ir.attachment"].create(
            {
                "name": "ada.txt",
                "raw": b"text",
                "res_model": "cpm.profile",
                "res_id": cls.customer.id,
            }
        )

    def _assert_gone(self):
        """Nothing of the profile is left; the purchase is nobody's."""
        for record in (
            self.customer,
            self.message,
            self.activity,
            self.attachment,
        ):
            self.assertFalse(record.exists(), record._name)
        for model in ("cpm.score", "cpm.tier.change", "cpm.metric.value"):
            left = self.env[model].search_count([("profile_id", "=", self.customer.id)])
            self.assertFalse(left, model)
        self.assertTrue(self.purchase.exists())
        self.assertEqual(self.purchase.amount, 99)
        self.assertFalse(self.purchase.partner_id)
        self.assertFalse(self.purchase.profile_id)
        self.assertFalse(self.purchase.description)

    def test_deleting_a_contact_deletes_its_profile_and_keeps_the_figures(self):
        self.assertTrue(self.customer.tier_change_ids and self.customer.score_ids)
        self.customer.partner_id.unlink()
        self.env.invalidate_all()
        self._assert_gone()
        found = self.env["cpm.purchase"].search(
            [("reference", "=", self.purchase.reference)]
        )
        self.assertEqual(found.amount, 99)

    def test_runs_go_on_after_a_deletion(self):
        self.customer.partner_id.unlink()
        metric = self._make_metric("orders")
        self._make_scorecard((metric, 1, (0, 10)), purpose="health")
        for full in (True, False):
            self.assertFalse(self._run(full=full).failed_metrics)

    def test_archived_profile_does_not_stop_the_deletion(self):
        self.customer.action_archive()
        self.customer.partner_id.unlink()
        self.env.invalidate_all()
        self._assert_gone()

    def test_people_without_our_rights_delete_contacts_as_ever(self):
        clerk = new_test_user(
            self.env,
            login="delete_clerk",
            groups="base.group_user,base.group_partner_manager",
            company_id=self.company.id,
        )
        self.customer.partner_id.with_user(clerk).unlink()
        self.env.invalidate_all()
        self._assert_gone()

    def test_purchases_of_a_deleted_person_stay_with_the_company(self):
        person = self._make_partner(parent_id=self.customer.partner_id.id)
        purchase = self._make_purchases(person, ("2024-01-01", 5))
        person.unlink()
        self.env.invalidate_all()
        self.assertTrue(self.customer.exists())
        self.assertEqual(purchase.partner_id, self.customer.partner_id)
        self.assertEqual(purchase.profile_id, self.customer)

    def test_purchases_of_people_deleted_with_their_company_are_nobodys(self):
        person = self._make_partner(parent_id=self.customer.partner_id.id)
        purchase = self._make_purchases(person, ("2024-01-01", 5), description="Hat")
        (self.customer.partner_id | person).unlink()
        self.env.invalidate_all()
        self.assertFalse(purchase.partner_id)
        self.assertFalse(purchase.description)

    def test_several_contacts_at_once(self):
        customers = self._make_customers(3)
        (customers | self.customer).partner_id.unlink()
        self.assertFalse((customers | self.customer).exists())

    def test_portal_customer_may_delete_the_own_account(self):
        """The road of res.users.deletion: first the user goes, then the contact."""
        user = self._make_portal_user(self.customer.partner_id)
        user._deactivate_portal_user()
        self.assertFalse(self.customer.active, "it rests from now on")
        request = self.env["res.users.deletion"].search([("user_id", "=", user.id)])
        partner = self.customer.partner_id
        with self.enter_registry_test_mode(), self.registry.cursor() as cr:
            deletions = self.env(cr=cr)["res.users.deletion"]
            deletions._gc_portal_users(batch_size=1000)
        self.assertEqual(request.state, "done")
        self.assertFalse(partner.exists())
        self._assert_gone()

    def test_anonymising_a_contact_works(self):
        self.customer.partner_id.write(
            {"name": "Anonymous", "email": False, "phone": False, "street": False}
        )
        self.assertEqual(self.customer.display_name, "Anonymous")
        today = fields.Date.context_today(self.customer)
        self.assertFalse(self._run(today).failed_metrics)
        self.assertEqual(self.customer.value_score, 85)

    def test_a_profile_is_archived_not_deleted(self):
        """The history of its tier would go with it."""
        partner = self.customer.partner_id
        for user in (self.manager, self.admin):
            with self.assertRaises(AccessError):
                self.customer.with_user(user).unlink()
        self.customer.sudo().unlink()
        self.assertTrue(partner.exists())
        self.assertTrue(self.purchase.exists())
        self.assertEqual(self.purchase.partner_id, partner)

    def test_contacts_and_purchases_are_found_by_the_privacy_lookup(self):
        """Odoo looks through many2one fields to contacts that do not cascade."""
        for model in ("cpm.profile", "cpm.transaction"):
            field = self.env[model]._fields["partner_id"]
            self.assertTrue(field.store)
            self.assertNotEqual(field.ondelete, "cascade")
