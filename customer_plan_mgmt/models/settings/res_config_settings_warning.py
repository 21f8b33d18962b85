"""Settings of warnings."""

from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    cpm_warning_storm_limit = fields.Integer(
        related="company_id.cpm_warning_storm_limit", readonly=False
    )
    cpm_warning_user_id = fields.Many2one(
        related="company_id.cpm_warning_user_id", readonly=False
    )
    cpm_warning_result_days = fields.Integer(
        related="company_id.cpm_warning_result_days", readonly=False
    )
    cpm_warning_manager_days = fields.Integer(
        related="company_id.cpm_warning_manager_days", readonly=False
    )
    cpm_winback_template_id = fields.Many2one(
        related="company_id.cpm_winback_template_id", readonly=False
    )
    cpm_trust_min_customers = fields.Integer(
        related="company_id.cpm_trust_min_customers", readonly=False
    )
