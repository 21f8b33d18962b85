"""Why things go wrong."""

from odoo import fields, models


class CpmRootCause(models.Model):
    """Tree of causes complaints are traced back to."""

    _name = "cpm.root.cause"
    _description = "Root Cause"
    _inherit = "cpm.tree.mixin"
    _parent_store = True

    parent_id = fields.Many2one("cpm.root.cause", index=True, ondelete="restrict")
    child_ids = fields.One2many("cpm.root.cause", "parent_id")
