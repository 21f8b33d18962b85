"""What came of a plan, kept when it is closed."""

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import is_html_empty

from odoo.addons.project.models.project_task import CLOSED_STATES

from ...tools import plan_formulas

# What is kept of the day a plan is closed
CLOSE_OUT = (
    "closed_at",
    "closed_goals_reached",
    "closed_progress",
    "closed_budget_percent",
    "closed_satisfaction",
    "closed_has_satisfaction",
    "closed_cost_benefit",
    "closed_has_cost_benefit",
)


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
        if stage == "closed":
            self._check_work_done()
        return result

    def _check_work_done(self):
        """:raise UserError: for a plan with open tasks"""
        count = len(self._open_tasks())
        if count:
            raise UserError(
                self.env._(
                    "Work: %(plan)s has open tasks, %(count)s in all. Finish or cancel "
                    "them before you close it.",
                    plan=self.display_name,
                    count=count,
                )
            )

    def _open_tasks(self):
        """Return the tasks of the plans that are neither done nor cancelled, whoever
        may see them."""
        return (
            self.env["project.task"]
            .sudo()
            .with_context(active_test=False)
            .search(
                Domain("cpm_plan_id", "in", self.ids)
                & Domain("state", "not in", list(CLOSED_STATES))
            )
        )

    def _cancel_work(self):
        """Nobody works on a plan that was given up."""
        self.ensure_one()
        tasks = self._open_tasks()
        if not tasks:
            return
        # Else each would be followed by its next one
        tasks.filtered("recurring_task").recurring_task = False
        tasks.write({"state": "1_canceled"})
        self._message_log(
            body=self.env._("Open tasks cancelled with the plan: %s", len(tasks))
        )

    def _after_move(self, before, stage):
        result = super()._after_move(before, stage)
        if before == "closed":
            self.sudo().write(dict.fromkeys(CLOSE_OUT, False))
        if stage == "cancelled":
            self.sudo()._cancel_work()
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
