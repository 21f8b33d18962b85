"""How plans move from stage to stage."""

from odoo import api, models
from odoo.exceptions import UserError, ValidationError

# Allowed moves, all of them
MOVES = {
    "needs": {"design", "cancelled"},
    "design": {"needs", "review", "cancelled"},
    "review": {"design", "agreed", "cancelled"},
    "agreed": {"delivery", "cancelled"},
    "delivery": {"agreed", "evaluation", "cancelled"},
    "evaluation": {"delivery", "closed", "cancelled"},
    "closed": {"evaluation"},
    "cancelled": {"needs"},
}
# The way forward; leaving a stage in this direction asks for its checklist
ORDER = ("needs", "design", "review", "agreed", "delivery", "evaluation", "closed")


class CpmPlan(models.Model):
    _inherit = "cpm.plan"

    @api.model_create_multi
    def create(self, vals_list):
        plans = super().create(vals_list)
        # Looks at the plans: a stage may also come from the context
        if not self.env.su:
            for plan in plans:
                if plan.stage not in ("needs", "design"):
                    raise ValidationError(
                        self.env._(
                            "Stage: plans start with the needs or the design; the other "
                            "stages are reached by working on them."
                        )
                    )
        return plans

    def write(self, vals):
        stage = vals.get("stage")
        if not stage:
            return super().write(vals)
        moving = self.filtered(lambda plan: plan.stage != stage)
        before = {plan: plan.stage for plan in moving}
        if not self.env.su:
            for plan in moving:
                plan._check_move(stage)
        result = super().write(vals)
        for plan, old in before.items():
            plan._after_move(old, stage)
        return result

    def _check_move(self, stage):
        """:raise UserError: when the plan may not go to ``stage`` from where it is"""
        self.ensure_one()
        labels = dict(self._fields["stage"]._description_selection(self.env))
        if stage not in MOVES.get(self.stage, ()):
            raise UserError(
                self.env._(
                    "%(plan)s is in the stage “%(before)s” and cannot go to "
                    "“%(after)s”.",
                    plan=self.display_name,
                    before=labels[self.stage],
                    after=labels.get(stage, stage),
                )
            )
        if stage in ORDER and ORDER.index(stage) > self._stage_rank():
            self._check_gate(stage)

    def _stage_rank(self):
        return ORDER.index(self.stage) if self.stage in ORDER else -1

    def _check_gate(self, stage):
        """:raise UserError: when the mandatory checks of the stage that is left, or of
        any stage when the plan is closed, are not all done"""
        wanted = ORDER if stage == "closed" else (self.stage,)
        missing = self.check_ids.filtered(
            lambda check: (
                check.is_mandatory and not check.is_done and check.stage in wanted
            )
        )
        if missing:
            raise UserError(
                self.env._(
                    "%(plan)s cannot go on before these are done: %(checks)s.",
                    plan=self.display_name,
                    checks="; ".join(missing.mapped("name")),
                )
            )

    def _after_move(self, before, stage):
        """Hook: called for each plan that moved from ``before`` to ``stage``."""
        self.ensure_one()

    # --------------------------------------------------------------- Actions

    def action_design(self):
        """The needs are known: work out the plan."""
        return self.write({"stage": "design"})

    def action_start(self):
        """Start to deliver what was agreed."""
        return self.write({"stage": "delivery"})

    def action_evaluate(self):
        """Everything was delivered: see what came of it."""
        return self.write({"stage": "evaluation"})

    def action_close(self):
        """Close the plan and keep what came of it."""
        return self.write({"stage": "closed"})

    def action_cancel(self):
        """Give the plan up."""
        return self.write({"stage": "cancelled"})

    def action_reopen(self):
        """Take up a plan that was closed or cancelled."""
        for plan in self:
            plan.write({"stage": "evaluation" if plan.stage == "closed" else "needs"})
        return True
