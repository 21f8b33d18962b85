"""Training in the background: every month, and when somebody asks for it."""

import logging
import zlib
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools import SQL

from odoo.addons.customer_plan_mgmt.models.scoring.engine.run import LOCK_SPACE

_logger = logging.getLogger(__name__)

TRAINING = zlib.crc32(b"customer_plan_mgmt_churn.training") - 2**31
# When the job comes back to a company that is being scored
BUSY_PAUSE = timedelta(minutes=10)


class CpmChurnModel(models.Model):
    _inherit = "cpm.churn.model"

    @api.model
    def action_train(self):
        """Have the company of the user trained in the background.

        :raise AccessError: for anybody but an administrator of Customer Plans
        """
        self.env["cpm.churn.feature"].check_access("write")
        cron = self.env.ref(
            "customer_plan_mgmt_churn.ir_cron_cpm_churn", raise_if_not_found=False
        )
        if not cron or not cron.sudo().active:
            raise UserError(
                self.env._(
                    "The scheduled action “Customer Plans: learn who leaves” is missing "
                    "or switched off, and nothing would be learned. Ask an administrator."
                )
            )
        company = self.env.company.sudo()
        company.cpm_churn_train_on = company._cpm_today()
        cron.sudo()._trigger()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._(
                    "Learning from the history of %s begins in a moment, in the "
                    "background.",
                    company.name,
                ),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    @api.model
    def _cron_train(self):
        """Train the companies that are due (daily): a new model and the probabilities
        from it are committed together, company by company.

        What a killed run has not committed is not there, and the company is due still.
        One that fails is tried again the next day and does not hold up the others.
        """
        for company in self.env["res.company"].sudo().search([]):
            if not self._lock_training(company):
                continue  # another run trains this company
            try:
                self.env["ir.cron"]._commit_progress()  # see what that run committed
                if self._is_due(company):
                    self._train_due(company)
            finally:
                self._unlock_training(company)

    @api.model
    def _is_due(self, company):
        day = company.cpm_churn_train_on
        return not day or day <= company._cpm_today()

    @api.model
    def _train_due(self, company):
        name = company.name
        try:
            with self.env.cr.savepoint():
                model = self._train(company)
                today = company._cpm_today()
                pause = timedelta(days=company.cpm_churn_train_days)
                company.cpm_churn_train_on = today + pause
                if model.state == "active":
                    self._score_after_training(company)
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
            raise  # the job is called again, the company is due still
        except Exception as error:
            self.env.invalidate_all()
            _logger.exception("Learning who leaves %s failed", name)
            self._report_failed_training(company, str(error))
        self.env["ir.cron"]._commit_progress(1)

    @api.model
    def _score_after_training(self, company):
        """Give the customers their new probability, unless a scoring run is under way,
        which would write to the same rows, or the metrics have changed since the last
        one: then after the next."""
        self.env.cr.execute(
            SQL("SELECT pg_try_advisory_xact_lock(%s, %s)", LOCK_SPACE, company.id)
        )
        if not self.env.cr.fetchone()[0]:
            at = fields.Datetime.now() + BUSY_PAUSE
            self.env["cpm.scorecard"]._trigger_run(at)
        elif not self._score_company(company):
            self.env["cpm.scorecard"]._trigger_run()

    @api.model
    def _lock_training(self, company):
        self.env.cr.execute(
            SQL("SELECT pg_try_advisory_lock(%s, %s)", TRAINING, company.id)
        )
        return self.env.cr.fetchone()[0]

    @api.model
    def _unlock_training(self, company):
        self.env.cr.execute(
            SQL("SELECT pg_advisory_unlock(%s, %s)", TRAINING, company.id)
        )

    @api.model
    def _report_failed_training(self, company, reason):
        """Tell an administrator of ``company``, once."""
        reader = self.env["cpm.metric"]._failure_readers(company)[:1]
        summary = self.with_context(lang=reader.lang).env._(
            "The churn probability of %s cannot be learned", company.name
        )
        contact = company.partner_id
        if reader and summary not in contact.activity_ids.mapped("summary"):
            contact.activity_schedule(
                "mail.mail_activity_data_todo",
                summary=summary,
                note=reason,
                user_id=reader.id,
            )
