"""The scheduled action: marks what was missed, warns, escalates, tells people."""

import logging
from collections import defaultdict

from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.customer_plan_mgmt.tools import working_time

from .promises import Clocks

_logger = logging.getLogger(__name__)

# Timers looked at between two commits
BATCH = 1000
WARNED, MISSED, ESCALATED = "warned", "missed", "escalated"


class CpmSlaTimer(models.Model):
    _inherit = "cpm.sla.timer"

    @api.model
    def _cron_follow(self):
        """Mark missed promises, warn, escalate; one digest per person and run.

        Whether something is overdue never waits for this: it is worked out from the
        deadline when read.
        """
        commit = self.env["ir.cron"]._commit_progress
        self._follow_tiers()
        commit()
        while True:
            events = self._take_due(BATCH)
            if not events:
                return
            self._tell(events)
            remaining = len(events) == BATCH and self._count_due()
            if not commit(len(events), remaining=remaining) or not remaining:
                return

    @api.model
    def _follow_tiers(self, profiles=None):
        """Choose the promise again for customers whose tier moved since."""
        self.env["cpm.profile"].flush_model(["tier_id"])
        self.flush_model(["tier_id", "profile_id", "state", "done_at"])
        chosen = SQL("TRUE")
        if profiles is not None:
            chosen = SQL("p.id IN %s", tuple(profiles.ids) or (0,))
        self.env.cr.execute(
            SQL(
                """
                SELECT t.res_model, array_agg(DISTINCT t.res_id)
                FROM cpm_sla_timer t JOIN cpm_profile p ON p.id = t.profile_id
                WHERE t.done_at IS NULL AND t.state IN ('running', 'paused', 'missed')
                  AND t.tier_id IS DISTINCT FROM p.tier_id AND %s
                GROUP BY t.res_model
                """,
                chosen,
            )
        )
        for model, ids in self.env.cr.fetchall():
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
            events[timer_id] = {
                name
                for name, happened in (
                    (MISSED, missed),
                    (WARNED, warned and not missed),
                    (ESCALATED, escalated),
                )
                if happened
            }
        timers = self.browse(events)
        timers.invalidate_recordset()
        timers.browse(
            timer_id for timer_id, kinds in events.items() if ESCALATED in kinds
        ).sudo()._take_steps(events)
        return events

    def _take_steps(self, events):
        """Take the next escalation step; adds it to the timer's events."""
        clocks = Clocks(self.env)
        promises = self._get_promises()
        for timer in self:
            promise = promises[timer.target_id.id]
            steps = sorted(promise.steps, key=lambda step: step.budget(timer.budget))
            taken = timer.escalation_step
            if taken < len(steps):
                events[timer.id].add(steps[taken].id)
                taken += 1
            moments = clocks.moments(
                promise,
                timer.company_id,
                working_time.moment(timer.start),
                timer.stops or [],
                taken,
            )
            following = moments.escalate_at
            timer.write(
                {
                    "escalation_step": taken,
                    "escalate_at": following and working_time.to_datetime(following),
                }
            )

    # ---------------------------------------------------------------- Alerts

    @api.model
    def _tell(self, events):
        """Tell everybody concerned: all at once, or one by one when one fails."""
        timers = self.sudo().browse(events)
        try:
            with self.env.cr.savepoint():
                timers._alert(events)
        except Exception as error:
            _logger.warning("Alerts go out one by one, together they failed: %s", error)
            for timer in timers:
                timer._tell_alone(events)

    def _tell_alone(self, events):
        """Tell about one promise; a failure is kept on it and stops nobody else."""
        try:
            with self.env.cr.savepoint():
                self._alert(events)
        except Exception as error:
            _logger.exception("Alert about promise %s failed", self.id)
            self.write({"alert_failure": str(error)[:200]})

    def _alert(self, events):
        """Schedule the activities of escalation steps and send one digest a person."""
        digests = defaultdict(dict)  # user: {timer: events}
        activities = []
        for model, timers in self.grouped("res_model").items():
            known = set(self.env[model].browse(timers.mapped("res_id")).exists().ids)
            for timer in timers.filtered(lambda item, known=known: item.res_id in known):
                kinds = events[timer.id]
                steps = self.env["cpm.service.escalation"].browse(
                    kind for kind in kinds if isinstance(kind, int)
                )
                for user in timer._get_watchers():
                    if kinds & {WARNED, MISSED}:
                        digests[user][timer] = kinds
                for step in steps:
                    for user in timer._get_recipients(step):
                        digests[user][timer] = kinds
                        activities.append(timer._prepare_activity(user))
        self._schedule(activities)
        for user, items in digests.items():
            self._send_digest(user, items)

    def _get_watchers(self):
        """Return who is told that the promise is in danger or missed: the owner, else
        the account manager."""
        self.ensure_one()
        users = self.user_id or self.profile_id.manager_id
        return users.filtered("active")

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

    @api.model
    def _schedule(self, vals_list):
        """Create activities without a mail each; the digest tells about them."""
        with_activities = [
            vals
            for vals in vals_list
            if "activity_ids"
            in self.env[self.env["ir.model"].browse(vals["res_model_id"]).model]._fields
        ]
        self.env["mail.activity"].with_context(mail_activity_quick_update=True).create(
            with_activities
        )

    @api.model
    def _send_digest(self, user, items):
        """Send one message to ``user`` about all promises in ``items``.

        :param items: ``{timer: events}``
        """
        timers = self.browse(timer.id for timer in items).with_context(
            lang=user.lang, tz=user.tz
        )
        env = timers.env
        body = env["ir.qweb"]._render(
            "customer_plan_mgmt.sla_digest",
            {
                "timers": timers.sorted(
                    lambda timer: (timer.deadline or fields.Datetime.now(), timer.id)
                ),
                "events": {timer.id: kinds for timer, kinds in items.items()},
            },
        )
        env["mail.thread"].message_notify(
            partner_ids=user.partner_id.ids,
            subject=env._("Promises to customers: %s need you", len(timers)),
            body=body,
            email_layout_xmlid="mail.mail_notification_light",
        )
