"""Whether a metric is known for a day that is over."""

from odoo import api, fields, models

from ..scoring.engine.metric_sql import OF_A_FIELD

# Records that stay as they were once they are written
LASTING = {"cpm.purchase", "cpm.transaction", "mail.message", "cpm.satisfaction"}


class CpmMetric(models.Model):
    _inherit = "cpm.metric"

    knows_past = fields.Boolean(
        string="Known for past days",
        compute="_compute_knows_past",
        store=True,
        readonly=False,
        precompute=True,
        help="Back-tests and dry runs recompute past days from the records as they are "
        "now. That gives what was known then only where the records are not changed "
        "later: a case that is closed today was open on that day. Switch it on when the "
        "fields in “Only records matching” and the measured field stay as they were "
        "entered.",
    )

    @api.depends("source", "model_id", "domain", "measure")
    def _compute_knows_past(self):
        """Records that last, or all records of a model, counted or dated."""
        for metric in self:
            everything = (metric.domain or "[]").replace(" ", "") == "[]"
            metric.knows_past = metric.source == "computed" and (
                metric.model_id.sudo().model in LASTING
                or (everything and metric.measure not in OF_A_FIELD)
            )

    def _past_unknown_parts(self):
        """Return which of these, and of the parts of ratios among them, nobody can
        compute for a past day. A value entered by hand is kept in its last form only,
        whatever the field says."""
        parts = self.filtered(lambda metric: metric.source != "ratio")
        parts |= self.numerator_id | self.denominator_id
        return parts.filtered(
            lambda metric: metric.source != "computed" or not metric.knows_past
        )

    def _knows_past(self):
        """Whether all of these metrics can be computed for a past day."""
        return not self._past_unknown_parts()
