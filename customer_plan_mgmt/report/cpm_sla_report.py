"""Which promises were kept, and how long customers waited for an answer."""

from odoo import api, fields, models
from odoo.tools import SQL

from ..models.service import const

OUTCOMES = [
    ("kept", "Kept"),
    ("missed", "Missed"),
    ("exempt", "Exempt"),
    ("open", "Not due yet"),
]
# Measures that are no sum or average of rows, and the share of the rows below them
PERCENTILES = {
    "answer_hours_median:avg": ("answer_hours", 0.5),
    "answer_hours_p90:avg": ("answer_hours", 0.9),
    "solution_hours_median:avg": ("solution_hours", 0.5),
    "solution_hours_p90:avg": ("solution_hours", 0.9),
}


class CpmSlaReport(models.Model):
    """One row per promise that was made, read from the timers.

    What became of a promise is true at the moment of reading: one whose deadline went
    by is missed, whether the scheduled action has looked at it or not. ``kept_percent``
    is empty for promises that are exempt or not due yet, so its average over any group
    is the share of the decided ones that were kept.
    """

    _name = "cpm.sla.report"
    _description = "Kept Promises"
    _inherit = "cpm.sla.analysis"
    _auto = False
    _order = "start desc, id desc"
    _depends = {
        "cpm.sla.timer": [
            "exempt_reason_id",
            "is_missed",
            "round",
            "standard_id",
            "start",
        ],
        "cpm.feedback": [
            "channel",
            "complexity",
            "severity",
        ],
    }

    # What it is about
    standard_id = fields.Many2one("cpm.service.standard", readonly=True)
    round = fields.Integer(readonly=True, aggregator=None)
    channel = fields.Selection(const.CHANNELS, readonly=True)
    complexity = fields.Selection(const.COMPLEXITIES, readonly=True)
    severity = fields.Selection(const.PRIORITIES, readonly=True)
    # When
    start = fields.Datetime(string="Running since", readonly=True)
    done_at = fields.Datetime(string="Done at", readonly=True)
    # What became of it
    outcome = fields.Selection(OUTCOMES, readonly=True)
    exempt_reason_id = fields.Many2one(
        "cpm.exemption.reason", string="Reason for exemption", readonly=True
    )
    promise_count = fields.Integer(string="Promises", readonly=True)
    kept_count = fields.Integer(string="Kept", readonly=True)
    missed_count = fields.Integer(string="Missed", readonly=True)
    kept_percent = fields.Float(
        string="Kept (%)",
        readonly=True,
        aggregator="avg",
        help="Kept promises out of those kept or missed; exempt ones and those not due "
        "yet do not count.",
    )
    open_count = fields.Integer(string="Still open", readonly=True)
    overdue_count = fields.Integer(string="Open and overdue", readonly=True)
    exempt_count = fields.Integer(string="Exempt", readonly=True)
    exempt_missed_count = fields.Integer(string="Exempt, missed before", readonly=True)
    write_date = fields.Datetime(
        string="Last changed",
        readonly=True,
        help="Tells the scoring which customers to look at.",
    )
    # How long it took, by the clock on the wall
    answer_hours = fields.Float(
        string="Hours to the answer: average",
        readonly=True,
        aggregator="avg",
        help="From receipt to the first answer, nights and weekends included.",
    )
    answer_hours_median = fields.Float(
        string="Hours to the answer: median",
        readonly=True,
        aggregator="avg",
        help="Half of the answers came faster.",
    )
    answer_hours_p90 = fields.Float(
        string="Hours to the answer: 90 %",
        readonly=True,
        aggregator="avg",
        help="Nine of ten answers came faster.",
    )
    solution_hours = fields.Float(
        string="Hours to the solution: average",
        readonly=True,
        aggregator="avg",
        help="From receipt to the solution, nights and weekends included.",
    )
    solution_hours_median = fields.Float(
        string="Hours to the solution: median", readonly=True, aggregator="avg"
    )
    solution_hours_p90 = fields.Float(
        string="Hours to the solution: 90 %", readonly=True, aggregator="avg"
    )

    @property
    def _table_query(self):
        return SQL("SELECT %s FROM %s", self._select(), self._from())

    @api.model
    def _is_overdue_sql(self):
        """Return the condition that the promise of timer ``t`` is open and late."""
        return SQL(
            """(t.done_at IS NULL AND (t.state = 'missed'
                OR (t.state = 'running' AND t.deadline < %s)))""",
            fields.Datetime.now(),
        )

    @api.model
    def _outcome_sql(self):
        return SQL(
            """CASE WHEN t.state = 'exempt' THEN 'exempt'
                    WHEN t.is_missed OR %s THEN 'missed'
                    WHEN t.done_at IS NOT NULL THEN 'kept'
                    ELSE 'open' END""",
            self._is_overdue_sql(),
        )

    @api.model
    def _select(self):
        plain = SQL(", ").join(
            SQL("t.%s", SQL.identifier(name))
            for name in (
                "id",
                "company_id",
                "partner_id",
                "profile_id",
                "tier_id",
                "user_id",
                "standard_id",
                "target_id",
                "kind",
                "round",
                "start",
                "deadline",
                "done_at",
                "exempt_reason_id",
            )
        )
        hours = SQL(
            """CASE WHEN t.state != 'cancelled'
               THEN EXTRACT(EPOCH FROM t.done_at - t.start) / 3600.0 END"""
        )
        # Closed without any answer: late, but after no time
        answer = SQL(
            """CASE WHEN t.kind = 'first_response'
                     AND (f.id IS NULL OR f.first_answer_at IS NOT NULL)
               THEN %s END""",
            hours,
        )
        solution = SQL("CASE WHEN t.kind = 'resolution' THEN %s END", hours)
        return SQL(
            """%(plain)s, t.id AS timer_id, f.id AS feedback_id, f.team_id, f.type,
               f.category_id, f.channel, f.complexity, f.severity, o.outcome,
               GREATEST(t.write_date, t.done_at, f.write_date) AS write_date,
               1 AS promise_count,
               (o.outcome = 'kept')::int AS kept_count,
               (o.outcome = 'missed')::int AS missed_count,
               CASE o.outcome WHEN 'kept' THEN 100.0 WHEN 'missed' THEN 0.0 END
                   AS kept_percent,
               (t.done_at IS NULL AND t.state != 'exempt')::int AS open_count,
               %(overdue)s::int AS overdue_count,
               (o.outcome = 'exempt')::int AS exempt_count,
               (o.outcome = 'exempt' AND COALESCE(t.is_missed, FALSE))::int
                   AS exempt_missed_count,
               %(answer)s AS answer_hours,
               %(answer)s AS answer_hours_median,
               %(answer)s AS answer_hours_p90,
               %(solution)s AS solution_hours,
               %(solution)s AS solution_hours_median,
               %(solution)s AS solution_hours_p90""",
            plain=plain,
            overdue=self._is_overdue_sql(),
            answer=answer,
            solution=solution,
        )

    @api.model
    def _from(self):
        """Return the promises that count: one that was replaced by another, or whose
        case was cancelled, was neither kept nor broken - unless its time had run out
        by then, or cancelling would hide misses."""
        return SQL(
            """(SELECT * FROM cpm_sla_timer
                WHERE state != 'cancelled' OR is_missed) t
               CROSS JOIN LATERAL (SELECT %(outcome)s AS outcome) o
               %(case)s""",
            outcome=self._outcome_sql(),
            case=self._join_case("t"),
        )

    def _read_group_select(self, aggregate_spec, query):
        """Percentiles of the rows of a group, which no aggregator knows."""
        if aggregate_spec not in PERCENTILES:
            return super()._read_group_select(aggregate_spec, query)
        name, share = PERCENTILES[aggregate_spec]
        return SQL(
            "percentile_cont(%s) WITHIN GROUP (ORDER BY %s)",
            share,
            self._field_to_sql(self._table, name, query),
        )
