"""What counts as the first real answer to the customer, and what does not."""

from datetime import datetime, timedelta

from odoo import fields
from odoo.exceptions import UserError, ValidationError
from odoo.tests import freeze_time
from odoo.tools import html2plaintext
from odoo.tools.misc import format_datetime

from .common_feedback_portal import FeedbackPortalCommon

START = datetime(2024, 6, 3, 9)


class TestFeedbackAnswer(FeedbackPortalCommon):
    def setUp(self):
        super().setUp()
        self.enterContext(freeze_time(START + timedelta(hours=2)))
        self.case = self._make_feedback(received_at=START)
        self.now = fields.Datetime.now()

    def _post(self, case=None, user=None, **vals):
        case = (case or self.case).with_user(user or self.user_own)
        vals = {
            "body": "Hello",
            "message_type": "comment",
            "subtype_xmlid": "mail.mt_comment",
            **vals,
        }
        return case.message_post(**vals)

    def _assert_answered(self, case=None):
        case = case or self.case
        self.assertEqual(case.first_answer_at, self.now)
        self.assertEqual(case.last_answer_at, self.now)
        timer = case.sla_timer_ids.filtered(lambda item: item.kind == "first_response")
        self.assertEqual(timer.state, "met")

    def _assert_open(self, case=None):
        case = case or self.case
        self.assertFalse(case.first_answer_at)
        self.assertEqual(case.stage, "new")
        timer = case.sla_timer_ids.filtered(lambda item: item.kind == "first_response")
        self.assertEqual(timer.state, "running")

    # ------------------------------------------------------------------ Counts

    def test_comment_to_a_following_customer(self):
        self._post()
        self._assert_answered()
        self.assertEqual(self.case.stage, "answered")

    def test_comment_to_a_named_receiver(self):
        self.case.message_unsubscribe(self.ann.ids)
        self._post(partner_ids=self.ann.ids)
        self._assert_answered()

    def test_mailed_solution(self):
        self.case.solution = "<p>We sent a new one.</p>"
        self.case.with_user(self.user_all).action_solve()
        self._assert_answered()

    def test_solution_that_reaches_nobody_is_no_answer(self):
        self.case.solution = "<p>We sent a new one.</p>"
        self.case.contact_id.email = self.case.partner_id.email = False
        self.case.email_from = False
        self.case.with_user(self.user_all).action_solve()
        self.assertFalse(self.case.first_answer_at)

    def test_bare_question_whether_it_is_solved_is_no_answer(self):
        self.case.with_user(self.user_all).action_solve()
        self.assertFalse(self.case.first_answer_at)

    def test_comment_to_a_colleague_of_the_customer(self):
        bert = self._make_partner("Bert", parent_id=self.aurora.id, email="b@a.example")
        self.case.message_unsubscribe(self.ann.ids)
        self._post(partner_ids=bert.ids)
        self._assert_answered()

    def test_mail_of_an_employee(self):
        self._post(
            message_type="email",
            author_id=self.user_own.partner_id.id,
            user=self.env.user,
        )
        self._assert_answered()

    def test_mail_to_an_unknown_sender(self):
        case = self._make_feedback(
            partner_id=False,
            contact_id=False,
            email_from='"Who" <Who@knows.example>',
            received_at=START,
        )
        self._post(case, outgoing_email_to="xwho@knows.example")
        self._assert_open(case)
        self._post(case, outgoing_email_to="who@knows.example")
        self._assert_answered(case)

    def test_unknown_sender_became_a_contact_when_answered(self):
        """The chatter makes a contact of whom it writes to."""
        case = self._make_feedback(
            partner_id=False,
            contact_id=False,
            email_from="who@knows.example",
            received_at=START,
        )
        partner = self._make_partner("Who", email="who@knows.example")
        self._post(case, partner_ids=partner.ids)
        self._assert_answered(case)

    def test_composer_suggests_the_unknown_sender(self):
        case = self._make_feedback(
            partner_id=False, contact_id=False, email_from="who@knows.example"
        )
        suggested = case._message_get_suggested_recipients(no_create=True)
        self.assertIn("who@knows.example", [item["email"] for item in suggested])

    def test_logged_call(self):
        wizard = self.env["cpm.feedback.call"].with_user(self.user_own)
        wizard.create(
            {"feedback_id": self.case.id, "note": "Told her"}
        ).action_confirm()
        self._assert_answered()

    def test_later_answers_keep_the_first(self):
        self._post()
        with freeze_time(START + timedelta(hours=5)):
            self._post()
        self.assertEqual(self.case.first_answer_at, self.now)
        self.assertEqual(self.case.last_answer_at, START + timedelta(hours=5))

    # ---------------------------------------------------------- Does not count

    def test_what_the_customer_does_not_get(self):
        self._post(subtype_xmlid="mail.mt_note")
        self._post(is_internal=True)
        self._post(message_type="notification")
        self._post(message_type="auto_comment")
        self.case._message_log(body="Log")
        self._assert_open()

    def test_internal_note_that_names_the_customer(self):
        self._post(subtype_xmlid="mail.mt_note", partner_ids=self.ann.ids)
        self._assert_open()

    def test_comment_without_the_customer(self):
        self.case.message_unsubscribe((self.ann | self.aurora).ids)
        self._post(partner_ids=self.bright.ids)
        self._assert_open()

    def test_what_machines_say(self):
        self._post(user=self.env.ref("base.user_root"))
        self._post(case=self.case.with_context(cpm_automatic_mail=True))
        self.case._acknowledge()
        self._assert_open()

    def test_stages_are_no_answer(self):
        self.case.with_user(self.user_own).action_start()
        self.assertFalse(self.case.first_answer_at)

    def test_words_of_the_customer(self):
        self.case._customer_posts("Hurry", [], self.ann)
        self._post(message_type="email", author_id=self.ann.id, user=self.env.user)
        self._assert_open()

    def test_calls_that_are_no_answer(self):
        wizard = self.env["cpm.feedback.call"].with_user(self.user_own)
        for vals in ({"reached": False}, {"direction": "in"}):
            wizard.create(
                {"feedback_id": self.case.id, "note": "x", **vals}
            ).action_confirm()
        self._assert_open()

    def test_what_customers_say_on_the_phone_counts_like_what_they_write(self):
        call = {"feedback_id": self.case.id, "direction": "in", "note": "x"}
        wizard = self.env["cpm.feedback.call"].with_user(self.user_own)
        self.case.stage = "waiting"
        wizard.create(call).action_confirm()
        self.assertEqual(self.case.stage, "in_progress", "the clock runs again")
        self.case.stage = "solved"
        wizard.create(call).action_confirm()
        self.assertTrue(self.case.has_unread_reply, "somebody has to decide")

    def test_the_note_of_a_call_says_when_it_was(self):
        wizard = self.env["cpm.feedback.call"].with_user(self.user_own)
        call = wizard.create(
            {"feedback_id": self.case.id, "note": "x", "called_at": START}
        )
        call.action_confirm()
        moment = format_datetime(call.env, START)
        self.assertIn(moment, html2plaintext(self.case.message_ids[0].body))

    # ----------------------------------------------------------------- Moments

    def test_older_than_the_receipt(self):
        early = START - timedelta(minutes=1)
        wizard = self.env["cpm.feedback.call"].with_user(self.user_own)
        call = wizard.create(
            {"feedback_id": self.case.id, "note": "x", "called_at": early}
        )
        with self.assertRaisesRegex(UserError, "older than the feedback"):
            call.action_confirm()
        with self.assertRaisesRegex(UserError, "older than the feedback"):
            self._post(date=early)
        self._assert_open()

    def test_call_in_the_future(self):
        wizard = self.env["cpm.feedback.call"].with_user(self.user_own)
        call = wizard.create(
            {
                "feedback_id": self.case.id,
                "note": "x",
                "called_at": self.now + timedelta(hours=1),
            }
        )
        with self.assertRaises(ValidationError):
            call.action_confirm()

    def test_date_of_a_message_keeps_no_promise_after_all(self):
        self._post(date=START + timedelta(minutes=1))
        self._assert_answered()

    def test_clock_of_a_mail_that_is_wrong(self):
        author = {"author_id": self.user_own.partner_id.id, "user": self.env.user}
        for hours in (-5, 50):
            case = self._make_feedback(received_at=START)
            date = START + timedelta(hours=hours)
            self._post(case, message_type="email", date=date, **author)
            self.assertEqual(case.first_answer_at, max(START, min(date, self.now)))

    def test_employee_cannot_answer_in_the_name_of_the_field(self):
        for name in ("first_answer_at", "last_answer_at", "solved_at", "closed_at"):
            with self.assertRaises(UserError):
                self.case.with_user(self.admin).write({name: self.now})
