"""What is known about every customer on one day, as a relation."""

from datetime import timedelta

from odoo.fields import Datetime
from odoo.tools import SQL, mute_logger

from ...scoring.engine.difference import (
    METRIC_ERRORS,
    failing_metrics,
    unusable_metrics,
)
from ...scoring.engine.metric_sql import column
from ...scoring.engine.stage import Stage

# Columns besides the scores and the raw metrics
COLUMNS = ("profile_id", "partner_id", "tier_id", "lifecycle_stage_id")
# Scores the stage computes for a past day; others are not known then
STAGED_SCORES = ("value_score", "health_score", "loyalty_score")


class Facts:
    """One row per scored customer of one company: ``COLUMNS``, the scores
    (``cpm.warning.rule._score_columns``) and the metrics, besides ``created_on``, the
    day the profile appeared, and ``is_scored``, whether the metrics are known at all.

    Today's facts are those the scoring run has stored, read from one table. Those of
    a past day are computed from what was known then, once, into a temporary table
    (``prepare``). Those who refused scoring are not there, nor are archived customers
    today. Of a past day they are, when they had shown a sign of life by then: nobody
    knew that they would be archived, and who is archived has often left.

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
        self.stage = Stage(env, self.company, as_of, past=past, archived=past)
        self.scores = env["cpm.warning.rule"]._score_columns()
        # Metrics of a past day that cannot be computed, once it is prepared
        self.failed = env["cpm.metric"]
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
        if not self.past or self._table:
            return self.failed
        self.env.flush_all()
        self.failed |= unusable_metrics(self.stage.metrics)
        self.stage.leave_out(self.failed)
        table = f"cpm_facts_{self.as_of:%Y%m%d}_{self.company.id}"
        self.env.cr.execute(
            SQL("DROP TABLE IF EXISTS %s", SQL.identifier("pg_temp", table))
        )
        while True:
            try:
                with mute_logger("odoo.sql_db"), self.env.cr.savepoint(flush=False):
                    self.env.cr.execute(
                        SQL(
                            """CREATE TEMP TABLE %s ON COMMIT DROP AS
                               SELECT %s FROM (%s) staged
                               JOIN (SELECT id, create_date, active FROM cpm_profile) own
                                 ON own.id = staged.profile_id
                               WHERE own.active OR %s""",
                            SQL.identifier(table),
                            self._columns(),
                            self.stage.select(),
                            self._was_alive(),
                        )
                    )
                break
            except METRIC_ERRORS:
                failing = failing_metrics(self.stage)
                if not failing:
                    raise
                failing = self.failed.browse(metric.id for metric in failing)
                self.stage.leave_out(failing)
                self.failed |= failing
        self.env.cr.execute(SQL("ANALYZE %s", SQL.identifier(table)))
        self._table = table
        return self.failed

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

    def _was_alive(self):
        """Return whether a customer had shown a sign of life by the day."""
        metric = self.company._cpm_loss_metric()
        if not metric or metric not in self.stage.metrics:
            return SQL("FALSE")
        return SQL("staged.%s IS NOT NULL", column(metric))

    def _columns(self):
        """Return the columns of a past day."""
        names = [SQL.identifier(name) for name in COLUMNS]
        for name in self.scores:
            number = SQL.identifier(name) if name in STAGED_SCORES else SQL("NULL")
            names.append(SQL("%s::float8 AS %s", number, SQL.identifier(name)))
        names.append(SQL("%s AS created_on", self._local_day(SQL("own.create_date"))))
        names.append(SQL("TRUE AS is_scored"))
        return SQL(", ").join([*names, *map(column, self.stage.stored)])

    def _stored(self):
        """Return the facts of the last run; ``metric_state`` holds all raw values.

        Not fenced: a rule names a handful of the columns, the planner leaves out the
        others.
        """
        columns = [SQL("id AS profile_id")]
        columns += [SQL.identifier(name) for name in (*COLUMNS[1:], *self.scores)]
        columns.append(SQL("%s AS created_on", self._local_day(SQL("create_date"))))
        columns.append(
            SQL(
                "(metric_state[1] IS NOT DISTINCT FROM %s::float8) AS is_scored",
                self.stage.signature,
            )
        )
        for metric in self.stage.stored:
            raw = self.stage.state_element(metric, SQL("metric_state"))
            columns.append(SQL("%s AS %s", raw, column(metric)))
        return SQL(
            """SELECT %s FROM cpm_profile
               WHERE company_id = %s AND active AND score_excluded IS NOT TRUE""",
            SQL(", ").join(columns),
            self.company.id,
        )

    # ----------------------------------------------------------------- Days

    @property
    def timezone(self):
        return self.company.partner_id.tz or "UTC"

    def _local_day(self, moment):
        """Return the day of ``moment`` (UTC) where the company is."""
        return SQL(
            "(%s AT TIME ZONE 'UTC' AT TIME ZONE %s)::date", moment, self.timezone
        )

    def start_of(self, day):
        """Return the moment ``day`` begins where the company is, as a UTC timestamp.

        :param date day: any day
        """
        return SQL(
            "(%s::date::timestamp AT TIME ZONE %s AT TIME ZONE 'UTC')",
            day,
            self.timezone,
        )

    def moments(self, days):
        """Return ``(from, to)``: the last ``days`` days up to the end of the day, as
        UTC timestamps; today ends now.

        :param int days: at least 1
        """
        first = self.start_of(self.as_of - timedelta(days=days - 1))
        end = self.start_of(self.as_of + timedelta(days=1))
        return first, SQL("LEAST(%s, %s::timestamp)", end, Datetime.now())
