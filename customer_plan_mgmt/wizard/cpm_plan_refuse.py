"""Send a plan, or the changes to one, back with the reason."""

from odoo import fields, models


class CpmPlanRefuse(models.TransientModel):
    _name = "cpm.plan.refuse"
    _description = "Refuse a Plan"

    plan_id = fields.Many2one("cpm.plan", required=True, readonly=True)
    revision_id = fields.Many2one("cpm.plan.revision", string="Changes", readonly=True)
    reason = fields.Text(required=True)

    def action_confirm(self):
        """Refuse the plan, or the changes to it."""
        self.ensure_one()
        if self.revision_id:
            self.revision_id._refuse(self.reason)
        else:
            self.plan_id._refuse(self.reason)
        return {"type": "ir.actions.act_window_close"}
