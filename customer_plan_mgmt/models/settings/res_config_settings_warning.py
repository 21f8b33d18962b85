"""Settings of warnings and lost customers."""

from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    cpm_loss_metric_id = fields.Many2one(
        related="company_id.cpm_loss_metric_id", readonly=False
    )
    cpm_loss_days = fields.Integer(related="company_id.cpm_loss_days", readonly=False)
    cpm_loss_days_found = fields.Integer(related="company_id.cpm_loss_days_found")
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
