"""What a plan may cost, and what it did cost."""

from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Domain

# The largest amount anybody can mean
LIMIT = 1e13


class CpmPlanCost(models.Model):
    """Budget and actual of one category in one period.

    Actuals are typed, or read from the analytic lines of the plan's analytic account:
    those of the period, with the sign turned (costs are negative there).
    """

    _name = "cpm.plan.cost"
    _description = "Cost of a Customer Plan"
    _inherit = "cpm.plan.part.mixin"
    _order = "plan_id, date_from, sequence, id"
    _cpm_protected = frozenset(
        {"company_id", "difference", "plan_budget", "plan_actual"}
    )
    _cpm_dates = frozenset({"date_from", "date_to"})
    _cpm_ranges = {"budget": (0, LIMIT), "actual": (-LIMIT, LIMIT)}
    _cpm_revised = frozenset(
        {"category_id", "date_from", "date_to", "currency_id", "budget"}
    )

    sequence = fields.Integer(default=10, aggregator=None)
    name = fields.Char(string="Description")
    category_id = fields.Many2one(
        "cpm.plan.cost.category", required=True, ondelete="restrict"
    )
    date_from = fields.Date(
        string="From",
        compute="_compute_period",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
    )
    date_to = fields.Date(
        string="Until",
        compute="_compute_period",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
    )
    currency_id = fields.Many2one(
        "res.currency",
        compute="_compute_currency_id",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        ondelete="restrict",
    )
    budget = fields.Monetary()
    actual = fields.Monetary()
    source = fields.Selection(
        [("hand", "By hand"), ("analytic", "From analytic lines")],
        string="Actual from",
        required=True,
        default="hand",
    )
    difference = fields.Monetary(compute="_compute_difference", store=True)
    # In the currency of the plan, for its totals
    plan_currency_id = fields.Many2one(
        related="plan_id.currency_id", string="Currency of the plan"
    )
    plan_budget = fields.Monetary(
        string="Budget in the plan's currency",
        compute="_compute_plan_amounts",
        store=True,
        currency_field="plan_currency_id",
    )
    plan_actual = fields.Monetary(
        string="Actual in the plan's currency",
        compute="_compute_plan_amounts",
        store=True,
        currency_field="plan_currency_id",
    )

    _period_order = models.Constraint(
        "CHECK(date_to >= date_from)", "Cost: “Until” must not lie before “From”."
    )

    @api.depends("plan_id")
    def _compute_period(self):
        for cost in self:
            cost.date_from = cost.date_from or cost.plan_id.date_start
            cost.date_to = cost.date_to or cost.plan_id.date_end

    @api.depends("plan_id")
    def _compute_currency_id(self):
        for cost in self:
            cost.currency_id = cost.currency_id or cost.plan_id.currency_id

    @api.depends("budget", "actual")
    def _compute_difference(self):
        for cost in self:
            cost.difference = cost.actual - cost.budget

    @api.depends("budget", "actual", "currency_id", "date_from", "plan_id.currency_id")
    def _compute_plan_amounts(self):
        for cost in self:
            cost.plan_budget = cost._in_plan_currency(cost.budget)
            cost.plan_actual = cost._in_plan_currency(cost.actual)

    def _in_plan_currency(self, amount):
        """Return ``amount`` at the rate of the first day of the period."""
        self.ensure_one()
        plan = self.plan_id
        if not self.currency_id or not plan.currency_id:
            return amount
        day = self.date_from or fields.Date.context_today(self)
        company = plan.company_id or self.env.company
        return self.currency_id._convert(amount, plan.currency_id, company, day)

    @api.depends("category_id", "name")
    def _compute_display_name(self):
        for cost in self:
            parts = filter(None, (cost.category_id.name, cost.name))
            cost.display_name = " – ".join(parts)

    @api.constrains("source", "plan_id")
    def _check_source(self):
        for cost in self.sudo():
            if cost.source == "analytic" and not cost.plan_id.account_id:
                raise ValidationError(
                    self.env._(
                        "Actual from: choose the analytic account of %s first.",
                        cost.plan_id.display_name,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            if vals.get("source") == "analytic" and vals.get("actual"):
                self._refuse_typed_actual()
        costs = super().create(vals_list)
        costs._read_analytic()
        return costs

    def write(self, vals):
        is_read = vals.get("source", "analytic") == "analytic"
        if "actual" in vals and is_read and "analytic" in self.mapped("source"):
            self._refuse_typed_actual()
        result = super().write(vals)
        if vals.keys() & {"source", "date_from", "date_to", "currency_id"}:
            self._read_analytic()
        return result

    def _refuse_typed_actual(self):
        if not self.env.su:
            raise AccessError(
                self.env._(
                    "Actual: this amount is read from analytic lines. Choose “By hand” "
                    "to type it."
                )
            )

    def _read_analytic(self):
        """Bring the actuals that come from analytic lines up to date, with one query
        for each dimension of analytic accounting."""
        costs = self.sudo().filtered(
            lambda item: item.source == "analytic" and item.plan_id.account_id
        )
        by_column = costs.grouped(
            lambda cost: cost.plan_id.account_id.plan_id._column_name()
        )
        for column, group in by_column.items():
            days = group._sum_analytic(column)
            for cost in group:
                key = (cost.plan_id.account_id, cost.company_id)
                total = sum(
                    amount
                    for day, amount in days.get(key, ())
                    if cost.date_from <= day <= cost.date_to
                )
                actual = cost.company_id.currency_id._convert(
                    -total, cost.currency_id, cost.company_id, cost.date_from
                )
                if actual != cost.actual:
                    cost.actual = actual

    def _sum_analytic(self, column):
        """Return ``{(account, company): [(day, amount)]}`` of the periods of the costs.

        :param str column: field of analytic lines that holds the accounts
        """
        rows = self.env["account.analytic.line"]._read_group(
            Domain(column, "in", self.plan_id.account_id.ids)
            & Domain("company_id", "in", self.company_id.ids)
            & Domain("date", ">=", min(self.mapped("date_from")))
            & Domain("date", "<=", max(self.mapped("date_to"))),
            [column, "company_id", "date:day"],
            ["amount:sum"],
        )
        result = {}
        for account, company, day, amount in rows:
            result.setdefault((account, company), []).append((day, amount))
        return result
