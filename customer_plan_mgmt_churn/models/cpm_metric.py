"""A metric the churn probability is learned from cannot simply disappear."""

from odoo import api, models
from odoo.exceptions import UserError


class CpmMetric(models.Model):
    _inherit = "cpm.metric"

    @api.ondelete(at_uninstall=False)
    def _unlink_except_learned_from(self):
        features = self.env["cpm.churn.feature"].with_context(active_test=False)
        found = features.sudo().search([("metric_id", "in", self.ids)], limit=1)
        if found:
            raise UserError(
                self.env._(
                    "The churn probability is learned from %s. Remove it from the facts "
                    "of the probability first, or archive the metric.",
                    found.metric_id.name,
                )
            )
