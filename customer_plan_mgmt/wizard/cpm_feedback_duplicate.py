"""Fold feedback that was raised twice into one."""

from odoo import fields, models
from odoo.exceptions import UserError


class CpmFeedbackDuplicate(models.TransientModel):
    _name = "cpm.feedback.duplicate"
    _description = "Mark as Duplicate"

    feedback_ids = fields.Many2many("cpm.feedback", required=True)
    original_id = fields.Many2one(
        "cpm.feedback",
        string="Goes on in",
        required=True,
        ondelete="cascade",
        domain="[('id', 'not in', feedback_ids), ('is_open', '=', True)]",
    )

    def action_confirm(self):
        """Cancel the duplicates; the other case and its followers carry on.

        :raise UserError: when the original is among the duplicates
        """
        self.ensure_one()
        if self.original_id in self.feedback_ids:
            raise UserError(self.env._("A case cannot be a duplicate of itself."))
        self.feedback_ids._mark_duplicate(self.original_id)
        return self.original_id.get_formview_action()
