"""Tiers set, proposed, released and imported by people."""

from datetime import timedelta

from lxml import etree

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError

from .common import CpmCommon


class TestProfileTierHand(CpmCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._make_direct_scores()
        cls.customer = cls._make_customer(profile={"manager_id": cls.user_own.id})
        cls.today = fields.Date.context_today(cls.customer)
        cls._give_score(cls.customer, 10)

    def _wizard(self, user, tier=None, customers=None, **vals):
        return (
            self.env["cpm.tier.assign"]
            .with_user(user)
            .create(
                {
                    "profile_ids": (customers or self.customer).ids,
                    "tier_id": (tier or self.tier_a).id,
                    "reason": "Reference customer",
                    **vals,
                }
            )
        )

    def _night(self, days):
        self._run(self.today + timedelta(days=days))
        return self.customer.tier_id

    def test_screens_tell_who_sets_a_tier_and_who_proposes_one(self):
        for user, words in (
            (self.user_own, "Propose tier"),
            (self.manager, "Set tier"),
        ):
            with self.subTest(user=user.login):
                customer = self.customer.with_user(user)
                self.assertTrue(customer.action_set_tier()["name"].startswith(words))
                for kind in ("list", "form"):
                    arch = customer.get_view(view_type=kind)["arch"]
                    buttons = etree.fromstring(arch).findall(
                        ".//button[@name='action_set_tier']"
                    )
                    self.assertEqual([b.get("string") for b in buttons], [words])

    # --------------------------------------------------------------- Managers

    def test_manager_sets_a_tier_with_reason(self):
        self._wizard(self.manager).action_apply()
        self.assertEqual(self.customer.tier_id, self.tier_a)
        self.assertEqual(self.customer.tier_origin, "manual")
        self.assertEqual(self.customer.tier_reason, "Reference customer")
        self.assertEqual(self.customer.tier_since, self.today)
        change = self.customer.tier_change_ids
        self.assertEqual(change.user_id, self.manager)
        self.assertEqual(change.state, "applied")
        self.assertIn("Reference customer", self.customer.message_ids[0].body)

    def test_tier_set_for_several_customers_at_once(self):
        customers = self._make_customers(3)
        self._wizard(self.manager, customers=customers).action_apply()
        self.assertEqual(customers.tier_id, self.tier_a)
        self.assertEqual(len(customers.tier_change_ids), 3)

    def test_tier_by_hand_without_end_is_never_moved_by_rule(self):
        self._wizard(self.manager).action_apply()
        self.assertEqual(self._night(0), self.tier_a)
        self.assertEqual(self._night(4000), self.tier_a)
        self.assertEqual(self.customer.tier_origin, "manual")

    def test_tier_by_hand_holds_through_its_last_day(self):
        last = self.today + timedelta(days=30)
        self._wizard(self.manager, expiry_date=last).action_apply()
        self.assertEqual(self._night(29), self.tier_a)
        self.assertEqual(self._night(30), self.tier_a, "the last day")
        self.assertEqual(self.customer.tier_change_ids.state, "applied")
        self.assertEqual(self._night(31), self.tier_c, "the day after")
        self.assertEqual(self.customer.tier_origin, "rule")
        self.assertFalse(self.customer.tier_locked_until)
        self.assertFalse(self.customer.tier_reason)
        self.assertEqual(self.customer.tier_change_ids[-1].state, "expired")

    def test_end_of_a_tier_by_hand_is_noticed_by_an_incremental_night(self):
        last = self.today + timedelta(days=30)
        self._wizard(self.manager, expiry_date=last).action_apply()
        self._make_customers(3)
        self._night(30)
        self._forget_edits()
        result = self._run(self.today + timedelta(days=31), full=False)
        self.assertFalse(result.full)
        self.assertEqual(result.looked_at, 1)
        self.assertEqual(self.customer.tier_id, self.tier_c)

    def test_tier_the_rule_would_give_anyway_just_becomes_its_own(self):
        self._wizard(
            self.manager, tier=self.tier_c, expiry_date=self.today
        ).action_apply()
        self._night(1)
        self.assertEqual(self.customer.tier_id, self.tier_c)
        self.assertEqual(self.customer.tier_origin, "rule")
        self.assertEqual(self.customer.tier_since, self.today, "did not move")
        self.assertEqual(len(self.customer.tier_change_ids), 1)

    def test_same_tier_again_keeps_since_and_is_no_news(self):
        self._assign_tier(self.customer, self.tier_a, self.today - timedelta(days=9))
        before = len(self.customer.message_ids)
        self._wizard(self.manager).action_apply()
        self.assertEqual(self.customer.tier_since, self.today - timedelta(days=9))
        self.assertEqual(self.customer.tier_origin, "manual")
        self.assertEqual(len(self.customer.message_ids), before)

    def test_entries_that_make_no_sense_are_refused(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        foreign = self._make_tiers(other)[0]
        cases = {
            "Reason": {"reason": "   "},
            "Until": {"expiry_date": self.today - timedelta(days=1)},
            "Customers": {"profile_ids": []},
        }
        for text, vals in cases.items():
            with self.subTest(text), self.assertRaisesRegex(ValidationError, text):
                self._wizard(self.manager, **vals).action_apply()
        with self.assertRaisesRegex(ValidationError, "another company"):
            self._wizard(self.env.user, tier=foreign).action_apply()
        self.assertFalse(self.customer.tier_change_ids)

    def test_an_end_today_is_accepted(self):
        self._wizard(self.manager, expiry_date=self.today).action_apply()
        self.assertEqual(self.customer.tier_locked_until, self.today)

    def test_a_tier_not_in_use_is_refused(self):
        """It has no thresholds any more, nothing could ever be compared with it."""
        self.tier_a.active = False
        with self.assertRaisesRegex(ValidationError, "Gold"):
            self._wizard(self.manager).action_apply()

    # ---------------------------------------------------------------- Release

    def test_released_tier_is_decided_by_the_next_run(self):
        self._wizard(self.manager).action_apply()
        self.customer.with_user(self.manager).action_release_tier()
        self.assertEqual(self.customer.tier_id, self.tier_a, "until the next run")
        self.assertEqual(self.customer.tier_origin, "rule")
        self.assertEqual(self._night(0), self.tier_c)

    def test_only_managers_release(self):
        self._wizard(self.manager).action_apply()
        with self.assertRaises(UserError):
            self.customer.with_user(self.user_own).action_release_tier()
        self.assertEqual(self.customer.tier_origin, "manual")

    # ------------------------------------------------------------------ Users

    def test_user_proposes_instead_of_setting(self):
        wizard = self._wizard(self.user_own)
        self.assertTrue(wizard.is_proposal)
        wizard.action_apply()
        self.assertFalse(self.customer.tier_id)
        change = self.customer.tier_change_ids
        self.assertEqual(change.state, "proposed")
        self.assertEqual(change.user_id, self.user_own)
        self.assertIn("Gold", self.customer.message_ids[0].body)

    def test_user_cannot_propose_for_the_customers_of_others(self):
        other = self._make_customer()
        with self.assertRaises(AccessError):
            self._wizard(self.user_own, customers=other).action_apply()
        self.assertFalse(other.tier_change_ids)

    def test_manager_applies_a_proposal(self):
        last = self.today + timedelta(days=10)
        self._wizard(self.user_own, expiry_date=last).action_apply()
        change = self.customer.tier_change_ids
        change.with_user(self.manager).action_apply()
        self.assertEqual(self.customer.tier_id, self.tier_a)
        self.assertEqual(self.customer.tier_origin, "manual")
        self.assertEqual(self.customer.tier_locked_until, last)
        self.assertEqual(change.state, "applied")
        self.assertEqual(change.decided_by_id, self.manager)
        self.assertTrue(change.decided_on)
        self.assertEqual(self.customer.tier_change_ids, change, "no second record")

    def test_manager_rejects_a_proposal(self):
        self._wizard(self.user_own).action_apply()
        change = self.customer.tier_change_ids
        change.with_user(self.manager).action_reject()
        self.assertFalse(self.customer.tier_id)
        self.assertEqual(change.state, "rejected")
        self.assertEqual(change.decided_by_id, self.manager)

    def test_decided_proposals_stay_decided(self):
        self._wizard(self.user_own).action_apply()
        change = self.customer.tier_change_ids.with_user(self.manager)
        change.action_reject()
        for action in (change.action_apply, change.action_reject):
            with self.assertRaises(UserError):
                action()
        self.assertFalse(self.customer.tier_id)

    def test_only_managers_decide(self):
        self._wizard(self.user_own).action_apply()
        change = self.customer.tier_change_ids
        for user in (self.user_own, self.user_all):
            for action in ("action_apply", "action_reject"):
                with self.subTest(user=user.login), self.assertRaises(UserError):
                    getattr(change.with_user(user), action)()
        self.assertEqual(change.state, "proposed")

    def test_newer_decision_ends_an_open_proposal(self):
        self._wizard(self.user_own).action_apply()
        proposal = self.customer.tier_change_ids
        self._wizard(self.user_own, tier=self.tier_b).action_apply()
        self.assertEqual(proposal.state, "expired")
        self._wizard(self.manager, tier=self.tier_c).action_apply()
        self.assertFalse(
            self.customer.tier_change_ids.filtered(lambda c: c.state == "proposed")
        )

    # ---------------------------------------------------------------- History

    def test_history_is_append_only_for_everybody(self):
        self._wizard(self.manager).action_apply()
        change = self.customer.tier_change_ids
        for user in (self.user_own, self.manager, self.admin):
            mine = change.with_user(user)
            with self.subTest(user=user.login):
                for vals in ({"state": "rejected"}, {"score": 99}, {"reason": "x"}):
                    with self.assertRaises(AccessError):
                        mine.write(vals)
                with self.assertRaises(AccessError):
                    mine.unlink()
                with self.assertRaises(AccessError):
                    mine.copy()
                with self.assertRaises(AccessError):
                    mine.create(
                        {
                            "profile_id": self.customer.id,
                            "company_id": self.company.id,
                            "origin": "rule",
                            "reason": "forged",
                            "effective_date": self.today,
                        }
                    )

    def test_history_cannot_be_edited_through_the_profile(self):
        self._wizard(self.manager).action_apply()
        change = self.customer.tier_change_ids
        with self.assertRaises(AccessError):
            self.customer.with_user(self.admin).write(
                {"tier_change_ids": [(1, change.id, {"reason": "forged"})]}
            )
        with self.assertRaises(AccessError):
            self.customer.with_user(self.admin).write(
                {"tier_change_ids": [(2, change.id)]}
            )

    # ----------------------------------------------------------------- Import

    def _load(
        self, user, rows, columns=("id", "partner_id/.id", "tier_id", "tier_reason")
    ):
        result = (
            self.profiles.with_user(user)
            .with_context(import_file=True)
            .load(list(columns), rows)
        )
        self.env.invalidate_all()
        return result

    def test_manager_imports_tiers_with_history(self):
        partner = self._make_partner()
        result = self._load(
            self.manager,
            [["__import__.cpm_t1", str(partner.id), "Silver", "From the old system"]],
        )
        self.assertFalse(result["messages"])
        profile = self.profiles.browse(result["ids"])
        self.assertEqual(profile.tier_id, self.tier_b)
        self.assertEqual(profile.tier_origin, "import")
        self.assertEqual(profile.tier_change_ids.reason, "From the old system")
        self.assertEqual(profile.tier_change_ids.origin, "import")

    def test_imported_tier_of_an_existing_customer(self):
        result = self._load(
            self.manager,
            [[str(self.customer.id), "Gold"]],
            columns=(".id", "tier_id"),
        )
        self.assertFalse(result["messages"])
        self.assertEqual(self.customer.tier_id, self.tier_a)
        self.assertEqual(self.customer.tier_change_ids.origin, "import")

    def test_imported_tier_is_left_to_the_rule_afterwards(self):
        self._load(
            self.manager, [[str(self.customer.id), "Gold"]], columns=(".id", "tier_id")
        )
        self.assertEqual(self._night(0), self.tier_c)

    def test_users_cannot_import_tiers(self):
        for user in (self.user_own, self.user_all):
            with self.subTest(user=user.login):
                result = self._load(
                    user, [[str(self.customer.id), "Gold"]], columns=(".id", "tier_id")
                )
                self.assertTrue(result["messages"])
                self.assertFalse(self.customer.tier_id)

    def test_import_context_opens_nothing_else(self):
        """Anybody can send a context key; only tier and its reason pass, and only
        for managers."""
        forged = self.customer.with_context(import_file=True)
        with self.assertRaises(UserError):
            forged.with_user(self.user_own).write({"tier_id": self.tier_a.id})
        with self.assertRaises(AccessError):
            forged.with_user(self.manager).write(
                {"tier_id": self.tier_a.id, "tier_since": self.today}
            )
        self.assertFalse(self.customer.tier_change_ids)
