"""Send a plan back, with the reason."""

from odoo import fields, models


class CpmPlanRefuse(models.TransientModel):
    _name = "cpm.plan.refuse"
    _description = "Refuse a Plan"

    plan_id = fields.Many2one("cpm.plan", required=True, readonly=True)
    reason = fields.Text(required=True)

    def action_confirm(self):
        """Refuse the plan."""
        self.ensure_one()
        self.plan_id._refuse(self.reason)
        return {"type": "ir.actions.act_window_close"}
