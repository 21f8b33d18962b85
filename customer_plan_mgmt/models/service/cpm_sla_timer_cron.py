"""The scheduled action: marks what was missed, warns, escalates."""

import logging

from psycopg2.extensions import TransactionRollbackError

from odoo import api, fields, models
from odoo.tools import SQL

from ...tools import working_time
from .promises import Clocks

_logger = logging.getLogger(__name__)

# Timers looked at between two commits; a person gets one digest for each batch
BATCH = 5000
# Attempts when somebody else changes the same timers at the same time
RETRIES = 5
WARNED, MISSED, ESCALATED = "warned", "missed", "escalated"


class CpmSlaTimer(models.Model):
    _inherit = "cpm.sla.timer"

    @api.model
    def _cron_follow(self):
        """Recalculate deadlines that other working hours moved, mark missed promises,
        warn, escalate; one digest per person and run.

        Whether something is overdue never waits for this: it is worked out from the
        deadline when read. What somebody else is just changing waits for the next run.
        """
        if self._count_stale() and not self._in_batches(self._recalculate_batch):
            return  # time is up; the next run goes on
        self._moved_by_tier()._guarded(lambda timers: timers._sync_records())
        self.env["ir.cron"]._commit_progress()
        self._in_batches(self._follow_batch)

    @api.model
    def _in_batches(self, function):
        """Call ``function()`` and commit, until nothing is left or time is up.

        :param function: returns how many timers it took, and how many are left
        :return: whether nothing is left
        """
        retries = RETRIES
        while True:
            try:
                done, left = function()
            except TransactionRollbackError:  # somebody was faster
                self.env.cr.rollback()
                retries -= 1
                if retries:
                    continue
                raise
            time = self.env["ir.cron"]._commit_progress(done, remaining=int(left))
            if not (time and left):
                return not left

    @api.model
    def _follow_batch(self):
        """Mark, warn and escalate what is due, some of it."""
        events = self._take_due(BATCH)
        self._tell(events)
        return len(events), len(events) == BATCH and self._count_due()

    def _guarded(self, function, **failed):
        """Call ``function(timers)`` with all timers, and when that fails with ever
        smaller parts: one bad record stops nobody else. What failed is kept on it.

        :param failed: values for timers for which it fails
        :return: whether nothing failed
        """
        if not self:
            return True
        try:
            with self.env.cr.savepoint():
                function(self)
            return True
        except TransactionRollbackError:
            raise
        except Exception as error:
            if len(self) > 1:
                half = len(self) // 2
                self[:half]._guarded(function, **failed)
                self[half:]._guarded(function, **failed)
                return False
            _logger.warning("Promise %s could not be followed: %s", self.id, error)
            self.sudo().write({"alert_failure": str(error)[:200], **failed})
            return False

    # ------------------------------------------------------------------ Tiers

    @api.model
    def _follow_tiers(self, profiles):
        """Choose the promise again for customers whose tier moved since."""
        self._moved_by_tier(profiles)._sync_records()

    @api.model
    def _moved_by_tier(self, profiles=None):
        """Return open timers chosen under another tier than the customer has now."""
        self.env["cpm.profile"].flush_model(["tier_id"])
        self.flush_model(["tier_id", "profile_id", "state", "done_at"])
        chosen = SQL("TRUE")
        if profiles is not None:
            chosen = SQL("p.id IN %s", tuple(profiles.ids) or (0,))
        self.env.cr.execute(
            SQL(
                """
                SELECT t.id
                FROM cpm_sla_timer t JOIN cpm_profile p ON p.id = t.profile_id
                WHERE t.done_at IS NULL AND t.state IN ('running', 'paused', 'missed')
                  AND t.tier_id IS DISTINCT FROM p.tier_id AND %s
                """,
                chosen,
            )
        )
        return self.sudo().browse(row[0] for row in self.env.cr.fetchall())

    def _sync_records(self):
        """Bring the timers in line with their records."""
        for records in self._get_records():
            records._cpm_sla_sync()

    # ------------------------------------------------------------ What is due

    @api.model
    def _due_sql(self):
        """Return the condition on timers ``t`` with something to do now; nothing is
        done by a deadline that is to be recalculated."""
        now = fields.Datetime.now()
        return SQL(
            """t.is_stale IS NOT TRUE AND (
                   (t.state = 'running' AND (
                        t.deadline < %(now)s
                        OR (t.warned_at IS NULL AND t.warn_at <= %(now)s)))
                   OR (t.done_at IS NULL AND t.state IN ('running', 'missed')
                       AND t.escalate_at <= %(now)s))""",
            now=now,
        )

    @api.model
    def _count_due(self):
        self.env.cr.execute(
            SQL("SELECT count(*) FROM cpm_sla_timer t WHERE %s", self._due_sql())
        )
        return self.env.cr.fetchone()[0]

    @api.model
    def _take_due(self, limit):
        """Mark up to ``limit`` due timers nobody else is working on.

        :return: ``{timer id: set of events}``
        """
        self.flush_model()
        self.env.cr.execute(
            SQL(
                """
                WITH due AS (
                    SELECT t.id,
                           t.state = 'running' AND t.deadline < %(now)s AS missed,
                           t.state = 'running' AND t.warned_at IS NULL
                               AND t.warn_at <= %(now)s AS warned,
                           COALESCE(t.escalate_at <= %(now)s, FALSE) AS escalated
                    FROM cpm_sla_timer t
                    WHERE %(due)s
                    ORDER BY t.id LIMIT %(limit)s
                    FOR NO KEY UPDATE SKIP LOCKED
                )
                UPDATE cpm_sla_timer t
                SET state = CASE WHEN due.missed THEN 'missed' ELSE t.state END,
                    is_missed = COALESCE(t.is_missed, FALSE) OR due.missed,
                    warned_at = CASE WHEN due.warned OR due.missed
                                     THEN COALESCE(t.warned_at, %(now)s)
                                     ELSE t.warned_at END
                FROM due WHERE due.id = t.id
                RETURNING t.id, due.missed, due.warned, due.escalated
                """,
                now=fields.Datetime.now(),
                due=self._due_sql(),
                limit=limit,
            )
        )
        events = {}
        for timer_id, missed, warned, escalated in self.env.cr.fetchall():
            happened = {
                MISSED: missed,
                WARNED: warned and not missed,
                ESCALATED: escalated,
            }
            events[timer_id] = {name for name, value in happened.items() if value}
        self.browse(events).invalidate_recordset()
        escalated = [key for key, names in events.items() if ESCALATED in names]
        clocks = Clocks(self.env)
        self.sudo().browse(escalated)._guarded(
            lambda timers: timers._take_steps(events, clocks),
            escalate_at=False,  # or it would be tried for ever
        )
        return events

    def _take_steps(self, events, clocks):
        """Take the escalation steps that are due; adds them to the timers' events."""
        now = working_time.moment(fields.Datetime.now())
        promises = self._get_promises()
        for timer in self:
            promise = promises[timer.target_id.id]
            steps = sorted(promise.steps, key=lambda step: step.budget(timer.budget))
            taken, following = timer.escalation_step, now
            while following is not None and following <= now:
                if taken < len(steps):
                    events[timer.id].add(steps[taken].id)
                taken += 1
                following = clocks.moments(
                    promise,
                    timer.company_id,
                    working_time.moment(timer.start),
                    timer.stops or [],
                    taken,
                ).escalate_at
            timer.write(
                {
                    "escalation_step": min(taken, len(steps)),
                    "escalate_at": following and working_time.to_datetime(following),
                }
            )
