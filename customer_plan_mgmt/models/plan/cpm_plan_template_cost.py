"""Costs of a template."""

from odoo import api, fields, models


class CpmPlanTemplateCost(models.Model):
    """Budget of a category, in the company's currency."""

    _name = "cpm.plan.template.cost"
    _description = "Cost in a Plan Template"
    _inherit = "cpm.plan.template.part.mixin"
    _order = "template_id, sequence, id"
    _cpm_ranges = {"budget": (0, 1e13)}

    name = fields.Char(string="Description", translate=True)
    category_id = fields.Many2one(
        "cpm.plan.cost.category", required=True, ondelete="restrict"
    )
    budget = fields.Float(
        aggregator=None, help="In the currency of the company that makes the plan."
    )

    def _plan_vals(self, plan, known=None):
        self.ensure_one()
        return {
            "plan_id": plan.id,
            "name": self.name,
            "category_id": self.category_id.id,
            "currency_id": plan.company_id.currency_id.id,
            "budget": self.budget,
            "sequence": self.sequence,
        }

    @api.model
    def _vals_of(self, part):
        budget = part.currency_id._convert(
            part.budget,
            part.company_id.currency_id,
            part.company_id,
            part.date_from,
        )
        return {
            "name": part.name,
            "category_id": part.category_id.id,
            "budget": budget,
            "sequence": part.sequence,
        }
