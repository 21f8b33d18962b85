"""What was learned about the customers of a company who leave."""

from odoo import api, fields, models

STATES = [
    ("active", "In use"),
    ("replaced", "Replaced"),
    ("refused", "Nothing learned"),
]


class CpmChurnModel(models.Model):
    """One training: the formula of the churn probability, or why there is none.

    Kept by the system; see ``tools/fit.py`` for what is fitted and
    ``cpm_churn_model_train`` for how it comes about.
    """

    _name = "cpm.churn.model"
    _description = "Churn Model"
    _inherit = "cpm.system.mixin"
    _order = "trained_at desc, id desc"
    _rec_name = "trained_at"

    company_id = fields.Many2one(
        "res.company", required=True, index=True, ondelete="cascade"
    )
    state = fields.Selection(STATES, required=True, default="refused")
    trained_at = fields.Datetime(
        string="Trained on", required=True, default=fields.Datetime.now
    )
    observed_on = fields.Date(
        string="Known up to",
        required=True,
        help="Nothing that happened after this day was looked at.",
    )
    horizon_days = fields.Integer(
        string="Horizon (days)",
        aggregator=None,
        help="A customer is lost without a sign of life within so many days.",
    )
    loss_metric_id = fields.Many2one(
        "cpm.metric", string="Sign of life", ondelete="restrict"
    )
    longest_days = fields.Integer(
        string="Longest time known (days)",
        aggregator=None,
        help="From the earliest day looked at to the day of observation. Where it is "
        "shorter than the horizon, the probability is carried on from shorter times.",
    )
    cutoffs = fields.Json(string="Days looked at")
    refusal = fields.Json(string="What is missing")
    left_out = fields.Json(string="Metrics left out")
    customer_count = fields.Integer(string="Customers", aggregator=None)
    left_count = fields.Integer(
        string="Left",
        aggregator=None,
        help="Customers who were seen, after at least one of the days looked at, to "
        "give no sign of life in the time that followed.",
    )
    stayed_count = fields.Integer(string="Came back", aggregator=None)
    intercept = fields.Float(digits=0, aggregator=None)
    span_slope = fields.Float(
        string="Coefficient of time",
        digits=0,
        aggregator=None,
        help="Of the logarithm of the days that have passed.",
    )
    is_levelled = fields.Boolean(
        string="Level known",
        help="Days lie far enough back to know how many leave within the horizon itself.",
    )
    coefficient_ids = fields.One2many("cpm.churn.coefficient", "model_id")
    # Hold-out: learned up to an earlier day, judged by what happened after it
    holdout_on = fields.Date(string="Tested on")
    holdout_days = fields.Integer(string="Tested over (days)", aggregator=None)
    holdout_customers = fields.Integer(string="Customers tested", aggregator=None)
    holdout_share = fields.Float(string="Share that left", digits=0, aggregator=None)
    holdout_predicted = fields.Float(string="Share foretold", digits=0, aggregator=None)
    auc = fields.Float(
        string="AUC",
        digits=(4, 3),
        aggregator=None,
        help="How often, of one who left and one who stayed, the one who left had the "
        "higher probability: 0.5 is chance, 1 is perfect.",
    )
    brier = fields.Float(
        string="Brier score",
        digits=(4, 3),
        aggregator=None,
        help="Mean squared error of the probabilities: the lower the better.",
    )
    calibration_error = fields.Float(
        digits=(4, 3),
        aggregator=None,
        help="By how much, on average, a probability misses the share that left.",
    )
    curve = fields.Json(string="Calibration")
    # Words
    headline = fields.Char(compute="_compute_words")
    message = fields.Text(compute="_compute_words")
    holdout_text = fields.Char(string="Test", compute="_compute_words")

    _one_active = models.UniqueIndex(
        "(company_id) WHERE state = 'active'",
        "Another churn model of this company is in use.",
    )

    @api.model
    def _active(self, company):
        """Return the model in use in ``company``, empty when there is none."""
        return self.sudo().search(
            [("company_id", "=", company.id), ("state", "=", "active")]
        )

    def _terms(self):
        """Return the terms of the formula."""
        return [row._term() for row in self.coefficient_ids.sorted("id")]
