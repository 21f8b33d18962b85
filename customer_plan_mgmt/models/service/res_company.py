"""A company that changes its working hours moves its deadlines."""

from odoo import models


class ResCompany(models.Model):
    _inherit = "res.company"

    def write(self, vals):
        result = super().write(vals)
        if "resource_calendar_id" in vals:
            self.env["cpm.sla.timer"]._forget_clocks(self.resource_calendar_id)
        return result
