"""Moments as people read them: day and minute, no seconds."""

from odoo import fields
from odoo.tools import format_date, format_time


def moment(env, value):
    """Return day and minute in the time zone of who looks at it."""
    if not value:
        return ""
    here = fields.Datetime.context_timestamp(env["res.users"], value)
    time = format_time(env, here.time(), time_format="short")
    return f"{format_date(env, here.date())} {time}"
