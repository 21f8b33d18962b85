"""After how many days a customer counts as lost, found from the customers' rhythm."""

import logging
from datetime import timedelta

from odoo import api, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL, format_date, mute_logger

from ..scoring.engine.difference import METRIC_ERRORS
from ..scoring.engine.metric_sql import EPOCH
from .engine.facts import Facts
from .engine.loss import Loss
from .engine.rhythm import find_rhythm

_logger = logging.getLogger(__name__)

# How old a rhythm may grow; customers do not change their habits overnight
RENEWED_AFTER = timedelta(days=30)
# Another of these, and the rhythm is looked at again by the next run
ASKED = (
    "cpm_loss_metric_id",
    "cpm_loss_percent",
    "cpm_loss_customers_needed",
    "cpm_loss_days_min",
    "cpm_loss_days_max",
)


class ResCompany(models.Model):
    _inherit = "res.company"

    @api.constrains("cpm_loss_metric_id")
    def _check_cpm_loss_metric(self):
        for company in self:
            metric = company.cpm_loss_metric_id
            if metric and not metric._is_sign_of_life():
                raise ValidationError(
                    self.env._(
                        "Sign of life: %s does not fit. Choose a metric in use that is "
                        "computed and measures the days since the last record, without "
                        "a period.",
                        metric.name,
                    )
                )

    def write(self, vals):
        if vals.keys() & set(ASKED):
            vals = {"cpm_loss_found_on": False, **vals}
        return super().write(vals)

    def _cpm_renew_loss_days(self):
        """Find the loss days again where the last look is a month old. What cannot be
        found because the metric fails keeps its last value; the scoring run has told an
        administrator of the metric."""
        for company in self.sudo():
            last = company.cpm_loss_found_on
            if last and company._cpm_today() - last < RENEWED_AFTER:
                continue
            if not company._cpm_loss_metric():
                continue
            try:
                with mute_logger("odoo.sql_db"), self.env.cr.savepoint():
                    company._cpm_find_loss_days()
            except METRIC_ERRORS as error:
                _logger.warning("Loss days of company %s: %s", company.id, error)

    def _cpm_find_loss_days(self):
        """Find the loss days from the rhythm of the customers and keep them; 0 when too
        few customers came back to tell.

        :raise UserError: when there is no metric to tell a sign of life by
        """
        self.ensure_one()
        company = self.sudo()
        today = company._cpm_today()
        rhythm = find_rhythm(Loss(self.env, company), today, company.cpm_loss_percent)
        days = 0
        if rhythm.customers >= company.cpm_loss_customers_needed:
            days = max(rhythm.days, company.cpm_loss_days_min)
            days = min(days, company.cpm_loss_days_max)
        company.write(
            {
                "cpm_loss_days_found": days,
                "cpm_loss_customers_found": rhythm.customers,
                "cpm_loss_found_on": today,
            }
        )

    def _cpm_loss_text(self):
        """Return in words when a customer counts as lost, and where that comes from."""
        self.ensure_one()
        _ = self.env._
        company = self.sudo()
        facts = {
            "days": company._cpm_loss_days(),
            "count": company.cpm_loss_customers_found,
            "needed": company.cpm_loss_customers_needed,
            "percent": f"{company.cpm_loss_percent:g}",
            "date": format_date(self.env, company.cpm_loss_found_on),
        }
        if company.cpm_loss_days and company.cpm_loss_days_found:
            return _(
                "A customer counts as lost after %(days)s days without a sign of life, "
                "as entered here. The rhythm of the customers says %(found)s days.",
                found=company.cpm_loss_days_found,
                **facts,
            )
        if company.cpm_loss_days:
            return _(
                "A customer counts as lost after %(days)s days without a sign of life, "
                "as entered here.",
                **facts,
            )
        if not company.cpm_loss_found_on:
            return _(
                "A customer counts as lost after %(days)s days without a sign of life. "
                "The rhythm of the customers is looked at with the next scoring.",
                **facts,
            )
        if not company.cpm_loss_days_found:
            return _(
                "A customer counts as lost after %(days)s days without a sign of life: "
                "only %(count)s customers ever came back, %(needed)s are needed to find "
                "the days from their rhythm (looked at on %(date)s).",
                **facts,
            )
        return _(
            "A customer counts as lost after %(days)s days without a sign of life, found "
            "on %(date)s from the rhythm of %(count)s customers: %(percent)s of 100 "
            "pauses between two signs of life are not longer.",
            **facts,
        )

    def _cpm_forget_given_up(self):
        """Forget that customers were given up who gave a sign of life on a later day.
        One statement; the last sign of life is the one last scored with."""
        self.ensure_one()
        given_up = self.env["cpm.profile"].with_context(active_test=False)
        if not given_up.search_count(
            [("company_id", "=", self.id), ("given_up_on", "!=", False)], limit=1
        ):
            return
        stage = Facts(self.env, self, self._cpm_today()).stage
        metric = self._cpm_loss_metric() & stage.stored
        if not metric:
            return
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """UPDATE cpm_profile SET given_up_on = NULL
                   WHERE company_id = %s AND given_up_on IS NOT NULL
                     AND %s > given_up_on - %s""",
                self.id,
                stage.state_element(metric, SQL("metric_state")),
                EPOCH,
            )
        )
        self.env["cpm.profile"].invalidate_model(["given_up_on"])
