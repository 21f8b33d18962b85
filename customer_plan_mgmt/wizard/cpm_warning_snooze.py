"""Let warnings rest until a day."""

from datetime import timedelta

from odoo import api, fields, models


class CpmWarningSnooze(models.TransientModel):
    _name = "cpm.warning.snooze"
    _description = "Snooze Warnings"

    warning_ids = fields.Many2many("cpm.warning", string="Warnings", required=True)
    until = fields.Date(
        string="Rests until",
        required=True,
        default=lambda self: self._default_until(),
        help="On this day they are back in the inbox.",
    )
    reason = fields.Char(required=True)

    @api.model
    def _default_until(self):
        return fields.Date.context_today(self) + timedelta(days=7)

    def action_confirm(self):
        """Let the warnings rest."""
        self.ensure_one()
        self.warning_ids._snooze(self.until, self.reason)
        return {"type": "ir.actions.act_window_close"}
