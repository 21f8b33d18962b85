"""Messages: what counts as an answer, what the customer writes, mails coming in."""

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import email_normalize, email_normalize_all, html2plaintext

# Kinds of messages a person writes
WRITTEN = ("comment", "email", "email_outgoing")
SUBJECT_LENGTH = 200


class CpmFeedback(models.Model):
    _inherit = "cpm.feedback"

    # ----------------------------------------------------------- Incoming mail

    @api.model
    def message_new(self, msg_dict, custom_values=None):
        """A mail to a team's address becomes feedback; unknown senders are kept with
        their address, to be assigned to a customer by a person."""
        values = {
            "channel": "email",
            "email_from": msg_dict.get("email_from") or msg_dict.get("from"),
            "description": html2plaintext(msg_dict.get("body") or "").strip(),
            **(custom_values or {}),
        }
        values["name"] = (msg_dict.get("subject") or "").strip()[
            :SUBJECT_LENGTH
        ] or self.env._("Mail from %s", values["email_from"] or self.env._("unknown"))
        partner = self._find_sender(values["email_from"], values.get("company_id"))
        if partner:
            values["contact_id"] = partner.id
            values["partner_id"] = partner.commercial_partner_id.id
        msg_dict = {**msg_dict, "subject": values["name"]}
        feedback = super().message_new(msg_dict, custom_values=values)
        # Two machines would never stop thanking each other
        silent = ("cpm_automatic_mail", "cpm_no_acknowledgement")
        if not any(self.env.context.get(key) for key in silent):
            feedback._acknowledge()
        return feedback

    @api.model
    def _detect_loop_sender_domain(self, email_from_normalized):
        """Without an address nothing tells one sender from the next; the search for
        loops would take all of them for one and drop the mail."""
        if not email_from_normalized:
            return None
        return super()._detect_loop_sender_domain(email_from_normalized)

    @api.model
    def _find_sender(self, email, company_id):
        """Return the contact with this address that the company may know, or none."""
        normalized = email_normalize(email or "")
        if not normalized:
            return self.env["res.partner"]
        companies = [company_id or self.env.company.id, False]
        return (
            self.env["res.partner"]
            .sudo()
            .search(
                [
                    ("email_normalized", "=", normalized),
                    ("company_id", "in", companies),
                    ("partner_share", "=", True),
                ],
                order="company_id, id desc",
                limit=1,
            )
            .with_env(self.env)
        )

    def _message_post_after_hook(self, message, msg_vals):
        result = super()._message_post_after_hook(message, msg_vals)
        if (
            message.message_type in WRITTEN
            and not message.is_internal
            and not message.subtype_id.internal
        ):
            if self._is_from_customer(message):
                if not self.env.context.get("cpm_automatic_mail"):
                    self.sudo()._customer_wrote()
            elif self._is_from_person(message) and self._reaches_customer(message):
                self._answered(self._get_answer_moment(message))
        return result

    def _is_from_customer(self, message):
        """Return whether the customer wrote the message, not one of us."""
        author = message.author_id
        if author:
            return author.partner_share
        # Whoever nobody knows wrote a mail, or answers by the link in one
        return message.message_type in ("email", "comment")

    def _is_from_person(self, message):
        """Return whether a person wrote: what machines send is no answer."""
        machine = message.author_id == self.env.ref("base.partner_root")
        return not machine and not self.env.context.get("cpm_automatic_mail")

    def _reaches_customer(self, message):
        """Return whether the customer gets or may read the message."""
        customers = self.contact_id | self.partner_id
        receivers = message.notified_partner_ids | message.partner_ids
        followers = self.sudo().message_partner_ids
        if (
            receivers | followers
        ).commercial_partner_id & customers.commercial_partner_id:
            return True
        address = email_normalize(self.email_from or "")
        addresses = set(email_normalize_all(message.outgoing_email_to or ""))
        addresses.update(receivers.mapped("email_normalized"))
        return bool(address) and address in addresses

    def _get_answer_moment(self, message):
        """Return when an answer went out. Dates of messages can be chosen: by the clock
        of a computer elsewhere, or over RPC to have kept a promise after all."""
        now = fields.Datetime.now()
        moment = message.date or now
        if message.message_type == "email":
            return min(max(moment, self.received_at), now)
        if self.env.su or moment < self.received_at:
            return moment  # data of the past, or about to be refused
        return now

    # --------------------------------------------------------------- Answers

    def _answered(self, moment):
        """Note that the customer got an answer at ``moment`` (naive UTC).

        The first one ends the promise of a first response and moves new feedback on.

        :raise UserError: when the answer is older than the feedback
        """
        moment = moment.replace(microsecond=0)
        for feedback in self.sudo():
            if moment < feedback.received_at:
                raise UserError(
                    self.env._(
                        "The answer of %(answer)s is older than the feedback, received "
                        "on %(received)s.",
                        answer=fields.Datetime.to_string(moment),
                        received=fields.Datetime.to_string(feedback.received_at),
                    )
                )
            vals = {"last_answer_at": max(moment, feedback.last_answer_at or moment)}
            if not feedback.first_answer_at or moment < feedback.first_answer_at:
                vals["first_answer_at"] = moment
            if feedback.stage == "new":
                vals["stage"] = "answered"
            feedback.write(vals)

    def _customer_wrote(self):
        """React to a message of the customer: go on when we waited for it; after the
        solution somebody has to decide, a short "thank you" reopens nothing."""
        for feedback in self:
            if feedback.stage == "waiting":
                feedback.stage = "in_progress"
            elif feedback.stage in ("solved", "closed", "cancelled"):
                feedback._ask_whether_to_reopen()

    def _ask_whether_to_reopen(self):
        if self.has_unread_reply:
            return
        self.has_unread_reply = True
        user = self._who_reacts(self.user_id, self.profile_id.manager_id)
        if user:
            self.activity_schedule(
                "customer_plan_mgmt.mail_activity_reply", user_id=user.id
            )

    def action_log_call(self):
        """Open the dialog that notes a call with the customer."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "customer_plan_mgmt.cpm_feedback_call_action"
        )
        action["context"] = {"default_feedback_id": self.id}
        return action

    # ------------------------------------------------------------------ Mail

    def _mail_get_partner_fields(self, introspect_fields=False):
        return ["contact_id", "partner_id"]

    def _mail_get_partners(self, introspect_fields=False):
        """One person each: the company behind it is not written to as well."""
        return {item.id: item.contact_id or item.partner_id for item in self}

    def _acknowledge(self):
        """Tell customers who wrote that the message arrived and until when they are
        answered. No answer: an answer comes from a person."""
        for feedback in self.filtered(lambda item: item.channel in ("email", "portal")):
            if not feedback.company_id.sudo().cpm_acknowledge:
                continue
            timer = feedback.sudo().sla_timer_ids.filtered(
                lambda item: item.kind == "first_response" and item.deadline
            )
            feedback._send_question(
                "customer_plan_mgmt.feedback_mail_received",
                self.env._("Confirmed the receipt to the customer by e-mail."),
                {"answer_until": timer[:1].deadline},
            )
