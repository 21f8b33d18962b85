"""How one metric turns into points."""

from odoo import api, fields, models
from odoo.exceptions import ValidationError


class CpmScorecardLine(models.Model):
    """A metric of a scorecard with its weight and its way to points.

    * thresholds: the points of the highest limit the value has reached, 0 below
      the lowest;
    * linear: 0 points at ``low_value`` to 100 at ``high_value`` (which may be the
      smaller one), never outside 0 to 100;
    * percentile: how many of the other customers do worse, in whole percent;
      equal values get equal points.
    """

    _name = "cpm.scorecard.line"
    _description = "Scorecard Line"
    _inherit = "cpm.guard.mixin"
    _order = "sequence, id"
    _rec_name = "metric_id"
    _cpm_ranges = {
        "weight": (0, 1e6),
        "low_value": (-1e15, 1e15),
        "high_value": (-1e15, 1e15),
    }

    scorecard_id = fields.Many2one(
        "cpm.scorecard", required=True, index=True, ondelete="cascade"
    )
    sequence = fields.Integer(default=10, aggregator=None)
    metric_id = fields.Many2one(
        "cpm.metric", required=True, index=True, ondelete="restrict"
    )
    weight = fields.Float(default=1, required=True, aggregator=None)
    weight_percent = fields.Float(
        string="Share (%)",
        compute="_compute_weight_percent",
        help="The weight as a share of all weights of the scorecard.",
    )
    banding = fields.Selection(
        [
            ("threshold", "Thresholds with points"),
            ("linear", "Linear range"),
            ("percentile", "Compared with the other customers"),
        ],
        string="Points given by",
        required=True,
        default="threshold",
    )
    band_ids = fields.One2many("cpm.scorecard.band", "line_id", copy=True)
    low_value = fields.Float(string="0 points at", aggregator=None)
    high_value = fields.Float(string="100 points at", aggregator=None)
    rule_text = fields.Text(string="Points", compute="_compute_rule_text")

    _metric_uniq = models.Constraint(
        "UNIQUE(scorecard_id, metric_id)", "A scorecard can use a metric only once."
    )
    _weight_range = models.Constraint(
        "CHECK(weight BETWEEN 0 AND 1000000)",
        "Weight: enter a number of at least 0.",
    )
    _linear_finite = models.Constraint(
        "CHECK(low_value BETWEEN -1e15 AND 1e15 AND high_value BETWEEN -1e15 AND 1e15)",
        "Linear range: enter numbers.",
    )

    @api.depends("weight", "scorecard_id.line_ids.weight")
    def _compute_weight_percent(self):
        for line in self:
            total = sum(line.scorecard_id.line_ids.mapped("weight"))
            line.weight_percent = 100 * line.weight / total if total else 0

    @api.depends(
        "banding", "band_ids.from_value", "band_ids.points", "low_value", "high_value"
    )
    def _compute_rule_text(self):
        _ = self.env._
        for line in self:
            if line.banding == "threshold":
                line.rule_text = ", ".join(
                    _(
                        "from %(value)g: %(points)g",
                        value=band.from_value,
                        points=band.points,
                    )
                    for band in line.band_ids
                )
            elif line.banding == "linear":
                line.rule_text = _(
                    "%(low)g: 0 … %(high)g: 100",
                    low=line.low_value,
                    high=line.high_value,
                )
            else:
                line.rule_text = _("share of the customers doing worse")

    @api.constrains("weight", "scorecard_id")
    def _check_weight(self):
        self.scorecard_id._check_lines()

    @api.constrains("banding", "band_ids", "low_value", "high_value")
    def _check_banding(self):
        _ = self.env._
        for line in self:
            metric = line.metric_id.name
            if (
                line.banding == "linear"
                and abs(line.high_value - line.low_value) < 1e-6
            ):
                raise ValidationError(
                    _(
                        "%s: “0 points at” and “100 points at” must differ.",
                        metric,
                    )
                )
            if line.banding == "threshold":
                limits = line.band_ids.mapped("from_value")
                if not limits:
                    raise ValidationError(
                        _("%s: enter at least one threshold with its points.", metric)
                    )
                if len(set(limits)) != len(limits):
                    raise ValidationError(
                        _("%s: two thresholds have the same value.", metric)
                    )


class CpmScorecardBand(models.Model):
    """One threshold of a line; never lives without it."""

    _name = "cpm.scorecard.band"
    _description = "Scorecard Threshold"
    _inherit = "cpm.guard.mixin"
    _order = "from_value, id"
    _rec_name = "from_value"
    _cpm_ranges = {"from_value": (-1e15, 1e15), "points": (0, 100)}

    line_id = fields.Many2one(
        "cpm.scorecard.line", required=True, index=True, ondelete="cascade"
    )
    from_value = fields.Float(string="From", required=True, aggregator=None)
    points = fields.Float(required=True, aggregator=None)

    _points_range = models.Constraint(
        "CHECK(points BETWEEN 0 AND 100)", "Points: enter a number from 0 to 100."
    )
    _from_finite = models.Constraint(
        "CHECK(from_value BETWEEN -1e15 AND 1e15)", "From: enter a number."
    )

    @api.constrains("from_value", "points")
    def _check_line(self):
        self.line_id._check_banding()
