"""Which promises will break next, if nobody looks after them."""

import json
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ..tools import working_time


class CpmSlaBacklog(models.Model):
    """One row per promise that is still to be kept and whose clock runs.

    Time left is counted time: an hour of the night is none for a promise in working
    hours. What threatens a promise is not its own time alone but the queue before its
    owner, so rows come in the order of time left for each promise the owner has to
    keep up to and including this one.
    """

    _name = "cpm.sla.backlog"
    _description = "Promises in Danger"
    _inherit = "cpm.sla.analysis"
    _auto = False
    _order = "hours_each, deadline, id"
    _depends = {"cpm.sla.timer": ["is_by_clock"]}

    signal = fields.Selection(
        [("green", "In time"), ("amber", "Due soon"), ("red", "Overdue")], readonly=True
    )
    remaining_hours = fields.Float(
        string="Hours left",
        readonly=True,
        aggregator="min",
        help="By the clock of the promise: working time, or around the clock. Below "
        "zero: hours since the deadline.",
    )
    owner_load = fields.Integer(
        string="Open load",
        readonly=True,
        aggregator="max",
        help="All running promises of the owner in this company.",
    )
    queue = fields.Integer(
        string="In queue",
        readonly=True,
        aggregator=None,
        help="How many of the owner's promises come due up to and including this one.",
    )
    hours_each = fields.Float(
        string="Hours per promise",
        readonly=True,
        aggregator="min",
        help="How many counted hours the owner has for each promise up to and including "
        "this one: hours left, divided by the place in the queue. The smaller, the more "
        "likely the promise breaks.",
    )

    @property
    def _table_query(self):
        now = fields.Datetime.now()
        open_promises = SQL(
            """SELECT t.id, t.res_model, t.res_id, t.company_id, t.partner_id,
                      t.profile_id, t.tier_id, t.user_id, t.target_id, t.kind,
                      t.deadline, t.warn_at, %(left)s / 3600.0 AS remaining_hours
               FROM cpm_sla_timer t
               JOIN cpm_service_target g ON g.id = t.target_id
               WHERE t.done_at IS NULL AND t.state IN ('running', 'missed')
                 AND t.deadline IS NOT NULL""",
            left=self._left_sql(now),
        )
        return SQL(
            """SELECT q.*, q.id AS timer_id, f.id AS feedback_id, f.team_id, f.type,
                      f.category_id,
                      CASE WHEN q.deadline < %(now)s THEN 'red'
                           WHEN q.warn_at <= %(now)s THEN 'amber'
                           ELSE 'green' END AS signal,
                      q.remaining_hours / q.queue AS hours_each
               FROM (
                   SELECT p.*,
                          COUNT(*) OVER whose AS owner_load,
                          ROW_NUMBER() OVER (whose ORDER BY p.deadline, p.id) AS queue
                   FROM (%(open)s) p
                   WINDOW whose AS (PARTITION BY p.company_id, p.user_id)
               ) q
               %(case)s""",
            now=now,
            open=open_promises,
            case=self._join_case("q"),
        )

    @api.model
    def _left_sql(self, now):
        """Return the counted seconds from ``now`` to the deadline of timer ``t`` with
        target ``g``; below zero and by the clock on the wall once it went by."""
        wall = SQL("EXTRACT(EPOCH FROM t.deadline - %s)", now)
        spans = self._working_spans(now)
        if not spans:
            return wall
        return SQL(
            """CASE WHEN t.deadline <= %(now)s OR g.unit NOT LIKE 'working%%'
                      OR t.is_by_clock
                      OR NOT (%(calendar)s || '/' || t.company_id) = ANY(%(known)s)
               THEN %(wall)s
               ELSE COALESCE((
                   SELECT SUM(EXTRACT(EPOCH FROM LEAST(s.stop, t.deadline) - s.start))
                   FROM jsonb_to_recordset(%(spans)s::jsonb
                       -> (%(calendar)s || '/' || t.company_id)
                   ) s (start timestamp, stop timestamp)
                   WHERE s.start < t.deadline
               ), 0) END""",
            now=now,
            wall=wall,
            calendar=SQL(
                "COALESCE(g.calendar_id, (SELECT c.resource_calendar_id "
                "FROM res_company c WHERE c.id = t.company_id), 0)"
            ),
            known=list(spans),
            spans=json.dumps(spans),
        )

    @api.model
    def _working_spans(self, now):
        """Return ``{"calendar/company": [{start, stop}]}`` of the working time from
        ``now`` to the last open deadline, for the calendars promises are kept by.

        A calendar without working time is left out: its promises run around the clock.
        """
        self.env["cpm.sla.timer"].flush_model(
            ["company_id", "deadline", "done_at", "is_by_clock", "state", "target_id"]
        )
        groups = self.env.execute_query(
            SQL(
                """SELECT COALESCE(g.calendar_id, c.resource_calendar_id), t.company_id,
                          MAX(t.deadline)
                   FROM cpm_sla_timer t
                   JOIN cpm_service_target g ON g.id = t.target_id
                   JOIN res_company c ON c.id = t.company_id
                   WHERE t.done_at IS NULL AND t.state IN ('running', 'missed')
                     AND t.deadline > %s AND g.unit LIKE 'working%%'
                     AND t.is_by_clock IS NOT TRUE
                   GROUP BY 1, 2""",
                now,
            )
        )
        begin = working_time.moment(now)
        year = (now - timedelta(days=1)).year  # no time zone is further from UTC
        spans = {}
        for calendar_id, company_id, last in groups:
            calendar = self.env["resource.calendar"].sudo().browse(calendar_id or [])
            if not calendar:
                continue
            clock = calendar._cpm_clock(company_id, year, last.year + 1)
            if not clock.days:
                continue
            pieces = clock.pieces(begin, working_time.moment(last))
            spans[f"{calendar_id}/{company_id}"] = [
                {
                    "start": fields.Datetime.to_string(working_time.to_datetime(start)),
                    "stop": fields.Datetime.to_string(working_time.to_datetime(stop)),
                }
                for start, stop, kind in pieces
                if kind == working_time.COUNTED
            ]
        return spans
