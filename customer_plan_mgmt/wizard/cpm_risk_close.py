"""Close risks, with the reason."""

from odoo import fields, models


class CpmRiskClose(models.TransientModel):
    _name = "cpm.risk.close"
    _description = "Close Risks"

    risk_ids = fields.Many2many("cpm.risk", string="Risks", required=True)
    reason = fields.Text(required=True)

    def action_confirm(self):
        """Close the risks."""
        self.ensure_one()
        self.risk_ids._close(self.reason)
        return {"type": "ir.actions.act_window_close"}
