"""Load the public holidays of a country into a calendar."""

from datetime import datetime, time, timedelta

import pytz

from odoo import Command, api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain

from ..tools import public_holidays

# Years looked up at once
MOST_YEARS = 10


class CpmHolidayLoad(models.TransientModel):
    """Looks the days up, shows them, and writes the chosen ones.

    Holidays become time off of the whole calendar for the whole local day; days
    worked to make up for one (调休) become working time at a weekday's usual hours.
    """

    _name = "cpm.holiday.load"
    _description = "Load Public Holidays"

    calendar_id = fields.Many2one(
        "resource.calendar",
        string="Working hours",
        required=True,
        ondelete="cascade",
        default=lambda self: self.env.company.resource_calendar_id,
    )
    country_id = fields.Many2one(
        "res.country",
        required=True,
        ondelete="cascade",
        default=lambda self: self.env.company.country_id,
    )
    state_id = fields.Many2one(
        "res.country.state",
        string="Region",
        ondelete="cascade",
        domain="[('country_id', '=', country_id)]",
        help="Where regions have holidays of their own.",
    )
    year_from = fields.Integer(
        string="From year",
        required=True,
        default=lambda self: fields.Date.context_today(self).year,
    )
    year_to = fields.Integer(
        string="To year",
        required=True,
        default=lambda self: fields.Date.context_today(self).year,
    )
    lang = fields.Selection(
        selection=lambda self: self.env["res.lang"].get_installed(),
        string="Language",
        default=lambda self: self.env.lang,
        help="Of the names, where the names are known in it.",
    )
    line_ids = fields.One2many("cpm.holiday.load.line", "load_id", string="Days")
    is_looked_up = fields.Boolean()
    note = fields.Char(readonly=True)

    @api.onchange("country_id")
    def _onchange_country_id(self):
        self.state_id = False

    @api.onchange(
        "calendar_id", "country_id", "state_id", "year_from", "year_to", "lang"
    )
    def _onchange_question(self):
        self.line_ids = [Command.clear()]
        self.is_looked_up, self.note = False, False

    @api.constrains("year_from", "year_to")
    def _check_years(self):
        for load in self:
            if not 0 <= load.year_to - load.year_from < MOST_YEARS:
                raise ValidationError(
                    self.env._(
                        "Years: enter a first and a last year, at most %s years.",
                        MOST_YEARS,
                    )
                )

    # --------------------------------------------------------------- Actions

    def action_look_up(self):
        """Show the days; nothing is written yet."""
        self.ensure_one()
        self._check_may_load()
        days = self._look_up()
        vals_list = self._prepare_lines(days)
        if not vals_list:
            raise UserError(self.env._("No public holidays are known for these years."))
        self.write(
            {
                "line_ids": [Command.clear(), *map(Command.create, vals_list)],
                "is_looked_up": True,
                "note": self._get_note(days),
            }
        )
        return self._reopen()

    def action_apply(self):
        """Write the chosen days into the calendar, those it lacks."""
        self.ensure_one()
        self._check_may_load()
        tz = pytz.timezone(self.calendar_id.tz or "UTC")
        chosen = self.line_ids.filtered("is_chosen")
        known = self._known_days(chosen.mapped("date"))
        vals_list = []
        for line in chosen:
            if (line.date, line.kind) not in known:
                vals_list += self._prepare_leaves(line, tz)
        # Core lets only system administrators change what concerns everybody
        self.env["resource.calendar.leaves"].sudo().create(vals_list)
        return {"type": "ir.actions.act_window_close"}

    def _reopen(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Load public holidays"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }

    def _check_may_load(self):
        """:raise UserError: for who is no administrator, or works elsewhere"""
        if not self.env.user.has_group("customer_plan_mgmt.group_cpm_admin"):
            raise UserError(
                self.env._(
                    "Only an administrator of Customer Plans may load public holidays."
                )
            )
        company = self.calendar_id.sudo().company_id
        if company and company not in self.env.companies:
            raise UserError(
                self.env._(
                    "%(calendar)s belongs to %(company)s, where you are not working.",
                    calendar=self.calendar_id.sudo().name,
                    company=company.name,
                )
            )

    # --------------------------------------------------------------- Look-up

    def _look_up(self):
        """Return the days asked for.

        :raise UserError: when country or year are not known
        """
        try:
            return public_holidays.look_up(
                self.country_id.code,
                self.year_from,
                self.year_to,
                self.lang,
                self.state_id.code,
            )
        except public_holidays.UnknownCountryError as error:
            raise UserError(
                self.env._(
                    "The public holidays of %s are not known. Enter them by hand under "
                    "Working hours.",
                    self.country_id.name,
                )
            ) from error
        except public_holidays.UnknownYearError as error:
            raise UserError(
                self.env._(
                    "The public holidays of %(country)s are known from %(first)s to "
                    "%(last)s only.",
                    country=self.country_id.name,
                    first=error.first,
                    last=error.last,
                )
            ) from error

    def _get_note(self, days):
        """Return a warning where the government has not decided yet, if so."""
        if self.country_id.code != "CN":
            return False
        years = range(self.year_from, self.year_to + 1)
        missing = [str(y) for y in years if y not in public_holidays.makes_up(days)]
        if not missing:
            return False
        return self.env._(
            "No make-up working days are known for %s: they are announced late in the "
            "year before. Load the year again then.",
            ", ".join(missing),
        )

    def _prepare_lines(self, days):
        known = self._known_days([day.date for day in days])
        vals_list = []
        for day in days:
            kind = "makeup" if day.is_working else "holiday"
            is_known = (day.date, kind) in known
            vals_list.append(
                {
                    "date": day.date,
                    "name": day.name
                    or self.with_context(lang=self.lang).env._("Make-up working day"),
                    "kind": kind,
                    "is_known": is_known,
                    "is_chosen": not is_known,
                }
            )
        return vals_list

    def _known_days(self, dates):
        """Return ``{(date, kind)}`` of days the calendar has already."""
        if not dates:
            return set()
        tz = pytz.timezone(self.calendar_id.tz or "UTC")
        company = self.calendar_id.company_id or self.env.company
        low, high = _moments(min(dates), tz)[0], _moments(max(dates), tz)[1]
        leaves = self.env["resource.calendar.leaves"].sudo()
        leaves = leaves.search(
            Domain("resource_id", "=", False)
            & Domain("calendar_id", "in", [self.calendar_id.id, False])
            & self.calendar_id._cpm_company_domain(company.id)
            & Domain("date_from", "<=", high)
            & Domain("date_to", ">=", low)
        )
        off = leaves.filtered(lambda leave: leave.time_type == "leave")
        makeup = leaves.filtered("cpm_makeup")
        known = set()
        for date in dates:
            begin, end = _moments(date, tz)
            if any(item.date_from <= begin and item.date_to >= end for item in off):
                known.add((date, "holiday"))
            if any(item.date_from < end and item.date_to > begin for item in makeup):
                known.add((date, "makeup"))
        return known

    # ----------------------------------------------------------------- Apply

    def _prepare_leaves(self, line, tz):
        """Return the values of the time off, or of the hours worked, of one day."""
        vals = {"name": line.name, "calendar_id": self.calendar_id.id}
        if line.kind == "holiday":
            spans = [_moments(line.date, tz)]
        else:
            vals["cpm_makeup"] = True
            spans = [
                (_moment(line.date, begin, tz), _moment(line.date, end, tz))
                for begin, end in self._usual_hours(line.date)
            ]
        return [{**vals, "date_from": begin, "date_to": end} for begin, end in spans]

    def _usual_hours(self, date):
        """Return ``(from, to)`` of what is worked on the first working day of a week.

        :raise UserError: when the calendar has no fixed hours
        """
        attendances = self.calendar_id.sudo()._get_global_attendances()
        if self.calendar_id.two_weeks_calendar:
            week = str(self.env["resource.calendar.attendance"].get_week_type(date))
            attendances = attendances.filtered(lambda item: item.week_type == week)
        first = min(attendances.mapped("dayofweek"), default=None)
        if first is None or self.calendar_id.flexible_hours:
            raise UserError(
                self.env._(
                    "Working hours: %s has no fixed hours, so nobody knows when people "
                    "work on a make-up day. Leave out the make-up working days.",
                    self.calendar_id.name,
                )
            )
        return sorted(
            (item.hour_from, item.hour_to)
            for item in attendances
            if item.dayofweek == first
        )


def _moment(date, hours, tz):
    """Return the naive UTC moment of ``hours`` by the clock on the wall."""
    local = datetime.combine(date, time()) + timedelta(seconds=round(hours * 3600))
    return tz.localize(local).astimezone(pytz.utc).replace(tzinfo=None)


def _moments(date, tz):
    """Return the first and last second of a local day, naive UTC."""
    return _moment(date, 0, tz), _moment(date, 24, tz) - timedelta(seconds=1)
