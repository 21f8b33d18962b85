"""Settings of the churn probability."""

from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    cpm_churn_min_customers = fields.Integer(
        related="company_id.cpm_churn_min_customers", readonly=False
    )
    cpm_churn_min_events = fields.Integer(
        related="company_id.cpm_churn_min_events", readonly=False
    )
    cpm_churn_max_customers = fields.Integer(
        related="company_id.cpm_churn_max_customers", readonly=False
    )
    cpm_churn_stretch = fields.Float(
        related="company_id.cpm_churn_stretch", readonly=False
    )
    cpm_churn_train_days = fields.Integer(
        related="company_id.cpm_churn_train_days", readonly=False
    )
    cpm_churn_high_from = fields.Float(
        related="company_id.cpm_churn_high_from", readonly=False
    )
    cpm_churn_medium_from = fields.Float(
        related="company_id.cpm_churn_medium_from", readonly=False
    )
