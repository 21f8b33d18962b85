"""Risks among the facts of a review."""

from odoo import api, models


class CpmPlanReview(models.Model):
    _inherit = "cpm.plan.review"

    @api.model
    def _fact_labels(self):
        return super()._fact_labels() | {
            "open_risks": self.env._("Open risks"),
            "worst_risk": self.env._("Value of the worst open risk"),
        }
