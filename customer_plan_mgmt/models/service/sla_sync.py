"""Brings timers in line with their records: set-based, two or three statements."""

from dataclasses import replace
from datetime import date

import pytz

from odoo import fields

from ...tools import working_time
from . import const
from .promises import Clocks, winner
from .sla_row import (
    Row,
    insert_statement,
    replaced_statement,
    text,
    update_statement,
)
from .sla_steps import CANCELLED, OVER, Context, Steps

# What the record itself shows of its promises
SHOWN = ("sla_deadline", "sla_warn_at", "sla_is_stopped")


class Sync(Steps):
    """One pass over some records of one model; see ``cpm.sla.mixin``."""

    def __init__(self, records, *, created=False):
        self.env = records.sudo().env
        self.records = records.sudo()
        self.created = created
        self.now = working_time.moment(fields.Datetime.now())
        self.clocks = Clocks(self.env)
        self.notes = {}
        self.rows = {}  # record id: its rows
        self.before = {}  # row id: row as it was
        self.replaced = []  # ids of rows that others took over from

    def execute(self):
        self._read()
        profiles = self.records._cpm_sla_profile()
        for record in self.records:
            self._bring_in_line(record, profiles[record.id])
        self._write()
        for record in self.records.browse(self.notes):
            record._cpm_sla_log(self.notes[record.id])

    # ------------------------------------------------------------------ Read

    def _read(self):
        self.rows = {record.id: [] for record in self.records}
        if self.created:
            return
        timers = self.env["cpm.sla.timer"].search(
            [
                ("res_model", "=", self.records._name),
                ("res_id", "in", self.records.ids),
            ],
            order="round, id",
        )
        for timer in timers:
            row = Row.of(timer)
            self.before[row.id] = replace(row, stops=[list(s) for s in row.stops])
            self.rows[row.res_id].append(row)

    def _facts(self, record, profile):
        """Return the values targets filter by."""
        facts = {
            key: record._cpm_sla_value(key) or None for key in const.FILTERS.values()
        }
        facts["tier"] = profile.tier_id.id or None
        return facts

    def _promises(self, context, rows):
        """Return the promises of the version the record started under."""
        standards = self.env["cpm.service.standard"]
        company = context.company
        known = [row.standard_id for row in rows if row.company_id == company.id]
        if known:
            standard = standards.browse(known[-1])
        else:
            tz = pytz.timezone(company.resource_calendar_id._cpm_tz())
            day = date.fromordinal(working_time.local_day(context.start, tz))
            standard = standards._get_current(company, day)
        return standard._get_promises() if standard else ()

    # ------------------------------------------------------------- One record

    def _bring_in_line(self, record, profile):
        rows = self.rows[record.id]
        context = Context(record, profile)
        if context.start is None:
            return  # not received yet
        promises = self._promises(context, rows)
        if not (promises or rows):
            return
        facts = self._facts(record, profile)
        for kind, _label in const.KINDS:
            self._bring_kind_in_line(context, kind, winner(promises, kind, facts))

    def _bring_kind_in_line(self, context, kind, promise):
        rows = [row for row in self.rows[context.record.id] if row.kind == kind]
        for row in rows:
            self._catch_up(context, row)
        current = next((row for row in reversed(rows) if row.state != CANCELLED), None)
        if current and self._is_reopened(context, current):
            self._reopen(current)
        if current is None:
            if promise and self._is_to_begin(context, kind):
                start = context.start
                if kind == "next_update":
                    start = max(start, context.updated or start)
                current = self._begin_again(context, promise, start)
        elif current.is_open and current.state != "exempt":
            if promise is None:
                self._drop(context, current)
            elif promise.id != current.target_id:
                current = self._replace(context, current, promise)
        if current is None or current.state == CANCELLED:
            return
        self._refresh(context, current)
        follow = getattr(self, f"_follow_{kind}")
        self._settle(context, follow(context, current, promise))

    def _is_to_begin(self, context, kind):
        """Return whether the clock of a promise starts; what was finished before we
        knew of it was answered, if at all, and nothing else can be said of it."""
        if context.phase not in {*OVER, CANCELLED}:
            return True
        return kind == "first_response" and bool(context.answered)

    def _begin(self, context, promise, start, number=1):
        """Return a new timer of a promise."""
        row = Row(
            res_model=self.records._name,
            res_id=context.record.id,
            kind=promise.kind,
            start=start,
            round=number,
            target_id=promise.id,
            standard_id=promise.standard_id,
        )
        self.rows[context.record.id].append(row)
        self._refresh(context, row)
        return row

    def _begin_again(self, context, promise, start, number=1):
        """Return the timer of a promise, which goes on where it stood when it was
        cancelled before: what was called off and taken up again is one matter."""
        key = promise.kind, number, CANCELLED
        rested = [
            row
            for row in self.rows[context.record.id]
            if (row.kind, row.round, row.state) == key
        ]
        row = self._begin(context, promise, start, number)
        if rested:
            row.start = rested[-1].start
            row.stops = [list(stop) for stop in rested[-1].stops]
            self._rest(row, rested[-1].done_at)
            if row.target_id == rested[-1].target_id:
                row.escalation_step = rested[-1].escalation_step
        return row

    def _refresh(self, context, row):
        """Let an open timer know who the customer and the owner are now."""
        if not row.is_open:
            return
        row.user_id = context.user_id
        row.partner_id = context.partner_id
        row.profile_id = context.profile_id
        row.tier_id = context.tier_id
        row.company_id = context.company.id

    def _replace(self, context, row, promise):
        """Keep the same clock under another promise, and say why."""
        env = self._env_of(context)
        targets = env["cpm.service.target"].browse([row.target_id, promise.id])
        old, new = targets.mapped("display_name")
        note = env._("Promise changed from “%(old)s” to “%(new)s”.", old=old, new=new)
        self._cancel(row)
        row.note = note
        fresh = self._begin(context, promise, row.start, row.round)
        fresh.stops = [list(stop) for stop in row.stops]
        fresh.note = note
        if row.id:
            self.replaced.append(row.id)
        self._note(context, note)
        return fresh

    def _drop(self, context, row):
        """End a promise that is not made for cases like this, and say so."""
        env = self._env_of(context)
        target = env["cpm.service.target"].browse(row.target_id)
        self._cancel(row)
        row.note = env._(
            "“%s” is no longer promised for this case.", target.display_name
        )
        self._note(context, row.note)

    def _env_of(self, context):
        """Return an environment that speaks the language of the company."""
        return context.record.with_context(lang=context.company.partner_id.lang).env

    def _note(self, context, note):
        known = self.notes.get(context.record.id)
        self.notes[context.record.id] = f"{known} {note}" if known else note

    # ------------------------------------------------------------------ Write

    def _write(self):
        """Insert new rows, update changed ones, and tell the records, at once."""
        timers = self.env["cpm.sla.timer"]
        rows = [row for rows in self.rows.values() for row in rows]
        new = [row for row in rows if row.id is None]
        changed = [row for row in rows if row.id and row != self.before[row.id]]
        stale = [item for item in map(self._summary, self.records) if item]
        if not (new or changed or stale):
            return
        self.records.flush_recordset(SHOWN)
        if changed:  # before the new ones: a replaced promise makes room
            timers.flush_model()
            self.env.cr.execute(update_statement(changed))
        if new or stale:
            table = self.records._table
            self.env.cr.execute(insert_statement(new, stale, table))
        if self.replaced:
            self.env.cr.execute(replaced_statement(self.replaced))
        timers.browse(row.id for row in changed).invalidate_recordset()
        self.records.invalidate_recordset(["sla_timer_ids", *SHOWN], flush=False)

    def _summary(self, record):
        """Return what the record shall show of its promises, None when it does."""
        rows = [row for row in self.rows[record.id] if row.is_open]
        rows = [row for row in rows if row.state != "exempt"]
        ticking = [row for row in rows if row.deadline is not None]
        first = min(ticking, key=lambda row: row.deadline, default=None)
        wanted = {
            "id": record.id,
            "sla_deadline": first and text(first.deadline),
            "sla_warn_at": first and text(first.warn_at),
            "sla_is_stopped": bool(rows) and not ticking,
        }
        shown = {
            "id": record.id,
            "sla_deadline": fields.Datetime.to_string(record.sla_deadline) or None,
            "sla_warn_at": fields.Datetime.to_string(record.sla_warn_at) or None,
            "sla_is_stopped": record.sla_is_stopped,
        }
        return None if shown == wanted else wanted
