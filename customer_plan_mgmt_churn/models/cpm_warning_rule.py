"""Warning rules may look at the probability."""

from odoo import api, fields, models
from odoo.exceptions import ValidationError

PROBABILITY = "churn_probability"


class CpmWarningRule(models.Model):
    _inherit = "cpm.warning.rule"

    measure = fields.Selection(selection_add=[(PROBABILITY, "Churn probability")])

    @api.model
    def _score_columns(self):
        """Return the columns of the profile rules may look at."""
        return (*super()._score_columns(), PROBABILITY)

    @api.constrains("trigger", "measure", "limit_value")
    def _check_probability(self):
        for rule in self.filtered(lambda rule: rule.measure == PROBABILITY):
            if rule.trigger == "threshold" and not 0 <= rule.limit_value <= 1:
                raise ValidationError(
                    self.env._(
                        "Limit: a churn probability lies between 0 and 1 (0.7 is 70 %%) "
                        "instead of %s.",
                        rule.limit_value,
                    )
                )

    def _past_unknown(self):
        """The probability of a past day is back-tested as a signal of its own."""
        if self.trigger == "threshold" and self.measure == PROBABILITY:
            return self.env._(
                "The churn probability is back-tested by itself, learned anew for every "
                "day."
            )
        return super()._past_unknown()
