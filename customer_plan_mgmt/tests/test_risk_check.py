"""Checks that come due, reminders that come once."""

from datetime import timedelta
from unittest.mock import patch

from freezegun import freeze_time

from odoo.tools import mute_logger

from .common_performances import PerformanceCase
from .common_risk import TODAY, RiskCase

CRON = "odoo.addons.customer_plan_mgmt.models.mixins.cpm_batch_mixin"


class TestRiskCheck(RiskCase):
    def test_the_next_check_comes_as_the_level_asks_for(self):
        for probability, days in ((1, 180), (2, 90), (3, 30), (5, 14)):
            risk = self._make_risk(probability, 4, identified_on=TODAY)
            with self.subTest(days):
                self.assertEqual(risk.next_check_on, TODAY + timedelta(days=days))

    def test_the_risk_itself_may_ask_for_other_days(self):
        risk = self._make_risk(5, 5, identified_on=TODAY, review_days=3)
        self.assertEqual(risk.next_check_on, TODAY + timedelta(days=3))
        self.assertEqual(risk.interval_days, 3)

    def test_without_level_the_company_says_how_often(self):
        risk = self._make_risk(identified_on=TODAY)
        self.assertEqual(risk.next_check_on, TODAY + timedelta(days=30))
        self.company.cpm_risk_review_days = 7
        self.assertEqual(risk.next_check_on, TODAY + timedelta(days=7))

    def test_other_days_of_a_level_move_its_checks(self):
        risk = self._make_risk(5, 5, identified_on=TODAY)
        self.critical.review_days = 5
        self.assertEqual(risk.next_check_on, TODAY + timedelta(days=5))

    @freeze_time(TODAY)
    def test_a_check_and_an_assessment_begin_a_new_interval(self):
        risk = self._make_risk(3, 4, identified_on=self._before(100))
        self.assertTrue(risk.is_check_overdue)
        self.assertIn(risk, self.risks.search([("is_check_overdue", "=", True)]))
        risk.with_user(self.user_own).action_check()
        self.assertEqual(risk.checked_on, TODAY)
        self.assertEqual(risk.checked_by_id, self.user_own)
        self.assertEqual(risk.next_check_on, TODAY + timedelta(days=30))
        self.assertFalse(risk.is_check_overdue)
        other = self._make_risk(3, 4, identified_on=self._before(100))
        self._assess(other, "residual", 5, 5)
        self.assertEqual(other.next_check_on, TODAY + timedelta(days=14))


class TestRiskReminders(RiskCase):
    def _due(self, days=0, **vals):
        """Return a risk whose check was due ``days`` ago."""
        return self._make_risk(3, 4, identified_on=self._before(30 + days), **vals)

    def _count(self, risk):
        activities = self.env["mail.activity"].search(
            [("res_model", "=", risk._name), ("res_id", "in", risk.ids)]
        )
        return len(activities)

    def test_the_owner_is_reminded_on_the_day_and_once(self):
        risk = self._due()
        self._cron(self._before(1))
        self.assertFalse(self._asked(risk))
        for _night in range(3):
            self._cron()
            self.assertEqual(self._asked(risk), self.user_own)
            self.assertEqual(self._count(risk), 1)

    def test_a_manager_is_told_some_days_later_and_once(self):
        risk = self._due()
        self._cron()
        self._cron(TODAY + timedelta(days=14))
        self.assertEqual(self._asked(risk), self.user_own)
        for days in (15, 16, 40):
            self._cron(TODAY + timedelta(days=days))
            self.assertEqual(len(self._asked(risk)), 2)
            self.assertEqual(self._count(risk), 2)

    def test_forty_days_of_standstill_bring_one_reminder_each(self):
        risks = self._due() | self._due() | self._due(20)
        self._cron(TODAY + timedelta(days=40))
        for risk in risks:
            self.assertEqual(self._count(risk), 2)  # owner and manager
        self._cron(TODAY + timedelta(days=41))
        self.assertEqual(self._count(risks), 6)

    def test_the_next_check_is_reminded_of_again(self):
        risk = self._due()
        self._cron()
        with freeze_time(TODAY):
            risk.with_user(self.user_own).action_check()
        self.assertFalse(self._asked(risk))
        self._cron(TODAY + timedelta(days=29))
        self.assertFalse(self._asked(risk))
        self._cron(TODAY + timedelta(days=30))
        self.assertEqual(self._asked(risk), self.user_own)

    def test_the_activity_that_is_done_is_a_check(self):
        risk = self._due()
        self._cron()
        with freeze_time(TODAY):
            risk.activity_ids.with_user(self.user_own).action_feedback("Looked at it")
        self.assertEqual(risk.checked_on, TODAY)
        self.assertEqual(risk.checked_by_id, self.user_own)

    def test_closed_and_archived_risks_rest(self):
        closed, archived = self._due(), self._due()
        closed._close("Over")
        archived.active = False
        self._cron()
        self.assertFalse(self._asked(closed | archived))

    def test_risks_of_people_who_left_go_to_a_manager(self):
        leaver = self._make_user("cpm_leaver", "customer_plan_mgmt.group_cpm_user")
        risk = self._due(user_id=leaver.id)
        leaver.active = False
        self.company.cpm_risk_manager_id = self.manager
        self._cron()
        self.assertEqual(self._asked(risk), self.manager)

    def test_one_bad_risk_holds_up_nobody(self):
        good, bad, more = self._due(), self._due(name="Bad"), self._due()
        ask = type(self.risks)._ask_to_check

        def poisoned(risks, user):
            if "Bad" in risks.mapped("name"):
                raise ValueError("Broken")
            return ask(risks, user)

        with (
            patch.object(type(self.risks), "_ask_to_check", poisoned),
            mute_logger(CRON),
        ):
            self._cron()
            self._cron()
        for risk in good | more:
            self.assertEqual(self._count(risk), 1)
        self.assertFalse(self._asked(bad))
        told = bad.activity_ids
        self.assertEqual(len(told), 1)
        self.assertIn("Broken", told.note)
        self.assertTrue(told.user_id.has_group("customer_plan_mgmt.group_cpm_admin"))
        self._cron()
        self.assertEqual(self._asked(bad), self.user_own)

    def test_a_killed_run_goes_on_where_it_stopped(self):
        risks = self.risks.union(*(self._due() for _number in range(5)))
        ask, calls = type(self.risks)._ask_to_check, []

        def killed(batch, user):
            calls.append(batch)
            if len(calls) == 3:
                raise KeyboardInterrupt
            return ask(batch, user)

        with (
            patch(f"{CRON}.BATCH", 1),
            patch.object(type(self.risks), "_ask_to_check", killed),
            self.assertRaises(KeyboardInterrupt),
        ):
            self._cron()
        self._cron()
        self.assertEqual(self._count(risks), 5)
        for risk in risks:
            self.assertEqual(self._asked(risk), self.user_own)

    def test_companies_have_their_own_days(self):
        risk = self._due()
        self.company.cpm_risk_manager_days = 0
        self._cron(TODAY + timedelta(days=1))
        self.assertEqual(len(self._asked(risk)), 2)


class TestRiskReminderQueries(RiskCase, PerformanceCase):
    def test_reminders_are_sent_in_batches(self):
        counts = []
        for number in (5, 50):
            self.risks.search([("company_id", "=", self.company.id)]).active = False
            for _index in range(number):
                self._make_risk(3, 4, identified_on=self._before(30))
            counts.append(self._count(self._cron))
        self.assertLessEqual(counts[1] - counts[0], 90)  # two a risk at most
