"""What feedback is about, and who is responsible for it."""

from odoo import fields, models


class CpmFeedbackCategory(models.Model):
    """Tree of subjects. Where a category names nobody, the one above it counts."""

    _name = "cpm.feedback.category"
    _description = "Feedback Category"
    _inherit = "cpm.tree.mixin"
    _parent_store = True
    _check_company_auto = True

    parent_id = fields.Many2one(
        "cpm.feedback.category", index=True, ondelete="restrict", check_company=True
    )
    child_ids = fields.One2many("cpm.feedback.category", "parent_id")
    company_id = fields.Many2one(
        "res.company", index=True, ondelete="restrict", help="Empty: all companies."
    )
    user_id = fields.Many2one(
        "res.users",
        string="Responsible",
        ondelete="set null",
        domain=[("share", "=", False)],
    )
    team_id = fields.Many2one(
        "cpm.feedback.team", ondelete="restrict", check_company=True
    )
    department = fields.Char(
        translate=True, help="Who improves what customers say about this subject."
    )
    is_public = fields.Boolean(
        string="Customers may choose it",
        default=True,
        help="Offered to customers in the portal.",
    )

    def _inherited(self, name):
        """Return the value of field ``name`` of the category or the nearest above."""
        category = self
        while category and not category[name]:
            category = category.parent_id
        return category[name]
