"""Planned and actual cost of a plan, and what it brought."""

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...tools import plan_formulas

# Measures of an amount of money that are one themselves
MONEY = ("sum", "average", "minimum", "maximum")


class CpmPlan(models.Model):
    _inherit = "cpm.plan"

    account_id = fields.Many2one(
        "account.analytic.account",
        string="Analytic account",
        ondelete="restrict",
        check_company=True,
        copy=False,
        groups="analytic.group_analytic_accounting",
        help="Actual costs can be read from its lines.",
    )
    budget_total = fields.Monetary(
        string="Budget", compute="_compute_cost_totals", store=True
    )
    actual_total = fields.Monetary(
        string="Actual cost", compute="_compute_cost_totals", store=True
    )
    cost_difference = fields.Monetary(
        string="Over budget",
        compute="_compute_cost_totals",
        store=True,
        help="Actual cost less budget.",
    )
    benefit_metric_id = fields.Many2one(
        "cpm.metric",
        string="Benefit measured by",
        ondelete="restrict",
        domain=f"[('currency_field', '!=', False), ('measure', 'in', {MONEY})]",
        help="The plan's benefit is how far this amount of money moved since the plan "
        "was made.",
    )
    benefit_baseline = fields.Monetary(
        string="At the start", readonly=True, copy=False, aggregator=None
    )
    benefit_current = fields.Monetary(
        string="Today", readonly=True, copy=False, aggregator=None
    )
    benefit_is_measured = fields.Boolean(readonly=True, copy=False)
    benefit = fields.Monetary(
        compute="_compute_benefit", store=True, help="Today less at the start."
    )
    cost_benefit = fields.Monetary(
        string="Benefit less cost", compute="_compute_benefit", store=True
    )
    cost_to_serve_percent = fields.Float(
        string="Cost to serve (%)",
        compute="_compute_benefit",
        store=True,
        aggregator="avg",
        help="Actual cost in percent of the amount measured today.",
    )

    @api.depends("cost_ids.plan_budget", "cost_ids.plan_actual")
    def _compute_cost_totals(self):
        for plan in self:
            plan.budget_total = sum(plan.cost_ids.mapped("plan_budget"))
            plan.actual_total = sum(plan.cost_ids.mapped("plan_actual"))
            plan.cost_difference = plan.actual_total - plan.budget_total

    @api.depends(
        "benefit_baseline", "benefit_current", "benefit_is_measured", "actual_total"
    )
    def _compute_benefit(self):
        for plan in self:
            is_known = plan.benefit_is_measured
            plan.benefit = is_known and plan.benefit_current - plan.benefit_baseline
            plan.cost_benefit = plan.benefit - plan.actual_total
            plan.cost_to_serve_percent = (
                plan.actual_total / plan.benefit_current * 100
                if is_known and plan.benefit_current > 0
                else 0
            )

    @api.constrains("account_id")
    def _check_account(self):
        for plan in self.sudo():
            if not plan.account_id and "analytic" in plan.cost_ids.mapped("source"):
                raise ValidationError(
                    self.env._(
                        "Analytic account: actual costs of %s are read from its lines. "
                        "Choose “By hand” there first.",
                        plan.display_name,
                    )
                )

    @api.constrains("benefit_metric_id")
    def _check_benefit_metric(self):
        for plan in self:
            metric = plan.benefit_metric_id
            if metric and not (metric.currency_field and metric.measure in MONEY):
                raise ValidationError(
                    self.env._(
                        "Benefit measured by: %s is not an amount of money.",
                        metric.name,
                    )
                )

    def write(self, vals):
        moving = self.browse()
        if "benefit_metric_id" in vals:
            moving = self.filtered(
                lambda plan: plan.benefit_metric_id.id != vals["benefit_metric_id"]
            )
        before = {}
        if "currency_id" in vals:
            before = {plan: plan.currency_id for plan in self}
        result = super().write(vals)
        for plan, currency in before.items():
            plan.sudo()._convert_benefit(currency)
        if moving:
            moving._measure_benefit(afresh=True)
        if "account_id" in vals:
            self.cost_ids._read_analytic()
        return result

    def _convert_benefit(self, before):
        """Bring what was measured in the currency ``before`` into that of the plan."""
        self.ensure_one()
        day = self.company_id._cpm_today()
        for name in ("benefit_baseline", "benefit_current"):
            self[name] = before._convert(
                self[name], self.currency_id, self.company_id, day
            )

    def _measure_benefit(self, afresh=False):
        """Read the amount the benefit is measured by.

        :param bool afresh: take today's amount as the one at the start too
        """
        plans = self.sudo().filtered("benefit_metric_id")
        forgotten = self.sudo() if afresh else self.sudo() - plans
        forgotten.filtered("benefit_is_measured").write(
            {
                "benefit_is_measured": False,
                "benefit_baseline": 0,
                "benefit_current": 0,
            }
        )
        goals = self.env["cpm.plan.goal"].sudo()
        values = goals._values_of(
            [
                (
                    plan,
                    plan.benefit_metric_id,
                    goals._natural_aggregation(plan.benefit_metric_id),
                )
                for plan in plans
            ]
        )
        for plan, value in zip(plans, values, strict=True):
            if value is None:
                continue  # the last known amount stays
            amount = plan.company_id.currency_id._convert(
                value,
                plan.currency_id,
                plan.company_id,
                plan.company_id._cpm_today(),
            )
            if not plan.benefit_is_measured:
                plan.benefit_baseline = amount
                plan.benefit_is_measured = True
            if plan.benefit_current != amount:
                plan.benefit_current = amount

    def _cost_benefit_points(self):
        """Return 0 to 100 points, None when there is nothing to judge by; see
        :func:`plan_formulas.cost_benefit_points`."""
        self.ensure_one()
        benefit = self.benefit if self.benefit_is_measured else None
        return plan_formulas.cost_benefit_points(benefit, self.actual_total)

    def action_read_actuals(self):
        """Read the actual costs from the analytic lines again."""
        self.check_access("write")
        self.cost_ids._read_analytic()
        return True
