"""Working time of a calendar as a clock for promises."""

from datetime import datetime, timedelta

import pytz

from odoo import api, models
from odoo.fields import Domain
from odoo.tools import ormcache

from ...tools import working_time

# Calendars say 23:59:59 (or a fraction of a second more) and mean midnight
SLIVER = timedelta(seconds=1)


class ResourceCalendar(models.Model):
    _inherit = "resource.calendar"

    def write(self, vals):
        result = super().write(vals)
        if vals.keys() & {
            "attendance_ids",
            "flexible_hours",
            "global_leave_ids",
            "leave_ids",
            "two_weeks_calendar",
            "tz",
        }:
            self.env["cpm.sla.timer"]._forget_clocks(self)
        return result

    @ormcache("self.id", "company_id", "first", "last")
    def _cpm_clock(self, company_id, first, last):
        """Return the :class:`working_time.WorkingTime` of some years.

        :param company_id: whose holidays without calendar count
        :param first: first year; the day before is included, so that wherever the
            calendar is the clock knows every moment of the year in UTC
        :param last: last year, included
        """
        self.ensure_one()
        tz = pytz.timezone(self._cpm_tz())
        begin = tz.localize(datetime(first - 1, 12, 31))
        end = tz.localize(datetime(last + 1, 1, 1))
        usual, leaves = [], []
        if not self.flexible_hours:
            usual = self._attendance_intervals_batch(begin, end)[False]
            leaves = self._leave_intervals_batch(
                begin, end, domain=list(self._cpm_holiday_domain(company_id))
            )[False]
        usual, leaves = self._cpm_spans(usual, tz), self._cpm_spans(leaves, tz)
        extra = self._cpm_spans(self._cpm_makeup_intervals(company_id, begin, end), tz)
        return working_time.WorkingTime(
            [*working_time.without(usual, leaves), *extra],
            working_time.moment(begin.astimezone(pytz.utc)),
            working_time.moment(end.astimezone(pytz.utc)),
            tz,
            working_time.without(working_time.common(usual, leaves), extra),
        )

    def _cpm_wall_clock(self):
        """Return the clock that never stands, with the time zone of the calendar."""
        return working_time.AroundTheClock(pytz.timezone(self._cpm_tz()))

    @ormcache("self.id")
    def _cpm_tz(self):
        """Return the name of the time zone, without reading the calendar each time;
        UTC for no calendar."""
        return self.tz or "UTC"

    @api.model
    def _cpm_holiday_domain(self, company_id):
        """Return which leaves are holidays of a company: those of the calendar, and
        those of the company without one. The method they are for adds calendar and
        resource."""
        return Domain("time_type", "=", "leave") & self._cpm_company_domain(company_id)

    @api.model
    def _cpm_company_domain(self, company_id):
        return Domain("calendar_id", "!=", False) | Domain(
            "company_id", "in", [company_id, False]
        )

    def _cpm_makeup_intervals(self, company_id, begin, end):
        """Return ``(from, to)`` of the days worked to make up for a holiday."""
        leaves = self.env["resource.calendar.leaves"].search(
            Domain("cpm_makeup", "=", True)
            & Domain("resource_id", "=", False)
            & Domain("calendar_id", "in", [self.id, False])
            & self._cpm_company_domain(company_id)
            & Domain("date_from", "<", end.astimezone(pytz.utc).replace(tzinfo=None))
            & Domain("date_to", ">", begin.astimezone(pytz.utc).replace(tzinfo=None))
        )
        return [
            (pytz.utc.localize(leave.date_from), pytz.utc.localize(leave.date_to))
            for leave in leaves
        ]

    @api.model
    def _cpm_spans(self, intervals, tz):
        """Return intervals of aware datetimes as moments."""
        spans = []
        for begin, end, *_record in intervals:
            end = end.astimezone(tz)
            if (end.hour, end.minute, end.second) == (23, 59, 59):
                end = end.replace(microsecond=0) + SLIVER
            spans.append(
                (
                    working_time.moment(begin.astimezone(pytz.utc)),
                    working_time.moment(end.astimezone(pytz.utc)),
                )
            )
        return spans
