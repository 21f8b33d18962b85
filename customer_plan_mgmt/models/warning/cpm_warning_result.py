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
        of life since, within those days.

        One statement for each day of closing, whatever the number of customers. When
        the company has no sign of life in use, the results wait.

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
        self.env.flush_all()
        outcome = defaultdict(due.browse)
        for closed_on, warnings in due.grouped("closed_on").items():
            alive = warnings._with_sign_of_life(
                loss, closed_on, closed_on + timedelta(days=days)
            )
            outcome["returned"] |= alive
            outcome["gone"] |= warnings - alive
        for result, warnings in outcome.items():
            warnings.write({"result": result, "result_on": today})
        return due

    def _with_sign_of_life(self, loss, after, until):
        """Return those whose customer did something after a day, up to another."""
        rows = self.env.execute_query(
            SQL(
                """SELECT w.id
                   FROM cpm_warning w
                   JOIN (%(last)s) seen ON seen.partner_id = w.partner_id
                   WHERE w.id IN %(ids)s
                     AND DATE '1970-01-01' + seen.%(column)s::integer > %(after)s""",
                last=loss.last_days(until),
                ids=tuple(self.ids),
                column=column(loss.metric),
                after=after,
            )
        )
        return self.browse(row[0] for row in rows)
