"""Settings page: feedback."""

from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    cpm_acknowledge = fields.Boolean(
        related="company_id.cpm_acknowledge", readonly=False
    )
    cpm_close_days = fields.Integer(related="company_id.cpm_close_days", readonly=False)
    cpm_complaint_cause = fields.Boolean(
        related="company_id.cpm_complaint_cause", readonly=False
    )
    cpm_recurrence_days = fields.Integer(
        related="company_id.cpm_recurrence_days", readonly=False
    )
    cpm_recurrence_percent = fields.Integer(
        related="company_id.cpm_recurrence_percent", readonly=False
    )
    cpm_ask_satisfaction = fields.Boolean(
        related="company_id.cpm_ask_satisfaction", readonly=False
    )
    cpm_satisfaction_days = fields.Integer(
        related="company_id.cpm_satisfaction_days", readonly=False
    )
    cpm_low_rating = fields.Integer(related="company_id.cpm_low_rating", readonly=False)
    cpm_low_rating_days = fields.Integer(
        related="company_id.cpm_low_rating_days", readonly=False
    )
    cpm_replies_hour = fields.Integer(
        related="company_id.cpm_replies_hour", readonly=False
    )
    cpm_replies_day = fields.Integer(
        related="company_id.cpm_replies_day", readonly=False
    )
    cpm_upload_mb = fields.Integer(related="company_id.cpm_upload_mb", readonly=False)
    cpm_upload_types = fields.Char(
        related="company_id.cpm_upload_types", readonly=False
    )
