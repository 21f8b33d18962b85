"""Tells mails machines write from those people write."""

from odoo import api, models

BULK = frozenset({"bulk", "junk", "list", "auto_reply"})
# Programs that answer for people who are away
ROBOTS = ("X-Autoreply", "X-Autorespond", "X-Auto-Reply", "List-Id")


class MailThread(models.AbstractModel):
    _inherit = "mail.thread"

    @api.model
    def _message_route_process(self, message, message_dict, routes):
        """Remember while an automatic reply is processed that it is one (RFC 3834):
        the parsed mail that models get to see does not tell. And what customers write
        is never a note, even where it answers one of our automatic mails."""
        if self._cpm_is_automatic(message):
            self = self.with_context(cpm_automatic_mail=True)
        elif message.get("X-Auto-Response-Suppress"):
            self = self.with_context(cpm_no_acknowledgement=True)
        if any(route[0] == "cpm.feedback" for route in routes or ()):
            # The database takes no NUL, and the mail would be lost
            subject = (message_dict.get("subject") or "").replace("\0", "")
            message_dict = {**message_dict, "subject": subject}
            author = self.env["res.partner"].browse(message_dict.get("author_id") or [])
            if not author or author.sudo().partner_share:
                message_dict = {**message_dict, "is_internal": False}
        return super()._message_route_process(message, message_dict, routes)

    @api.model
    def _cpm_is_automatic(self, message):
        """Return whether a program wrote the mail, by its headers."""
        submitted = (
            (message.get("Auto-Submitted") or "no").split(";")[0].strip().lower()
        )
        precedence = (message.get("Precedence") or "").strip().lower()
        return (
            submitted != "no"
            or precedence in BULK
            or any(message.get(header) for header in ROBOTS)
        )
