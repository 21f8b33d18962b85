"""Warnings that wait: raised batch by batch in the background."""

import logging
from contextlib import contextmanager
from datetime import timedelta

from odoo import api, fields, models
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools import SQL

from ..scoring.engine.run import LOCK_SPACE

_logger = logging.getLogger(__name__)

# When the job comes back to a company that is being scored or evaluated, and to one it
# had no time for
BUSY_PAUSE = timedelta(minutes=5)
NO_PAUSE = timedelta(0)


class CpmWarningRule(models.Model):
    _inherit = "cpm.warning.rule"

    @api.model
    def _cron_raise(self):
        """Raise what confirmed rules still have to raise, a batch of each between two
        commits (started by an evaluation or a confirmation, and daily).

        Killed in the middle, the next call goes on: whoever was warned of is found no
        more. A company that is being scored is left for some minutes later, one that
        fails does not hold up the others.
        """
        pauses = set()
        for company in self.env["res.company"].sudo().search([]):
            try:
                pauses.add(self._raise_waiting(company))
            except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
                self.env.cr.rollback()
                pauses.add(BUSY_PAUSE)
            except Exception as error:
                self.env.cr.rollback()
                _logger.exception("Raising the warnings of %s failed", company.id)
                self.env["cpm.scorecard"]._report_failed_run(company, str(error))
                self.env["ir.cron"]._commit_progress()
            if NO_PAUSE in pauses:
                self._trigger_raising()
                return
        if BUSY_PAUSE in pauses:
            self._trigger_raising(fields.Datetime.now() + BUSY_PAUSE)

    @api.model
    def _raise_waiting(self, company):
        """Raise all warnings that wait in ``company``, committing after every batch.

        :return: after which time to go on: a pause while somebody scores the company,
            none when the job has used up its time; None when nothing waits any more
        """
        if not self._waiting_rules(company):
            return None
        with self._company_lock(company) as is_ours:
            if not is_ours:
                return BUSY_PAUSE
            # What was committed before the lock was ours is invisible until now
            self.env["ir.cron"]._commit_progress()
            while rules := self._waiting_rules(company):
                raised = rules._evaluate(company)
                seconds_left = self.env["ir.cron"]._commit_progress(raised)
                if not raised:
                    break
                if not seconds_left and self._waiting_rules(company):
                    return NO_PAUSE
        return None

    @api.model
    def _waiting_rules(self, company):
        """Return the confirmed rules with warnings still to raise in ``company``."""
        states = self.env["cpm.warning.rule.state"].sudo()
        states = states.search(
            [
                ("company_id", "=", company.id),
                ("waiting_count", ">", 0),
                ("rule_id.active", "=", True),
                ("rule_id.company_id", "in", [company.id, False]),
            ]
        )
        return states.filtered("is_confirmed").rule_id

    @contextmanager
    def _company_lock(self, company):
        """Hold the lock of the scoring run of ``company`` for the session, so that it
        outlives commits.

        :return: whether it could be had
        """
        self.env.cr.execute(
            SQL("SELECT pg_try_advisory_lock(%s, %s)", LOCK_SPACE, company.id)
        )
        is_ours = self.env.cr.fetchone()[0]
        try:
            yield is_ours
        except BaseException:
            self.env.cr.rollback()
            raise
        finally:
            if is_ours:
                self.env.cr.execute(
                    SQL("SELECT pg_advisory_unlock(%s, %s)", LOCK_SPACE, company.id)
                )

    def _evaluate_now(self, company):
        """Evaluate these rules in the caller's transaction.

        :return: whether they could be; False while somebody scores the company
        """
        self.env.cr.execute(
            SQL("SELECT pg_try_advisory_xact_lock(%s, %s)", LOCK_SPACE, company.id)
        )
        if not self.env.cr.fetchone()[0]:
            return False
        self._evaluate(company)
        self._trigger_waiting(company)
        return True

    def _trigger_waiting(self, company):
        """Have the scheduled action raise what these rules have not raised yet."""
        if self & self._waiting_rules(company):
            self._trigger_raising()

    def _trigger_raising(self, at=None):
        """Have the scheduled action raise what is waiting, soon or at a moment; does
        nothing where somebody deleted it."""
        cron = self.env.ref(
            "customer_plan_mgmt.ir_cron_cpm_warning_raise", raise_if_not_found=False
        )
        if cron:
            cron.sudo()._trigger(at)
