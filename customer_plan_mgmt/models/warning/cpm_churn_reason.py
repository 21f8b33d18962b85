"""Why customers leave."""

from odoo import fields, models


class CpmChurnReason(models.Model):
    """A tree of reasons, for statistics and for the suspicion of a warning rule."""

    _name = "cpm.churn.reason"
    _description = "Churn Reason"
    _inherit = ["cpm.tree.mixin", "cpm.guard.mixin"]
    _parent_store = True

    parent_id = fields.Many2one("cpm.churn.reason", ondelete="restrict", index=True)
    child_ids = fields.One2many("cpm.churn.reason", "parent_id")
    description = fields.Text(translate=True)
