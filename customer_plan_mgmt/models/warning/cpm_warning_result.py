"""Whether it was worth the work: measured, not typed in."""

from collections import defaultdict
from datetime import timedelta

from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..scoring.engine.metric_sql import column
from .engine.loss import Loss


class CpmWarning(models.Model):
    _inherit = "cpm.warning"

    @api.model
    def _measure_results(self, company):
        """Note for warnings closed some days ago whether the customer has shown a sign
        of life since the warning was raised, up to those days after it was closed. The
        order that made somebody close it counts, one on the day it was raised does not.

        One statement for each day of closing, whatever the number of customers. When
        the company has no sign of life in use, the results wait. So do those without a
        sign of life until the records of the company, those of any customer, reach the
        last of the days: where the import stands still nobody knows who is gone.

        :param company: ``res.company``
        :return: the warnings whose result is known now
        """
        days = company.cpm_warning_result_days
        today = company._cpm_today()
        due = (
            self.sudo()
            .with_context(active_test=False)
            .search(
                Domain("company_id", "=", company.id)
                & Domain("result", "=", "pending")
                & Domain("closed_on", "<=", today - timedelta(days=days)),
                order="id",
            )
        )
        loss = Loss(self.env, company)
        if not due or not loss.metric:
            return due.browse()
        end = self.env["cpm.backtest"].sudo()._data_end(company)
        outcome = defaultdict(due.browse)
        for closed_on, warnings in due.grouped("closed_on").items():
            last = closed_on + timedelta(days=days)
            alive = warnings._with_sign_of_life(loss, last)
            outcome["returned"] |= alive
            if end and end >= last:
                outcome["gone"] |= warnings - alive
        known = due.browse()
        for result, warnings in outcome.items():
            warnings.write({"result": result, "result_on": today})
            known |= warnings
        return known

    def _with_sign_of_life(self, loss, until):
        """Return those whose customer did something after the day on which the warning
        was raised, up to another day."""
        rows = self.env.execute_query(
            SQL(
                """SELECT w.id
                   FROM cpm_warning w
                   JOIN (%(last)s) seen ON seen.partner_id = w.partner_id
                   WHERE w.id IN %(ids)s
                     AND DATE '1970-01-01' + seen.%(column)s::integer > w.raised_on""",
                last=loss.last_days(until),
                ids=tuple(self.ids),
                column=column(loss.metric),
            )
        )
        return self.browse(row[0] for row in rows)
