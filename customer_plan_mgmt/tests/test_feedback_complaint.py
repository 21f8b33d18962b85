"""Complaints: cause and action, check of the effect, letter."""

from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from .common_feedback import FeedbackCase


@tagged("post_install", "-at_install")
class TestFeedbackComplaint(FeedbackCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.write({"cpm_complaint_cause": True, "cpm_recurrence_days": 90})
        cls.now = fields.Datetime.now().replace(microsecond=0)
        cls.category = cls._make_category("Fabric")

    # --------------------------------------------------------------- Closing

    def test_a_complaint_is_closed_with_cause_and_action_only(self):
        for vals, missing in (
            ({}, ("Root Cause", "Corrective Action")),
            ({"root_cause_id": self.cause.id}, ("Corrective Action",)),
            ({"corrective_action": "Test dye"}, ("Root Cause",)),
        ):
            complaint = self._make_feedback(type="complaint", stage="solved", **vals)
            with self.subTest(vals=vals):
                with self.assertRaises(UserError) as refused:
                    complaint.with_user(self.user_all).action_close()
                for label in missing:
                    self.assertIn(label.lower(), str(refused.exception).lower())
        complaint.with_user(self.user_all).write(
            {"stage": "closed", "root_cause_id": self.cause.id}
        )
        self.assertEqual(complaint.stage, "closed", "what comes along counts")

    def test_cause_taken_away_while_closing_is_missing(self):
        complaint = self._make_complaint()
        complaint.action_solve()
        with self.assertRaises(UserError):
            complaint.write({"stage": "closed", "root_cause_id": False})

    def test_the_setting_lifts_the_rule(self):
        self.company.cpm_complaint_cause = False
        complaint = self._make_feedback(type="complaint", stage="solved")
        complaint.with_user(self.user_all).action_close()
        self.assertEqual(complaint.stage, "closed")

    def test_other_feedback_needs_neither(self):
        for kind in ("enquiry", "support", "after_sales", "suggestion", "praise"):
            feedback = self._make_feedback(type=kind, stage="solved")
            with self.subTest(type=kind):
                feedback.with_user(self.user_all).action_close()
                self.assertEqual(feedback.stage, "closed")

    def test_an_action_is_planned_when_it_is_written_down(self):
        complaint = self._make_feedback(type="complaint")
        self.assertFalse(complaint.corrective_state)
        complaint.corrective_action = "Test dye"
        self.assertEqual(complaint.corrective_state, "planned")
        complaint.corrective_state = "done"
        complaint.corrective_action = "Test dye twice"
        self.assertEqual(complaint.corrective_state, "done")

    # ------------------------------------------------------ Check of the effect

    def _closed(self, days=90, **vals):
        """Return a complaint closed ``days`` ago."""
        closed = self.now - timedelta(days=days)
        complaint = self._make_feedback(
            type="complaint",
            received_at=closed - timedelta(days=2),
            category_id=self.category.id,
            root_cause_id=self.cause.id,
            corrective_action="Test dye",
            user_id=self.user_all.id,
            **vals,
        )
        complaint.stage = "solved"
        complaint.stage = "closed"
        complaint.write({"solved_at": closed, "closed_at": closed})
        return complaint

    def _complaint_at(self, moment, **vals):
        return self._make_feedback(
            type="complaint",
            received_at=moment,
            **{
                "category_id": self.category.id,
                "root_cause_id": self.cause.id,
                **vals,
            },
        )

    def _check(self):
        with freeze_time(self.now):
            return self.feedback._check_recurrence(self.company, 100)

    def test_checked_exactly_after_the_days(self):
        due = self._closed(90)
        early = self._closed(90)
        early.closed_at += timedelta(seconds=1)
        self._check()
        self.assertTrue(due.recurrence_check_on)
        self.assertFalse(early.recurrence_check_on)

    def test_counts_the_same_days_before_and_after(self):
        complaint = self._closed(100)
        closed, span = complaint.closed_at, timedelta(days=90)
        second = timedelta(seconds=1)
        for moment in (
            closed - span,  # too long ago
            closed - span + second,  # before
            closed,  # before
            closed + second,  # after
            closed + span,  # after
            closed + span + second,  # too late
        ):
            self._complaint_at(moment)
        self._check()
        self.assertEqual(complaint.recurrence_before, 2)
        self.assertEqual(complaint.recurrence_after, 2)

    def test_what_is_something_else_does_not_count(self):
        complaint = self._closed(95)
        after = complaint.closed_at + timedelta(days=1)
        other = self.env["cpm.root.cause"].create({"name": "Thread"})
        self._complaint_at(after, root_cause_id=other.id)
        self._complaint_at(after, stage="cancelled")
        self._make_feedback(received_at=after, category_id=self.category.id)
        self._complaint_at(after, root_cause_id=False, category_id=False)
        self._check()
        self.assertEqual(complaint.recurrence_after, 0)
        self.assertEqual(complaint.corrective_state, "effective")
        self.assertFalse(self._activities(complaint, "mail_activity_recurrence"))

    def test_a_complaint_not_analysed_yet_counts_by_its_category(self):
        complaint = self._closed(95)
        self._complaint_at(complaint.closed_at + timedelta(days=1), root_cause_id=False)
        self._check()
        self.assertEqual(complaint.recurrence_after, 1)

    def test_trouble_that_came_back_opens_the_action_again(self):
        complaint = self._closed(95, corrective_user_id=self.manager.id)
        self._complaint_at(complaint.closed_at + timedelta(days=3))
        self._check()
        self.assertEqual(complaint.corrective_state, "recurred")
        activity = self._activities(complaint, "mail_activity_recurrence")
        self.assertEqual(activity.user_id, self.manager)
        self.assertEqual(complaint.stage, "closed", "the case itself stays closed")

    def test_checked_once(self):
        complaint = self._closed(95)
        self._complaint_at(complaint.closed_at + timedelta(days=3))
        self.assertEqual(self._check(), 1)
        self.assertEqual(self._check(), 0)
        self.assertEqual(
            len(self._activities(complaint, "mail_activity_recurrence")), 1
        )

    def test_reopened_and_closed_again_is_checked_again(self):
        complaint = self._closed(95)
        self._complaint_at(complaint.closed_at + timedelta(days=3))
        self._check()
        user = complaint.with_user(self.user_all)
        user.action_reopen()
        user.corrective_action = "Other dye"
        self.assertFalse(complaint.recurrence_check_on)
        user.action_solve()
        user.action_close()
        complaint.closed_at = self.now - timedelta(days=91)
        complaint.closed_at += timedelta(days=1)
        self.assertEqual(self._check(), 1)
        self.assertTrue(complaint.recurrence_check_on)

    @mute_logger(
        "odoo.addons.customer_plan_mgmt.models.feedback.cpm_feedback_complaint"
    )
    def test_what_cannot_be_checked_says_so_and_stops_nobody(self):
        poison, good = self._closed(96), self._closed(95)
        check = type(self.feedback)._check_effect

        def explode(record, span):
            if record.id == poison.id:
                raise ZeroDivisionError("boom")
            return check(record, span)

        self.patch(type(self.feedback), "_check_effect", explode)
        self._check()
        self.assertEqual(good.corrective_state, "effective")
        self.assertEqual(poison.corrective_state, "planned")
        self.assertIn("boom", poison.message_ids[0].body)
        self.assertEqual(self._check(), 0, "not tried for ever")

    def test_zero_days_check_nothing(self):
        complaint = self._closed(3000)
        self.company.cpm_recurrence_days = 0
        self.assertEqual(self._check(), 0)
        self.assertFalse(complaint.recurrence_check_on)

    # ---------------------------------------------------------------- Letter

    def _letter(self, feedback):
        html, _kind = self.env["ir.actions.report"]._render_qweb_html(
            "customer_plan_mgmt.report_feedback", feedback.ids
        )
        return html.decode()

    def test_letter_tells_what_was_said_and_done(self):
        complaint = self._make_complaint(
            description="It faded <b>badly</b>",
            solution="<p>Made anew</p>",
            compensation_amount=180,
            compensation_note="two shirts",
        )
        text = self._letter(complaint)
        for part in (
            complaint.number,
            "It faded &lt;b&gt;badly&lt;/b&gt;",
            "Made anew",
            "Test dye",
            "180.00",
            "two shirts",
            self.company.name,
        ):
            with self.subTest(part=part):
                self.assertIn(part, text)

    def test_letter_hides_what_is_not_for_the_customer(self):
        complaint = self._make_complaint()
        complaint.message_post(body="A difficult customer")
        text = self._letter(complaint)
        for hidden in ("A difficult customer", self.cause.name, "compensation"):
            with self.subTest(hidden=hidden):
                self.assertNotIn(hidden, text)
