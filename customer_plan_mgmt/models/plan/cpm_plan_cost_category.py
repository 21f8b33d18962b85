"""Kinds of cost of a plan."""

from odoo import fields, models


class CpmPlanCostCategory(models.Model):
    _name = "cpm.plan.cost.category"
    _description = "Cost Category"
    _inherit = ["cpm.code.mixin", "cpm.guard.mixin"]
    _order = "sequence, id"

    sequence = fields.Integer(default=10, aggregator=None)
    active = fields.Boolean(string="In use", default=True)

    _code_uniq = models.Constraint(
        "UNIQUE(code)", "Another cost category already has this code."
    )
