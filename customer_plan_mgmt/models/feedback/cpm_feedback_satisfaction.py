"""The customer's verdict: solved or not, and how satisfied."""

from datetime import timedelta

from markupsafe import Markup

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import hash_sign, is_html_empty, verify_hash_signed

from .cpm_satisfaction import RATINGS

SCOPE = "cpm.feedback.confirm"


class CpmFeedback(models.Model):
    _inherit = "cpm.feedback"

    satisfaction_ids = fields.One2many("cpm.satisfaction", "feedback_id")
    csat = fields.Selection(
        RATINGS, string="Satisfaction of the customer", readonly=True, copy=False
    )
    csat_comment = fields.Text(string="Comment", readonly=True, copy=False)

    def _after_move(self, stage):
        result = super()._after_move(stage)
        if stage == "solved":
            for feedback in self:
                feedback._ask_to_confirm()
        elif stage == "closed":
            for feedback in self:
                feedback._ask_satisfaction()
        return result

    def _get_recipient(self):
        """Return the address questions to the customer go to, False for none."""
        self.ensure_one()
        person = self.contact_id or self.partner_id
        return person.email_formatted if person.email else self.email_from or False

    def _customer_lang(self):
        """Return the language the customer is addressed in."""
        person = self.contact_id or self.partner_id
        return person.lang or self.company_id.partner_id.lang or self.env.lang

    def _customer_tz(self):
        """Return the time zone in which the customer is told moments."""
        person = self.contact_id or self.partner_id
        return person.tz or self.company_id.sudo().resource_calendar_id.tz or "UTC"

    def _for_customer(self):
        """Return the feedback in superuser mode, in the customer's language and time."""
        return self.sudo().with_context(
            lang=self._customer_lang(), tz=self._customer_tz()
        )

    def _for_employees(self, user=None):
        """Return the feedback in the language of ``user``, its owner or the company."""
        reader = user or self.user_id
        lang = reader.lang or self.company_id.partner_id.lang or self.env.lang
        return self.with_context(lang=lang)

    def _send_question(self, template, title, values):
        """Mail one of our own questions to the customer. The chatter only tells that it
        was sent: employees could read the personal link there and answer for the
        customer. What the customer writes back belongs to the feedback.

        :param str template: QWeb template
        :param str title: what the chatter says
        :param dict values: for the template
        """
        self.ensure_one()
        recipient = self._get_recipient()
        if not recipient:
            return
        feedback = self._for_customer()
        env = feedback.env
        body = env["ir.qweb"]._render(template, {"feedback": feedback, **values})
        layout = env["ir.qweb"]._render(
            "customer_plan_mgmt.feedback_mail_layout",
            {"feedback": feedback, "body": Markup(body)},
        )
        sender = feedback.company_id.email_formatted or env.user.email_formatted
        # The mail goes out under the number of the note, so that replies find the case
        trace = self.sudo()._message_log(body=title)
        env["mail.mail"].create(
            {
                "mail_message_id": trace.id,
                "subject": " ".join(feedback.display_name.split()),
                "body_html": layout,
                "email_to": recipient,
                "email_from": sender,
                "reply_to": feedback._notify_get_reply_to(default=sender)[feedback.id],
                "auto_delete": True,
                "headers": "{'Auto-Submitted': 'auto-generated', "
                "'X-Auto-Response-Suppress': 'All'}",
            }
        )
        env.ref("mail.ir_cron_mail_scheduler_action")._trigger()

    # --------------------------------------------------------------- Solved?

    def _get_confirm_url(self):
        """Return the personal link under which the customer says whether it is
        solved; valid for this solution only."""
        self.ensure_one()
        hours = max(1, self.company_id.sudo().cpm_close_days or 30) * 24
        value = [self.id, fields.Datetime.to_string(self.solved_at)]
        token = hash_sign(self.sudo().env, SCOPE, value, expiration_hours=hours)
        return f"{self.get_base_url()}/feedback/solved/{token}"

    def _from_confirm_token(self, token):
        """Return the feedback of a link in superuser mode, empty for a bad link or one
        that belongs to an earlier solution."""
        try:
            value = verify_hash_signed(self.sudo().env, SCOPE, token)
        except (ValueError, TypeError, UnicodeError):
            value = None
        feedback = self.sudo().browse(value[0] if value else []).exists()
        return feedback.filtered(
            lambda item: fields.Datetime.to_string(item.solved_at) == value[1]
        )

    def _ask_to_confirm(self):
        """Mail the solution and ask whether it is one. A mail with a solution in it is
        an answer; the bare question is none."""
        self._send_question(
            "customer_plan_mgmt.feedback_mail_solved",
            self.env._("Asked the customer by e-mail whether it is solved."),
            {"url": self._get_confirm_url()},
        )
        if self._get_recipient() and not is_html_empty(self.solution):
            self._answered(self.solved_at)

    def _may_confirm(self):
        """Return whether the customer can say now that it is solved, or not."""
        self.ensure_one()
        return self.stage == "solved" and not self.customer_confirmed_at

    def _check_may_confirm(self):
        self.sudo().lock_for_update()
        if not self._may_confirm():
            raise UserError(
                self.env._("There is nothing to confirm any more: write to us instead.")
            )

    def _customer_confirms(self, comment=None):
        """The customer says it is solved. A complaint whose cause is still missing
        stays solved until an employee closes it.

        :param str comment: the customer's words, plain text
        :return: the ``cpm.satisfaction`` question to ask next, in superuser mode; empty
            when the company asks none
        :raise UserError: when there is nothing to confirm
        """
        self.ensure_one()
        self._check_may_confirm()
        feedback = self.sudo()
        note = feedback._for_employees().env._("The customer confirmed the solution.")
        feedback._message_log(body=f"{note} {comment or ''}".strip())
        feedback.customer_confirmed_at = fields.Datetime.now()
        # Before closing: who is asked on the page needs no mail that asks the same
        question = self.env["cpm.satisfaction"].sudo()
        if feedback.company_id.cpm_ask_satisfaction:
            question = feedback._get_question()
        feedback._close_quietly()
        return question

    def _customer_refuses(self, comment=None, author=None):
        """The customer says it is not solved: work goes on.

        :param str comment: the customer's words, plain text
        :param author: the contact who writes, the one of the feedback if left out
        :raise UserError: when there is nothing to confirm
        """
        self.ensure_one()
        self._check_may_confirm()
        feedback = self.sudo()
        feedback.stage = "in_progress"
        user = feedback._who_reacts(feedback.user_id, feedback.profile_id.manager_id)
        # For employees: the page the customer answers on speaks the customer's language
        note = feedback._for_employees(user).env._(
            "The customer says it is not solved."
        )
        feedback._message_log(body=note)
        if comment:
            author = author or feedback.contact_id or feedback.partner_id
            feedback._customer_posts(comment, [], author)
        if user:
            feedback.activity_schedule(
                "customer_plan_mgmt.mail_activity_reply", user_id=user.id, summary=note
            )

    def _who_reacts(self, *users):
        """Return the first of ``users`` who still works here, none if nobody does."""
        working = [user for user in users if user.active]
        return working[0] if working else self.env["res.users"]

    # ----------------------------------------------------------- Satisfaction

    def _get_question(self):
        """Return the open question of this feedback, making one when there is none."""
        self.ensure_one()
        now = fields.Datetime.now()
        open_ones = self._get_questions().filtered(
            lambda item: not item.answered_at and item.expires_at > now
        )
        days = self.company_id.sudo().cpm_satisfaction_days or 30
        return open_ones[:1] or open_ones.create(
            {
                "feedback_id": self.id,
                "company_id": self.company_id.id,
                "partner_id": self.partner_id.id,
                "user_id": self.user_id.id,
                "sent_at": now,
                "expires_at": now + timedelta(days=days),
            }
        )

    def _get_questions(self):
        """Return what the customer was asked about this solution, in superuser mode."""
        since = self.solved_at or self.closed_at or self.received_at
        return self.sudo().satisfaction_ids.filtered(lambda item: item.sent_at >= since)

    def _ask_satisfaction(self):
        """Ask by mail, once for each solution."""
        if (
            not self.company_id.sudo().cpm_ask_satisfaction
            or not self._get_recipient()
            or self._get_questions()
        ):
            return
        self._send_question(
            "customer_plan_mgmt.feedback_mail_satisfaction",
            self.env._("Asked the customer by e-mail how satisfied they are."),
            {"url": self._get_question()._get_url()},
        )

    def _take_answer(self, question):
        """Show the answer on the feedback; a low one goes to the account manager."""
        self.ensure_one()
        feedback = self.sudo()
        feedback.write({"csat": question.rating, "csat_comment": question.comment})
        company = feedback.company_id
        user = feedback._who_reacts(feedback.profile_id.manager_id, feedback.user_id)
        if question.score > company.cpm_low_rating or not user:
            return
        today = fields.Date.context_today(feedback.with_context(tz=user.tz))
        feedback.activity_schedule(
            "customer_plan_mgmt.mail_activity_low_rating",
            user_id=user.id,
            date_deadline=today + timedelta(days=company.cpm_low_rating_days),
        )
