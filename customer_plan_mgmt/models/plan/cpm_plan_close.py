"""What came of a plan, kept when it is closed."""

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import is_html_empty

from ...tools import plan_formulas


class CpmPlan(models.Model):
    _inherit = "cpm.plan"

    lessons = fields.Html(
        copy=False,
        help="What worked, what did not, what the next plan should do differently.",
    )
    closed_at = fields.Datetime(string="Closed on", readonly=True, copy=False)
    closed_goals_reached = fields.Integer(
        string="Goals reached", readonly=True, copy=False, aggregator="sum"
    )
    closed_progress = fields.Float(
        string="Goals (%)", readonly=True, copy=False, aggregator="avg"
    )
    closed_budget_percent = fields.Float(
        string="Budget used (%)", readonly=True, copy=False, aggregator="avg"
    )
    closed_satisfaction = fields.Float(
        string="Satisfaction (0–100)", readonly=True, copy=False, aggregator="avg"
    )
    closed_has_satisfaction = fields.Boolean(readonly=True, copy=False)
    closed_cost_benefit = fields.Float(
        string="Cost and benefit (0–100)", readonly=True, copy=False, aggregator="avg"
    )

    closed_has_cost_benefit = fields.Boolean(readonly=True, copy=False)

    def _check_move(self, stage):
        result = super()._check_move(stage)
        if stage == "closed" and is_html_empty(self.lessons):
            raise UserError(
                self.env._(
                    "Lessons: write down what %s taught us before you close it.",
                    self.display_name,
                )
            )
        return result

    def _after_move(self, before, stage):
        result = super()._after_move(before, stage)
        if stage in ("closed", "cancelled"):
            self.sudo()._end()
        if stage == "closed":
            self.sudo()._write_close_out()
        return result

    def _end(self):
        """Drop what was still planned."""
        self.review_ids.filtered(lambda item: item.state == "planned").write(
            {"state": "cancelled"}
        )
        self.activity_unlink(
            [
                "customer_plan_mgmt.mail_activity_plan_approve",
                "customer_plan_mgmt.mail_activity_plan_revision",
                "customer_plan_mgmt.mail_activity_plan_decide",
                "customer_plan_mgmt.mail_activity_plan_adjust",
                "customer_plan_mgmt.mail_activity_plan_close",
            ]
        )

    def _write_close_out(self):
        """Keep the figures of the day; goals go on moving with their metrics."""
        self.ensure_one()
        reached = [goal for goal in self.goal_ids if goal._is_reached()]
        csat = self._collect_events(self.date_start)["csat"]
        budget = self.budget_total
        worth = self._cost_benefit_points()
        self.write(
            {
                "closed_at": fields.Datetime.now(),
                "closed_goals_reached": len(reached),
                "closed_progress": self.progress,
                "closed_budget_percent": (
                    self.actual_total / budget * 100 if budget else 0
                ),
                "closed_satisfaction": plan_formulas.satisfaction_points(csat) or 0,
                "closed_has_satisfaction": csat is not None,
                "closed_cost_benefit": worth or 0,
                "closed_has_cost_benefit": worth is not None,
            }
        )
