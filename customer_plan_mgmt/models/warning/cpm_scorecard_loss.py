"""Once a month it is found out what is usual, and after every run who is back."""

from odoo import api, models


class CpmScorecard(models.Model):
    _inherit = "cpm.scorecard"

    @api.model
    def _before_run(self, company):
        """Find the loss days before anybody is judged by them."""
        result = super()._before_run(company)
        company.sudo()._cpm_renew_loss_days()
        return result

    @api.model
    def _after_run(self, company, profiles=None):
        """Forget whom somebody gave up where there is a sign of life since."""
        result = super()._after_run(company, profiles)
        company.sudo()._cpm_forget_given_up()
        return result
