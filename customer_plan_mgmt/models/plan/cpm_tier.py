"""The plan a tier asks for."""

from odoo import fields, models


class CpmTier(models.Model):
    _inherit = "cpm.tier"

    plan_template_id = fields.Many2one(
        "cpm.plan.template",
        string="Plan template",
        ondelete="set null",
        index="btree_not_null",
        help="Proposed when a plan is made for a customer of this tier.",
    )
