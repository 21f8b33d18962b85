"""Which metrics the churn probability is learned from."""

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..tools.formula import Term


class CpmChurnFeature(models.Model):
    """One metric and how it enters the formula (``tools/formula.py``)."""

    _name = "cpm.churn.feature"
    _description = "Fact of the Churn Probability"
    _inherit = "cpm.guard.mixin"
    _order = "sequence, id"
    _rec_name = "metric_id"

    sequence = fields.Integer(default=10, aggregator=None)
    active = fields.Boolean(string="In use", default=True)
    metric_id = fields.Many2one(
        "cpm.metric",
        required=True,
        ondelete="cascade",  # cpm.metric refuses while it is learned from
        help="Choose metrics of dated records: as of a past day they must give what was "
        "known then. A metric of present states (what is open now) would tell the "
        "past what happened later.",
    )
    transform = fields.Selection(
        [("log", "Logarithm"), ("plain", "As it is")],
        required=True,
        default="log",
        help="Logarithm: twice as much is always the same step, right for days, numbers "
        "and money. As it is: right for points and averages within narrow limits.",
    )
    missing = fields.Selection(
        [("zero", "Counts as zero"), ("apart", "Is learned on its own")],
        string="No value",
        required=True,
        default="apart",
        help="A customer who never complained has no number of complaints: that counts "
        "as zero. A customer with a single purchase has no rhythm: what that means is "
        "learned.",
    )

    _metric_uniq = models.Constraint(
        "UNIQUE(metric_id)", "The churn probability already looks at this metric."
    )

    @api.constrains("metric_id", "active")
    def _check_metric(self):
        for feature in self.filtered("active"):
            if feature.metric_id.source == "manual":
                raise ValidationError(
                    self.env._(
                        "Metric: %s is entered by hand; what it was on past days is not "
                        "kept. Choose a computed metric.",
                        feature.metric_id.name,
                    )
                )

    @api.model
    def _in_use(self):
        """Return the features whose metric is in use, in a fixed order."""
        return self.sudo().search([("metric_id.active", "=", True)], order="id")

    def _measured(self):
        """Return the metrics that must be computed for these."""
        metrics = self.metric_id
        return metrics | metrics.numerator_id | metrics.denominator_id

    def _terms(self):
        """Return the :class:`Term` of each, without coefficients."""
        return [
            Term(feature.metric_id.id, feature.transform, feature.missing)
            for feature in self
        ]
