"""How one signal did in a back-test."""

from odoo import api, fields, models

from ...tools import churn_statistics as statistics


class CpmBacktestResult(models.Model):
    """One signal in one back-test."""

    _name = "cpm.backtest.result"
    _description = "Result of a Back-test"
    _inherit = "cpm.system.mixin"
    _order = "backtest_id, sequence, id"
    _rec_name = "signal"

    backtest_id = fields.Many2one(
        "cpm.backtest", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        related="backtest_id.company_id", store=True, precompute=True, index=True
    )
    date_observed = fields.Date(
        related="backtest_id.date_observed", store=True, precompute=True
    )
    sequence = fields.Integer(aggregator=None)
    signal = fields.Char(string="Technical name", required=True)
    signal_name = fields.Char(
        string="Churn signal",
        required=True,
        help="As it was called in the language of the company.",
    )
    is_best = fields.Boolean(string="Best", compute="_compute_is_best")
    rule_id = fields.Many2one("cpm.warning.rule", ondelete="cascade", index=True)
    rule_signature = fields.Char(
        export_string_translation=False,
        help="What the rule looked for when it was tested.",
    )
    is_rival = fields.Boolean(
        string="Naive rival",
        help="What anybody could do with a sorted list: the signals must beat it.",
    )
    error = fields.Text(string="Not tested because", help="Why there are no figures.")
    warned_count = fields.Integer(string="Warned")
    warned_lost_count = fields.Integer(string="Warned and left")
    precision = fields.Float(
        aggregator="avg", help="Share of the warned customers who left."
    )
    recall = fields.Float(
        aggregator="avg", help="Share of the customers who left that were warned of."
    )
    rival_precision = fields.Float(
        string="Longest silence instead",
        aggregator="avg",
        help="Share that left of as many customers, had simply those with the longest "
        "silence been warned of.",
    )
    lift_top = fields.Float(
        string="Lift of the top tenth",
        aggregator="avg",
        help="How many times more often than on average the tenth of the customers "
        "left that the signal held most likely to leave. 1 is chance.",
    )
    auc = fields.Float(
        string="AUC",
        aggregator="avg",
        help="How often, of one customer who left and one who stayed, the signal held "
        "the one who left more likely to leave. 0.5 is chance, 1 is perfect.",
    )
    # Without probabilities there is no Brier score and no calibration
    has_probability = fields.Boolean(export_string_translation=False)
    brier = fields.Float(
        string="Brier score",
        aggregator="avg",
        help="Mean squared error of the probabilities: the smaller the better.",
    )
    calibration_error = fields.Float(
        string="Calibration error",
        aggregator="avg",
        help="By how much, on average, the probabilities missed the share that left.",
    )
    curve = fields.Json(string="Calibration")
    gains = fields.Json(
        string="Gain",
        help="Share of those who left among the first tenth, two tenths … of the "
        "customers as the signal orders them.",
    )

    @api.depends("auc", "error", "backtest_id.result_ids.auc")
    def _compute_is_best(self):
        """The highest AUC of the test, single rules left out."""
        best = {}
        for test in self.backtest_id:
            best[test] = test._tested().filtered(lambda r: not r.rule_id).sorted("auc")
        for result in self:
            result.is_best = result == best[result.backtest_id][-1:]

    @api.depends("signal", "rule_id.name")
    @api.depends_context("lang")
    def _compute_display_name(self):
        names = self.env["cpm.backtest"]._signal_names()
        for result in self:
            result.display_name = result.rule_id.sudo().display_name or names.get(
                result.signal, result.signal
            )

    def _flagged_like(self, probability):
        """Return ``(customers, of whom left)`` that were flagged like a customer with
        ``probability``, or that were warned of at all when it is None."""
        self.ensure_one()
        if probability is None:
            return self.warned_count, self.warned_lost_count
        low = statistics.bin_of(probability) / statistics.BINS
        for point in self.curve or ():
            if point["low"] == low:
                return point["count"], point["lost"]
        return 0, 0
