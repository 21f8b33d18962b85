"""What a plan wants to reach, and how far it is."""

from odoo import api, fields, models

from ...tools import plan_formulas
from .const import FIGURE_LIMIT

# Measures whose values of several customers add up
SUMMED = ("count", "sum", "count_distinct")


class CpmPlanGoal(models.Model):
    """One goal, bound to a metric or measured by hand.

    Formulas of progress and status (``cpm_plan_goal_status``) are in
    ``tools/plan_formulas.py``. Metrics are read after
    every scoring run (``cpm_plan_goal_measure``); for a segment the values of its
    customers are summed up or averaged. What is refused: ``cpm_plan_goal_entry``.
    """

    _name = "cpm.plan.goal"
    _description = "Goal of a Customer Plan"
    _inherit = "cpm.plan.part.mixin"
    _order = "plan_id, sequence, id"
    _check_company_auto = True
    _cpm_fixed = frozenset({"plan_id", "source"})
    _cpm_protected = frozenset(
        {
            "company_id",
            "progress",
            "is_measured",
            "expected_progress",
            "measured_on",
            "status",
        }
    )
    _cpm_dates = frozenset({"date_start", "date_end", "agreed_on", "status_expires_on"})
    _cpm_ranges = {
        "baseline": (-FIGURE_LIMIT, FIGURE_LIMIT),
        "target": (-FIGURE_LIMIT, FIGURE_LIMIT),
        "current_value": (-FIGURE_LIMIT, FIGURE_LIMIT),
        "weight": (0, 1000),
    }
    _cpm_revised = frozenset(
        {
            "name",
            "horizon",
            "metric_id",
            "aggregation",
            "unit",
            "higher_is_better",
            "baseline",
            "target",
            "is_target_missing",
            "weight",
            "date_start",
            "date_end",
        }
    )

    sequence = fields.Integer(default=10, aggregator=None)
    name = fields.Char(
        compute="_compute_name",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
    )
    horizon = fields.Selection(
        [("short", "Short term"), ("long", "Long term")],
        required=True,
        default="short",
    )
    source = fields.Selection(
        [("metric", "By a metric"), ("hand", "By hand")],
        string="Measured",
        required=True,
        default="metric",
    )
    metric_id = fields.Many2one(
        "cpm.metric", index="btree_not_null", ondelete="restrict"
    )
    aggregation = fields.Selection(
        [("sum", "Sum"), ("average", "Average")],
        string="Over the segment",
        compute="_compute_aggregation",
        store=True,
        readonly=False,
        precompute=True,
        help="How the values of the customers of a segment become one.",
    )
    unit = fields.Char(
        compute="_compute_unit", store=True, readonly=False, precompute=True
    )
    higher_is_better = fields.Boolean(
        compute="_compute_unit", store=True, readonly=False, precompute=True
    )
    baseline = fields.Float(
        digits=0, aggregator=None, help="The value when the plan was made."
    )
    is_baseline_missing = fields.Boolean(
        string="Baseline not known yet",
        readonly=True,
        copy=False,
        help="Nothing was measured when the goal was made; the first value measured "
        "becomes the baseline.",
    )
    target = fields.Float(digits=0, aggregator=None)
    is_target_missing = fields.Boolean(
        string="Target to be set",
        readonly=True,
        help="The template could not work out a target; the plan cannot be submitted "
        "before it is set.",
    )
    current_value = fields.Float(string="Today", digits=0, aggregator=None, copy=False)
    is_measured = fields.Boolean(string="Measured once", readonly=True, copy=False)
    measured_on = fields.Date(readonly=True, copy=False)
    weight = fields.Float(default=1, aggregator=None, help="0: does not count.")
    date_start = fields.Date(
        string="From",
        compute="_compute_period",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
    )
    date_end = fields.Date(
        string="Until",
        compute="_compute_period",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
    )
    agreed_with_id = fields.Many2one(
        "res.partner",
        string="Agreed with",
        index="btree_not_null",
        ondelete="set null",
        copy=False,
        check_company=True,
        domain="[('is_company', '=', False)]",
        help="The person on the customer's side.",
    )
    agreed_on = fields.Date(string="Agreed on", copy=False)
    note = fields.Text(
        string="Why it is realistic",
        help="Market, capacity, experience: what makes the target attainable.",
    )
    # How far
    progress = fields.Float(
        compute="_compute_progress", store=True, aggregator="avg", string="Progress (%)"
    )
    value_ids = fields.One2many("cpm.plan.goal.value", "goal_id", string="Course")

    _dates_order = models.Constraint(
        "CHECK(date_end >= date_start)",
        "Goal: “Until” must not lie before “From”.",
    )
    _weight_range = models.Constraint(
        "CHECK(weight BETWEEN 0 AND 1000)",
        "Weight: enter a number from 0 to 1000.",
    )
    _numbers_finite = models.Constraint(
        "CHECK(baseline > '-Infinity'::float8 AND baseline < 'Infinity'::float8"
        " AND target > '-Infinity'::float8 AND target < 'Infinity'::float8)",
        "Goal: enter numbers for baseline and target.",
    )

    # -------------------------------------------------------------- Computes

    @api.depends("metric_id")
    def _compute_name(self):
        for goal in self:
            goal.name = goal.name or goal.metric_id.name

    @api.depends("metric_id")
    def _compute_unit(self):
        for goal in self:
            metric = goal.metric_id
            goal.unit = metric.unit if metric else goal.unit
            goal.higher_is_better = metric.higher_is_better if metric else True

    @api.depends("metric_id")
    def _compute_aggregation(self):
        for goal in self:
            goal.aggregation = self._natural_aggregation(goal.metric_id)

    @api.model
    def _natural_aggregation(self, metric):
        """Return how values of ``metric`` of several customers become one."""
        is_sum = metric.source == "computed" and metric.measure in SUMMED
        return "sum" if is_sum else "average"

    @api.depends("plan_id")
    def _compute_period(self):
        for goal in self:
            goal.date_start = goal.date_start or goal.plan_id.date_start
            goal.date_end = goal.date_end or goal.plan_id.date_end

    @api.depends(
        "source",
        "baseline",
        "is_baseline_missing",
        "target",
        "is_target_missing",
        "current_value",
        "is_measured",
        "higher_is_better",
    )
    def _compute_progress(self):
        for goal in self:
            goal.progress = goal._share() or 0

    def _share(self):
        """Return the progress in percent, None when it is not known."""
        self.ensure_one()
        if self.is_target_missing or self.is_baseline_missing:
            return None
        return plan_formulas.progress(
            # What was there when the first value came has to be kept
            self.target if self._starts_reached() else self.baseline,
            self.target,
            self.current_value if self.is_measured else None,
            self.higher_is_better,
        )

    def _starts_reached(self):
        """Whether a metric stood where it shall get to when the plan was made, seen in
        its direction. The direction of goals by hand is that of their target."""
        self.ensure_one()
        return self.source == "metric" and plan_formulas.is_there(
            self.baseline, self.target, self.higher_is_better
        )

    def _is_reached(self):
        """Whether the goal counts, and was reached."""
        self.ensure_one()
        return self.weight > 0 and (self._share() or 0) >= 100

    def _weighted_progress(self):
        """Return the mean progress in percent, None when nothing was measured."""
        return plan_formulas.weighted_progress(
            (goal._share(), goal.weight) for goal in self
        )
