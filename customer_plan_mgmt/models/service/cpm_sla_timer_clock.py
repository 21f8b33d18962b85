"""The clock of a timer as it is read, and what happens when working hours change."""

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ...tools import working_time
from .promises import REACHES, Clocks

# Up to so many timers get their new deadlines at once, when somebody changes working
# hours (a tenth of a second or two); the scheduled action takes care of more
AT_ONCE = 500
# Timers that get new deadlines between two commits
BATCH = 1000


class CpmSlaTimer(models.Model):
    _inherit = "cpm.sla.timer"

    is_by_clock = fields.Boolean(
        string="Counted around the clock",
        help="A promise in working time whose calendar has too little of it.",
    )
    is_stale = fields.Boolean(
        string="Being recalculated",
        help="Working hours changed. Until the scheduled action has worked out the new "
        "deadline, the one known so far is shown, and nothing is marked as missed.",
    )
    # Worked out when read
    consumed = fields.Integer(
        string="Time used (s)",
        compute="_compute_clock",
        aggregator=None,
        help="Seconds of counted time since the start, the counted part of the ledger.",
    )
    remaining = fields.Integer(
        string="Time left (s)", compute="_compute_clock", aggregator=None
    )
    ledger = fields.Json(
        compute="_compute_clock",
        help="Intervals since the start: from, to (UTC), kind (counted, outside_hours, "
        "holiday, paused, waiting) and seconds.",
    )
    ledger_kept = fields.Json()
    explanation = fields.Char(
        string="About the deadline",
        compute="_compute_explanation",
        help="What is special about the deadline.",
    )

    _stale_idx = models.Index("(id) WHERE is_stale")

    @api.depends(
        "start",
        "stops",
        "done_at",
        "state",
        "target_id",
        "ledger_kept",
        "is_by_clock",
    )
    def _compute_clock(self):
        now = fields.Datetime.now()
        # With the reader's own rights, before anything is read in superuser mode
        self.fetch(["start", "stops", "done_at", "budget", "ledger_kept", "target_id"])
        clocks = Clocks(self.env)
        promises = self._get_promises()
        for timer in self:
            pieces = timer.ledger_kept
            if not pieces or not timer.done_at:
                pieces = timer._get_pieces(
                    clocks, promises[timer.target_id.id], timer.done_at or now
                )
            timer.ledger = [
                {
                    "from": fields.Datetime.to_string(working_time.to_datetime(begin)),
                    "to": fields.Datetime.to_string(working_time.to_datetime(end)),
                    "kind": kind,
                    "seconds": end - begin,
                }
                for begin, end, kind in pieces
            ]
            timer.consumed = sum(
                end - begin
                for begin, end, kind in pieces
                if kind == working_time.COUNTED
            )
            timer.remaining = max(0, timer.budget - timer.consumed)

    def _get_pieces(self, clocks, promise, until):
        """Return ``[from, to, kind]`` moments from the start to ``until``."""
        return clocks.ledger(
            promise,
            self.company_id,
            working_time.moment(self.start),
            max(working_time.moment(until), working_time.moment(self.start)),
            self.stops or [],
            self.is_by_clock,
        )

    def _get_promises(self):
        """Return ``{target id: Promise}`` of the timers' standards."""
        promises = {}
        for standard in self.sudo().standard_id:
            promises.update((item.id, item) for item in standard._get_promises())
        for target in self.sudo().target_id:
            if target.id not in promises:
                promises[target.id] = target._to_promise()
        return promises

    @api.depends("is_by_clock", "is_stale")
    @api.depends_context("lang")
    def _compute_explanation(self):
        for timer in self:
            texts = []
            if timer.is_stale:
                texts.append(
                    self.env._(
                        "Working hours changed: the deadline is being recalculated."
                    )
                )
            if timer.is_by_clock:
                texts.append(
                    self.env._(
                        "The calendar has too little working time within %s years: "
                        "counted around the clock.",
                        REACHES[-1],
                    )
                )
            timer.explanation = " ".join(texts)

    # ------------------------------------------------------ Changed calendars

    @api.model
    def _forget_clocks(self, calendars, everywhere=False):
        """Working time changed: recalculate the deadlines that depend on it, many of
        them later.

        :param calendars: ``resource.calendar`` records concerned
        :param bool everywhere: a holiday without calendar concerns all
        """
        self.env.registry.clear_cache()
        if not (calendars.ids or everywhere):
            return
        timers = self.sudo()._mark_stale(calendars, everywhere)
        if len(timers) <= AT_ONCE:
            timers._recalculate()
            return
        cron = self.env.ref("customer_plan_mgmt.ir_cron_cpm_sla", False)
        if cron:
            cron.sudo()._trigger()

    def _mark_stale(self, calendars, everywhere):
        """Return the timers whose deadlines have to be recalculated, marked.

        Those marked before are marked again: a run may just be recalculating them by
        the old hours, and the database lets only one of the two go through. Once in a
        transaction is enough for that.
        """
        domain = Domain("done_at", "=", False) & Domain(
            "state", "in", ("running", "paused", "missed")
        )
        if not everywhere:
            companies = self.env["res.company"].search(
                [("resource_calendar_id", "in", calendars.ids)]
            )
            domain &= Domain("target_id.calendar_id", "in", calendars.ids) | (
                Domain("target_id.calendar_id", "=", False)
                & Domain("company_id", "in", companies.ids)
            )
        marked = self.env.cr.precommit.data.setdefault("cpm_sla_marked", set())
        key = everywhere or frozenset(calendars.ids)
        if key in marked:
            domain &= Domain("is_stale", "=", False)
        marked.add(key)
        self.flush_model()
        rows = self.env.execute_query(
            SQL(
                "UPDATE cpm_sla_timer SET is_stale = TRUE WHERE id IN %s RETURNING id",
                self._search(domain).subselect(),
            )
        )
        self.invalidate_model(["is_stale", "explanation"], flush=False)
        return self.browse(row[0] for row in rows)

    @api.model
    def _recalculate_batch(self):
        """Recalculate some of the marked deadlines; what somebody else is working on
        is left to that one.

        :return: how many, and how many are left
        """
        # Ours may have been filled before the change that is to be followed now
        self.env.registry.clear_cache()
        self.flush_model()
        rows = self.env.execute_query(
            SQL(
                """SELECT id FROM cpm_sla_timer WHERE is_stale ORDER BY id LIMIT %s
                   FOR NO KEY UPDATE SKIP LOCKED""",
                BATCH,
            )
        )
        timers = self.sudo().browse(row[0] for row in rows)
        timers._guarded(lambda some: some._recalculate(), is_stale=False)
        return len(timers), len(timers) == BATCH and self._count_stale()

    @api.model
    def _count_stale(self):
        self.flush_model(["is_stale"])
        query = SQL("SELECT count(*) FROM cpm_sla_timer WHERE is_stale")
        return self.env.execute_query(query)[0][0]

    def _recalculate(self):
        """Work out again until when marked promises are to be kept."""
        self._sync_records()
        # Those whose records are gone
        self.filtered("is_stale").write({"is_stale": False})
