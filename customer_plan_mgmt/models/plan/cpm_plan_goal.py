"""What a plan wants to reach, and how far it is."""

from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError

from ...tools import plan_formulas
from .const import STATUSES

LIMIT = 1e15
# Measures whose values of several customers add up
SUMMED = ("count", "sum", "count_distinct")


class CpmPlanGoal(models.Model):
    """One goal, bound to a metric or measured by hand.

    Formulas of progress and status: ``tools/plan_formulas.py``. Metrics are read after
    every scoring run (``cpm_plan_goal_measure``); for a segment the values of its
    customers are summed up or averaged.
    """

    _name = "cpm.plan.goal"
    _description = "Goal of a Customer Plan"
    _inherit = "cpm.plan.part.mixin"
    _order = "plan_id, sequence, id"
    _cpm_fixed = frozenset({"plan_id", "source"})
    _cpm_protected = frozenset(
        {"progress", "is_measured", "expected_progress", "measured_on", "status"}
    )
    _cpm_ranges = {
        "baseline": (-LIMIT, LIMIT),
        "target": (-LIMIT, LIMIT),
        "current_value": (-LIMIT, LIMIT),
        "weight": (0, 1000),
    }
    _cpm_revised = frozenset(
        {
            "name",
            "horizon",
            "metric_id",
            "aggregation",
            "baseline",
            "target",
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
    target = fields.Float(digits=0, aggregator=None)
    is_target_missing = fields.Boolean(
        string="Target to be set",
        readonly=True,
        help="The template could not work out a target; the plan cannot be submitted "
        "before it is set.",
    )
    current_value = fields.Float(string="Today", digits=0, aggregator=None)
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
        domain="[('is_company', '=', False)]",
        help="The person on the customer's side.",
    )
    agreed_on = fields.Date(string="Agreed on")
    note = fields.Text(
        string="Why it is realistic",
        help="Market, capacity, experience: what makes the target attainable.",
    )
    # How far
    progress = fields.Float(
        compute="_compute_progress", store=True, aggregator="avg", string="Progress (%)"
    )
    expected_progress = fields.Float(
        string="Time that is over (%)", compute="_compute_expected_progress"
    )
    status = fields.Selection(
        STATUSES, compute="_compute_status", store=True, index="btree_not_null"
    )
    status_override = fields.Selection(
        STATUSES,
        string="Status set by hand",
        copy=False,
        help="Counts instead of the computed status until the day it expires.",
    )
    status_reason = fields.Char(string="Reason for the status", copy=False)
    status_expires_on = fields.Date(string="Status expires on", copy=False)
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
        "baseline", "target", "current_value", "is_measured", "higher_is_better"
    )
    def _compute_progress(self):
        for goal in self:
            goal.progress = goal._share() or 0

    def _share(self):
        """Return the progress in percent, None when it is not known."""
        self.ensure_one()
        if self.is_target_missing:
            return None
        return plan_formulas.progress(
            self.baseline,
            self.target,
            self.current_value if self.is_measured else None,
            self.higher_is_better,
        )

    @api.depends("date_start", "date_end")
    def _compute_expected_progress(self):
        for goal in self:
            today = goal.company_id._cpm_today() if goal.company_id else None
            goal.expected_progress = (
                plan_formulas.elapsed(goal.date_start, goal.date_end, today)
                if today and goal.date_start and goal.date_end
                else 0
            )

    @api.depends(
        "progress",
        "is_measured",
        "is_target_missing",
        "date_start",
        "date_end",
        "status_override",
        "status_expires_on",
        "company_id.cpm_goal_at_risk",
        "company_id.cpm_goal_off_track",
    )
    def _compute_status(self):
        """Time moves the status too: :meth:`_refresh` computes it anew every day."""
        for goal in self:
            company = goal.company_id.sudo()
            if goal._is_overridden():
                goal.status = goal.status_override
                continue
            goal.status = plan_formulas.status(
                goal._share(),
                goal.expected_progress,
                company.cpm_goal_at_risk,
                company.cpm_goal_off_track,
            )

    def _is_overridden(self):
        self.ensure_one()
        return bool(
            self.status_override
            and self.status_expires_on
            and self.status_expires_on >= self.company_id._cpm_today()
        )

    def _weighted_progress(self):
        """Return the mean progress in percent, None when nothing was measured."""
        return plan_formulas.weighted_progress(
            (goal._share(), goal.weight) for goal in self
        )

    def _worst_status(self):
        """Return the worst status of the goals that count, False without any."""
        found = set(self.filtered("weight").mapped("status"))
        for status in reversed(plan_formulas.STATUSES):
            if status in found:
                return status
        return False

    # ----------------------------------------------------------- Constraints

    @api.constrains("source", "metric_id")
    def _check_source(self):
        for goal in self:
            if goal.source == "metric" and not goal.metric_id:
                raise ValidationError(
                    self.env._(
                        "Goal %s: choose the metric that measures it, or measure it by "
                        "hand.",
                        goal.name,
                    )
                )

    @api.constrains("baseline", "target", "source", "is_target_missing")
    def _check_target(self):
        for goal in self:
            if (
                goal.source == "metric"
                and goal.target == goal.baseline
                and not goal.is_target_missing
            ):
                raise ValidationError(
                    self.env._(
                        "Goal %(goal)s: the target equals the baseline %(baseline)s. "
                        "Say what shall be reached.",
                        goal=goal.name,
                        baseline=goal.baseline,
                    )
                )

    @api.constrains("weight")
    def _check_weights(self):
        for plan in self.plan_id:
            if plan.stage in ("needs", "design") or not plan.goal_ids:
                continue
            if not any(goal.weight > 0 for goal in plan.goal_ids):
                raise ValidationError(
                    self.env._(
                        "%s: at least one goal needs a weight above zero.",
                        plan.display_name,
                    )
                )

    @api.constrains("status_override", "status_reason", "status_expires_on")
    def _check_override(self):
        for goal in self:
            if goal.status_override and not (
                (goal.status_reason or "").strip() and goal.status_expires_on
            ):
                raise ValidationError(
                    self.env._(
                        "Goal %s: a status set by hand needs a reason and the day it "
                        "expires on.",
                        goal.name,
                    )
                )

    # ------------------------------------------------------------------ CRUD

    @api.model_create_multi
    def create(self, vals_list):
        vals_list = [self._with_manual_value(dict(vals)) for vals in vals_list]
        self._fill_baselines(vals_list)
        goals = super().create(vals_list)
        goals._take_values()
        goals.filtered(lambda goal: goal.source == "hand")._note_values()
        return goals

    @api.model
    def _with_manual_value(self, vals):
        """Take the baseline as today's value of a goal measured by hand.

        :raise ValidationError: when neither is given
        """
        if vals.get("source") == "hand" and "current_value" not in vals:
            if "baseline" not in vals:
                raise ValidationError(
                    self.env._(
                        "Goal %s: enter today's value, or choose a metric.",
                        vals.get("name") or "",
                    )
                )
            vals["current_value"] = vals["baseline"]
        return vals

    def write(self, vals):
        vals = dict(vals)
        if "current_value" in vals and not self.env.su:
            for goal in self:
                if goal.source == "metric":
                    raise AccessError(
                        self.env._(
                            "Today: %s is measured by its metric and cannot be typed.",
                            goal.name,
                        )
                    )
        if "target" in vals:
            vals["is_target_missing"] = False
        result = super().write(vals)
        if "current_value" in vals and not self.env.context.get("cpm_measuring"):
            self._note_values()
        if "metric_id" in vals:
            self._refresh()
        return result
