"""Exempt cases from a promise, with a reason."""

from odoo import fields, models


class CpmSlaExempt(models.TransientModel):
    _name = "cpm.sla.exempt"
    _description = "Exempt from a Promise"

    timer_ids = fields.Many2many("cpm.sla.timer", string="Promises", required=True)
    reason_id = fields.Many2one(
        "cpm.exemption.reason", required=True, ondelete="cascade"
    )
    note = fields.Char(string="Explanation", required=True)

    def action_confirm(self):
        """Exempt the promises; that one was missed stays visible in the report."""
        self.ensure_one()
        self.timer_ids._exempt(self.reason_id, self.note)
        return {"type": "ir.actions.act_window_close"}
