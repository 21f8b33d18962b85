"""The levels of risk, and what each of them means."""

from odoo import api, fields, models


class CpmRiskLevel(models.Model):
    """A band of the product of probability and impact: from its value up to that of
    the next band. What the policy asks for at a level is written here: how often the
    risk is looked at, who may accept it, whether it limits the health score."""

    _name = "cpm.risk.level"
    _description = "Risk Level"
    _inherit = "cpm.guard.mixin"
    _order = "from_value, id"
    _cpm_ranges = {
        "from_value": (0, 10000),
        "review_days": (1, 3650),
        "health_cap": (0, 100),
    }

    name = fields.Char(required=True, translate=True)
    description = fields.Text(translate=True)
    from_value = fields.Integer(
        string="From",
        required=True,
        aggregator=None,
        help="Risks whose probability times impact is at least this have the level, "
        "unless they reach a higher one.",
    )
    color = fields.Integer(aggregator=None)
    review_days = fields.Integer(
        string="Check every (days)",
        required=True,
        default=30,
        aggregator=None,
        help="How often a risk of this level is looked at, where the risk itself does "
        "not say.",
    )
    acceptance_needs_manager = fields.Boolean(
        string="Only managers accept",
        help="Living with a risk of this level without doing anything needs the consent "
        "of a manager of Customer Plans.",
    )
    has_health_cap = fields.Boolean(
        string="Limits the health score",
        help="While a risk of this level is open, the health score of the customer is "
        "at most the figure beside.",
    )
    health_cap = fields.Float(
        string="Health score at most", default=35, aggregator=None
    )
    active = fields.Boolean(string="In use", default=True)

    _from_value_uniq = models.UniqueIndex(
        "(from_value) WHERE active",
        "From: another level already begins at this value.",
    )
    _figures_range = models.Constraint(
        "CHECK(from_value BETWEEN 0 AND 10000 AND review_days BETWEEN 1 AND 3650"
        " AND health_cap BETWEEN 0 AND 100)",
        "Risk level: enter a value from 0 to 10000, days from 1 to 3650 and a health "
        "score from 0 to 100.",
    )

    @api.model
    def _bands(self):
        """Return the levels in use, the highest first."""
        return self.sudo().search([("active", "=", True)], order="from_value desc")

    def _of(self, value):
        """Return which of these bands ``value`` lies in; none below the lowest.

        :param int value: probability times impact, 0 for not assessed
        """
        if not value:
            return self.browse()
        return next((band for band in self if band.from_value <= value), self.browse())

    @api.model_create_multi
    def create(self, vals_list):
        levels = super().create(vals_list)
        self.env["cpm.risk"]._judge_again()
        return levels

    def write(self, vals):
        result = super().write(vals)
        if vals.keys() & {"from_value", "active"}:
            self.env["cpm.risk"]._judge_again()
        return result

    def unlink(self):
        result = super().unlink()
        self.env["cpm.risk"]._judge_again()
        return result
