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
        for manager, owned in warnings.grouped("manager_id").items():
            owner = self.user_id or manager
            if not owner:
                raise UserError(
                    self.env._(
                        "Owner: %s has no account manager. Choose somebody.",
                        owned[:1].partner_id.display_name,
                    )
                )
            owned.write({"user_id": owner.id, **deadline})
        return {"type": "ir.actions.act_window_close"}
