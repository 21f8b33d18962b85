"""Complaints: cause and action, letter."""

from odoo.exceptions import UserError
from odoo.tests import tagged

from .common_feedback import FeedbackCase


@tagged("post_install", "-at_install")
class TestFeedbackComplaint(FeedbackCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.cpm_complaint_cause = True

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
