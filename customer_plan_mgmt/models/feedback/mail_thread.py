"""Tells mails machines write from those people write."""

from odoo import api, models

BULK = frozenset({"bulk", "junk", "list", "auto_reply"})


class MailThread(models.AbstractModel):
    _inherit = "mail.thread"

    @api.model
    def _message_route_process(self, message, message_dict, routes):
        """Remember while an automatic reply is processed that it is one (RFC 3834):
        the parsed mail that models get to see does not tell."""
        submitted = (message.get("Auto-Submitted") or "no").split(";")[0].strip().lower()
        precedence = (message.get("Precedence") or "").strip().lower()
        if submitted != "no" or precedence in BULK or message.get("X-Autoreply"):
            self = self.with_context(cpm_automatic_mail=True)
        return super()._message_route_process(message, message_dict, routes)
