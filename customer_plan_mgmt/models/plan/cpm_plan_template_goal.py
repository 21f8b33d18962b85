"""Goals of a template, with targets relative to where the customer stands."""

import math

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...tools import plan_formulas
from .const import FIGURE_LIMIT


class CpmPlanTemplateGoal(models.Model):
    """The target is worked out from the value of the day the plan is made: so many
    percent more or less, so much more or less, or a fixed value. Where that needs a value
    the customer does not have yet, the goal waits for its target; where the customer has
    the fixed value already there is no goal."""

    _name = "cpm.plan.template.goal"
    _description = "Goal in a Plan Template"
    _inherit = "cpm.plan.template.part.mixin"
    _order = "template_id, sequence, id"
    _cpm_ranges = {"change": (-FIGURE_LIMIT, FIGURE_LIMIT), "weight": (0, 1000)}

    name = fields.Char(required=True, translate=True)
    horizon = fields.Selection(
        [("short", "Short term"), ("long", "Long term")],
        required=True,
        default="short",
    )
    metric_id = fields.Many2one(
        "cpm.metric",
        index="btree_not_null",
        ondelete="restrict",
        help="Empty: measured by hand.",
    )
    unit = fields.Char(translate=True, help="Of a goal measured by hand.")
    target_kind = fields.Selection(
        [
            ("percent", "% more or less"),
            ("change", "More or less by"),
            ("value", "Exactly"),
        ],
        string="Target",
        required=True,
        default="percent",
    )
    change = fields.Float(
        string="How much",
        digits=0,
        aggregator=None,
        help="15 with “% more or less”: 15 % above the value of the day; -15: below.",
    )
    weight = fields.Float(default=1, aggregator=None)

    _weight_range = models.Constraint(
        "CHECK(weight BETWEEN 0 AND 1000)",
        "Weight: enter a number from 0 to 1000.",
    )

    @api.constrains("target_kind", "change")
    def _check_change(self):
        for goal in self:
            if goal.target_kind != "value" and not goal.change:
                raise ValidationError(
                    self.env._(
                        "Goal %s: say by how much the value shall change.", goal.name
                    )
                )

    def _is_there_already(self, baseline):
        """Whether a customer at ``baseline`` has nothing to reach: no goal is made.

        :param baseline: value of the day, None where there is none
        """
        self.ensure_one()
        metric = self.metric_id
        if not metric:
            return False  # nobody measured yet
        if self.target_kind == "percent":
            # Nothing is left of what shall become less
            return baseline == 0 and self.change < 0 and not metric.higher_is_better
        if baseline is None or self.target_kind == "change":
            return False  # not known is not there
        if metric.higher_is_better:
            return baseline >= self.change
        return baseline <= self.change

    def _target(self, baseline):
        """Return the target for a customer who stands at ``baseline``, None when it
        cannot be worked out.

        :param baseline: value of the day, None where there is none
        """
        self.ensure_one()
        if self.target_kind == "value":
            return self.change
        if baseline is None:
            return None
        if self.target_kind == "change":
            return self._rounded(baseline + self.change, baseline)
        target = baseline + abs(baseline) * self.change / 100
        return None if target == baseline else self._rounded(target, baseline)

    def _is_target(self, target, baseline):
        """Whether a goal at ``baseline`` can have the target: one that lies against the
        direction of the metric has to be set by somebody."""
        if not self.metric_id:
            return target not in (None, 0)  # goals by hand begin at 0
        if target is None or baseline is None:
            return target is not None
        return not plan_formulas.is_there(
            baseline, target, self.metric_id.higher_is_better
        )

    def _rounded(self, target, baseline):
        """Return the next value the metric can show, away from ``baseline``: 7 orders
        and 10 % more are 8 orders, not 7.7."""
        digits = self.metric_id.digits if self.metric_id else 2
        # The first rounding takes off what binary fractions leave behind
        steps = round(target * 10**digits, 6)
        steps = math.ceil(steps) if target > baseline else math.floor(steps)
        return steps / 10**digits

    def _plan_vals(self, plan, known=None):
        self.ensure_one()
        baseline = known
        target = self._target(baseline)
        if not self._is_target(target, baseline):
            target = None
        return {
            "plan_id": plan.id,
            "name": self.name,
            "horizon": self.horizon,
            "source": "metric" if self.metric_id else "hand",
            "metric_id": self.metric_id.id,
            "unit": self.metric_id.unit or self.unit,
            "baseline": baseline or 0,
            "target": target or 0,
            "is_target_missing": target is None,
            "weight": self.weight,
            "sequence": self.sequence,
        }

    @api.model
    def _vals_of(self, part):
        kind, change = self._relative(part)
        return {
            "name": part.name,
            "horizon": part.horizon,
            "metric_id": part.metric_id.id,
            "unit": part.unit,
            "target_kind": kind,
            "change": change,
            "weight": part.weight,
            "sequence": part.sequence,
        }

    @api.model
    def _relative(self, part):
        """Return kind and size of the target of a goal, as it is for others too: none
        at all stays none, what grew from something is percent, what grew from nothing
        is so much more."""
        change = part.target - part.baseline
        if part.source == "hand" or not part.target or not change:
            return "value", part.target
        if not part.baseline:
            return "change", change
        return "percent", round(change / abs(part.baseline) * 100, 8)
