"""Demotions that need a manager's approval."""

from datetime import timedelta

from freezegun import freeze_time

from .common import DAY, CpmCommon


class TestScoringTierProposal(CpmCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._make_direct_scores()
        cls.company.cpm_demotion_approval = True
        cls.customer = cls._make_customer()
        cls._assign_tier(cls.customer, cls.tier_a, DAY - timedelta(days=400))

    def _night(self, score=None, days=0, **options):
        if score is not None:
            self._give_score(self.customer, score)
        day = DAY + timedelta(days=days)
        with freeze_time(f"{day} 02:00:00"):
            return self._run(day, **options)

    def _decide(self, action, days):
        with freeze_time(f"{DAY + timedelta(days=days)} 09:00:00"):
            getattr(self._open().with_user(self.manager), action)()

    def _open(self):
        return self.customer.tier_change_ids.filtered(lambda c: c.state == "proposed")

    def test_demotion_is_only_proposed(self):
        self._night(45)
        self.assertEqual(self.customer.tier_id, self.tier_a)
        self.assertEqual(self.customer.value_score, 45)
        proposal = self._open()
        self.assertEqual(proposal.from_tier_id, self.tier_a)
        self.assertEqual(proposal.to_tier_id, self.tier_b)
        self.assertEqual(proposal.score, 45)
        self.assertEqual(proposal.origin, "rule")
        self.assertIn("Silver", self.customer.message_ids[0].body)

    def test_promotion_needs_no_approval(self):
        self._assign_tier(self.customer, self.tier_c, DAY - timedelta(days=300))
        self._night(85)
        self.assertEqual(self.customer.tier_id, self.tier_a)
        self.assertFalse(self._open())

    def test_proposal_is_not_doubled_by_the_next_night(self):
        self._night(45)
        notes = len(self.customer.message_ids)
        for night, full in ((1, True), (2, False), (3, True)):
            result = self._night(days=night, full=full)
            self.assertEqual(result.changed, 0)
        self.assertEqual(len(self._open()), 1)
        self.assertEqual(len(self.customer.message_ids), notes)

    def test_deeper_fall_replaces_the_proposal(self):
        self._night(45)
        first = self._open()
        self._night(10, days=1)
        self.assertEqual(first.state, "expired")
        self.assertEqual(self._open().to_tier_id, self.tier_c)

    def test_proposal_expires_when_the_score_recovers(self):
        self._night(45)
        proposal = self._open()
        self._night(75, days=1)
        self.assertEqual(proposal.state, "expired")
        self.assertFalse(self._open())
        self.assertEqual(self.customer.tier_id, self.tier_a)

    def test_applied_proposal_moves_the_customer_by_rule(self):
        self._night(45)
        proposal = self._open()
        self._decide("action_apply", 1)
        self.assertEqual(self.customer.tier_id, self.tier_b)
        self.assertEqual(self.customer.tier_origin, "rule")
        self.assertEqual(self.customer.tier_since, DAY + timedelta(days=1))
        self.assertEqual(proposal.state, "applied")
        self.assertEqual(self._night(days=2).changed, 0)

    def test_applied_proposal_takes_effect_on_the_day_it_is_applied(self):
        self._night(45)
        proposal = self._open()
        self._decide("action_apply", 20)
        self.assertEqual(proposal.effective_date, DAY + timedelta(days=20))

    def test_rejected_demotion_rests(self):
        """A manager who said no is not asked again the next morning."""
        self.company.cpm_proposal_pause_days = 30
        self._night(45)
        self._decide("action_reject", 0)
        for night in (1, 15, 29):
            self._night(days=night)
            self.assertFalse(self._open(), f"night {night}")
        self._night(days=31)
        self.assertEqual(len(self._open()), 1)

    def test_rest_of_a_rejected_demotion_ends_in_an_incremental_night(self):
        self.company.cpm_proposal_pause_days = 30
        self._night(45)
        self._decide("action_reject", 0)
        self._make_customers(3)
        self._night(days=29)
        self._forget_edits()
        result = self._night(days=32, full=False)
        self.assertFalse(result.full)
        self.assertEqual(result.looked_at, 1)
        self.assertEqual(len(self._open()), 1)

    def test_of_two_proposals_selected_together_the_newest_is_applied(self):
        self._night(45)
        by_rule = self._open()
        wizard = self.env["cpm.tier.assign"].with_user(self.user_all)
        wizard.create(
            {
                "profile_ids": self.customer.ids,
                "tier_id": self.tier_c.id,
                "reason": "Moved away",
            }
        ).action_apply()
        self._night(days=1)
        by_hand = self._open() - by_rule
        self.assertTrue(by_hand)
        newest, oldest = self._open().sorted("id", reverse=True)
        (oldest | newest).with_user(self.manager).action_apply()
        self.assertEqual(newest.state, "applied")
        self.assertEqual(oldest.state, "expired")
        self.assertFalse(oldest.decided_on)
        self.assertEqual(self.customer.tier_id, newest.to_tier_id)

    def test_deeper_fall_is_proposed_although_the_first_was_rejected(self):
        self.company.cpm_proposal_pause_days = 30
        self._night(45)
        self._decide("action_reject", 0)
        self._night(10, days=1)
        self.assertEqual(self._open().to_tier_id, self.tier_c)

    def test_minimum_stay_holds_for_proposals_too(self):
        self.tier_a.minimum_stay_days = 500
        self._night(45)
        self.assertFalse(self._open())

    def test_without_the_setting_open_proposals_are_carried_out_by_the_rule(self):
        self._night(45)
        proposal = self._open()
        self.company.cpm_demotion_approval = False
        self._night(days=1)
        self.assertEqual(self.customer.tier_id, self.tier_b)
        self.assertEqual(proposal.state, "expired")
        self.assertFalse(self._open())

    def test_customer_excluded_from_scoring_keeps_no_proposal_of_a_machine(self):
        self._night(45)
        proposal = self._open()
        self.customer.score_excluded = True
        self.assertEqual(proposal.state, "expired")
