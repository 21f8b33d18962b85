"""Holidays and the days worked to make up for them."""

from odoo import api, fields, models


class ResourceCalendarLeaves(models.Model):
    _inherit = "resource.calendar.leaves"

    cpm_makeup = fields.Boolean(
        string="Working time",
        help="The opposite of time off: promises to customers count this time although "
        "it lies outside the working hours, as on a Sunday worked to make up for a "
        "holiday.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            if vals.get("cpm_makeup"):
                vals["time_type"] = "other"  # for everybody else it is no time off
        leaves = super().create(vals_list)
        leaves._cpm_forget_clocks()
        return leaves

    def write(self, vals):
        touched = vals.keys() & {
            "calendar_id",
            "company_id",
            "cpm_makeup",
            "date_from",
            "date_to",
            "resource_id",
            "time_type",
        }
        if touched:
            self._cpm_forget_clocks()
        result = super().write(vals)
        if touched:
            self._cpm_forget_clocks()
        return result

    def unlink(self):
        general = self.filtered(lambda leave: not leave.resource_id)
        calendars = general.calendar_id
        everywhere = any(not leave.calendar_id for leave in general)
        result = super().unlink()
        if general:
            self.env["cpm.sla.timer"]._forget_clocks(
                self.env["resource.calendar"] if everywhere else calendars,
                everywhere=everywhere,
            )
        return result

    def _cpm_forget_clocks(self):
        """Recompute what was promised by these days; those of one person are none."""
        general = self.filtered(lambda leave: not leave.resource_id)
        if general:
            self.env["cpm.sla.timer"]._forget_clocks(
                general.calendar_id,
                everywhere=any(not leave.calendar_id for leave in general),
            )
