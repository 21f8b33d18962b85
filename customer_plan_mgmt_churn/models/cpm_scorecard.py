"""Probabilities follow the scores."""

import logging

from odoo import api, models
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY

_logger = logging.getLogger(__name__)


class CpmScorecard(models.Model):
    _inherit = "cpm.scorecard"

    @api.model
    def _after_run(self, company, profiles=None):
        """Work out the probabilities before warnings look at them. What fails here
        leaves the warnings as they are: an administrator is told."""
        churn = self.env["cpm.churn.model"]
        try:
            with self.env.cr.savepoint():
                churn._score_company(company, profiles)
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
            raise
        except Exception as error:
            self.env.invalidate_all()
            _logger.exception("The churn probabilities of %s failed", company.id)
            churn._report_failed_training(company, str(error))
        return super()._after_run(company, profiles)
