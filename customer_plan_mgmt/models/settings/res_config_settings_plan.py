"""Settings of customer plans."""

from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    cpm_goal_at_risk = fields.Float(
        related="company_id.cpm_goal_at_risk", readonly=False
    )
    cpm_goal_off_track = fields.Float(
        related="company_id.cpm_goal_off_track", readonly=False
    )
    cpm_review_months = fields.Integer(
        related="company_id.cpm_review_months", readonly=False
    )
    cpm_review_ahead_days = fields.Integer(
        related="company_id.cpm_review_ahead_days", readonly=False
    )
    cpm_review_manager_days = fields.Integer(
        related="company_id.cpm_review_manager_days", readonly=False
    )
    cpm_review_manager_id = fields.Many2one(
        related="company_id.cpm_review_manager_id", readonly=False
    )
    cpm_plan_stale_days = fields.Integer(
        related="company_id.cpm_plan_stale_days", readonly=False
    )
    cpm_plan_facts_percent = fields.Float(
        related="company_id.cpm_plan_facts_percent", readonly=False
    )
    cpm_plan_comments_hour = fields.Integer(
        related="company_id.cpm_plan_comments_hour", readonly=False
    )
