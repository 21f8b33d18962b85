"""What the screens of a plan show and open besides its own fields."""

from odoo import api, fields, models
from odoo.tools import format_amount

from .const import OVER, STAGES


class CpmPlan(models.Model):
    _inherit = "cpm.plan"

    open_revision_line_ids = fields.Many2many(
        "cpm.plan.revision.line",
        string="Differences to approve",
        compute="_compute_open_revision_line_ids",
    )
    revision_count = fields.Integer(
        string="Rounds of changes", compute="_compute_revision_count"
    )
    review_count = fields.Integer(string="Reviews held", compute="_compute_reviews")
    planned_review_id = fields.Many2one(
        "cpm.plan.review", string="Planned review", compute="_compute_reviews"
    )
    missing_target_count = fields.Integer(
        string="Goals without a target", compute="_compute_goal_gaps"
    )
    unmeasured_count = fields.Integer(
        string="Goals without a value", compute="_compute_goal_gaps"
    )
    tier_color = fields.Integer(related="tier_id.color", string="Tier colour")
    money_text = fields.Char(string="Budget and actual", compute="_compute_money_text")

    @api.model
    def _expand_stages(self, stages, domain):
        """Columns of the board: those of what goes on, the others when filled."""
        return [key for key, _name in STAGES if key not in OVER or key in stages]

    @api.depends("open_revision_id")
    def _compute_open_revision_line_ids(self):
        for plan in self:
            plan.open_revision_line_ids = plan.open_revision_id.line_ids

    def _compute_revision_count(self):
        counts = dict(
            self.env["cpm.plan.revision"]._read_group(
                [("plan_id", "in", self.ids)], ["plan_id"], ["__count"]
            )
        )
        for plan in self:
            plan.revision_count = counts.get(plan._origin, 0)

    @api.depends("review_ids.state")
    def _compute_reviews(self):
        rows = self.env["cpm.plan.review"]._read_group(
            [("plan_id", "in", self.ids), ("state", "!=", "cancelled")],
            ["plan_id", "state"],
            ["id:recordset"],
        )
        found = {(plan, state): reviews for plan, state, reviews in rows}
        none = self.env["cpm.plan.review"]
        for plan in self:
            plan.review_count = len(found.get((plan._origin, "held"), none))
            plan.planned_review_id = found.get((plan._origin, "planned"), none)[:1]

    @api.depends("goal_ids.is_target_missing", "goal_ids.is_measured")
    def _compute_goal_gaps(self):
        for plan in self:
            goals = plan.goal_ids
            plan.missing_target_count = len(goals.filtered("is_target_missing"))
            plan.unmeasured_count = len(
                goals.filtered(lambda goal: not goal.is_measured)
            )

    @api.depends("budget_total", "actual_total", "currency_id")
    @api.depends_context("lang")
    def _compute_money_text(self):
        for plan in self:
            plan.money_text = self.env._(
                "%(actual)s of %(budget)s",
                actual=format_amount(self.env, plan.actual_total, plan.currency_id),
                budget=format_amount(self.env, plan.budget_total, plan.currency_id),
            )

    # --------------------------------------------------------------- Actions

    def action_view_reviews(self):
        """Open the reviews of the plan."""
        self.ensure_one()
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "customer_plan_mgmt.cpm_plan_review_action"
        )
        action["domain"] = [("plan_id", "=", self.id)]
        action["context"] = {"default_plan_id": self.id}
        return action

    def action_review(self):
        """Open the planned review of the plan, or a new one for today."""
        self.ensure_one()
        action = {
            "type": "ir.actions.act_window",
            "res_model": "cpm.plan.review",
            "view_mode": "form",
            "views": [(False, "form")],
        }
        if self.planned_review_id:
            return {**action, "res_id": self.planned_review_id.id}
        return {
            **action,
            "context": {
                "default_plan_id": self.id,
                "default_date_due": fields.Date.context_today(self),
            },
        }

    def action_view_revisions(self):
        """Open the rounds of changes since the plan was agreed."""
        self.ensure_one()
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "customer_plan_mgmt.cpm_plan_revision_action"
        )
        action["domain"] = [("plan_id", "=", self.id)]
        return action

    def action_view_profile(self):
        """Open the profile of the customer."""
        self.ensure_one()
        return self.profile_id._get_records_action()

    def action_new_task(self):
        """Open an empty task of the plan."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("New task"),
            "res_model": "project.task",
            "views": [
                (self.env.ref("customer_plan_mgmt.cpm_plan_task_view_form").id, "form")
            ],
            "context": {
                "default_cpm_plan_id": self.id,
                "default_cpm_kind": "task",
                "default_cpm_phase": "delivery",
                "default_project_id": self._get_project(self.company_id).id,
                "default_partner_id": self.partner_id.id,
            },
        }
