"""What belongs to customers: which feedback is theirs, and links that prove it."""

from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.tools import consteq, plaintext2html

from .cpm_feedback_answer import WRITTEN


class CpmFeedback(models.Model):
    _inherit = "cpm.feedback"

    # Whoever knows it may read and answer as the customer: no employee reads it
    access_token = fields.Char(groups=fields.NO_ACCESS)

    def write(self, vals):
        is_moved = bool(vals.keys() & {"partner_id", "contact_id"})
        before = {item: item.partner_id | item.contact_id for item in self if is_moved}
        result = super().write(vals)
        if is_moved:
            self._follow_customer(before)
        if is_moved or vals.get("stage") == "closed":
            self._forget_token()
        return result

    def _follow_customer(self, before):
        """Let the customer follow, and nobody of another customer any more.

        :param before: ``{feedback: contacts}`` until now
        """
        for feedback in self.sudo():
            old = before[feedback].commercial_partner_id - feedback.partner_id
            strangers = feedback.message_partner_ids.filtered(
                lambda item, old=old: item.commercial_partner_id in old
            )
            feedback.message_unsubscribe(strangers.ids)
        self._subscribe_customers()

    def _forget_token(self):
        """Make links sent until now invalid: the case is over, or somebody else's."""
        self.sudo().filtered("access_token").write({"access_token": False})

    # --------------------------------------------------------------- Ownership

    @api.model
    def _customer_domain(self, user):
        """Return which feedback the portal may show to ``user``: that of the user's
        company, raised with a company the user deals with."""
        customer = user.partner_id.commercial_partner_id
        return Domain("partner_id", "child_of", customer.id) & Domain(
            "company_id", "in", user.company_ids.ids
        )

    @api.model
    def _find_for_customer(self, feedback_id, user, token=None):
        """Return the feedback in superuser mode if ``user`` may see it in the portal or
        ``token`` proves that the mail with the link was received, else none."""
        if not isinstance(feedback_id, int) or not 0 < feedback_id < 2**31:
            return self.sudo().browse()
        feedback = self.sudo().search([("id", "=", feedback_id)])
        known = feedback.access_token
        if (
            known
            and isinstance(token, str)
            and token.isascii()
            and consteq(known, token)
        ):
            return feedback
        if not feedback or user._is_public():
            return feedback.browse()
        return feedback.filtered_domain(self.sudo()._customer_domain(user))

    def _customer_messages(self):
        """Return the messages the customer may read, oldest first."""
        self.ensure_one()
        messages = self.env["mail.message"].sudo()
        return messages.search(
            Domain("model", "=", self._name)
            & Domain("res_id", "=", self.id)
            & Domain("message_type", "in", WRITTEN)
            & messages._get_search_domain_share(),
            order="date, id",
        )

    def _customer_file(self, attachment_id):
        """Return the attachment if it hangs on a message the customer may read."""
        files = self._customer_messages().attachment_ids
        return files.filtered(
            lambda item: item.id == attachment_id and item.type == "binary"
        )

    def _customer_posts(self, text, files, author):
        """Post what the customer wrote, with nothing but these values.

        :param str text: plain text
        :param files: ``(name, content)`` each
        :param author: the contact who writes; none for an unknown sender
        """
        self.ensure_one()
        return self.sudo().message_post(
            body=plaintext2html(text) if text else "",
            attachments=files,
            author_id=author.id,
            email_from=author.email_formatted if author else self.email_from,
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
        )

    def _link_rests_until(self):
        """Return until when nothing more may be written on the page of the case by its
        personal link (naive UTC), None when it may: so often in an hour and in a day
        as the settings say.

        What customers write under their own account does not count. Requests at the
        very same moment do not see each other: there may be as many more as the server
        answers at once.
        """
        self.ensure_one()
        company = self.company_id.sudo()
        now = fields.Datetime.now()
        by_link = (
            Domain("model", "=", self._name)
            & Domain("res_id", "=", self.id)
            & Domain("message_type", "=", "comment")
            & Domain("create_uid.share", "=", True)
        )
        if self.partner_id:
            by_link &= ~Domain("create_uid.partner_id", "child_of", self.partner_id.id)
        free = []
        for limit, span in (
            (company.cpm_replies_hour, timedelta(hours=1)),
            (company.cpm_replies_day, timedelta(days=1)),
        ):
            if not limit:
                continue
            written = self.env["mail.message"].sudo()
            written = written.search(
                by_link & Domain("date", ">", now - span),
                order="date desc, id desc",
                limit=limit,
            )
            if len(written) == limit:
                free.append(written[-1].date + span)
        return max(free, default=None)

    def message_post(self, **kwargs):
        """Customers write in the portal. Over RPC whoever got a message may answer it,
        with receivers of their choice: that would make us a mail relay."""
        if self.env.user.share and not self.env.su:
            raise AccessError(self.env._("Please write to us on the page of the case."))
        return super().message_post(**kwargs)

    # ------------------------------------------------------------------- Links

    def _compute_access_url(self):
        result = super()._compute_access_url()
        for feedback in self:
            feedback.access_url = f"/my/feedback/{feedback.id}"
        return result

    def _portal_ensure_token(self):
        return super(CpmFeedback, self.sudo())._portal_ensure_token()

    def _get_share_url(self, *args, **kwargs):
        """Employees share the plain address: the token is for the customer's eyes."""
        if not self.env.su:
            kwargs["share_token"] = False
        return super()._get_share_url(*args, **kwargs)

    def get_portal_url(self, *args, **kwargs):
        """Refuse to tell the token over RPC.

        :raise AccessError: outside superuser mode
        """
        if not self.env.su:
            raise AccessError(self.env._("Personal links are for customers only."))
        return super().get_portal_url(*args, **kwargs)

    def _sign_token(self, pid):
        return super(CpmFeedback, self.sudo())._sign_token(pid)

    @api.model
    def _get_thread_with_access(self, thread_id, **kwargs):
        """The token opens our pages only: the chatter's routes know neither our limits
        for files nor what customers must not see."""
        for key in ("hash", "pid", "token"):
            kwargs.pop(key, None)
        return super()._get_thread_with_access(thread_id, **kwargs)

    def _notify_get_recipients_groups(self, message, model_description, msg_vals=False):
        """Colleagues of the customer with an account get a link to the portal page."""
        groups = super()._notify_get_recipients_groups(
            message, model_description, msg_vals=msg_vals
        )
        if not self:
            return groups
        for name, _belongs, data in groups:
            if name == "portal":
                data["button_access"] = {"url": self.get_base_url() + self.access_url}
        return groups

    def _notify_get_reply_to(self, default=None, author_id=False):
        """Answers go to the address of the team."""
        teams = self.sudo().team_id.filtered("alias_email")
        known = teams._notify_get_reply_to(default=default, author_id=author_id)
        others = self.filtered(lambda item: item.sudo().team_id not in teams)
        result = {item.id: known[item.sudo().team_id.id] for item in self - others}
        if others:
            result |= super(CpmFeedback, others)._notify_get_reply_to(
                default=default, author_id=author_id
            )
        return result
