"""Reviews open in a page of their own, from the plan."""

from odoo import models


class CpmPlanReview(models.Model):
    _inherit = "cpm.plan.review"

    def action_cpm_open(self):
        """Open the review."""
        return self._get_records_action()
