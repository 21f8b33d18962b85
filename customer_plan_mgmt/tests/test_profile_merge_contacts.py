"""Merging two contacts with Odoo's wizard keeps everything known about them."""

from datetime import date, timedelta

from odoo import fields
from odoo.tests import new_test_user

from .common import DAY, CpmCommon


class TestProfileMergeContacts(CpmCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._make_direct_scores()
        cls.source, cls.target = cls._make_customers(2)
        cls.kept = cls.target.partner_id

    def _merge(self, *sources, into=None, user=None):
        """Merge contacts (given as profiles or contacts) and return the profile of
        the customer they have become."""
        partners = [
            item.partner_id if item._name == "cpm.profile" else item
            for item in (*sources, into or self.target)
        ]
        target = partners[-1]
        ids = [partner.id for partner in partners]
        self.env.flush_all()
        wizard = self.env["base.partner.merge.automatic.wizard"]
        wizard.with_user(user or self.env.user)._merge(ids, target)
        self.env.invalidate_all()
        return self.profiles.with_context(active_test=False).search(
            [
                ("partner_id", "=", target.commercial_partner_id.id),
                ("company_id", "=", self.company.id),
            ]
        )

    # ---------------------------------------------------------------- Nothing lost

    def test_one_profile_is_left_for_the_contact_that_is_left(self):
        profile = self._merge(self.source)
        self.assertEqual(len(profile), 1)
        self.assertEqual(profile.partner_id, self.kept)
        self.assertEqual((self.source | self.target).exists(), profile)

    def test_tier_history_and_scores_of_both_are_kept(self):
        self._give_score(self.source, 90)
        self._give_score(self.target, 10)
        self._run(DAY - timedelta(days=30))
        self._give_score(self.source, 60)
        self._run(DAY)
        changes = (self.source | self.target).tier_change_ids
        scores = (self.source | self.target).score_ids
        self.assertEqual((len(changes), len(scores)), (3, 3))
        profile = self._merge(self.source)
        self.assertLessEqual(changes, profile.tier_change_ids)
        self.assertLessEqual(scores, profile.score_ids)

    def test_purchases_of_both_are_kept(self):
        purchases = self._make_purchases(self.source, ("2024-01-01", 10))
        purchases |= self._make_purchases(self.target, ("2024-01-02", 20))
        profile = self._merge(self.source)
        self.assertEqual(purchases.profile_id, profile)
        self.assertEqual(purchases.partner_id, profile.partner_id)
        self.assertEqual(len(profile.with_user(self.user_all).purchase_ids), 2)

    def test_messages_activities_attachments_and_followers_are_kept(self):
        both, only_source = self._make_partner(), self._make_partner()
        self.target.message_subscribe(both.ids)
        self.source.message_subscribe((both | only_source).ids)
        messages = self.env["mail.message"]
        for customer in self.source | self.target:
            messages |= customer.message_post(body="Hello")
        activity = self.source.activity_schedule(
            "mail.mail_activity_data_todo", user_id=self.manager.id
        )
        attachment = self.env["ir.attachment"].create(
            {
                "name": "contract.txt",
                "raw": b"text",
                "res_model": "cpm.profile",
                "res_id": self.source.id,
            }
        )
        profile = self._merge(self.source)
        self.assertLessEqual(messages, profile.message_ids)
        self.assertEqual(activity.res_id, profile.id)
        self.assertEqual(attachment.res_id, profile.id)
        self.assertLessEqual(both | only_source, profile.message_partner_ids)

    def test_facts_of_people_are_taken_over_where_missing(self):
        self.company.cpm_preference_definition = [
            {"name": "colour", "string": "Colour", "type": "char"}
        ]
        self.source.write(
            {
                "manager_id": self.user_own.id,
                "note": "Pays late",
                "preferences": {"colour": "red"},
            }
        )
        profile = self._merge(self.source)
        self.assertEqual(profile.manager_id, self.user_own)
        self.assertIn("Pays late", profile.note)
        self.assertEqual(profile.preferences["colour"], "red")

    def test_assistants_of_both_are_kept(self):
        self.source.assistant_ids = self.user_own
        self.target.assistant_ids = self.user_all
        self.assertEqual(
            self._merge(self.source).assistant_ids, self.user_own | self.user_all
        )

    def test_newest_assessment_of_the_strategic_value_counts(self):
        for customer, value, day in (
            (self.source, 80, date(2024, 5, 1)),
            (self.target, 20, date(2024, 1, 1)),
        ):
            customer.sudo().write(
                {
                    "strategic_value": value,
                    "strategic_value_date": day,
                    "strategic_value_user_id": self.manager.id,
                }
            )
        profile = self._merge(self.source)
        self.assertEqual(profile.strategic_value, 80)
        self.assertEqual(profile.strategic_value_date, date(2024, 5, 1))

    def test_newest_manual_value_counts_and_others_are_kept(self):
        size = self._make_manual_metric("size")
        rooms = self._make_manual_metric("rooms")
        self._give_value(self.source, size, 100, date(2024, 5, 1))
        self._give_value(self.target, size, 50, date(2024, 1, 1))
        self._give_value(self.source, rooms, 7, date(2023, 1, 1))
        profile = self._merge(self.source)
        values = {row.metric_id: row.number for row in profile.metric_value_ids}
        self.assertEqual(values, {size: 100, rooms: 7})

    def test_older_manual_value_does_not_win(self):
        size = self._make_manual_metric("size")
        self._give_value(self.source, size, 100, date(2024, 1, 1))
        self._give_value(self.target, size, 50, date(2024, 5, 1))
        profile = self._merge(self.source)
        self.assertEqual(profile.metric_value_ids.mapped("number"), [50])

    def test_refusal_of_scoring_counts_for_the_merged_customer(self):
        self.source.score_excluded = True
        self._give_score(self.target, 90)
        self._run(fields.Date.context_today(self.target))
        profile = self._merge(self.source)
        self.assertTrue(profile.score_excluded)
        self.assertFalse(profile.value_level)

    # ------------------------------------------------------- Which profile stays

    def test_profile_judged_by_a_person_stays(self):
        self.source._set_tier(self.tier_a, origin="manual", reason="Agreed")
        profile = self._merge(self.source)
        self.assertEqual(profile, self.source)
        self.assertEqual(profile.partner_id, self.kept)
        self.assertEqual(profile.tier_id, self.tier_a)
        self.assertEqual(profile.tier_reason, "Agreed")

    def test_active_profile_stays_before_an_archived_one(self):
        self._assign_tier(self.source, self.tier_a)
        self.source.action_archive()
        profile = self._merge(self.source)
        self.assertEqual(profile, self.target)
        self.assertTrue(profile.active)

    def test_profile_of_the_source_moves_when_the_target_has_none(self):
        self._assign_tier(self.source, self.tier_a)
        partner = self._make_partner()
        profile = self._merge(self.source, into=partner)
        self.assertEqual(profile, self.source)
        self.assertEqual(profile.partner_id, partner)

    def test_three_become_one(self):
        third = self._make_customer()
        for customer in (self.source, self.target, third):
            self._make_purchases(customer, ("2024-01-01", 1))
        profile = self._merge(self.source, third)
        self.assertEqual(len(profile), 1)
        self.assertEqual(len(profile.transaction_ids), 3)

    def test_profiles_of_each_company_stay_apart(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        shared = self._make_partner(company_id=False)
        target = self._make_partner(company_id=False)
        here = self._make_customer(partner=shared)
        there = self._make_customer(partner=target, profile={"company_id": other.id})
        self._merge(shared, into=target)
        self.assertEqual((here | there).partner_id, target)

    # ------------------------------------------------------- Contacts of companies

    def test_merge_into_a_person_of_a_company_serves_the_company(self):
        firm = self._make_customer(is_company=True)
        firm_contact = firm.partner_id
        person = self._make_partner(parent_id=firm_contact.id)
        purchase = self._make_purchases(self.source, ("2024-01-01", 10))
        self._assign_tier(self.source, self.tier_a)
        changes = self.source.tier_change_ids
        profile = self._merge(self.source, into=person)
        self.assertEqual(len(profile), 1)
        self.assertEqual(profile.partner_id, firm_contact)
        self.assertEqual(purchase.partner_id, person)
        self.assertEqual(purchase.profile_id, profile)
        self.assertLessEqual(changes, profile.tier_change_ids)

    def _bought_by_a_person_of_a_company(self):
        firm = self._make_customer(is_company=True)
        person = self._make_partner(parent_id=firm.partner_id.id)
        metric = self._make_metric("revenue", "sum")
        self._make_scorecard((metric, 1, (0, 100)), purpose="health")
        today = fields.Date.context_today(firm)
        purchase = self._make_purchases(person, (today, 10))
        self._run(today)
        self.assertEqual(firm.health_score, 10)
        return firm, person, purchase

    def test_purchases_follow_a_person_merged_into_a_person_of_another_company(self):
        firm, person, purchase = self._bought_by_a_person_of_a_company()
        other = self._make_customer(is_company=True)
        colleague = self._make_partner(parent_id=other.partner_id.id)
        profile = self._merge(person, into=colleague)
        self.assertEqual(profile, other)
        self.assertEqual(purchase.profile_id, other)
        self.assertEqual(other.health_score, 10)
        self.assertFalse(firm.health_level, "nothing is left to judge it by")

    def test_contact_that_becomes_a_person_of_a_company_by_the_merge(self):
        """Odoo hands the company of the one merged away over to the other."""
        firm, person, purchase = self._bought_by_a_person_of_a_company()
        self._make_purchases(self.target, (purchase.date, 20))
        self.assertEqual(self._merge(person), firm)
        self.assertEqual(purchase.profile_id, firm)
        self.assertEqual(firm.health_score, 30)
        self.assertFalse(self.target.active, "kept, but at rest")

    def test_purchases_of_a_contact_without_profile_join_the_profile(self):
        partner = self._make_partner()
        purchase = self._make_purchases(partner, ("2024-01-01", 10))
        self.assertFalse(purchase.profile_id)
        self.assertEqual(self._merge(partner), purchase.profile_id)

    # ------------------------------------------------------------------- Scores

    def test_merged_customer_is_scored_at_once(self):
        metric = self._make_metric("revenue", "sum")
        self._make_scorecard((metric, 1, (0, 100)), purpose="health")
        today = fields.Date.context_today(self.target)
        self._make_purchases(self.source, (today, 10))
        self._make_purchases(self.target, (today, 20))
        self._run(today)
        profile = self._merge(self.source)
        self.assertEqual(profile.health_score, 30)

    def _check_explanation(self, keeper):
        self._give_score(self.target, 90)
        self._give_value(self.source, self.points, 10, date(2000, 1, 1))
        self._run(fields.Date.context_today(self.target))
        keeper._set_tier(self.tier_a, origin="manual", reason="Keep this one")
        profile = self._merge(self.source)
        self.assertEqual(profile, keeper)
        self.assertEqual(profile.value_score, 90)
        latest = profile._get_latest_scores()[profile.id, "value"]
        self.assertEqual(latest.score, 90)

    def test_explanation_shown_is_that_of_the_merged_customer(self):
        self._check_explanation(self.target)

    def test_explanation_is_right_whichever_profile_stays(self):
        self._check_explanation(self.source)

    def test_full_run_after_a_merge_changes_nothing(self):
        for customer, score in ((self.source, 85), (self.target, 45)):
            self._give_score(customer, score)
        today = fields.Date.context_today(self.target)
        self._run(today)
        self._merge(self.source)
        self.assertEqual(self._run(today, full=True).changed, 0)

    def test_people_without_our_rights_merge_contacts_as_ever(self):
        groups = "base.group_user,base.group_partner_manager,base.group_erp_manager"
        if self.env.ref("account.group_account_readonly", raise_if_not_found=False):
            # Accounting lets only its own people merge contacts
            groups += ",account.group_account_readonly"
        clerk = new_test_user(
            self.env,
            login="merge_clerk",
            groups=groups,
            company_id=self.company.id,
        )
        self._assign_tier(self.source, self.tier_a)
        profile = self._merge(self.source, user=clerk)
        self.assertEqual(len(profile), 1)
        self.assertEqual(profile.partner_id, self.kept)
