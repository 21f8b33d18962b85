"""What a review says about the plan: facts, and three marks with their formulas."""

from odoo import api, fields, models
from odoo.tools import SQL

from ...tools import plan_formulas

AXES = ("effect", "satisfaction", "cost_benefit")
MONEY = ("purchase_amount", "budget", "actual", "benefit")


class CpmPlanReview(models.Model):
    """Effect: mean progress of the goals. Satisfaction: mean of the verdicts since the
    review before, 1 to 5 as 0 to 100. Cost and benefit: share of the benefit in benefit
    and cost. The formulas propose; the mark that counts may be set by hand."""

    _inherit = "cpm.plan.review"

    facts = fields.Json(readonly=True, copy=False)
    facts_before = fields.Json(readonly=True, copy=False)
    facts_since = fields.Date(string="Facts since", readonly=True, copy=False)
    facts_html = fields.Html(
        string="What changed", compute="_compute_facts_html", sanitize=False
    )
    effect = fields.Float(aggregator="avg", help="0 to 100.")
    satisfaction = fields.Float(aggregator="avg", help="0 to 100.")
    cost_benefit = fields.Float(
        string="Cost and benefit", aggregator="avg", help="0 to 100."
    )
    effect_proposed = fields.Float(readonly=True, aggregator=None)
    satisfaction_proposed = fields.Float(readonly=True, aggregator=None)
    cost_benefit_proposed = fields.Float(readonly=True, aggregator=None)
    has_effect = fields.Boolean(readonly=True)
    has_satisfaction = fields.Boolean(readonly=True)
    has_cost_benefit = fields.Boolean(readonly=True)
    effect_formula = fields.Char(compute="_compute_formulas")
    satisfaction_formula = fields.Char(compute="_compute_formulas")
    cost_benefit_formula = fields.Char(compute="_compute_formulas")

    _marks_range = models.Constraint(
        "CHECK(effect BETWEEN 0 AND 100 AND satisfaction BETWEEN 0 AND 100"
        " AND cost_benefit BETWEEN 0 AND 100)",
        "Evaluation: enter numbers from 0 to 100.",
    )

    def _read_group_select(self, aggregate_spec, query):
        """Means leave out marks there was nothing to judge by."""
        name, _, function = aggregate_spec.partition(":")
        if name not in AXES or function != "avg":
            return super()._read_group_select(aggregate_spec, query)
        mark = self._field_to_sql(self._table, name, query)
        is_known = self._field_to_sql(self._table, f"has_{name}", query)
        return SQL("AVG(%s) FILTER (WHERE %s OR %s <> 0)", mark, is_known, mark)

    def _fill(self):
        """Write the facts of today, those of the review before, and proposed marks."""
        self.ensure_one()
        plan = self.plan_id
        before = plan.review_ids.filtered(
            lambda item: item.state == "held" and item != self
        ).sorted(lambda item: (item.date_held, item.id))[-1:]
        since = before.date_held or plan.last_decision_on or plan.date_start
        [facts] = plan._collect_facts().values()
        facts |= plan._collect_events(since)
        facts["benefit"] = plan.benefit if plan.benefit_is_measured else None
        vals = {
            "facts": facts,
            "facts_before": before.facts or plan.decision_facts or {},
            "facts_since": since,
        }
        for axis, points in self._propose(plan, facts).items():
            is_untouched = self[axis] == self[f"{axis}_proposed"]
            vals[f"{axis}_proposed"] = points or 0
            vals[f"has_{axis}"] = points is not None
            if is_untouched:
                vals[axis] = points or 0
        self.write(vals)

    @api.model
    def _propose(self, plan, facts):
        """Return ``{axis: 0 to 100 points or None}``."""
        return {
            "effect": facts["progress"],
            "satisfaction": plan_formulas.satisfaction_points(facts["csat"]),
            "cost_benefit": plan._cost_benefit_points(),
        }

    @api.depends("facts", "effect_proposed", "satisfaction_proposed")
    @api.depends_context("lang")
    def _compute_formulas(self):
        _ = self.env._
        unknown = _("Nothing to judge by yet: set it by hand, or leave it at 0.")
        for review in self:
            facts, plan = review.facts or {}, review.plan_id
            review.effect_formula = (
                _("Mean progress of the goals by weight: %s", round(facts["progress"]))
                if review.has_effect
                else unknown
            )
            review.satisfaction_formula = (
                _(
                    "(mean verdict %(csat)s − 1) ÷ 4 × 100 = %(points)s",
                    csat=round(facts["csat"], 2),
                    points=round(review.satisfaction_proposed),
                )
                if review.has_satisfaction
                else unknown
            )
            review.cost_benefit_formula = (
                _(
                    "benefit %(benefit)s ÷ (benefit + cost %(cost)s) × 100 = %(points)s",
                    benefit=plan.currency_id.format(facts.get("benefit") or 0),
                    cost=plan.currency_id.format(facts["actual"]),
                    points=round(review.cost_benefit_proposed),
                )
                if review.has_cost_benefit
                else unknown
            )

    # ----------------------------------------------------------------- Facts

    @api.depends("facts", "facts_before", "facts_since")
    @api.depends_context("lang")
    def _compute_facts_html(self):
        for review in self:
            review.facts_html = (
                self.env["ir.qweb"]._render(
                    "customer_plan_mgmt.plan_review_facts",
                    {"review": review, "rows": review._get_fact_rows()},
                )
                if review.facts
                else False
            )

    def _get_fact_rows(self):
        """Return what changed as a list of dicts: ``label``, ``before``, ``now`` (text
        or empty) and ``change`` (text)."""
        self.ensure_one()
        facts, before = self.facts or {}, self.facts_before or {}
        labels = self._fact_labels()
        rows = []
        if "tier" in facts:
            rows.append(self._tier_row(before, facts))
        for key, label in labels.items():
            if key in facts:
                rows.append(self._fact_row(label, key, before, facts))
        for goal in self.plan_id.goal_ids:
            key = f"goal_{goal.id}"
            if key in facts:
                rows.append(self._fact_row(goal.name, key, before, facts, goal))
        return rows

    def _tier_row(self, before, facts):
        tiers = self.env["cpm.tier"].sudo()
        was, now = (
            tiers.browse(known.get("tier") or ()).exists().display_name or ""
            for known in (before, facts)
        )
        return {"label": self.env._("Tier"), "before": was, "now": now, "change": ""}

    def _fact_row(self, label, key, before, facts, goal=None):
        was, now = before.get(key), facts.get(key)
        show = goal._format if goal else lambda value: self._format_fact(key, value)
        change = ""
        if was is not None and now is not None and was != now:
            sign = "+" if now > was else "−"
            change = sign + show(abs(now - was))
        return {
            "label": label,
            "before": "" if was is None else show(was),
            "now": "" if now is None else show(now),
            "change": change,
        }

    def _format_fact(self, key, value):
        if key in MONEY:
            is_bought = key == "purchase_amount"
            holder = self.company_id if is_bought else self.plan_id
            return holder.currency_id.format(value)
        digits = 0 if float(value).is_integer() else 1
        return str(
            self.env["ir.qweb.field.float"].value_to_html(value, {"precision": digits})
        )

    @api.model
    def _fact_labels(self):
        """Return the facts that are shown, ``{key: label}``, in this order; goals come
        after them."""
        _ = self.env._
        return {
            "value_score": _("Value score"),
            "health_score": _("Health score"),
            "customers": _("Customers in the segment"),
            "late_tasks": _("Late tasks"),
            "open_feedback": _("Open feedback"),
            "new_feedback": _("Feedback received"),
            "complaints": _("Complaints"),
            "csat": _("Satisfaction (1 to 5)"),
            "purchases": _("Purchases"),
            "purchase_amount": _("Amount of the purchases"),
            "progress": _("Progress of the plan (%)"),
            "budget": _("Budget"),
            "actual": _("Actual cost"),
            "benefit": _("Benefit"),
        }
