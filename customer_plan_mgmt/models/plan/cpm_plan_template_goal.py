"""Goals of a template, with targets relative to where the customer stands."""

from odoo import api, fields, models
from odoo.exceptions import ValidationError

LIMIT = 1e15


class CpmPlanTemplateGoal(models.Model):
    """The target is worked out from the value of the day the plan is made: so many
    percent more or less, so much more or less, or a fixed value. Where that needs a value
    the customer does not have yet, the goal waits for its target; where the customer has
    the fixed value already there is no goal."""

    _name = "cpm.plan.template.goal"
    _description = "Goal in a Plan Template"
    _inherit = "cpm.plan.template.part.mixin"
    _order = "template_id, sequence, id"
    _cpm_ranges = {"change": (-LIMIT, LIMIT), "weight": (0, 1000)}

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
        """Whether a customer at ``baseline`` has nothing to reach: no goal is made."""
        self.ensure_one()
        return self.target_kind == "value" and self.change == (baseline or 0)

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
            return baseline + self.change
        target = baseline + abs(baseline) * self.change / 100
        return None if target == baseline else target

    def _plan_vals(self, plan, baseline=None):
        self.ensure_one()
        target = self._target(baseline)
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
        is_relative = part.source == "metric" and part.baseline
        change = part.target - part.baseline
        return {
            "name": part.name,
            "horizon": part.horizon,
            "metric_id": part.metric_id.id,
            "unit": part.unit,
            "target_kind": "percent" if is_relative else "value",
            "change": (
                round(change / abs(part.baseline) * 100, 2)
                if is_relative
                else part.target
            ),
            "weight": part.weight,
            "sequence": part.sequence,
        }
