"""Warnings on the customer, on the contact, and what ends them."""

from freezegun import freeze_time

from odoo import Command
from odoo.exceptions import AccessError

from .common_warning import TODAY, WarningCase


@freeze_time(TODAY)
class TestWarningCustomer(WarningCase):
    def test_open_warnings_are_counted_and_the_gravest_shown(self):
        customer = self.customer
        self.assertFalse(customer.warning_severity)
        low = self._make_warning(severity="0")
        high = self._make_warning(rule_id=False, severity="3")
        self.assertEqual(
            (customer.open_warning_count, customer.warning_severity), (2, "3")
        )
        self._close(high, "dismissed")
        self.assertEqual(
            (customer.open_warning_count, customer.warning_severity), (1, "0")
        )
        low.severity = "2"
        self.assertEqual(customer.warning_severity, "2")
        profiles = self.profiles.with_user(self.manager)
        found = profiles.search([("warning_severity", "in", ("2", "3"))])
        self.assertIn(customer, found)
        for name in ("open_warning_count", "warning_severity", "given_up_on"):
            with self.subTest(name), self.assertRaises(AccessError):
                customer.with_user(self.admin).write({name: False})

    def test_buttons_lead_to_the_warnings(self):
        warning = self._make_warning()
        self._make_warning(profile_id=self.other.id)
        action = self.customer.with_user(self.user_own).action_view_warnings()
        self.assertEqual(self.warnings.search(action["domain"]), warning)
        self.assertEqual(action["context"]["default_profile_id"], self.customer.id)
        person = self._make_partner("Buyer", parent_id=self.customer.partner_id.id)
        person = person.with_user(self.user_own)
        self.assertEqual(person.cpm_warning_count, 1)
        action = person.action_cpm_view_warnings()
        self.assertEqual(self.warnings.search(action["domain"]), warning)
        self.assertEqual(warning.action_view_profile()["res_id"], self.customer.id)
        action = warning.action_view_customer()
        self.assertEqual(self.warnings.search(action["domain"]), warning)

    def test_the_contact_counts_everything_in_one_query(self):
        partner = self.customer.partner_id.with_user(self.user_all)
        partner.cpm_warning_count  # noqa: B018 - what is read once a process
        self.env.invalidate_all()
        partner.name  # noqa: B018
        with self.assertQueryCount(4):
            partner.read(["cpm_warning_count", "cpm_feedback_count", "cpm_plan_count"])

    def test_refusing_automated_scoring_ends_warnings(self):
        warning = self._make_warning()
        self.customer.with_user(self.user_own).score_excluded = True
        self.assertEqual(warning.state, "dismissed")
        self.assertIn("refused", warning.outcome_note)
        self.assertFalse(warning.closed_by_id)
        self.assertFalse(warning.result)
        self.assertFalse(self.customer.open_warning_count)

    def test_archiving_the_customer_ends_warnings_and_nothing_revives_them(self):
        warning = self._make_warning()
        self.customer.with_user(self.manager).active = False
        self.assertEqual(warning.state, "dismissed")
        self.assertIn("archived", warning.outcome_note)
        self.customer.with_user(self.manager).active = True
        self.assertEqual(warning.state, "dismissed")

    def test_contacts_that_are_archived_end_warnings(self):
        warning = self._make_warning()
        self.customer.partner_id.active = False
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertFalse(self.customer.active)
        self._cron()
        self.assertEqual(warning.state, "dismissed")

    def test_settled_warnings_stay_as_they_are(self):
        warning = self._make_warning()
        self._close(warning, "saved")
        self.customer.score_excluded = True
        self.assertEqual(warning.state, "saved")

    def test_of_merged_customers_the_older_warning_stays_open(self):
        younger = self._make_warning()
        older = self._make_warning(
            profile_id=self.other.id, raised_on=self._day(-9), severity="3"
        )
        free = self._make_warning(profile_id=self.other.id, rule_id=False)
        lost = self._make_warning(profile_id=self.other.id, rule_id=False)
        self._close(lost, "lost", user=self.manager)
        self.customer.sudo()._absorb(self.other)
        self.assertEqual((older | younger | free | lost).profile_id, self.customer)
        self.assertEqual(
            (older | younger | free | lost).partner_id, self.customer.partner_id
        )
        self.assertEqual(younger.state, "dismissed")
        self.assertEqual((older | free).mapped("state"), ["new", "new"])
        self.assertEqual(self.customer.open_warning_count, 2)
        self.assertEqual(self.customer.warning_severity, "3")
        self.assertEqual(self.customer.given_up_on, TODAY)

    def test_merging_contacts_moves_their_warnings(self):
        self._make_warning()
        older = self._make_warning(profile_id=self.other.id, raised_on=self._day(-9))
        partners = (self.customer | self.other).partner_id
        self.env["base.partner.merge.automatic.wizard"]._merge(
            partners.ids, self.customer.partner_id, extra_checks=False
        )
        self.assertEqual(older.partner_id, self.customer.partner_id)
        self.assertEqual(older.state, "new")
        self.assertEqual(len(older.profile_id.warning_ids), 2)
        self.assertEqual(older.profile_id.open_warning_count, 1)

    def test_warnings_go_with_the_customer(self):
        warning = self._make_warning()
        warning.activity_schedule(
            "mail.mail_activity_data_todo", user_id=self.user_own.id
        )
        activity = self._activities(warning)
        self.customer.partner_id.unlink()
        self.assertFalse(warning.exists())
        self.assertFalse(activity.exists())

    def test_tiers_group_the_inbox(self):
        self._assign_tier(self.customer, self.tier_a)
        warning = self._make_warning()
        groups = self.warnings.with_user(self.user_all)._read_group(
            [("id", "=", warning.id)], ["tier_id"], ["__count"]
        )
        self.assertEqual(groups, [(self.tier_a, 1)])

    def test_the_inbox_costs_the_same_for_one_and_for_eighty(self):
        names = ("display_name", "fact_text", "tier_id", "age_text", "is_overdue")
        spec = {name: {} for name in names}

        def read(count):
            customers = self._make_customers(count)
            warnings = self.warnings.create(
                [
                    {
                        "name": "W",
                        "profile_id": customer.id,
                        "rule_id": self.rule.id,
                        "user_id": self.user_own.id,
                    }
                    for customer in customers
                ]
            )
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            warnings.with_user(self.user_all).web_read(spec)
            return self.env.cr.sql_log_count - before

        read(1)
        few, many = read(1), read(80)
        self.assertLessEqual(many, few)

    def test_assistants_work_on_warnings_too(self):
        warning = self._make_warning(user_id=False, profile_id=self.other.id)
        mine = self.warnings.with_user(self.user_own)
        self.assertNotIn(warning, mine.search([("id", "=", warning.id)]))
        self.other.assistant_ids = [Command.link(self.user_own.id)]
        warning.with_user(self.user_own).action_take_up()
        self.assertEqual(warning.user_id, self.user_own)
