"""One timer as plain values, and the statements that store many of them at once."""

import json
from dataclasses import dataclass, field

from odoo import fields
from odoo.tools import SQL

from ...tools import working_time

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
    "is_by_clock": "bool",
    "is_stale": "bool",
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
    is_by_clock: bool = False
    is_stale: bool = False
    note: str = None
    escalation_step: int = 0
    ledger_kept: list = None

    @property
    def is_open(self):
        return self.done_at is None and self.state != "cancelled"

    @classmethod
    def of(cls, timer):
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


# Moments travel as seconds: writing dates costs more than all the rest
_TYPES = SQL(", ").join(
    SQL("%s %s", SQL.identifier(name), SQL("int8" if name in MOMENTS else kind))
    for name, kind in COLUMNS.items()
)
_STORED = {
    name: SQL(
        "to_timestamp(v.%s) AT TIME ZONE 'UTC'" if name in MOMENTS else "v.%s",
        SQL.identifier(name),
    )
    for name in COLUMNS
    if name != "id"
}


def update_statement(rows):
    """Return the statement that stores timers that changed."""
    return SQL(
        """
        UPDATE cpm_sla_timer t SET %(assignments)s
        FROM jsonb_to_recordset(%(rows)s::jsonb) v (%(types)s)
        WHERE t.id = v.id
        """,
        assignments=SQL(", ").join(
            SQL("%s = %s", SQL.identifier(name), value)
            for name, value in _STORED.items()
        ),
        rows=_json(rows),
        types=_TYPES,
    )


def insert_statement(rows, stale, table):
    """Return the one statement that makes timers and tells their records.

    :param stale: what ``table`` shows of its promises, as dicts
    """
    return SQL(
        """
        WITH created AS (
            INSERT INTO cpm_sla_timer (%(columns)s, create_date, write_date)
            SELECT %(values)s, now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC'
            FROM jsonb_to_recordset(%(rows)s::jsonb) v (%(types)s)
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
        columns=SQL(", ").join(map(SQL.identifier, _STORED)),
        values=SQL(", ").join(_STORED.values()),
        rows=_json(rows),
        types=_TYPES,
        table=SQL.identifier(table),
        stale=json.dumps(stale),
    )


def replaced_statement(ids):
    """Return the statement that tells replaced timers which ones took over."""
    return SQL(
        """
        UPDATE cpm_sla_timer old SET replaced_by_id = new.id
        FROM cpm_sla_timer new
        WHERE old.id IN %s AND new.state != 'cancelled'
          AND new.res_model = old.res_model AND new.res_id = old.res_id
          AND new.kind = old.kind AND new.round = old.round
        """,
        tuple(ids),
    )


def text(moment):
    """Return a moment as PostgreSQL and the ORM write it, None for none."""
    if moment is None:
        return None
    return fields.Datetime.to_string(working_time.to_datetime(moment))


def _json(rows):
    """Return rows as JSON for ``jsonb_to_recordset``."""
    return json.dumps([vars(row) for row in rows])
