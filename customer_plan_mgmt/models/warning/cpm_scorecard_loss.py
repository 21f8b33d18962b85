"""After a scoring run it is clear who is back, and once a month what is usual."""

from odoo import api, models


class CpmScorecard(models.Model):
    _inherit = "cpm.scorecard"

    @api.model
    def _after_run(self, company, profiles=None):
        """Bring up to date what tells who has left."""
        result = super()._after_run(company, profiles)
        company = company.sudo()
        company._cpm_forget_given_up()
        if profiles is None:
            company._cpm_renew_loss_days()
        return result
