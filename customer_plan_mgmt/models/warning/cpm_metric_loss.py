"""The metric that tells whether a customer has left is not taken away unnoticed."""

from odoo import api, models
from odoo.exceptions import UserError


class CpmMetric(models.Model):
    _inherit = "cpm.metric"

    def _is_sign_of_life(self):
        """Whether the metric can tell when a customer last gave a sign of life."""
        self.ensure_one()
        return (
            self.active
            and self.source == "computed"
            and self.measure == "days_since_last"
            and not self.period_days
        )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_sign_of_life(self):
        self._check_sign_of_life(self)

    def write(self, vals):
        result = super().write(vals)
        # A run, in superuser mode, has no choice: it archives what cannot be measured
        if vals.keys() & {"active", "source", "measure", "period_days"} and (
            not self.env.su
        ):
            self._check_sign_of_life(
                self.filtered(lambda metric: not metric._is_sign_of_life())
            )
        return result

    @api.model
    def _check_sign_of_life(self, metrics):
        """:raise UserError: when a company tells by one of ``metrics`` who has left"""
        if not metrics:
            return
        shipped = self.env.ref(
            "customer_plan_mgmt.cpm_metric_days_since_last", raise_if_not_found=False
        )
        for company in self.env["res.company"].sudo().search([]):
            metric = company.cpm_loss_metric_id or shipped
            if metric and metric in metrics:
                raise UserError(
                    self.env._(
                        "%(metric)s tells when a customer of %(company)s counts as lost. "
                        "It must be in use and measure the days since the last record, "
                        "without a period. To change or remove it, choose another sign "
                        "of life in the settings of Customer Plans first.",
                        metric=metric.name,
                        company=company.name,
                    )
                )
