"""What may be entered as a goal, and what may not."""

from odoo import api, models
from odoo.exceptions import AccessError, ValidationError
from odoo.tools import format_date

from ...tools import plan_formulas


class CpmPlanGoal(models.Model):
    _inherit = "cpm.plan.goal"

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

    @api.constrains(
        "baseline", "target", "source", "is_target_missing", "higher_is_better"
    )
    def _check_target(self):
        if self._is_measuring():
            return  # the first value may be where it shall get to: that is to be kept
        for goal in self:
            if goal.is_target_missing or goal.is_baseline_missing:
                continue
            if goal.target == goal.baseline:
                raise ValidationError(
                    self.env._(
                        "Goal %(goal)s: the target equals the baseline %(baseline)s. "
                        "Say what shall be reached.",
                        goal=goal.name,
                        baseline=goal.baseline,
                    )
                )
            if goal._starts_reached():
                raise ValidationError(goal._against_direction())

    def _against_direction(self):
        """Return why the target cannot be one."""
        values = {
            "goal": self.name,
            "baseline": self._format(self.baseline),
            "target": self._format(self.target),
            "metric": self.metric_id.name,
        }
        if self.higher_is_better:
            return self.env._(
                "Goal %(goal)s: higher is better for %(metric)s, but the target "
                "%(target)s lies below the baseline %(baseline)s. Enter a higher target.",
                **values,
            )
        return self.env._(
            "Goal %(goal)s: lower is better for %(metric)s, but the target %(target)s "
            "lies above the baseline %(baseline)s. Enter a lower target.",
            **values,
        )

    @api.constrains("date_start", "date_end", "plan_id")
    def _check_period(self):
        for goal in self:
            plan = goal.plan_id
            if goal.date_start < plan.date_start or goal.date_end > plan.date_end:
                raise ValidationError(
                    self.env._(
                        "Goal %(goal)s: its period has to lie within that of the plan, "
                        "%(start)s to %(end)s.",
                        goal=goal.name,
                        start=format_date(self.env, plan.date_start),
                        end=format_date(self.env, plan.date_end),
                    )
                )

    @api.constrains("agreed_with_id", "agreed_on")
    def _check_agreement(self):
        for goal in self.sudo():
            plan, person = goal.plan_id, goal.agreed_with_id
            if person and plan.scope == "customer" and not plan._is_of_customer(person):
                raise ValidationError(
                    self.env._(
                        "Agreed with: %(person)s is no contact of %(customer)s.",
                        person=person.display_name,
                        customer=plan.partner_id.display_name,
                    )
                )
            if goal.agreed_on and goal.agreed_on > plan.company_id._cpm_today():
                raise ValidationError(
                    self.env._("Agreed on: the day lies in the future.")
                )

    @api.constrains("weight")
    def _check_weights(self):
        self.plan_id._check_weights()

    # ------------------------------------------------------------------ CRUD

    @api.model_create_multi
    def create(self, vals_list):
        defaults = self.default_get(["source", "plan_id", "metric_id"])
        vals_list = [{**defaults, **vals} for vals in vals_list]
        for vals in vals_list:
            self._refuse_baseline_missing(vals)
            if vals["source"] == "hand":
                self._set_manual_value(vals)
                continue
            if vals.get("current_value"):
                self._refuse_typed_value(vals.get("name"))
            vals.setdefault("current_value", 0)  # no default of a context either
        for vals in vals_list:
            vals["is_baseline_missing"] = False
        self._fill_baselines(vals_list)
        for vals in vals_list:
            if vals["is_baseline_missing"]:
                self._check_target_given(vals)
        goals = super().create(vals_list)
        goals._take_values()
        goals.filtered(lambda goal: goal.source == "hand")._note_values()
        return goals

    @api.model
    def _set_manual_value(self, vals):
        """Take the baseline as today's value of a goal measured by hand. The web client
        always sends a number: 0 beside a baseline was not entered.

        :raise ValidationError: when neither is given
        """
        if not vals.get("current_value"):
            if "baseline" not in vals:
                raise ValidationError(
                    self.env._(
                        "Goal %s: enter today's value, or choose a metric.",
                        vals.get("name") or "",
                    )
                )
            vals["current_value"] = vals["baseline"]

    @api.model
    def _check_target_given(self, vals):
        """:raise ValidationError: when nobody said what a goal whose baseline is not
        known shall reach: 0 is nothing to get up to"""
        if vals.get("target") or vals.get("is_target_missing") is not None:
            return
        metric = self.env["cpm.metric"].sudo().browse(vals["metric_id"])
        if "target" not in vals or metric.higher_is_better:
            raise ValidationError(
                self.env._(
                    "Goal %s: enter the target. Say what shall be reached.",
                    vals.get("name") or metric.name,
                )
            )

    def unlink(self):
        plans = self.plan_id
        result = super().unlink()
        plans._check_weights()
        return result

    def write(self, vals):
        vals = dict(vals)
        if "current_value" in vals:
            for goal in self.filtered(lambda item: item.source == "metric"):
                goal._refuse_typed_value(goal.name)
        if "target" in vals:
            vals["is_target_missing"] = False
        elif "is_target_missing" in vals and not self.env.su:
            raise AccessError(
                self.env._("Target to be set: enter the target, this follows from it.")
            )
        self._refuse_baseline_missing(vals)
        if "baseline" in vals:
            vals.setdefault("is_baseline_missing", False)
        changing = self.browse()
        if vals.get("metric_id"):
            changing = self.filtered(
                lambda goal: goal.metric_id.id != vals["metric_id"]
            )
        super(CpmPlanGoal, self - changing).write(vals)
        for goal in changing:
            # Start afresh: values of the metric before say nothing
            super(CpmPlanGoal, goal).write({**goal._start_of(vals), **vals})
            goal._forget_course()
            goal._refresh()
        if "current_value" in vals and not self._is_measuring():
            self._note_values()
        return True

    def _is_measuring(self):
        # Superuser mode: over RPC anybody could set the context
        return bool(self.env.su and self.env.context.get("cpm_measuring"))

    def _start_of(self, vals):
        """Return what follows from the other metric in ``vals``: today's value as the
        baseline, a target to be set again, unit and direction."""
        self.ensure_one()
        metric = self.env["cpm.metric"].sudo().browse(vals["metric_id"])
        how = vals.get("aggregation") or self._natural_aggregation(metric)
        [value] = self._values_of([(self.plan_id.sudo(), metric, how)])
        return {
            "baseline": value or 0,
            "is_baseline_missing": value is None,
            "is_target_missing": True,
            "aggregation": how,
            # In what is written, so that the revision shows them
            "unit": metric.unit,
            "higher_is_better": metric.higher_is_better,
        }

    @api.model
    def _refuse_baseline_missing(self, vals):
        if "is_baseline_missing" in vals and not self.env.su:
            raise AccessError(
                self.env._(
                    "Baseline not known yet: enter the baseline, this follows from it."
                )
            )

    def _forget_course(self):
        goals = self.sudo()
        goals.value_ids.unlink()
        goals.write({"is_measured": False, "measured_on": False})

    @api.model
    def _refuse_typed_value(self, name):
        if not self.env.su:
            raise AccessError(
                self.env._(
                    "Today: %s is measured by its metric and cannot be typed.",
                    name or self.env._("the goal"),
                )
            )

    def copy_data(self, default=None):
        """A copy starts from where things stand today."""
        vals_list = super().copy_data(default)
        values = self._values_of(
            [
                (goal.plan_id.sudo(), goal.metric_id.sudo(), goal.aggregation)
                for goal in self
            ]
        )
        for goal, vals, value in zip(self, vals_list, values, strict=True):
            if goal.source == "hand":
                value = goal.current_value
            if value is not None and "baseline" not in (default or {}):
                vals["baseline"] = value
            if goal.is_baseline_missing and value is None:
                continue
            if goal._is_no_target(vals["target"], vals["baseline"]):
                vals["is_target_missing"] = True
        return vals_list

    def _is_no_target(self, target, baseline):
        """Whether there is nothing to reach from ``baseline``."""
        return target == baseline or (
            self.source == "metric"
            and plan_formulas.is_there(baseline, target, self.higher_is_better)
        )
