"""What was known about a company's customers on a grid of past days."""

from odoo.tools import SQL, mute_logger

from odoo.addons.customer_plan_mgmt.models.scoring.engine.difference import (
    METRIC_ERRORS,
    failing_metrics,
    unusable_metrics,
)
from odoo.addons.customer_plan_mgmt.models.scoring.engine.metric_sql import column
from odoo.addons.customer_plan_mgmt.models.warning.engine.facts import Facts
from odoo.addons.customer_plan_mgmt.models.warning.engine.loss import Loss

from ..tools.fit import Seen, TooLittle
from ..tools.grid import CUTOFFS

SAMPLE = SQL.identifier("cpm_churn_sample")


class History:
    """Reads the days of a grid, one statement each; nothing after a day enters it.

    :param env: any environment; records are read in superuser mode
    :param company: ``res.company``
    :param grid: :class:`Grid`
    :param features: ``cpm.churn.feature`` records
    :param int most: learn from at most so many customers, the same ones every time
    """

    def __init__(self, env, company, grid, features, most):
        env = env(su=True, context={**env.context, "active_test": True, "lang": None})
        self.env = env
        self.company = company.with_env(env)
        self.grid = grid
        self.features = features.with_env(env)
        self.most = most
        self.loss = Loss(env, company)

    def look(self):
        """Return the :class:`Seen` of the grid.

        :raise TooLittle: when nothing says what a sign of life is, or a metric cannot
            be computed
        """
        import numpy as np

        if not self.loss.metric:
            raise TooLittle("no_loss_metric")
        self.env.flush_all()
        self._draw_sample()
        seen = Seen(self.grid, [], [], self.features._terms())
        for number in range(CUTOFFS + 1):
            rows = np.array(self._rows(self.grid.day(number)), dtype=float)
            rows = rows.reshape(-1, 1 + len(self.features))
            seen.last.append(rows[:, 0])
            seen.values.append(rows[:, 1:])
            if np.isnan(rows[:, 0]).all():
                break
        return seen

    def _draw_sample(self):
        """Note the customers to learn from, in an order by chance that never changes."""
        cr = self.env.cr
        cr.execute(SQL("DROP TABLE IF EXISTS pg_temp.%s", SAMPLE))
        cr.execute(
            SQL(
                """CREATE TEMP TABLE %(sample)s ON COMMIT DROP AS
                   SELECT p.partner_id
                   FROM cpm_profile p
                   JOIN (%(life)s) life ON life.partner_id = p.partner_id
                   WHERE p.company_id = %(company)s AND p.active
                     AND p.score_excluded IS NOT TRUE AND life.%(last)s IS NOT NULL
                   ORDER BY md5(p.partner_id::text) LIMIT %(most)s""",
                sample=SAMPLE,
                life=self.loss.last_days(self.grid.observed_on),
                company=self.company.id,
                last=column(self.loss.metric),
                most=self.most,
            )
        )
        cr.execute(SQL("ANALYZE %s", SAMPLE))

    def _rows(self, day):
        """Return per customer of the sample, in a fixed order, the last sign of life
        and the values of the metrics as of ``day``."""
        facts = Facts(self.env, self.company, day, past=True)
        stage = facts.stage
        stage.leave_out(stage.metrics - self.features._measured())
        stage.leave_out(unusable_metrics(stage.metrics))
        try:
            with mute_logger("odoo.sql_db"), self.env.cr.savepoint(flush=False):
                self.env.cr.execute(self._statement(facts, day))
                return self.env.cr.fetchall()
        except METRIC_ERRORS:
            failing = failing_metrics(stage)
            if not failing:
                raise
            raise TooLittle("failed_metric", metric=next(iter(failing)).id) from None

    def _statement(self, facts, day):
        values = [
            SQL("(%s)::float8", facts.value(metric))
            for metric in self.features.metric_id
        ]
        return SQL(
            """SELECT life.last_on, %(values)s
               FROM %(sample)s chosen
               LEFT JOIN (
                   SELECT partner_id AS life_id, %(last)s AS last_on
                   FROM (%(life)s) known_life
               ) life ON life.life_id = chosen.partner_id
               LEFT JOIN (%(base)s) known ON known.partner_id = chosen.partner_id
               ORDER BY chosen.partner_id""",
            last=column(self.loss.metric),
            values=SQL(", ").join(values),
            sample=SAMPLE,
            life=self.loss.last_days(day),
            base=facts.stage.base(),
        )
