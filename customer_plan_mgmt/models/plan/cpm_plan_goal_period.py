"""The period of a plan, and that of its goals."""

from odoo import api, fields, models


class CpmPlan(models.Model):
    """Goals lie within the period of their plan (``_check_period`` there). Those that
    begin or end with it move with it."""

    _inherit = "cpm.plan"

    def copy_data(self, default=None):
        """Goals of a copy move with its period."""
        vals_list = super().copy_data(default)
        for plan, vals in zip(self, vals_list, strict=True):
            first, last = map(
                fields.Date.to_date, (vals["date_start"], vals["date_end"])
            )
            shift = first - plan.date_start
            for _command, _id, goal in vals.get("goal_ids", ()):
                for name in ("date_start", "date_end"):
                    day = fields.Date.to_date(goal[name]) + shift
                    goal[name] = min(max(day, first), last)
        return vals_list

    def write(self, vals):
        dates = [name for name in ("date_start", "date_end") if name in vals]
        if not dates:
            return super().write(vals)
        before = {plan: {name: plan[name] for name in dates} for plan in self}
        goals = self.goal_ids
        following = {
            name: goals.filtered(
                lambda goal, name=name: goal[name] == before[goal.plan_id][name]
            )
            for name in dates
        }
        result = super().write(vals)
        for plan in self:
            moved = {}
            for name in dates:
                for goal in following[name].filtered(
                    lambda goal, plan=plan: goal.plan_id == plan
                ):
                    moved.setdefault(goal, {})[name] = plan[name]
            for goal, values in moved.items():
                # The difference of the plan says it already
                goal.sudo().with_context(cpm_no_revision=True).write(values)
        goals.exists()._check_period()
        return result

    @api.onchange("date_start", "date_end")
    def _onchange_period(self):
        """Take goals along that began or ended with the plan, and new ones that would
        lie outside."""
        for name in ("date_start", "date_end"):
            day, before = self[name], self._origin[name]
            for goal in self.goal_ids if day else ():
                is_new = not goal._origin
                is_outside = goal[name] and (
                    goal[name] < day if name == "date_start" else goal[name] > day
                )
                if is_new and is_outside or (before and goal[name] == before):
                    goal[name] = day
