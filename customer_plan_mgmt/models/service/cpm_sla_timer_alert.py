"""Who hears of promises in danger: one digest a person, activities for escalations."""

from collections import defaultdict

from psycopg2.extensions import TransactionRollbackError

from odoo import api, fields, models

from .cpm_sla_timer_cron import MISSED, WARNED

# Promises a digest lists; it counts the others
LINES = 50


class CpmSlaTimer(models.Model):
    _inherit = "cpm.sla.timer"

    @api.model
    def _tell(self, events):
        """Tell everybody concerned what happened to the timers in ``events``: one
        digest a person, and activities for the steps of escalations."""
        timers = self.sudo().browse(events)
        timers.fetch(["res_model", "res_id", "user_id", "profile_id"])
        known = {
            (records._name, res_id)
            for records in timers._get_records()
            for res_id in records.ids
        }
        timers = timers.filtered(lambda timer: (timer.res_model, timer.res_id) in known)
        digests = defaultdict(dict)  # user: {timer id: timer}
        timers._guarded(lambda some: some._schedule_steps(events, digests))
        for user, items in digests.items():
            self.sudo().browse(items)._send_digest_to(user)

    def _schedule_steps(self, events, digests):
        """Create the activities of escalation steps, and note who is to be told.

        :param digests: ``{user: {timer id: timer}}``, filled here
        """
        told, activities, watchers = [], [], {}
        for timer in self:
            kinds = events[timer.id]
            users = self.env["res.users"]
            if kinds & {WARNED, MISSED}:
                key = timer.user_id.id, timer.profile_id.id
                if key not in watchers:
                    watchers[key] = timer._get_watchers()
                users = watchers[key]
            steps = [kind for kind in kinds if isinstance(kind, int)]
            for step in self.env["cpm.service.escalation"].browse(steps):
                recipients = timer._get_recipients(step)
                users |= recipients
                activities += timer._prepare_activities(recipients)
            if users:
                told.append((timer, users))
        # Without a mail each: the digest tells about them
        quick = self.env["mail.activity"].with_context(mail_activity_quick_update=True)
        quick.create(activities)
        for timer, users in told:
            for user in users:
                digests[user][timer.id] = timer

    def _prepare_activities(self, users):
        """Return the values of an activity for each of ``users`` who may see the
        record, where it takes activities."""
        record = self._get_record()
        if "activity_ids" not in record._fields:
            return []
        return [
            self._prepare_activity(user)
            for user in users
            if record.with_user(user).has_access("read")
        ]

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
            lambda user: (
                user.active and not user.share and self.company_id in user.company_ids
            )
        )

    def _prepare_activity(self, user):
        """Return the values of the activity of an escalation for ``user``."""
        timer = self.with_context(lang=user.lang)
        kind = self.env.ref("mail.mail_activity_data_todo", raise_if_not_found=False)
        return {
            "res_model_id": self.env["ir.model"]._get_id(self.res_model),
            "res_id": self.res_id,
            "activity_type_id": kind.id if kind else False,
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
        return self._guarded(lambda timer: timer._render_digest(user))

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
