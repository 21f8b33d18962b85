"""Holidays and the days worked to make up for them."""

from odoo import api, fields, models


class ResourceCalendarLeaves(models.Model):
    _inherit = "resource.calendar.leaves"

    cpm_makeup = fields.Boolean(
        string="Working time",
        groups="customer_plan_mgmt.group_cpm_admin",
        help="The opposite of time off: promises to customers count this time although "
        "it lies outside the working hours, as on a Sunday worked to make up for a "
        "holiday.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        leaves = super().create([self._cpm_leave_vals(vals) for vals in vals_list])
        self._cpm_forget_clocks(leaves._cpm_touched())
        return leaves

    def write(self, vals):
        if not vals.keys() & {
            "calendar_id",
            "company_id",
            "cpm_makeup",
            "date_from",
            "date_to",
            "resource_id",
            "time_type",
        }:
            return super().write(vals)
        touched = self._cpm_touched()
        result = super().write(self._cpm_leave_vals(vals))
        self._cpm_forget_clocks(touched, self._cpm_touched())
        return result

    def unlink(self):
        touched = self._cpm_touched()
        result = super().unlink()
        self._cpm_forget_clocks(touched)
        return result

    @api.model
    def _cpm_leave_vals(self, vals):
        """For everybody else a day worked to make up is no time off."""
        return {**vals, "time_type": "other"} if vals.get("cpm_makeup") else vals

    def _cpm_touched(self):
        """Return the calendars these days count in, and whether they count in all;
        those of one person count in none."""
        general = self.filtered(lambda leave: not leave.resource_id)
        return general.calendar_id, any(not leave.calendar_id for leave in general)

    @api.model
    def _cpm_forget_clocks(self, *touched):
        """Work out the deadlines of calendars again, all at once."""
        calendars = self.env["resource.calendar"].union(*(item[0] for item in touched))
        everywhere = any(item[1] for item in touched)
        if calendars or everywhere:
            self.env["cpm.sla.timer"]._forget_clocks(calendars, everywhere)
