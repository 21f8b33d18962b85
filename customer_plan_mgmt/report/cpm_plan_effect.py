"""Which templates work, and for which tier."""

from odoo import fields, models
from odoo.tools import SQL


class CpmPlanEffect(models.Model):
    """One row per closed plan with what was kept when it was closed. Where nothing was
    measured there is no value, so that it takes no part in the means."""

    _name = "cpm.plan.effect"
    _description = "Effect of Customer Plans"
    _auto = False
    _order = "closed_at desc, id desc"
    _rec_name = "plan_id"
    _depends = {
        "cpm.plan": [
            "active",
            "closed_at",
            "closed_budget_percent",
            "closed_cost_benefit",
            "closed_goals_reached",
            "closed_has_cost_benefit",
            "closed_has_satisfaction",
            "closed_progress",
            "closed_satisfaction",
            "company_id",
            "budget_total",
            "is_measured",
            "partner_id",
            "profile_id",
            "segment_id",
            "stage",
            "template_id",
            "tier_id",
            "user_id",
        ],
        "cpm.plan.goal": ["plan_id", "weight"],
    }

    plan_id = fields.Many2one("cpm.plan", readonly=True)
    template_id = fields.Many2one("cpm.plan.template", readonly=True)
    tier_id = fields.Many2one("cpm.tier", readonly=True, help="When the plan was made.")
    company_id = fields.Many2one("res.company", readonly=True)
    user_id = fields.Many2one("res.users", string="Owner", readonly=True)
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    profile_id = fields.Many2one("cpm.profile", readonly=True)
    segment_id = fields.Many2one("cpm.segment", readonly=True)
    closed_at = fields.Datetime(string="Closed on", readonly=True)
    progress = fields.Float(string="Goals (%)", readonly=True, aggregator="avg")
    reached_percent = fields.Float(
        string="Goals reached (%)", readonly=True, aggregator="avg"
    )
    budget_percent = fields.Float(
        string="Budget used (%)", readonly=True, aggregator="avg"
    )
    satisfaction = fields.Float(
        string="Satisfaction (0–100)", readonly=True, aggregator="avg"
    )
    cost_benefit = fields.Float(
        string="Cost and benefit (0–100)", readonly=True, aggregator="avg"
    )

    @property
    def _table_query(self):
        return SQL(
            """
            SELECT p.id, p.id AS plan_id, p.template_id, p.tier_id, p.company_id,
                   p.user_id, p.partner_id, p.profile_id, p.segment_id, p.closed_at,
                   CASE WHEN p.is_measured THEN p.closed_progress END AS progress,
                   p.closed_goals_reached * 100.0 / NULLIF(goals.number, 0)
                       AS reached_percent,
                   CASE WHEN p.budget_total > 0 THEN p.closed_budget_percent END
                       AS budget_percent,
                   CASE WHEN p.closed_has_satisfaction THEN p.closed_satisfaction END
                       AS satisfaction,
                   CASE WHEN p.closed_has_cost_benefit THEN p.closed_cost_benefit END
                       AS cost_benefit
              FROM cpm_plan p
              LEFT JOIN LATERAL (
                  SELECT COUNT(*) AS number FROM cpm_plan_goal g
                   WHERE g.plan_id = p.id AND g.weight > 0
              ) goals ON TRUE
             WHERE p.stage = 'closed' AND p.active
            """
        )
