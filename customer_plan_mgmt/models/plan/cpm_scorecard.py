"""Plans measure themselves after every scoring run."""

from odoo import api, models


class CpmScorecard(models.Model):
    _inherit = "cpm.scorecard"

    @api.model
    def _after_run(self, company, profiles=None):
        """Bring goals, benefit and freshness of the plans up to date."""
        result = super()._after_run(company, profiles)
        self.env["cpm.plan"]._refresh_company(company, profiles)
        return result
