"""Working hours that change move the deadlines that run by them."""

from odoo import api, models


class ResourceCalendarAttendance(models.Model):
    _inherit = "resource.calendar.attendance"

    @api.model_create_multi
    def create(self, vals_list):
        attendances = super().create(vals_list)
        self.env["cpm.sla.timer"]._forget_clocks(attendances.calendar_id)
        return attendances

    def write(self, vals):
        result = super().write(vals)
        self.env["cpm.sla.timer"]._forget_clocks(self.calendar_id)
        return result

    def unlink(self):
        calendars = self.calendar_id
        result = super().unlink()
        self.env["cpm.sla.timer"]._forget_clocks(calendars)
        return result
