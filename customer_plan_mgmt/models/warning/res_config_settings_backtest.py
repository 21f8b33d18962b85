"""Settings of the trust badge."""

from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    cpm_trust_min_customers = fields.Integer(
        related="company_id.cpm_trust_min_customers", readonly=False
    )
