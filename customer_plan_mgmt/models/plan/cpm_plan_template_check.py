"""Checklist of a template."""

from odoo import api, fields, models


class CpmPlanTemplateCheck(models.Model):
    _name = "cpm.plan.template.check"
    _description = "Check in a Plan Template"
    _inherit = "cpm.plan.template.part.mixin"
    _order = "template_id, sequence, id"

    name = fields.Char(string="Check", required=True, translate=True)
    stage = fields.Selection(
        lambda self: self.env["cpm.plan.check"]._fields["stage"].selection,
        string="Before leaving",
        required=True,
        default="needs",
    )
    is_mandatory = fields.Boolean(string="Mandatory", default=True)

    def _plan_vals(self, plan, known=None):
        self.ensure_one()
        return {
            "plan_id": plan.id,
            "name": self.name,
            "stage": self.stage,
            "is_mandatory": self.is_mandatory,
            "sequence": self.sequence,
        }

    @api.model
    def _vals_of(self, part):
        return {
            "name": part.name,
            "stage": part.stage,
            "is_mandatory": part.is_mandatory,
            "sequence": part.sequence,
        }
