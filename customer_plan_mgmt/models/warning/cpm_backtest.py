"""What the signals would have said on a past day, and what happened then."""

from odoo import fields, models

BACKTEST_STATES = [
    ("draft", "Draft"),
    ("waiting", "Waiting"),
    ("done", "Done"),
    ("failed", "Failed"),
]


class CpmBacktest(models.Model):
    """All signals of churn judged on one past day against what happened afterwards."""

    _name = "cpm.backtest"
    _description = "Back-test of the Churn Signals"
    _inherit = ["cpm.guard.mixin"]
    _order = "date_observed desc, id desc"
    _rec_name = "date_observed"
    _cpm_fixed = frozenset({"company_id"})
    _cpm_protected = frozenset(
        {"state", "error", "done_at", "customer_count", "lost_count"}
    )
    _cpm_ranges = {"horizon_days": (1, 3650)}

    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        ondelete="cascade",
        default=lambda self: self.env.company,
    )
    date_observed = fields.Date(string="Observed on", required=True)
    horizon_days = fields.Integer(string="Horizon (days)", required=True, default=180)
    state = fields.Selection(
        BACKTEST_STATES, required=True, default="draft", readonly=True, copy=False
    )
    error = fields.Text(readonly=True, copy=False)
    done_at = fields.Datetime(string="Done on", readonly=True, copy=False)
    customer_count = fields.Integer(string="Customers", readonly=True, copy=False)
    lost_count = fields.Integer(string="Left", readonly=True, copy=False)
    result_ids = fields.One2many("cpm.backtest.result", "backtest_id", string="Results")
