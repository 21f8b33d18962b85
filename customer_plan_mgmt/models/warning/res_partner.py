"""Warnings on the contact."""

from odoo import fields, models

from .const import OPEN_STATES


class ResPartner(models.Model):
    _inherit = "res.partner"

    cpm_warning_count = fields.Integer(
        string="Open warnings",
        compute="_compute_cpm_counts",
        groups="customer_plan_mgmt.group_cpm_user",
    )

    def _cpm_counted(self):
        return {
            **super()._cpm_counted(),
            "cpm_warning_count": ("cpm.warning", [("state", "in", OPEN_STATES)]),
        }

    def action_cpm_view_warnings(self):
        """Open the warnings of the contact's company."""
        self.ensure_one()
        self.env["cpm.warning"].check_access("read")
        return self.env["cpm.warning"]._action_of(
            [("partner_id", "=", self.commercial_partner_id.id)]
        )
