"""Settings of risks."""

from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    cpm_risk_review_days = fields.Integer(
        related="company_id.cpm_risk_review_days", readonly=False
    )
    cpm_risk_manager_days = fields.Integer(
        related="company_id.cpm_risk_manager_days", readonly=False
    )
    cpm_risk_manager_id = fields.Many2one(
        related="company_id.cpm_risk_manager_id", readonly=False
    )
