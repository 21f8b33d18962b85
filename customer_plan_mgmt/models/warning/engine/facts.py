"""What is known about every customer on one day, as a relation."""

from odoo.tools import SQL, mute_logger

from ...scoring.engine.difference import (
    METRIC_ERRORS,
    failing_metrics,
    unusable_metrics,
)
from ...scoring.engine.metric_sql import column
from ...scoring.engine.stage import Stage, fenced

# Columns besides the raw metrics
COLUMNS = (
    "profile_id",
    "partner_id",
    "tier_id",
    "lifecycle_stage_id",
    "value_score",
    "health_score",
    "loyalty_score",
)


class Facts:
    """One row per scored customer of one company: ``COLUMNS`` and the metrics.

    Today's facts are those the scoring run has stored, read from one table. Those of
    a past day are computed from what was known then, once, into a temporary table
    (``prepare``). Archived customers and those who refused scoring are not there.

    :param env: any environment; facts are read in superuser mode
    :param company: ``res.company``
    :param as_of: date
    :param bool past: compute the facts as of that day, also where it is today
    """

    def __init__(self, env, company, as_of, *, past=False):
        env = env(su=True, context={**env.context, "active_test": True, "lang": None})
        self.env = env
        self.company = company.with_env(env)
        self.as_of = as_of
        self.past = past
        self.stage = Stage(env, self.company, as_of, past=past)
        self._table = None

    # ---------------------------------------------------------------- Values

    def value(self, metric):
        """Return the value of ``metric`` on the day as SQL, NULL when missing; an
        archived metric is missing for everybody."""
        parts = metric | metric.numerator_id | metric.denominator_id
        if parts - self.stage.metrics:
            return SQL("NULL::float8")
        return self.stage.values.of(metric)

    # ---------------------------------------------------------------- Source

    def prepare(self):
        """Compute the facts of a past day. Does nothing for today's.

        :return: the ``cpm.metric`` records that cannot be computed; they are missing
            for everybody
        """
        failed = self.env["cpm.metric"]
        if not self.past or self._table:
            return failed
        self.env.flush_all()
        failed |= unusable_metrics(self.stage.metrics)
        self.stage.leave_out(failed)
        table = f"cpm_facts_{self.as_of:%Y%m%d}_{self.company.id}"
        self.env.cr.execute(
            SQL("DROP TABLE IF EXISTS %s", SQL.identifier("pg_temp", table))
        )
        while True:
            try:
                with mute_logger("odoo.sql_db"), self.env.cr.savepoint(flush=False):
                    self.env.cr.execute(
                        SQL(
                            "CREATE TEMP TABLE %s ON COMMIT DROP AS SELECT %s FROM (%s) staged",
                            SQL.identifier(table),
                            self._columns(),
                            self.stage.select(),
                        )
                    )
                break
            except METRIC_ERRORS:
                failing = failing_metrics(self.stage)
                if not failing:
                    raise
                failing = failed.browse(metric.id for metric in failing)
                self.stage.leave_out(failing)
                failed |= failing
        self.env.cr.execute(SQL("ANALYZE %s", SQL.identifier(table)))
        self._table = table
        return failed

    def source(self, profiles=None):
        """Return the relation, to be put in brackets after FROM.

        :param profiles: only these ``cpm.profile`` records
        """
        only = SQL("TRUE")
        if profiles is not None:
            only = SQL("profile_id IN %s", tuple(profiles.ids) or (0,))
        if self.past:
            self.prepare()
            return SQL("SELECT * FROM %s WHERE %s", SQL.identifier(self._table), only)
        return SQL("SELECT * FROM (%s) known WHERE %s", self._stored(), only)

    def _columns(self):
        names = [SQL.identifier(name) for name in COLUMNS]
        return SQL(", ").join([*names, *map(column, self.stage.stored)])

    def _stored(self):
        """Return the facts of the last run; ``metric_state`` holds all raw values."""
        measured = [
            SQL(
                "%s AS %s",
                self.stage.state_element(metric, SQL("metric_state")),
                column(metric),
            )
            for metric in self.stage.stored
        ]
        return fenced(
            SQL(
                """SELECT %s FROM cpm_profile
                   WHERE company_id = %s AND active AND score_excluded IS NOT TRUE""",
                SQL(", ").join(
                    [
                        SQL("id AS profile_id"),
                        *(SQL.identifier(name) for name in COLUMNS[1:]),
                        *measured,
                    ]
                ),
                self.company.id,
            )
        )
