"""What the signals would have said on a past day, and what happened then."""

from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import format_date

BACKTEST_STATES = [
    ("draft", "Draft"),
    ("waiting", "Waiting"),
    ("done", "Done"),
    ("unanswered", "No answer"),  # the data do not tell
    ("failed", "Failed"),
]
# What a test says depends on these; they stay as they are once it is done
QUESTION = frozenset({"date_observed", "horizon_days", "skip_lost"})


class CpmBacktest(models.Model):
    """All signals of churn judged on one past day against what happened afterwards."""

    _name = "cpm.backtest"
    _description = "Back-test of the Churn Signals"
    _inherit = ["cpm.guard.mixin"]
    _order = "date_observed desc, id desc"
    _cpm_fixed = frozenset({"company_id"})
    _cpm_protected = frozenset(
        {
            "state",
            "error",
            "done_at",
            "customer_count",
            "lost_count",
            "left_before_count",
            "scheduled_month",
        }
    )
    _cpm_ranges = {"horizon_days": (1, 3650)}
    _cpm_dates = frozenset({"date_observed"})

    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        ondelete="cascade",
        default=lambda self: self.env.company,
    )
    date_observed = fields.Date(
        string="Observed on",
        required=True,
        help="The signals know what was known at the end of this day and nothing more.",
    )
    horizon_days = fields.Integer(
        string="Horizon (days)",
        required=True,
        default=lambda self: self.env.company._cpm_loss_days(),
        aggregator=None,
        help="A customer has left when no sign of life came within so many days after "
        "the day of observation.",
    )
    skip_lost = fields.Boolean(
        string="Without customers lost before",
        default=True,
        help="Customers who had been silent for longer than the horizon by the day of "
        "observation had left already. To foretell that they stay away is no art.",
    )
    date_until = fields.Date(
        string="Until", compute="_compute_date_until", store=True, precompute=True
    )
    state = fields.Selection(
        BACKTEST_STATES,
        required=True,
        default="draft",
        readonly=True,
        copy=False,
        index=True,
    )
    error = fields.Text(readonly=True, copy=False)
    done_at = fields.Datetime(string="Done on", readonly=True, copy=False)
    customer_count = fields.Integer(string="Customers", readonly=True, copy=False)
    lost_count = fields.Integer(string="Customers who left", readonly=True, copy=False)
    lost_share = fields.Float(
        string="Left (share)", compute="_compute_lost_share", aggregator=None
    )
    left_before_count = fields.Integer(
        string="Lost before", readonly=True, copy=False, aggregator=None
    )
    scheduled_month = fields.Date(
        string="Test of the month",
        readonly=True,
        copy=False,
        help="Month this test was made for by the scheduled action.",
    )
    result_ids = fields.One2many("cpm.backtest.result", "backtest_id", string="Results")

    _question_uniq = models.Constraint(
        "UNIQUE(company_id, date_observed, horizon_days, skip_lost)",
        "This day was tested with this horizon already: open that back-test and run it "
        "again.",
    )
    _scheduled_uniq = models.UniqueIndex(
        "(company_id, scheduled_month) WHERE scheduled_month IS NOT NULL",
        "The back-test of this month exists already.",
    )
    _horizon_range = models.Constraint(
        "CHECK(horizon_days BETWEEN 1 AND 3650)",
        "Horizon (days): enter a number from 1 to 3650.",
    )

    @api.depends("date_observed", "horizon_days")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for test in self:
            if not test.date_observed:
                test.display_name = self.env._("New back-test")
                continue
            test.display_name = self.env._(
                "%(day)s, %(horizon)s days",
                day=test._format_day(test.date_observed),
                horizon=test.horizon_days,
            )

    @api.depends("date_observed", "horizon_days")
    def _compute_date_until(self):
        for test in self:
            test.date_until = test.date_observed and (
                test.date_observed + timedelta(days=test.horizon_days)
            )

    @api.depends("customer_count", "lost_count")
    def _compute_lost_share(self):
        for test in self:
            test.lost_share = (
                test.lost_count / test.customer_count if test.customer_count else 0
            )

    @api.constrains("date_observed", "company_id")
    def _check_observed(self):
        for test in self:
            if test.date_observed >= test.company_id._cpm_today():
                raise ValidationError(
                    self.env._(
                        "Observed on: choose a day in the past; what happened after %s "
                        "is not known yet.",
                        test._format_day(test.date_observed),
                    )
                )

    def write(self, vals):
        changed = QUESTION & vals.keys()
        if changed and any(test.state in ("waiting", "done") for test in self):
            raise UserError(
                self.env._(
                    "%s: a back-test that was run, or waits to be run, stays as it is. "
                    "Duplicate it and change the copy.",
                    ", ".join(sorted(map(self._cpm_label, changed))),
                )
            )
        return super().write(vals)

    def copy_data(self, default=None):
        """A copy asks about the day before: the same question is asked once."""
        vals_list = super().copy_data(default)
        for test, vals in zip(self, vals_list, strict=True):
            if not QUESTION & (default or {}).keys():
                vals["date_observed"] = test._free_day()
        return vals_list

    def _free_day(self):
        """Return the last day before this one that was not tested this way."""
        self.ensure_one()
        taken = set(
            self.sudo()
            .search(
                [
                    ("company_id", "=", self.company_id.id),
                    ("horizon_days", "=", self.horizon_days),
                    ("skip_lost", "=", self.skip_lost),
                    ("date_observed", "<", self.date_observed),
                ]
            )
            .mapped("date_observed")
        )
        day = self.date_observed - timedelta(days=1)
        while day in taken:
            day -= timedelta(days=1)
        return day

    @api.model
    def _format_day(self, day):
        return format_date(self.env, day)

    def action_run(self):
        """Run the test: at once, or in the background when there are many customers or
        several tests."""
        self.check_access("write")
        self.check_access("read")
        if len(self) == 1:
            self._check_data()
            if self._is_small():
                self.sudo()._run_locked()
                return True
        self._queue()
        return True

    def action_view_results(self):
        """Show how the signals did over time in the company of this test."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "customer_plan_mgmt.cpm_backtest_result_action"
        )
        action["domain"] = [
            ("error", "=", False),
            ("backtest_id.state", "=", "done"),
            ("company_id", "=", self.company_id.id),
        ]
        return action
