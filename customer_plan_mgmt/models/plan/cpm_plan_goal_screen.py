"""What the form of a goal fills in by itself."""

from odoo import api, models


class CpmPlanGoal(models.Model):
    _inherit = "cpm.plan.goal"

    @api.onchange("metric_id", "source", "aggregation")
    def _onchange_metric_id(self):
        """Take what the metric says today as baseline of a new goal."""
        plan, metric = self.plan_id, self.metric_id
        if self._origin or self.source != "metric" or not metric:
            return
        if plan.profile_id and not plan.profile_id.has_access("read"):
            return
        how = self.aggregation or self._natural_aggregation(metric)
        [value] = self._values_of([(plan, metric, how)])
        self.baseline = value or 0
        self.is_baseline_missing = value is None
        self.current_value = value or 0
