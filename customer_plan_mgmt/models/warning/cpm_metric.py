"""Metrics that warning rules look at."""

from odoo import api, models
from odoo.exceptions import UserError
from odoo.fields import Domain


class CpmMetric(models.Model):
    _inherit = "cpm.metric"

    @api.ondelete(at_uninstall=False)
    def _unlink_except_watched(self):
        """A rule without its metric would be silent for ever."""
        rules = self.env["cpm.warning.rule"].sudo().with_context(active_test=False)
        for metric in self:
            rule = rules.search(
                Domain("metric_id", "=", metric.id)
                | Domain("contact_metric_ids", "in", metric.ids),
                limit=1,
            )
            if rule:
                raise UserError(
                    self.env._(
                        "%(metric)s is watched by the warning rule %(rule)s. Change the "
                        "rule first, or archive the metric: the rule then says that it "
                        "cannot be evaluated.",
                        metric=metric.name,
                        rule=rule.name,
                    )
                )
