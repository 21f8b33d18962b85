"""Rules are evaluated after every scoring run."""

from odoo import api, models


class CpmScorecard(models.Model):
    _inherit = "cpm.scorecard"

    @api.model
    def _after_run(self, company, profiles=None):
        """Raise the warnings the new figures call for."""
        result = super()._after_run(company, profiles)
        self.env["cpm.warning.rule"]._evaluate_company(company, profiles)
        return result
