"""Give warnings to somebody."""

from odoo import fields, models
from odoo.exceptions import UserError


class CpmWarningAssign(models.TransientModel):
    _name = "cpm.warning.assign"
    _description = "Assign Warnings"

    warning_ids = fields.Many2many("cpm.warning", string="Warnings", required=True)
    user_id = fields.Many2one(
        "res.users",
        string="Owner",
        default=lambda self: self.env.user,
        domain="[('share', '=', False)]",
        help="Empty: the account manager of each customer.",
    )
    date_deadline = fields.Date(string="Deadline", help="Empty: as it is.")

    def action_confirm(self):
        """Give the warnings to their new owner.

        :raise UserError: when a customer has no account manager and none is chosen
        """
        self.ensure_one()
        warnings = self.warning_ids
        warnings.check_access("write")
        warnings._check_open()
        deadline = {"date_deadline": self.date_deadline} if self.date_deadline else {}
        owners = {warning: self.user_id or warning.manager_id for warning in warnings}
        for warning, owner in owners.items():
            if not owner:
                raise UserError(
                    self.env._(
                        "Owner: %s has no account manager. Choose somebody.",
                        warning.partner_id.display_name,
                    )
                )
        for owner, owned in warnings.grouped(owners.get).items():
            self._assign(owned, owner, deadline)
        return {"type": "ir.actions.act_window_close"}

    def _assign(self, warnings, owner, deadline):
        """Give ``warnings`` to ``owner``: with one message, however many they are."""
        if len(warnings) > 1:
            warnings = warnings.with_context(mail_auto_subscribe_no_notify=True)
        new = warnings.filtered(lambda warning: warning.user_id != owner)
        warnings.write({"user_id": owner.id, **deadline})
        if len(new) and len(warnings) > 1 and owner != self.env.user:
            new._notify_in_one(
                owner, lambda env, count: env._("Warnings assigned to you: %s", count)
            )
