"""Settings of when a customer counts as lost."""

from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    cpm_loss_metric_id = fields.Many2one(
        related="company_id.cpm_loss_metric_id", readonly=False
    )
    cpm_loss_days = fields.Integer(related="company_id.cpm_loss_days", readonly=False)
    cpm_loss_percent = fields.Float(
        related="company_id.cpm_loss_percent", readonly=False
    )
    cpm_loss_customers_needed = fields.Integer(
        related="company_id.cpm_loss_customers_needed", readonly=False
    )
    cpm_loss_days_min = fields.Integer(
        related="company_id.cpm_loss_days_min", readonly=False
    )
    cpm_loss_days_max = fields.Integer(
        related="company_id.cpm_loss_days_max", readonly=False
    )
