"""What a scoring run does for warnings, before and after it."""

from odoo import api, models


class CpmScorecard(models.Model):
    _inherit = "cpm.scorecard"

    @api.model
    def _before_run(self, company):
        """Find the loss days, once a month, before anybody is judged by them."""
        result = super()._before_run(company)
        company.sudo()._cpm_renew_loss_days()
        return result

    @api.model
    def _after_run(self, company, profiles=None):
        """Forget whom somebody gave up where there is a sign of life since; then raise
        the warnings the new figures call for."""
        result = super()._after_run(company, profiles)
        company.sudo()._cpm_forget_given_up()
        self.env["cpm.warning.rule"]._evaluate_company(company, profiles)
        return result
