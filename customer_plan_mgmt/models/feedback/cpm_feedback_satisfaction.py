"""The customer's verdict: solved or not, and how satisfied."""

from datetime import timedelta

from markupsafe import Markup

from odoo import fields, models
from odoo.tools import hash_sign, verify_hash_signed

from .cpm_satisfaction import RATINGS

SCOPE = "cpm.feedback.confirm"


class CpmFeedback(models.Model):
    _inherit = "cpm.feedback"

    satisfaction_ids = fields.One2many(
        "cpm.satisfaction", "feedback_id", string="Satisfaction"
    )
    csat = fields.Selection(
        RATINGS, string="Satisfaction of the customer", readonly=True, copy=False
    )
    csat_comment = fields.Text(string="Comment", readonly=True, copy=False)

    def _after_move(self, stage):
        super()._after_move(stage)
        if stage == "solved":
            for feedback in self:
                feedback._ask_to_confirm()
        elif stage == "closed":
            for feedback in self:
                feedback._ask_satisfaction()

    def _get_recipient(self):
        """Return the address questions to the customer go to, False for none."""
        self.ensure_one()
        person = self.contact_id or self.partner_id
        return person.email_formatted if person.email else self.email_from or False

    def _customer_lang(self):
        person = self.contact_id or self.partner_id
        return person.lang or self.company_id.partner_id.lang or self.env.lang

    def _send_question(self, template, values):
        """Mail one of our own questions to the customer. Not through the chatter:
        employees could read the personal link there and answer for the customer.

        :param str template: QWeb template
        :param dict values: for the template
        """
        self.ensure_one()
        recipient = self._get_recipient()
        if not recipient:
            return
        feedback = self.sudo().with_context(lang=self._customer_lang())
        env = feedback.env
        body = env["ir.qweb"]._render(template, {"feedback": feedback, **values})
        layout = env["ir.qweb"]._render(
            "customer_plan_mgmt.feedback_mail_layout",
            {"feedback": feedback, "body": Markup(body)},
        )
        env["mail.mail"].create(
            {
                "subject": feedback.display_name,
                "body_html": layout,
                "email_to": recipient,
                "email_from": feedback.company_id.email_formatted
                or env.user.email_formatted,
                "auto_delete": True,
                "headers": "{'Auto-Submitted': 'auto-generated', "
                "'X-Auto-Response-Suppress': 'All'}",
            }
        )

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
        if feedback and fields.Datetime.to_string(feedback.solved_at) != value[1]:
            return feedback.browse()
        return feedback

    def _ask_to_confirm(self):
        self._send_question(
            "customer_plan_mgmt.feedback_mail_solved",
            {"url": self._get_confirm_url()},
        )

    def _customer_confirms(self):
        """The customer says it is solved. A complaint whose cause is still missing
        stays solved until an employee closes it.

        :return: the ``cpm.satisfaction`` question to ask next, in superuser mode
        """
        self.ensure_one()
        feedback = self.sudo()
        feedback._message_log(body=self.env._("The customer confirmed the solution."))
        feedback.customer_confirmed_at = fields.Datetime.now()
        feedback._close_quietly()
        return feedback._get_question()

    def _customer_refuses(self, comment):
        """The customer says it is not solved: work goes on.

        :param str comment: the customer's words, plain text
        """
        self.ensure_one()
        feedback = self.sudo()
        feedback.stage = "in_progress"
        note = self.env._("The customer says it is not solved.")
        feedback._message_log(body=f"{note} {(comment or '').strip()[:2000]}".strip())
        user = feedback.user_id or feedback.profile_id.manager_id
        if user.active:
            feedback.activity_schedule(
                "customer_plan_mgmt.mail_activity_reply", user_id=user.id, summary=note
            )

    # ----------------------------------------------------------- Satisfaction

    def _get_question(self):
        """Return the open question of this feedback, making one when there is none."""
        self.ensure_one()
        questions = self.env["cpm.satisfaction"].sudo()
        now = fields.Datetime.now()
        question = questions.search(
            [
                ("feedback_id", "=", self.id),
                ("answered_at", "=", False),
                ("expires_at", ">", now),
                ("sent_at", ">=", self.closed_at or self.received_at),
            ],
            limit=1,
        )
        days = self.company_id.sudo().cpm_satisfaction_days or 30
        return question or questions.create(
            {
                "feedback_id": self.id,
                "company_id": self.company_id.id,
                "partner_id": self.partner_id.id,
                "user_id": self.user_id.id,
                "sent_at": now,
                "expires_at": now + timedelta(days=days),
            }
        )

    def _ask_satisfaction(self):
        if not self.company_id.sudo().cpm_ask_satisfaction or not self._get_recipient():
            return
        self._send_question(
            "customer_plan_mgmt.feedback_mail_satisfaction",
            {"url": self._get_question()._get_url()},
        )

    def _take_answer(self, question):
        """Show the answer on the feedback; a low one goes to the account manager."""
        self.ensure_one()
        feedback = self.sudo()
        feedback.write({"csat": question.rating, "csat_comment": question.comment})
        company = feedback.company_id
        if question.score > company.cpm_low_rating:
            return
        user = feedback.profile_id.manager_id or feedback.user_id
        if not user.active:
            return
        today = fields.Date.context_today(feedback.with_context(tz=user.tz))
        feedback.activity_schedule(
            "customer_plan_mgmt.mail_activity_low_rating",
            user_id=user.id,
            date_deadline=today + timedelta(days=company.cpm_low_rating_days),
        )
