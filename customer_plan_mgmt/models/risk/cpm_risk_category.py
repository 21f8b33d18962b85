"""What a risk is about."""

from odoo import fields, models


class CpmRiskCategory(models.Model):
    _name = "cpm.risk.category"
    _description = "Risk Category"
    _inherit = ["cpm.tree.mixin", "cpm.guard.mixin"]
    _parent_store = True

    parent_id = fields.Many2one("cpm.risk.category", index=True, ondelete="restrict")
    child_ids = fields.One2many("cpm.risk.category", "parent_id")
    description = fields.Text(translate=True)
