"""Needs a template asks for."""

from odoo import api, fields, models


class CpmPlanTemplateNeed(models.Model):
    _name = "cpm.plan.template.need"
    _description = "Need in a Plan Template"
    _inherit = "cpm.plan.template.part.mixin"
    _order = "template_id, sequence, id"

    name = fields.Char(string="Need", required=True, translate=True)
    kind = fields.Selection(
        lambda self: self.env["cpm.plan.need"]._fields["kind"].selection,
        required=True,
        default="product",
    )

    def _plan_vals(self, plan, known=None):
        self.ensure_one()
        return {
            "plan_id": plan.id,
            "name": self.name,
            "kind": self.kind,
            "sequence": self.sequence,
        }

    @api.model
    def _vals_of(self, part):
        return {"name": part.name, "kind": part.kind, "sequence": part.sequence}
