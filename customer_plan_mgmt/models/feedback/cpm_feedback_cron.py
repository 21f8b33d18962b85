"""The scheduled action of the feedback room."""

import logging
from datetime import timedelta

from psycopg2.extensions import TransactionRollbackError

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

_logger = logging.getLogger(__name__)

BATCH = 100
# Attempts when somebody else changes the same feedback at the same time
RETRIES = 5


class CpmFeedback(models.Model):
    _inherit = "cpm.feedback"

    @api.model
    def _cron_feedback(self):
        """Close what customers left uncontradicted; check the effect of actions."""
        commit = self.env["ir.cron"]._commit_progress
        for company in self.env["res.company"].search([]):
            for work in (self._close_uncontradicted, self._check_recurrence):
                while done := self._work_patiently(work, company):
                    if not commit(done):
                        return
                    if done < BATCH:
                        break
        commit(remaining=0)

    @api.model
    def _work_patiently(self, work, company):
        """Return what ``work`` does; again when somebody changed the same feedback at
        the same time, or all would wait for the next day."""
        for attempt in range(1, RETRIES + 1):
            try:
                done = work(company, BATCH)
                self.env.flush_all()
                return done
            except TransactionRollbackError:
                self.env.cr.rollback()
                if attempt == RETRIES:
                    raise

    @api.model
    def _close_uncontradicted(self, company, limit):
        """Close what was solved long enough ago without a word of the customer.

        What cannot be closed stays solved and its owner is told once.

        :return: number of feedback looked at
        """
        if not company.cpm_close_days:
            return 0
        moment = fields.Datetime.now() - timedelta(days=company.cpm_close_days)
        due = self.search(
            Domain("company_id", "=", company.id)
            & Domain("stage", "=", "solved")
            & Domain("has_unread_reply", "=", False)
            & Domain("close_failed", "=", False)
            & Domain("solved_at", "<=", moment),
            limit=limit,
            order="solved_at, id",
        )
        due = due.try_lock_for_update()
        for feedback in due:
            feedback._close_quietly()
        return len(due)

    def _close_quietly(self):
        """Close the feedback; what forbids it becomes an activity of the owner."""
        self.ensure_one()
        try:
            with self.env.cr.savepoint():
                self.stage = "closed"
        except TransactionRollbackError:  # somebody was faster, nothing is wrong
            raise
        except UserError as error:
            self._ask_to_complete(str(error))
        except Exception as error:
            _logger.exception("Feedback %s cannot be closed", self.id)
            self._ask_to_complete(str(error))

    def _ask_to_complete(self, reason):
        self.close_failed = True
        user = self._who_reacts(self.user_id, self.profile_id.manager_id)
        if user:
            self.activity_schedule(
                "customer_plan_mgmt.mail_activity_complete",
                user_id=user.id,
                note=reason,
            )
