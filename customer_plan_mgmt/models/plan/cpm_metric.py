"""Metrics that measure plans."""

from odoo import api, models
from odoo.exceptions import UserError


class CpmMetric(models.Model):
    _inherit = "cpm.metric"

    @api.ondelete(at_uninstall=False)
    def _unlink_except_measuring_plans(self):
        """The database would refuse too, without saying why."""
        for model, name in (
            ("cpm.plan.goal", "metric_id"),
            ("cpm.plan", "benefit_metric_id"),
            ("cpm.plan.template.goal", "metric_id"),
            ("cpm.plan.template", "benefit_metric_id"),
        ):
            records = self.env[model].sudo().with_context(active_test=False)
            found = records.search([(name, "in", self.ids)], limit=1)
            if found:
                raise UserError(
                    self.env._(
                        "%(metric)s measures %(record)s. Archive it instead: what it "
                        "measured then counts as unknown.",
                        metric=found[name].name,
                        record=found.display_name,
                    )
                )
