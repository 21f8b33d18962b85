"""The scheduled action: marks what was missed, warns, escalates, tells people."""

import logging
from collections import defaultdict

from psycopg2.extensions import TransactionRollbackError

from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.customer_plan_mgmt.tools import working_time

from .promises import Clocks

_logger = logging.getLogger(__name__)

# Timers looked at between two commits; a person gets one digest for each batch
BATCH = 5000
# Attempts when somebody else changes the same timers at the same time
RETRIES = 5
# Promises a digest lists; it counts the others
LINES = 50
WARNED, MISSED, ESCALATED = "warned", "missed", "escalated"


class CpmSlaTimer(models.Model):
    _inherit = "cpm.sla.timer"

    @api.model
    def _cron_follow(self):
        """Mark missed promises, warn, escalate; one digest per person and run.

        Whether something is overdue never waits for this: it is worked out from the
        deadline when read. What somebody else is just changing waits for the next run.
        """
        commit = self.env["ir.cron"]._commit_progress
        self._moved_by_tier()._guarded(lambda timers: timers._sync_records())
        commit()
        retries = RETRIES
        while True:
            try:
                events = self._take_due(BATCH)
                self._tell(events)
            except TransactionRollbackError:  # somebody was faster
                self.env.cr.rollback()
                retries -= 1
                if retries:
                    continue
                raise
            remaining = len(events) == BATCH and self._count_due()
            if not commit(len(events), remaining=int(remaining)) or not remaining:
                return

    def _guarded(self, function):
        """Call ``function(timers)`` with all timers, and when that fails with ever
        smaller parts: one bad record stops nobody else. What failed is kept on it.
        """
        if not self:
            return
        try:
            with self.env.cr.savepoint():
                function(self)
        except TransactionRollbackError:
            raise
        except Exception as error:
            if len(self) > 1:
                half = len(self) // 2
                self[:half]._guarded(function)
                self[half:]._guarded(function)
                return
            _logger.warning("Promise %s could not be followed", self.id, exc_info=True)
            self.sudo().write({"alert_failure": str(error)[:200]})

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
        for model, timers in self.grouped("res_model").items():
            if model in self.env:
                ids = set(timers.mapped("res_id"))
                self.env[model].sudo().browse(ids).exists()._cpm_sla_sync()

    # ------------------------------------------------------------ What is due

    @api.model
    def _due_sql(self):
        """Return the condition on timers ``t`` with something to do now."""
        now = fields.Datetime.now()
        return SQL(
            """(t.state = 'running' AND (
                    t.deadline < %(now)s
                    OR (t.warned_at IS NULL AND t.warn_at <= %(now)s)))
               OR (t.done_at IS NULL AND t.state IN ('running', 'missed')
                   AND t.escalate_at <= %(now)s)""",
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
            lambda timers: timers._take_steps(events, clocks)
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

    # ---------------------------------------------------------------- Alerts

    @api.model
    def _tell(self, events):
        """Tell everybody concerned what happened to the timers in ``events``: one
        digest a person, and activities for the steps of escalations."""
        timers = self.sudo().browse(events)
        records = {(item._name, item.id): item for item in timers._get_records()}
        timers = timers.filtered(lambda item: (item.res_model, item.res_id) in records)
        digests = defaultdict(dict)  # user: {timer id: timer}
        timers._guarded(
            lambda some: some._schedule_steps(events, records, digests)
        )
        for user, items in digests.items():
            self.sudo().browse(items)._send_digest_to(user)

    def _schedule_steps(self, events, records, digests):
        """Create the activities of escalation steps, and note who is to be told.

        :param records: ``{(model, id): record}``
        :param digests: ``{user: {timer id: timer}}``, filled here
        """
        told, activities = [], []
        for timer in self:
            record = records[timer.res_model, timer.res_id]
            kinds = events[timer.id]
            users = self.env["res.users"]
            if kinds & {WARNED, MISSED}:
                users = timer._get_watchers()
            steps = [kind for kind in kinds if isinstance(kind, int)]
            for step in self.env["cpm.service.escalation"].browse(steps):
                recipients = timer._get_recipients(step)
                users |= recipients
                activities += [
                    timer._prepare_activity(user)
                    for user in recipients
                    if "activity_ids" in record._fields
                    and record.with_user(user).has_access("read")
                ]
            told.append((timer, users))
        # Without a mail each: the digest tells about them
        quick = self.env["mail.activity"].with_context(mail_activity_quick_update=True)
        quick.create(activities)
        for timer, users in told:
            for user in users:
                digests[user][timer.id] = timer

    def _get_watchers(self):
        """Return who is told that the promise is in danger or missed: the owner, else
        the account manager."""
        self.ensure_one()
        owner = self.user_id.filtered("active")
        return owner or self.profile_id.manager_id.filtered("active")

    def _get_recipients(self, step):
        """Return the users an escalation step tells; inactive ones are left out."""
        self.ensure_one()
        users = {
            "owner": self.user_id,
            "manager": self.profile_id.manager_id,
            "user": step.user_id,
            "group": step.group_id.all_user_ids,
        }[step.recipient]
        return users.filtered(
            lambda user: user.active
            and not user.share
            and self.company_id in user.company_ids
        )

    def _prepare_activity(self, user):
        """Return the values of the activity of an escalation for ``user``."""
        timer = self.with_context(lang=user.lang)
        return {
            "res_model_id": self.env["ir.model"]._get_id(self.res_model),
            "res_id": self.res_id,
            "activity_type_id": self.env.ref("mail.mail_activity_data_todo").id,
            "summary": timer.env._("Promise: %s", timer.target_id.display_name),
            "date_deadline": fields.Date.context_today(timer.with_context(tz=user.tz)),
            "user_id": user.id,
        }

    def _send_digest_to(self, user):
        """Send ``user`` one message about all timers, leaving out those of which none
        can be written."""
        try:
            with self.env.cr.savepoint():
                self._send_digest(user)
        except TransactionRollbackError:
            raise
        except Exception:
            good = self.filtered(lambda timer: timer._can_be_told(user))
            good._guarded(lambda timers: timers._send_digest(user))

    def _can_be_told(self, user):
        before = self.alert_failure
        self._guarded(lambda timer: timer._render_digest(user))
        return self.alert_failure == before

    def _render_digest(self, user):
        """Return subject and body of the message about the timers to ``user``."""
        timers = self.with_context(lang=user.lang, tz=user.tz)
        now = fields.Datetime.now()
        timers = timers.sorted(lambda timer: (timer.deadline or now, timer.id))
        body = timers.env["ir.qweb"]._render(
            "customer_plan_mgmt.sla_digest",
            {"timers": timers[:LINES], "more": max(0, len(timers) - LINES)},
        )
        subject = timers.env._("Promises to customers: %s need you", len(timers))
        return subject, body

    def _send_digest(self, user):
        subject, body = self._render_digest(user)
        self.env["mail.thread"].with_context(lang=user.lang).message_notify(
            partner_ids=user.partner_id.ids,
            subject=subject,
            body=body,
            email_layout_xmlid="mail.mail_notification_light",
        )
