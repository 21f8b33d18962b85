"""One day a calendar may take over."""

from odoo import fields, models


class CpmHolidayLoadLine(models.TransientModel):
    _name = "cpm.holiday.load.line"
    _description = "Public Holiday to Load"
    _order = "date, id"

    load_id = fields.Many2one(
        "cpm.holiday.load",
        string="Look-up",
        required=True,
        index=True,
        ondelete="cascade",
    )
    is_chosen = fields.Boolean(string="Load")
    date = fields.Date(required=True)
    name = fields.Char(required=True)
    kind = fields.Selection(
        [("holiday", "Holiday"), ("makeup", "Make-up working day")], required=True
    )
    is_known = fields.Boolean(string="Already there", readonly=True)
