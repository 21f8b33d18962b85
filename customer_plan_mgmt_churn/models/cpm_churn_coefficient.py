"""How much one metric counts in a learned churn probability."""

from odoo import api, fields, models

from ..tools.formula import Term
from .cpm_churn_feature import CpmChurnFeature

# From which share of the strongest metric on a metric counts as such
STRONG, MEDIUM = 0.6, 0.25


class CpmChurnCoefficient(models.Model):
    """One term of the formula, in the units of the transformed metric."""

    _name = "cpm.churn.coefficient"
    _description = "Coefficient of the Churn Probability"
    _inherit = "cpm.system.mixin"
    _order = "model_id, weight desc, id"
    _rec_name = "metric_id"

    model_id = fields.Many2one(
        "cpm.churn.model", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="model_id.company_id")
    metric_id = fields.Many2one("cpm.metric", required=True, ondelete="cascade")
    transform = fields.Selection(CpmChurnFeature.transform.selection, required=True)
    missing = fields.Selection(
        CpmChurnFeature.missing.selection, string="No value", required=True
    )
    coefficient = fields.Float(digits=0, aggregator=None)
    missing_coefficient = fields.Float(
        string="Coefficient without a value", digits=0, aggregator=None
    )
    mean = fields.Float(string="Average", digits=0, aggregator=None)
    missing_mean = fields.Float(
        string="Share without a value", digits=0, aggregator=None
    )
    weight = fields.Float(
        digits=0,
        aggregator=None,
        help="By how much the metric spreads the log odds of the customers (standard "
        "deviation): the higher, the more it tells them apart.",
    )
    effect_text = fields.Char(string="What it means", compute="_compute_effect_text")

    def _term(self):
        """Return the :class:`Term` of the formula."""
        self.ensure_one()
        return Term(
            self.metric_id.id,
            self.transform,
            self.missing,
            self.coefficient,
            self.missing_coefficient,
            self.mean,
            self.missing_mean,
        )

    @api.depends("coefficient", "missing_coefficient", "weight", "model_id")
    @api.depends_context("lang")
    def _compute_effect_text(self):
        for row in self:
            row.effect_text = row._effect_words()

    def _effect_words(self):
        """Return the coefficient in words: direction, strength, and what it means to
        have no value."""
        self.ensure_one()
        _ = self.env._
        strongest = max(self.model_id.coefficient_ids.mapped("weight"), default=0)
        share = self.weight / strongest if strongest else 0
        strength = _("hardly counts")
        if share >= STRONG:
            strength = _("counts a lot")
        elif share >= MEDIUM:
            strength = _("counts")
        words = _("The more, the more likely to leave")
        if self.coefficient < 0:
            words = _("The more, the less likely to leave")
        if not self.coefficient:
            words = _("Makes no difference")
        text = _("%(direction)s; %(strength)s.", direction=words, strength=strength)
        if self.missing_coefficient:
            # Against a customer with the average value
            having = self.coefficient * self.mean / max(1 - self.missing_mean, 1e-9)
            more = self.missing_coefficient > having
            text += " " + (
                _("Having no value: more likely to leave.")
                if more
                else _("Having no value: less likely to leave.")
            )
        return text
