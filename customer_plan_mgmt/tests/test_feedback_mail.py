"""Mails to the address of a team become feedback, and replies find their way."""

from datetime import timedelta
from email.message import EmailMessage

from odoo import fields
from odoo.tools import mute_logger

from odoo.addons.mail.tests.common import MailCase

from .common_feedback_portal import FeedbackPortalCommon


class TestFeedbackMail(MailCase, FeedbackPortalCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.domain = cls.env["mail.alias.domain"].create(
            {
                "name": "desk.example",
                "bounce_alias": "bounce-cpm",
                "catchall_alias": "catchall-cpm",
                "default_from": "from-cpm",
                "company_ids": cls.company.ids,
            }
        )
        cls.team.write({"alias_name": "help", "alias_domain_id": cls.domain.id})
        cls.address = "help@desk.example"

    def _mail(self, body="Where are my cartons?", files=(), **headers):
        """Let a mail arrive; return the feedback it made."""
        message = EmailMessage()
        headers = {
            "From": "Ann <ann@aurora.example>",
            "To": self.address,
            "Subject": "Cartons",
            "Message_Id": f"<{next(self._numbers)}@outside.example>",
            **headers,
        }
        for name, value in headers.items():
            if value is not None:
                message[name.replace("_", "-")] = value
        message.set_content("plain")
        message.add_alternative(body, subtype="html")
        for name, content in files:
            message.add_attachment(
                content, maintype="application", subtype="pdf", filename=name
            )
        before = self.feedback.search([])
        with self.mock_mail_gateway():
            self.env["mail.thread"].message_process(None, message.as_bytes())
        return self.feedback.search([]) - before

    def _questions(self, feedback):
        """Return the mails we sent ourselves about the feedback."""
        return self.env["mail.mail"].search(
            [
                ("subject", "=like", f"[{feedback.number}]%"),
                ("headers", "like", "auto-generated"),
            ]
        )

    # ------------------------------------------------------------------ Intake

    def test_known_sender(self):
        feedback = self._mail()
        self.assertRecordValues(
            feedback,
            [
                {
                    "name": "Cartons",
                    "description": "Where are my cartons?",
                    "channel": "email",
                    "company_id": self.company.id,
                    "team_id": self.team.id,
                    "partner_id": self.aurora.id,
                    "contact_id": self.ann.id,
                    "user_id": self.user_own.id,
                    "stage": "new",
                }
            ],
        )
        message = feedback._customer_messages()
        self.assertEqual(message.author_id, self.ann)
        self.assertFalse(feedback.first_answer_at)
        self.assertTrue(feedback.sla_timer_ids)

    def test_unknown_sender_is_kept_and_assigned_later(self):
        feedback = self._mail(From="Nobody <who@knows.example>")
        self.assertFalse(feedback.partner_id)
        self.assertIn("who@knows.example", feedback.email_from)
        feedback.write({"partner_id": self.bright.id})
        self.assertIn(self.bright, feedback.message_partner_ids)

    def test_a_sender_without_address_is_no_loop(self):
        """However much feedback came in lately."""
        self.env["cpm.feedback"].create(
            [
                {"name": "Question", "email_from": f"{number}@example.com"}
                for number in range(25)
            ]
        )
        self.assertEqual(len(self._mail(From="undisclosed")), 1)

    def test_odd_mails(self):
        long = "x" * 500
        cases = {
            "no subject": ({"Subject": None}, "Mail from"),
            "blank subject": ({"Subject": "   "}, "Mail from"),
            "long subject": ({"Subject": long}, "x" * 200),
            "no sender": ({"From": None}, "Cartons"),
            "strange sender": ({"From": "undisclosed"}, "Cartons"),
        }
        for case, (headers, name) in cases.items():
            with self.subTest(case):
                feedback = self._mail(**headers)
                self.assertEqual(len(feedback), 1)
                self.assertTrue(feedback.name.startswith(name))
                self.assertLessEqual(len(feedback.name), 200)

    def test_subject_the_database_does_not_take(self):
        feedback = self._mail(Subject="=?utf-8?b?Q2FyAHRvbnM=?=")  # Car\0tons
        self.assertEqual(feedback.name, "Cartons")

    def test_script_is_harmless(self):
        feedback = self._mail(
            '<p onclick="x()">Hi<script>alert(1)</script><b>there</b></p>',
            Subject="<img src=x onerror=alert(1)>",
        )
        body = feedback._customer_messages().body
        self.assertNotIn("script", body)
        self.assertNotIn("onclick", body)
        self.assertNotIn("<", feedback.description)
        mail = self._questions(feedback)
        self.assertNotIn("<img src=x", mail.body_html)
        self.assertIn("&lt;img", mail.body_html)

    def test_large_attachment_is_kept(self):
        content = b"%PDF-" + b"x" * (20 * 2**20)
        feedback = self._mail(files=[("plan.pdf", content)])
        files = feedback._customer_messages().attachment_ids
        self.assertEqual(files.filtered(lambda f: f.name == "plan.pdf").raw, content)

    def test_same_mail_twice(self):
        first = self._mail(Message_Id="<same@outside.example>")
        self.assertTrue(first)
        self.assertFalse(self._mail(Message_Id="<same@outside.example>"))
        self.assertEqual(len(first._customer_messages()), 1)

    def test_team_of_another_company(self):
        other = self._create_company(name="Other", email="o@other.example")
        self.domain.company_ids |= other
        team = self.env["cpm.feedback.team"].create(
            {"name": "There", "company_id": other.id, "alias_name": "there"}
        )
        team.alias_domain_id = self.domain
        feedback = self._mail(To="there@desk.example")
        self.assertEqual(feedback.company_id, other)
        self.assertEqual(feedback.team_id, team)
        self.assertFalse(feedback.partner_id, "the contact belongs to somebody else")
        self.assertIn("ann@aurora.example", feedback.email_from)
        shared = self._make_partner("Shared", company_id=False, email="s@hared.example")
        feedback = self._mail(To="there@desk.example", From=shared.email)
        self.assertEqual(feedback.partner_id, shared)

    def test_moved_team_takes_its_address_along(self):
        other = self._create_company(name="Other")
        self.team.company_id = other
        self.assertEqual(self._mail().company_id, other)

    def test_values_of_headers_are_ignored(self):
        feedback = self._mail(X_Odoo_Stage="closed", X_Odoo_Objects="res.partner-1")
        self.assertEqual(feedback.stage, "new")

    # -------------------------------------------------------- Acknowledgement

    def test_receipt_in_the_language_and_time_of_the_customer(self):
        self.env["res.lang"]._activate_lang("de_DE")
        self.ann.write({"lang": "de_DE", "tz": "Asia/Shanghai"})
        feedback = self._mail()
        mail = self._questions(feedback)
        self.assertEqual(len(mail), 1)
        self.assertEqual(mail.email_to, self.ann.email_formatted)
        self.assertIn("help@desk.example", mail.reply_to)
        self.assertIn("auto-generated", mail.headers)
        timer = feedback.sla_timer_ids.filtered(lambda t: t.kind == "first_response")
        there = timer.deadline + timedelta(hours=8)
        self.assertIn(there.strftime("%d.%m.%Y"), mail.body_html)
        self.assertIn(there.strftime("%H:%M"), mail.body_html)
        self.assertIn("(Asia/Shanghai)", mail.body_html)

    def test_no_receipt_where_the_company_wants_none(self):
        self.company.cpm_acknowledge = False
        self.assertFalse(self._questions(self._mail()))

    def test_calls_get_no_receipt(self):
        feedback = self._make_feedback(channel="phone")
        feedback._acknowledge()
        self.assertFalse(self._questions(feedback))

    def test_machines_get_no_receipt(self):
        cases = (
            {"Auto_Submitted": "auto-replied"},
            {"Auto_Submitted": "auto-generated; x=y"},
            {"Precedence": "bulk"},
            {"Precedence": "auto_reply"},
            {"X_Autoreply": "yes"},
            {"X_Autorespond": "away"},
            {"List_Id": "<news.example>"},
            {"X_Auto_Response_Suppress": "All"},
        )
        for headers in cases:
            with self.subTest(headers):
                feedback = self._mail(**headers)
                self.assertEqual(len(feedback), 1, "kept, whatever it is")
                self.assertFalse(self._questions(feedback))
        self.assertTrue(self._questions(self._mail(Auto_Submitted="no")))

    @mute_logger("odoo.addons.mail.models.mail_thread")
    def test_bounces_become_nothing(self):
        self.assertFalse(
            self._mail(
                From="MAILER-DAEMON@outside.example", To="bounce-cpm@desk.example"
            )
        )

    # ------------------------------------------------------------------ Replies

    def _reply(self, message_id, **headers):
        made = self._mail("My reply", References=message_id, **headers)
        self.assertFalse(made, "a reply is no new feedback")

    def test_reply_in_waiting_continues(self):
        feedback = self._mail()
        answer = self._answer(feedback)
        feedback.action_wait()
        self._reply(answer.message_id, Subject="Re: Cartons")
        self.assertEqual(feedback.stage, "in_progress")
        self.assertEqual(feedback._customer_messages()[-1].author_id, self.ann)

    def test_reply_after_the_solution_only_asks(self):
        feedback = self._mail()
        answer = self._answer(feedback)
        feedback.action_solve()
        for _index in range(2):
            self._reply(answer.message_id)
        self.assertEqual(feedback.stage, "solved")
        self.assertTrue(feedback.has_unread_reply)
        reply = self.env.ref("customer_plan_mgmt.mail_activity_reply")
        asked = feedback.activity_ids.filtered(lambda a: a.activity_type_id == reply)
        self.assertEqual(asked.user_id, self.user_own)
        self.assertEqual(len(asked), 1)

    def test_reply_to_cancelled_feedback_is_not_lost(self):
        feedback = self._mail()
        answer = self._answer(feedback)
        feedback.action_cancel()
        self._reply(answer.message_id)
        self.assertTrue(feedback.has_unread_reply)

    def test_reply_to_our_own_mails(self):
        """Receipt, question whether it is solved, question for satisfaction."""
        feedback = self._mail()
        self._answer(feedback)
        feedback.action_solve()
        feedback.action_close()
        mails = self._questions(feedback)
        self.assertEqual(len(mails), 3)
        for mail in mails:
            before = len(feedback._customer_messages())
            self._reply(mail.message_id)
            messages = feedback._customer_messages()
            self.assertEqual(len(messages), before + 1, "a message, not a note")
        self.assertTrue(feedback.has_unread_reply)

    def test_our_own_mails_leave_no_link_behind(self):
        feedback = self._mail()
        feedback.action_solve()
        questions = self._questions(feedback)
        numbers = set(questions.mapped("message_id"))
        with self.mock_mail_gateway(mail_unlink_sent=True):
            questions.send()
        bodies = "".join(mail["body"] for mail in self._mails)
        self.assertIn("/feedback/solved/", bodies)
        self.assertIn("auto-generated", str(self._mails[0]["headers"]))
        self.assertFalse(questions.exists(), "the link is not kept")
        self.assertLessEqual(numbers, set(feedback.message_ids.mapped("message_id")))

    def test_automatic_reply_does_nothing(self):
        feedback = self._mail()
        answer = self._answer(feedback)
        feedback.action_wait()
        answered = feedback.last_answer_at
        self._reply(answer.message_id, Auto_Submitted="auto-replied")
        self.assertEqual(feedback.stage, "waiting")
        feedback.action_solve()
        self._reply(answer.message_id, Auto_Submitted="auto-replied")
        self.assertFalse(feedback.has_unread_reply)
        self._reply(
            answer.message_id,
            From=self.user_own.email_formatted,
            Auto_Submitted="auto-replied",
        )
        self.assertEqual(feedback.last_answer_at, answered)

    def test_employee_answers_by_mail(self):
        self.user_own.partner_id.email = "own@northwind.example"
        feedback = self._mail()
        message = feedback._customer_messages()
        self._reply(message.message_id, From="own@northwind.example")
        self.assertEqual(feedback.stage, "answered")
        self.assertLessEqual(feedback.first_answer_at, fields.Datetime.now())
        self.assertGreaterEqual(feedback.first_answer_at, feedback.received_at)

    def test_unknown_sender_replies(self):
        feedback = self._mail(From="who@knows.example")
        feedback.action_wait()
        message = feedback._customer_messages()
        self._reply(message.message_id, From="who@knows.example")
        self.assertEqual(feedback.stage, "in_progress")
        self.assertFalse(feedback.first_answer_at)

    # ---------------------------------------------------------------- Outgoing

    def test_answers_go_to_the_customer_and_come_back_to_the_team(self):
        feedback = self._mail()
        with self.mock_mail_gateway():
            self._answer(feedback, "Found them")
        mail = next(m for m in self._mails if "ann@aurora.example" in m["email_to"][0])
        self.assertIn("help@desk.example", mail["reply_to"])

    def test_answers_to_unknown_senders(self):
        feedback = self._mail(From="who@knows.example")
        with self.mock_mail_gateway():
            self._answer(
                feedback, user=self.user_all, outgoing_email_to="who@knows.example"
            )
        self.assertIn("who@knows.example", str([m["email_to"] for m in self._mails]))
        self.assertTrue(feedback.first_answer_at)

    def test_composer_writes_to_unknown_senders(self):
        feedback = self._mail(From="who@knows.example")
        composer = self.env["mail.compose.message"].with_user(self.user_all)
        with self.mock_mail_gateway():
            composer.with_context(
                default_composition_mode="comment",
                default_model="cpm.feedback",
                default_res_ids=feedback.ids,
            ).create(
                {
                    "body": "Hello",
                    "subtype_id": self.env.ref("mail.mt_comment").id,
                    "partner_ids": feedback._partner_find_from_emails_single(
                        ["who@knows.example"]
                    ).ids,
                }
            )._action_send_mail()
        self.assertIn("who@knows.example", str([m["email_to"] for m in self._mails]))
        self.assertTrue(feedback.first_answer_at)

    def test_header_injection(self):
        feedback = self._make_feedback(name="A\r\nBcc: victim@example.com")
        feedback._acknowledge()
        mail = self._questions(feedback)
        self.assertEqual(len(mail.subject.splitlines()), 1)
