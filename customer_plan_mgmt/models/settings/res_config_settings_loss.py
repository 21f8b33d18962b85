"""Settings of when a customer counts as lost."""

from odoo import api, fields, models


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
    cpm_loss_text = fields.Char(
        string="When customers count as lost", compute="_compute_cpm_loss_text"
    )

    @api.depends("company_id")
    @api.depends_context("lang")
    def _compute_cpm_loss_text(self):
        for settings in self:
            settings.cpm_loss_text = settings.company_id._cpm_loss_text()

    def action_cpm_find_loss_days(self):
        """Look at the rhythm of the customers now."""
        self.check_access("write")
        self.company_id._cpm_find_loss_days()
        return {"type": "ir.actions.client", "tag": "reload"}
