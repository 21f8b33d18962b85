"""The scheduled action for reviews: on time, once, and whatever is wrong with a plan."""

from datetime import date
from unittest.mock import call, patch

from freezegun import freeze_time

from odoo.tools import mute_logger

from .common_plan_review import ReviewCase

LOGGER = "odoo.addons.customer_plan_mgmt.models.plan.cpm_plan_cron"


class TestPlanReviewCron(ReviewCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.write({"cpm_review_ahead_days": 14, "cpm_review_manager_days": 7})
        cls.company.cpm_review_manager_id = cls.manager
        # Plans of the demo data, or of other tests, are none of ours
        cls.plans.search([("id", "!=", cls.plan.id)]).active = False

    def _asked(self, review, user):
        return self._activities(review, "mail_activity_plan_review", user)

    def test_a_review_is_made_ahead_of_time_and_once(self):
        self._cron("2024-02-14")
        self.assertFalse(self.plan.review_ids)
        for day in ("2024-02-15", "2024-02-15", "2024-02-16", "2024-02-29"):
            self._cron(day)
            with self.subTest(day):
                self.assertEqual(len(self.plan.review_ids), 1)
        review = self.plan.review_ids
        self.assertEqual(
            (review.date_due, review.state), (date(2024, 2, 29), "planned")
        )
        self.assertEqual(review.facts[f"goal_{self.goal.id}"], 100)
        self.assertFalse(self._asked(review, self.owner), "it is not late yet")

    def test_after_a_standstill_there_is_one_review_and_one_reminder_each(self):
        """Forty days nobody worked: one review, not one for every date that passed."""
        self._cron("2024-04-10")
        self.assertEqual(len(self.plan.review_ids), 1)
        review = self._planned()
        self.assertEqual(review.date_due, date(2024, 2, 29))
        for user in (self.owner, self.manager):
            self.assertEqual(len(self._asked(review, user)), 1)
        before = self._rows()
        activities = review.activity_ids
        for day in ("2024-04-10", "2024-04-11"):
            self._cron(day)
            self.assertEqual(self._rows(), before)
            self.assertEqual(review.activity_ids, activities)
        with self._today("2024-04-11"):
            self._hold(review)
        self.assertFalse(review.activity_ids)
        self.assertEqual(self.plan.next_review_on, date(2024, 5, 11))

    def test_the_owner_is_reminded_and_then_the_manager(self):
        self._cron("2024-02-20")
        review = self._planned()
        for day, owner, manager in (
            ("2024-02-29", 0, 0),
            ("2024-03-01", 1, 0),
            ("2024-03-07", 1, 0),
            ("2024-03-08", 1, 1),
            ("2024-03-20", 1, 1),
        ):
            self._cron(day)
            with self.subTest(day):
                self.assertEqual(len(self._asked(review, self.owner)), owner)
                self.assertEqual(len(self._asked(review, self.manager)), manager)
        self.assertIn("02/29/2024", self._asked(review, self.owner).note)

    def test_the_settings_say_when(self):
        self.company.write({"cpm_review_ahead_days": 0, "cpm_review_manager_days": 0})
        self._cron("2024-02-28")
        self.assertFalse(self.plan.review_ids)
        self._cron("2024-02-29")
        self._cron("2024-03-01")
        review = self._planned()
        self.assertTrue(self._asked(review, self.owner))
        self.assertTrue(self._asked(review, self.manager))

    def test_reminders_speak_the_language_of_the_reader(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.owner.lang = "fr_FR"
        self._cron("2024-03-01")
        self.assertIn("29/02/2024", self._asked(self._planned(), self.owner).note)

    def test_missed_reviews_go_to_whom_the_settings_name(self):
        """Who need not be a manager, but has to see the review."""
        director = self._make_user("cpm_director", self._group("user_all"))
        for person, told in ((director, director), (self.user_own, None)):
            self.company.cpm_review_manager_id = person
            with self.subTest(person.login), self.env.cr.savepoint() as savepoint:
                self._cron("2024-04-10")
                review = self._planned()
                asked = self._activities(review, "mail_activity_plan_review")
                others = asked.user_id - self.owner
                self.assertEqual(len(others), 1)
                if told:
                    self.assertEqual(others, told)
                else:
                    self.assertTrue(others.has_group(self._group("manager")))
                savepoint.rollback()
            self.env.invalidate_all()

    def test_an_owner_who_left_holds_up_nobody(self):
        self.owner.active = False
        self._cron("2024-04-10")
        self.assertTrue(self._asked(self._planned(), self.manager))

    def test_a_review_moved_by_hand_is_due_then(self):
        self._cron("2024-02-20")
        review = self._planned()
        self._as(review, self.manager).date_due = "2024-03-15"
        self.assertEqual(self.plan.next_review_on, date(2024, 3, 15))
        self._cron("2024-03-14")
        self.assertFalse(review.activity_ids)

    def test_missed_again_is_told_again(self):
        self._cron("2024-02-15")
        review = self._planned()
        with self._today("2024-02-15"):
            self._as(review, self.owner).date_due = "2024-02-16"
        self._cron("2024-02-24")
        for user in (self.owner, self.manager):
            self.assertEqual(len(self._asked(review, user)), 1)
        with self._today("2024-02-24"):
            self._as(review, self.owner).date_due = "2024-02-28"
        self.assertFalse(review.owner_reminded_on or review.manager_reminded_on)
        for day, told in (("2024-02-28", 0), ("2024-02-29", 1), ("2024-03-07", 2)):
            self._cron(day)
            with self.subTest(day):
                asked = self._activities(review, "mail_activity_plan_review")
                self.assertEqual(len(asked), 2, "one task each, not two")
                again = asked.filtered(lambda item: "02/28/2024" in item.note)
                self.assertEqual(len(again), told)

    def _told(self, user):
        return len(self._activities(self.plan, "mail_activity_plan_decide", user))

    def _check_told(self, *days):
        for day, owner, manager in days:
            self._cron(day)
            with self.subTest(day):
                told = (self._told(self.owner), self._told(self.manager))
                self.assertEqual(told, (owner, manager))

    def test_a_plan_whose_review_was_put_off_is_told_of(self):
        review = self._make_review(date_due="2199-01-01")
        self._check_told(
            ("2024-02-29", 0, 0),
            ("2024-03-01", 1, 0),
            ("2024-03-07", 1, 0),
            ("2024-03-08", 1, 1),
            ("2024-03-20", 1, 1),
        )
        with self._today("2024-03-20"):
            self._hold(review)
        self._check_told(("2024-03-21", 0, 0))

    def test_a_plan_nobody_agrees_to_is_told_of(self):
        self.plan.sudo().write({"stage": "design", "step_on": "2024-01-31"})
        self._check_told(
            ("2024-02-29", 0, 0),
            ("2024-03-01", 1, 0),
            ("2024-03-08", 1, 1),
        )
        with self._today("2024-03-09"):
            self._as(self.plan, self.owner).action_submit()
        self._check_told(("2024-03-10", 0, 0), ("2024-04-10", 1, 0))

    def test_a_reminder_that_was_put_aside_does_not_come_back(self):
        self.plan.sudo().write({"stage": "design", "step_on": "2024-01-31"})
        self._check_told(("2024-03-01", 1, 0))
        self.plan.activity_ids.unlink()
        self._check_told(("2024-03-02", 0, 0))

    def test_a_period_that_ended_is_told_of(self):
        self.plan.review_interval_months = 0
        self._check_told(("2024-12-30", 0, 0), ("2024-12-31", 1, 0))
        activity = self._activities(self.plan, "mail_activity_plan_decide")
        self.assertIn("The period ended 1 days ago", activity.note)
        self._as(self.plan, self.owner).action_cancel()
        self.assertFalse(self._told(self.owner))

    def test_a_plan_that_fails_is_reported_once_and_holds_up_nobody(self):
        plans = [self.plan]
        for _number in range(2):
            customer = self._make_customer()
            self._give_value(customer, self.revenue, 100)
            plan = self._make_plan(customer, review_interval_months=1)
            self._make_goal(plan)
            with self._today("2024-01-31"):
                self._agree(plan)
            plans.append(plan)
        poison = plans[1]
        prepare = type(self.plans)._prepare_review

        def fail(records):
            if records == poison:
                self.env.cr.execute("SELECT 1 / 0")
            return prepare(records)

        for _day in range(2):
            with (
                patch.object(type(self.plans), "_prepare_review", fail),
                mute_logger(LOGGER, "odoo.sql_db"),
            ):
                self._cron("2024-02-20")
        self.assertTrue(self._planned(plans[0]) and self._planned(plans[2]))
        self.assertFalse(poison.review_ids)
        told = poison.activity_ids.filtered(
            lambda item: "scheduled action for reviews failed" in (item.summary or "")
        )
        self.assertEqual(len(told), 1)
        self.assertEqual(told.user_id, self.owner)
        self.assertIn("division by zero", told.note)
        self._cron("2024-02-20")
        self.assertTrue(self._planned(poison), "the next run makes up for it")

    def test_a_plan_somebody_works_on_waits_for_the_next_run(self):
        nothing = self.plans.browse()
        with patch.object(
            type(self.plans), "try_lock_for_update", lambda *_args, **_kwargs: nothing
        ):
            self._cron("2024-02-20")
        self.assertFalse(self.plan.review_ids)
        self._cron("2024-02-21")
        self.assertTrue(self._planned())

    def test_when_the_time_is_up_the_action_comes_back(self):
        crons = type(self.env["ir.cron"])
        with (
            self._today("2024-02-20"),
            patch.object(crons, "_commit_progress", return_value=0) as commit,
        ):
            self.plans._cron_reviews()
        self.assertEqual(commit.mock_calls, [call(1), call(remaining=1)])

    def test_when_everything_is_done_the_action_says_so(self):
        crons = type(self.env["ir.cron"])
        with (
            self._today("2024-02-20"),
            patch.object(crons, "_commit_progress", return_value=9) as commit,
        ):
            self.plans._cron_reviews()
        self.assertEqual(commit.mock_calls, [call(1), call(remaining=0)])

    def test_archived_and_finished_plans_are_left_alone(self):
        for stage, active in (("cancelled", True), ("needs", True), ("agreed", False)):
            self.plan.sudo().write({"stage": stage, "active": active})
            self._cron("2024-06-01")
            with self.subTest(stage):
                self.assertFalse(self.plan.review_ids)
            self.plan.sudo().write({"stage": "agreed", "active": True})

    def test_the_day_is_that_of_the_company(self):
        """At 16:30 UTC on 14 February it is the 15th in Shanghai."""
        for zone, made in (("UTC", 0), ("Asia/Shanghai", 1)):
            self.company.partner_id.tz = zone
            self._cron_at("2024-02-14 16:30:00")
            with self.subTest(zone):
                self.assertEqual(len(self.plan.review_ids), made)

    def test_summer_time_moves_no_review(self):
        self.company.partner_id.tz = "Europe/Brussels"
        with self._today("2024-03-30"):
            self.plan._note_decision()
        self.assertEqual(self.plan.next_review_on, date(2024, 4, 30))
        for moment, made in (("2024-04-15 21:59:00", 0), ("2024-04-15 22:00:00", 1)):
            self._cron_at(moment)
            self.assertEqual(len(self.plan.review_ids), made)

    def _cron_at(self, moment):
        crons = type(self.env["ir.cron"])
        with (
            freeze_time(moment),
            patch.object(crons, "_commit_progress", return_value=9),
        ):
            self.plans._cron_reviews()
