"""How one signal did in a back-test."""

from odoo import fields, models


class CpmBacktestResult(models.Model):
    """One signal in one back-test."""

    _name = "cpm.backtest.result"
    _description = "Result of a Back-test"
    _inherit = "cpm.system.mixin"
    _order = "backtest_id, id"
    _rec_name = "signal"

    backtest_id = fields.Many2one(
        "cpm.backtest", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="backtest_id.company_id")
    signal = fields.Char(required=True)
    rule_id = fields.Many2one("cpm.warning.rule", ondelete="cascade", index=True)
    is_rival = fields.Boolean(string="Naive rival")
    warned_count = fields.Integer(string="Warned")
    warned_lost_count = fields.Integer(string="Warned and left")
    precision = fields.Float(aggregator=None)
    recall = fields.Float(aggregator=None)
    lift_top = fields.Float(string="Lift of the top tenth", aggregator=None)
    auc = fields.Float(string="AUC", aggregator=None)
    brier = fields.Float(string="Brier score", aggregator=None)
    calibration_error = fields.Float(aggregator=None)
    curve = fields.Json(string="Calibration")
