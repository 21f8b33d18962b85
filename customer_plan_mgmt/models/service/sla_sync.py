"""Brings timers in line with their records: set-based, two or three statements."""

import json
from dataclasses import asdict, dataclass, field, replace

from odoo import fields
from odoo.tools import SQL

from odoo.addons.customer_plan_mgmt.tools import working_time

from . import const
from .promises import Clocks, winner

# Phases, see cpm.sla.mixin
OVER = frozenset({"solved", "closed"})
STANDING = frozenset({"waiting", "paused"})
# Columns of a timer and their SQL types; moments are seconds since 1970 in Python
MOMENTS = (
    "start",
    "deadline",
    "warn_at",
    "escalate_at",
    "done_at",
)
COLUMNS = {
    "id": "int4",
    "res_model": "varchar",
    "res_id": "int4",
    "company_id": "int4",
    "partner_id": "int4",
    "profile_id": "int4",
    "tier_id": "int4",
    "user_id": "int4",
    "target_id": "int4",
    "standard_id": "int4",
    "kind": "varchar",
    "round": "int4",
    **dict.fromkeys(MOMENTS, "timestamp"),
    "budget": "int4",
    "stops": "jsonb",
    "state": "varchar",
    "is_missed": "bool",
    "note": "varchar",
    "escalation_step": "int4",
    "ledger_kept": "jsonb",
}


@dataclass
class Row:
    """One timer as plain values; moments in seconds since 1970, None for none."""

    res_id: int
    kind: str
    start: int
    id: int = None
    res_model: str = None
    company_id: int = None
    partner_id: int = None
    profile_id: int = None
    tier_id: int = None
    user_id: int = None
    target_id: int = None
    standard_id: int = None
    round: int = 1
    deadline: int = None
    warn_at: int = None
    escalate_at: int = None
    done_at: int = None
    budget: int = 0
    stops: list = field(default_factory=list)
    state: str = "running"
    is_missed: bool = False
    note: str = None
    escalation_step: int = 0
    ledger_kept: list = None

    @property
    def is_open(self):
        return self.done_at is None and self.state != "cancelled"

    @classmethod
    def read(cls, timer):
        """Return the row of a ``cpm.sla.timer`` record."""
        values = {}
        for name in COLUMNS:
            value = timer[name]
            if name in MOMENTS:
                value = working_time.moment(value) if value else None
            elif timer._fields[name].type == "many2one":
                value = value.id or None
            values[name] = value or None if name in ("note", "ledger_kept") else value
        values["stops"] = [list(stop) for stop in timer.stops or []]
        return cls(**values)


class Sync:
    """One pass over some records of one model; see ``cpm.sla.mixin``."""

    def __init__(self, records, *, created=False, recompute=False):
        self.env = records.sudo().env
        self.records = records.sudo()
        self.created = created
        self.recompute = recompute
        self.now = working_time.moment(fields.Datetime.now())
        self.clocks = Clocks(self.env)
        self.notes = {}
        self.rows = {}  # record id: its rows
        self.before = {}  # row id: row as it was

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
                ("state", "!=", "cancelled"),
            ],
            order="round, id",
        )
        for timer in timers:
            row = Row.read(timer)
            self.before[row.id] = replace(row, stops=[list(s) for s in row.stops])
            self.rows[row.res_id].append(row)

    def _facts(self, record, profile):
        """Return the values targets filter by."""
        facts = {
            key: record._cpm_sla_value(key) or None for key in const.FILTERS.values()
        }
        facts["tier"] = profile.tier_id.id or None
        return facts

    def _promises(self, record, rows):
        """Return the promises of the version the record started under."""
        standards = self.env["cpm.service.standard"]
        known = [row.standard_id for row in rows if row.standard_id]
        if known:
            standard = standards.browse(known[-1])
        else:
            company = record._cpm_sla_value("company")
            day = fields.Date.context_today(
                record.with_context(tz=company.resource_calendar_id.tz),
                record._cpm_sla_value("start"),
            )
            standard = standards._get_current(company, day)
        return standard._get_promises() if standard else ()

    # ------------------------------------------------------------- One record

    def _bring_in_line(self, record, profile):
        rows = self.rows[record.id]
        promises = self._promises(record, rows)
        if not (promises or rows):
            return
        facts = self._facts(record, profile)
        context = _Context(record, profile)
        for kind, _label in const.KINDS:
            promise = winner(promises, kind, facts)
            self._bring_kind_in_line(context, kind, promise)

    def _bring_kind_in_line(self, context, kind, promise):
        rows = self.rows[context.record.id]
        current = next((row for row in reversed(rows) if row.kind == kind), None)
        if current is None:
            if promise and context.phase not in {*OVER, "cancelled"}:
                current = self._begin(context, promise, context.start)
            elif promise and kind == "first_response" and context.answered:
                current = self._begin(context, promise, context.start)
        elif (
            current.is_open
            and current.state != "exempt"
            and promise
            and promise.id != current.target_id
        ):
            current = self._replace(context, current, promise)
        if current is None or current.state == "cancelled":
            return
        if current.is_open:
            current.user_id = context.user_id
            current.partner_id = context.partner_id
            current.profile_id = context.profile_id
            current.tier_id = context.tier_id
            current.company_id = context.company.id
        self._follow(context, current)

    def _begin(self, context, promise, start, number=1):
        row = Row(
            res_model=self.records._name,
            res_id=context.record.id,
            kind=promise.kind,
            start=start,
            round=number,
            company_id=context.company.id,
            partner_id=context.partner_id,
            profile_id=context.profile_id,
            tier_id=context.tier_id,
            user_id=context.user_id,
            target_id=promise.id,
            standard_id=promise.standard_id,
        )
        self.rows[context.record.id].append(row)
        self._compute(context, row)
        return row

    def _replace(self, context, row, promise):
        """Keep the same clock under another promise, and say why."""
        targets = self.env["cpm.service.target"].browse([row.target_id, promise.id])
        env = targets.with_context(lang=context.company.partner_id.lang).env
        old, new = targets.with_env(env).mapped("display_name")
        note = env._("Promise changed from “%(old)s” to “%(new)s”.", old=old, new=new)
        row.state = "cancelled"
        row.note = note
        row.done_at = self.now
        row.warn_at = row.escalate_at = None
        fresh = self._begin(context, promise, row.start, row.round)
        fresh.stops = [list(stop) for stop in row.stops]
        fresh.note = note
        fresh.is_missed = False
        self._compute(context, fresh)
        self.notes[context.record.id] = " ".join(
            filter(None, [self.notes.get(context.record.id), note])
        )
        return fresh

    def _follow(self, context, row):
        """Let the row do what the record's state asks for."""
        step = getattr(self, f"_follow_{row.kind}")
        before = replace(row, stops=[list(stop) for stop in row.stops])
        step(context, row)
        if self.recompute or row.stops != before.stops or row.start != before.start:
            if row.is_open:
                self._compute(context, row)

    def _follow_first_response(self, context, row):
        if context.answered:
            if row.is_open:
                self._finish(context, row, context.answered)
        elif context.phase in ("cancelled", "closed"):
            self._cancel(row)
        else:
            self._stand(row, context.phase, {"paused"})

    def _follow_resolution(self, context, row):
        if context.phase == "cancelled":
            self._cancel(row)
        elif context.phase in OVER:
            if row.is_open:
                self._finish(context, row, context.solved or self.now)
        else:
            if not row.is_open:
                self._reopen(row)
            self._stand(row, context.phase, STANDING)

    def _follow_next_update(self, context, row):
        if context.phase == "cancelled":
            self._cancel(row)
            return
        if row.is_open and context.updated and context.updated > row.start:
            self._finish(context, row, context.updated)
        if context.phase in OVER:
            if row.is_open:
                self._finish(context, row, context.solved or self.now)
            return
        if not row.is_open:
            promise = self._promise_of(row)
            begin = max(row.done_at, context.updated or 0)
            row = self._begin(context, promise, begin, row.round + 1)
        self._stand(row, context.phase, STANDING)

    # ------------------------------------------------------------------ Steps

    def _stand(self, row, phase, standing):
        """Stop the clock or let it run, as the phase says."""
        if not row.is_open:
            return
        last = row.stops[-1] if row.stops else None
        is_standing = bool(last and last[1] is None)
        wanted = phase if phase in standing else None
        if is_standing and last[2] != wanted:
            last[1] = max(self.now, last[0])
            is_standing = False
        if wanted and not is_standing:
            row.stops.append([max(self.now, row.start), None, wanted])
            is_standing = True
        if row.state in ("running", "paused"):
            row.state = "paused" if is_standing else "running"

    def _reopen(self, row):
        """Go on where the clock stood; the time in between does not count."""
        row.stops.append([row.done_at, max(self.now, row.done_at), "paused"])
        row.done_at = None
        row.ledger_kept = None
        if row.state != "exempt":
            row.state = "missed" if row.is_missed else "running"

    def _finish(self, context, row, moment):
        moment = max(moment, row.start)
        row.stops = [stop for stop in row.stops if stop[0] < moment]
        for stop in row.stops:
            if stop[1] is None or stop[1] > moment:
                stop[1] = moment
        row.done_at = moment
        pieces = self.clocks.ledger(
            self._promise_of(row), context.company, row.start, moment, row.stops
        )
        row.ledger_kept = [list(piece) for piece in pieces]
        used = sum(b - a for a, b, kind in pieces if kind == working_time.COUNTED)
        row.is_missed = used > row.budget or bool(
            row.deadline and moment > row.deadline
        )
        if row.state != "exempt":
            row.state = "missed" if row.is_missed else "met"
        row.escalate_at = None

    def _cancel(self, row):
        if row.is_open:
            row.state = "cancelled"
            row.done_at = self.now
            row.escalate_at = None

    def _compute(self, context, row):
        """Work out the moments of a row that runs or stands."""
        moments = self.clocks.moments(
            self._promise_of(row),
            context.company,
            row.start,
            row.stops,
            row.escalation_step,
        )
        row.budget = moments.budget
        row.deadline = moments.deadline
        row.warn_at = moments.warn_at
        row.escalate_at = moments.escalate_at
        if row.state == "missed" and not (row.deadline and row.deadline < self.now):
            row.state = "running"  # a holiday came to help
            row.is_missed = False

    def _promise_of(self, row):
        standard = self.env["cpm.service.standard"].browse(row.standard_id)
        return next(item for item in standard._get_promises() if item.id == row.target_id)

    # ------------------------------------------------------------------ Write

    def _write(self):
        """Insert new rows, update changed ones, and tell the records, at once."""
        rows = [row for rows in self.rows.values() for row in rows]
        new = [row for row in rows if row.id is None]
        changed = [row for row in rows if row.id and row != self.before[row.id]]
        summaries = [self._summary(record) for record in self.records]
        wanted = {item["id"]: item for item in summaries}
        stale = [
            wanted[record.id] for record in self.records if self._differs(record, wanted)
        ]
        if not (new or changed or stale):
            return
        self.records.flush_recordset(["sla_deadline", "sla_warn_at", "sla_is_stopped"])
        if changed:  # before the new ones: a replaced promise makes room
            self.env["cpm.sla.timer"].flush_model()
            self.env.cr.execute(self._update_statement(changed))
        if new or stale:
            self.env.cr.execute(self._insert_statement(new, stale))
        self.env["cpm.sla.timer"].browse(row.id for row in changed).invalidate_recordset()
        self.records.invalidate_recordset(
            ["sla_timer_ids", "sla_deadline", "sla_warn_at", "sla_is_stopped"],
            flush=False,
        )

    def _summary(self, record):
        """Return what the record itself shows of its promises."""
        rows = [row for row in self.rows[record.id] if row.is_open]
        rows = [row for row in rows if row.state != "exempt"]
        ticking = [row for row in rows if row.deadline]
        first = min(ticking, key=lambda row: row.deadline, default=None)
        return {
            "id": record.id,
            "sla_deadline": first and _text(first.deadline),
            "sla_warn_at": first and _text(first.warn_at),
            "sla_is_stopped": bool(rows) and not ticking,
        }

    def _differs(self, record, wanted):
        shown = {
            "id": record.id,
            "sla_deadline": fields.Datetime.to_string(record.sla_deadline) or None,
            "sla_warn_at": fields.Datetime.to_string(record.sla_warn_at) or None,
            "sla_is_stopped": record.sla_is_stopped,
        }
        return shown != wanted[record.id]

    _TYPES = SQL(", ").join(
        SQL("%s %s", SQL.identifier(name), SQL(kind)) for name, kind in COLUMNS.items()
    )
    _STORED = [SQL.identifier(name) for name in COLUMNS if name != "id"]

    def _update_statement(self, rows):
        return SQL(
            """
            UPDATE cpm_sla_timer t SET %(assignments)s
            FROM jsonb_to_recordset(%(rows)s::jsonb) v (%(types)s)
            WHERE t.id = v.id
            """,
            assignments=SQL(", ").join(
                SQL("%(name)s = v.%(name)s", name=name) for name in self._STORED
            ),
            rows=_json(rows),
            types=self._TYPES,
        )

    def _insert_statement(self, rows, stale):
        """Return the one statement that makes timers and tells their records."""
        return SQL(
            """
            WITH created AS (
                INSERT INTO cpm_sla_timer (%(columns)s)
                SELECT %(columns)s FROM jsonb_to_recordset(%(rows)s::jsonb) v (%(types)s)
            )
            UPDATE %(table)s r
            SET sla_deadline = v.sla_deadline, sla_warn_at = v.sla_warn_at,
                sla_is_stopped = v.sla_is_stopped
            FROM jsonb_to_recordset(%(stale)s::jsonb) v (
                id int4, sla_deadline timestamp, sla_warn_at timestamp,
                sla_is_stopped bool
            )
            WHERE r.id = v.id
            """,
            columns=SQL(", ").join(self._STORED),
            rows=_json(rows),
            types=self._TYPES,
            table=SQL.identifier(self.records._table),
            stale=json.dumps(stale),
        )


class _Context:
    """The facts about one record that its timers need, as plain values."""

    def __init__(self, record, profile):
        self.record = record
        self.company = record._cpm_sla_value("company")
        self.phase = record._cpm_sla_phase()
        partner = record._cpm_sla_value("partner")
        self.partner_id = partner.commercial_partner_id.id if partner else None
        self.profile_id = profile.id or None
        self.tier_id = profile.tier_id.id or None
        user = record._cpm_sla_value("user")
        self.user_id = user.id if user else None
        self.start = self._moment("start")
        self.answered = self._moment("answered")
        self.updated = self._moment("updated")
        self.solved = self._moment("solved")

    def _moment(self, key):
        value = self.record._cpm_sla_value(key)
        return working_time.moment(value) if value else None


def _text(moment):
    """Return a moment as PostgreSQL and the ORM write it, None for none."""
    if moment is None:
        return None
    return fields.Datetime.to_string(working_time.to_datetime(moment))


def _json(rows):
    """Return rows as JSON for ``jsonb_to_recordset``."""
    return json.dumps(
        [
            {
                **asdict(row),
                **{name: _text(getattr(row, name)) for name in MOMENTS},
            }
            for row in rows
        ]
    )
