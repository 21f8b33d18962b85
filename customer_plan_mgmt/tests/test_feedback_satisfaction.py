"""The satisfaction question: asked once, answered once, by the customer only."""

from datetime import datetime, timedelta

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time
from odoo.tools import hash_sign, mute_logger

from .common_feedback_portal import FeedbackPortalCommon

LOW = "customer_plan_mgmt.mail_activity_low_rating"


class TestFeedbackSatisfaction(FeedbackPortalCommon):
    def _closed(self, **vals):
        feedback = self._solved(**vals)
        feedback.action_close()
        return feedback

    def _mails(self, feedback, text):
        mails = self.env["mail.mail"].search([("subject", "ilike", feedback.number)])
        return mails.filtered(lambda mail: text in (mail.body_html or ""))

    def _activity(self, feedback, xmlid=LOW):
        kind = self.env.ref(xmlid)
        return feedback.activity_ids.filtered(
            lambda item: item.activity_type_id == kind
        )

    # ------------------------------------------------------------------ Asking

    def test_closing_asks_by_mail(self):
        feedback = self._closed()
        question = feedback.satisfaction_ids
        self.assertEqual(len(question), 1)
        mail = self._mails(feedback, question._get_url())
        self.assertEqual(mail.email_to, self.ann.email_formatted)
        self.assertIn("auto-generated", mail.headers)

    def test_nobody_is_asked_where_the_company_does_not(self):
        self.company.cpm_ask_satisfaction = False
        feedback = self._closed()
        self.assertFalse(feedback.satisfaction_ids)
        self.assertFalse(self._solved()._customer_confirms())

    def test_nobody_is_asked_without_address(self):
        feedback = self._closed(contact_id=False, partner_id=self._make_partner().id)
        self.assertFalse(feedback.satisfaction_ids)

    def test_who_confirms_is_asked_once(self):
        """The page asks at once: no mail that asks the same, not even when the case is
        closed later because something was missing."""
        self.company.cpm_complaint_cause = True
        feedback = self._solved(type="complaint")
        question = feedback._customer_confirms()
        self.assertEqual(feedback.stage, "solved")
        question._answer("4", "")
        feedback.write(
            {
                "root_cause_id": self.env["cpm.root.cause"].search([], limit=1).id,
                "corrective_action": "Better boxes",
            }
        )
        feedback.action_close()
        self.assertEqual(feedback.satisfaction_ids, question)
        self.assertFalse(self._mails(feedback, "/feedback/answer/"))

    def test_another_solution_is_another_question(self):
        start = datetime(2024, 6, 3, 9)
        with freeze_time(start):
            feedback = self._closed(received_at=start - timedelta(hours=1))
            feedback.satisfaction_ids._answer("2", "No")
        with freeze_time(start + timedelta(hours=2)):
            feedback.action_reopen()
            feedback.action_solve()
            feedback.action_close()
            self.assertEqual(len(feedback.satisfaction_ids), 2)
            feedback.satisfaction_ids.sorted("id")[-1]._answer("5", "Yes")
        self.assertEqual(feedback.csat, "5")

    # --------------------------------------------------------------- Answering

    def test_first_answer_counts(self):
        question = self._closed().satisfaction_ids
        question._answer("4", "Fine")
        with self.assertRaises(UserError):
            question._answer("1", "Forged")
        self.assertEqual((question.rating, question.score), ("4", 4))
        self.assertEqual(question.feedback_id.csat_comment, "Fine")

    def test_only_five_answers(self):
        question = self._closed().satisfaction_ids
        for rating in ("0", "6", "", None, "abc", "1\0", 3, ["5"], "５"):
            with self.subTest(rating=rating), self.assertRaises(UserError):
                question._answer(rating, "")
        self.assertFalse(question.answered_at)

    def test_expiry(self):
        start = datetime(2024, 6, 3, 9)
        with freeze_time(start):
            question = self._closed(
                received_at=start - timedelta(hours=1)
            ).satisfaction_ids
            token = question._get_token()
            self.assertEqual(question.expires_at, start + timedelta(days=30))
        with freeze_time(start + timedelta(days=30, minutes=-1)):
            self.assertEqual(question._from_token(token), question)
            self.assertEqual(question._get_token(), token, "one link, not many")
        with freeze_time(start + timedelta(days=30, minutes=1)):
            self.assertFalse(question._from_token(token))
            self.assertFalse(question._from_token(question._get_token()))
            with self.assertRaises(UserError):
                question._answer("5", "")

    def test_bad_tokens(self):
        question = self._closed().satisfaction_ids
        other = self._closed().satisfaction_ids
        env = self.env
        value = [question.id, question.feedback_id.id]
        tokens = [
            "",
            "\0",
            "ü",
            "\ud800",
            "a" * 100000,
            question._get_token()[:-2],
            hash_sign(env, "cpm.feedback.confirm", value, expiration_hours=1),
            hash_sign(env, "cpm.satisfaction", [question.id, other.feedback_id.id]),
            hash_sign(env, "cpm.satisfaction", [question.id + 1000, 1]),
            question.feedback_id._get_confirm_url().rsplit("/", 1)[1],
        ]
        for token in tokens:
            with self.subTest(token[:40]):
                self.assertFalse(question._from_token(token))
                if token != tokens[-1]:
                    self.assertFalse(
                        self.feedback._from_confirm_token(token) - self.feedback
                    )

    # -------------------------------------------------------------- Low rating

    def test_low_rating_goes_to_the_account_manager(self):
        self.company.write({"cpm_low_rating": 2, "cpm_low_rating_days": 3})
        self.user_own.tz = "Asia/Shanghai"
        with freeze_time("2024-06-03 20:00:00"):
            feedback = self._closed(
                received_at="2024-06-03 10:00:00", user_id=self.user_all.id
            )
            feedback.satisfaction_ids.with_user(
                self.env.ref("base.public_user")
            ).sudo()._answer("2", "Slow")
        activity = self._activity(feedback)
        self.assertEqual(activity.user_id, self.user_own)
        self.assertEqual(
            str(activity.date_deadline), "2024-06-07", "it is the 4th there"
        )

    def test_good_rating_troubles_nobody(self):
        self.company.cpm_low_rating = 2
        feedback = self._closed()
        feedback.satisfaction_ids._answer("3", "")
        self.assertFalse(self._activity(feedback))
        self.company.cpm_low_rating = 0
        feedback = self._closed()
        feedback.satisfaction_ids._answer("1", "")
        self.assertFalse(self._activity(feedback))

    def test_low_rating_finds_somebody_who_still_works_here(self):
        feedback = self._closed(user_id=self.user_all.id)
        self.user_own.active = False
        feedback.satisfaction_ids._answer("1", "")
        self.assertEqual(self._activity(feedback).user_id, self.user_all)

    # ---------------------------------------------------------------- Forging

    def test_link_is_nowhere_to_be_read(self):
        feedback = self._closed()
        token = feedback.satisfaction_ids._get_token()
        confirm = feedback._get_confirm_url().rsplit("/", 1)[1]
        for message in feedback.message_ids:
            self.assertNotIn(token, message.body or "")
            self.assertNotIn(confirm, message.body or "")
        for name in ("cpm_satisfaction", "cpm_feedback", "mail_message"):
            self.env.flush_all()
            self.env.cr.execute(
                f"SELECT count(*) FROM {name} t WHERE to_jsonb(t)::text LIKE %s",
                [f"%{token}%"],
            )
            self.assertEqual(self.env.cr.fetchone()[0], 0, name)
        with mute_logger("odoo.addons.base.models.ir_model"):
            for user in (self.user_own, self.user_all, self.manager, self.admin):
                with self.assertRaises(AccessError):
                    self.env["mail.mail"].with_user(user).search([])

    @mute_logger("odoo.addons.base.models.ir_model", "odoo.addons.base.models.ir_rule")
    def test_no_role_enters_answers(self):
        feedback = self._closed()
        question = feedback.satisfaction_ids
        row = {
            "feedback_id": feedback.id,
            "company_id": self.company.id,
            "sent_at": fields.Datetime.now(),
            "expires_at": fields.Datetime.now(),
            "answered_at": fields.Datetime.now(),
            "rating": "5",
        }
        for user in (
            self.user_own,
            self.user_all,
            self.manager,
            self.admin,
            self.employee,
        ):
            mine, asked = feedback.with_user(user), question.with_user(user)
            calls = {
                "create": lambda asked=asked: asked.create(row),
                "write": lambda asked=asked: asked.write({"rating": "5"}),
                "unlink": lambda asked=asked: asked.unlink(),
                "x2many create": lambda mine=mine: mine.write(
                    {"satisfaction_ids": [Command.create(row)]}
                ),
                "x2many write": lambda mine=mine: mine.write(
                    {"satisfaction_ids": [Command.update(question.id, {"rating": "5"})]}
                ),
                "x2many delete": lambda mine=mine: mine.write(
                    {"satisfaction_ids": [Command.delete(question.id)]}
                ),
                "csat": lambda mine=mine: mine.write({"csat": "5"}),
                "csat comment": lambda mine=mine: mine.write({"csat_comment": "x"}),
                "confirmed": lambda mine=mine: mine.write(
                    {"customer_confirmed_at": fields.Datetime.now()}
                ),
                "new": lambda mine=mine: mine.create({"name": "x", "csat": "5"}),
            }
            for name, call in calls.items():
                with self.subTest(user=user.login, call=name):
                    with self.assertRaises(AccessError):
                        call()
            if user != self.employee:
                with self.subTest(user=user.login, call="default"):
                    made = mine.with_context(default_csat="5").create({"name": "x"})
                    self.assertFalse(made.csat)

    # ------------------------------------------------------------- Lost contacts

    def test_question_survives_its_contact(self):
        for case in ("anonymised", "deleted", "merged"):
            with self.subTest(case):
                partner = self._make_partner("Short", email="short@lived.example")
                feedback = self._closed(partner_id=partner.id, contact_id=False)
                token = feedback.satisfaction_ids._get_token()
                if case == "anonymised":
                    partner.write(
                        {"name": "Anonymous", "email": False, "active": False}
                    )
                elif case == "deleted":
                    partner.unlink()
                else:
                    other = self._make_partner("Kept", email="short@lived.example")
                    self.env["base.partner.merge.automatic.wizard"]._merge(
                        (partner | other).ids, other
                    )
                    self.env.invalidate_all()
                    self.assertEqual(feedback.partner_id, other)
                question = self.env["cpm.satisfaction"]._from_token(token)
                question._answer("1", "")
                self.assertEqual(feedback.csat, "1")
