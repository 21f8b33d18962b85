"""What may be entered as a goal, and what may not."""

from odoo import api, models
from odoo.exceptions import AccessError, ValidationError


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
        for vals in vals_list:
            if not vals.get("current_value"):
                continue
            source = vals.get("source") or self.default_get(["source"])["source"]
            if source == "metric":
                self._refuse_typed_value(vals.get("name"))
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
        # Superuser mode: over RPC anybody could set the context
        is_measuring = self.env.su and self.env.context.get("cpm_measuring")
        changing = self.browse()
        if vals.get("metric_id"):
            changing = self.filtered(
                lambda goal: goal.metric_id.id != vals["metric_id"]
            )
        super(CpmPlanGoal, self - changing).write(vals)
        for goal in changing:
            # Start afresh: values of the metric before say nothing
            baseline = goal._get_baseline(vals)
            super(CpmPlanGoal, goal).write({"baseline": baseline, **vals})
            goal._forget_course()
            goal._refresh()
        if "current_value" in vals and not is_measuring:
            self._note_values()
        return True

    def _get_baseline(self, vals):
        """Return today's value of the metric in ``vals``, 0 where there is none."""
        self.ensure_one()
        metric = self.env["cpm.metric"].sudo().browse(vals["metric_id"])
        how = vals.get("aggregation") or self._natural_aggregation(metric)
        [value] = self._values_of([(self.plan_id.sudo(), metric, how)])
        return value or 0

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
            if goal.source == "metric" and vals["baseline"] == vals["target"]:
                vals["is_target_missing"] = True
        return vals_list
