"""The order of a scoring run: lock, profiles, measure, compare, write."""

import logging
import time
import zlib
from dataclasses import dataclass, field

import psycopg2

from odoo import fields
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL, mute_logger

from .dirty import DirtySet
from .metric_sql import group_sources
from .stage import Stage
from .writer import BATCH, Writer

_logger = logging.getLogger(__name__)

# What a metric can do wrong inside the database; conflicts with others are not it
METRIC_ERRORS = (
    psycopg2.DataError,
    psycopg2.ProgrammingError,
    psycopg2.InternalError,
    psycopg2.NotSupportedError,
)
LOCK_SPACE = zlib.crc32(b"customer_plan_mgmt.scoring") - 2**31
# How often a batch is tried again when somebody edits the same customers
ATTEMPTS = 5


@dataclass
class RunResult:
    """What one run of one company did or, in a dry run, would do.

    ``rows`` is filled by dry runs only: ``{profile id: {"partner_id", "value_score",
    "value_level", "health_score", "health_level", "loyalty_score", "loyalty_level",
    "tier_id", "lifecycle_stage_id", "metrics": {code: value}}}``, ids and numbers as
    stored, None for missing.
    """

    company_id: int
    as_of: object
    dry_run: bool = False
    full: bool = True
    created: int = 0
    looked_at: int = 0
    changed: int = 0
    failed_metrics: list = field(default_factory=list)
    seconds: float = 0.0
    queries: int = 0
    rows: dict = field(default_factory=dict)


class ScoringRun:
    """One run for one company; see ``cpm.scorecard._run`` for the arguments.

    :param profiles: score only these customers (all of ``company``)
    :param thresholds: tier thresholds to try out instead of the stored ones
    """

    def __init__(
        self,
        env,
        company,
        as_of,
        *,
        dry_run=False,
        full=None,
        commit=False,
        profiles=None,
        thresholds=None,
    ):
        self.env = env(context={**env.context, "active_test": True, "lang": None})
        self.company = company.with_env(self.env)
        self.as_of = as_of
        self.dry_run = dry_run
        self.full = full
        self.commit = commit and not dry_run
        self.profiles = profiles
        self.thresholds = thresholds
        self.result = RunResult(company.id, as_of, dry_run=dry_run)

    # ----------------------------------------------------------------- Frame

    def execute(self):
        """Run and return the :class:`RunResult`.

        :raise UserError: when another run of this company is under way
        """
        started, queries = time.monotonic(), self.env.cr.sql_log_count
        self.env.flush_all()
        if self.dry_run:
            self._dry_run()
        else:
            self._lock()
            try:
                self._work()
            except BaseException:
                if self.commit:
                    self.env.cr.rollback()
                raise
            finally:
                if self.commit:
                    self._unlock()
        self.result.seconds = time.monotonic() - started
        self.result.queries = self.env.cr.sql_log_count - queries
        _logger.info(
            "Scored %s as of %s: %s looked at, %s changed, %s queries, %.1f s",
            self.company.name,
            self.as_of,
            self.result.looked_at,
            self.result.changed,
            self.result.queries,
            self.result.seconds,
        )
        return self.result

    def _lock(self):
        """Take the lock of the company: for the session when the run commits, else
        for the transaction."""
        function = (
            "pg_try_advisory_lock" if self.commit else "pg_try_advisory_xact_lock"
        )
        self.env.cr.execute(
            SQL(
                "SELECT %s(%s, %s)",
                SQL.identifier(function),
                LOCK_SPACE,
                self.company.id,
            )
        )
        if not self.env.cr.fetchone()[0]:
            raise UserError(
                self.env._(
                    "The customers of %s are being scored right now. Try again in a "
                    "few minutes.",
                    self.company.name,
                )
            )

    def _unlock(self):
        self.env.cr.execute(
            SQL("SELECT pg_advisory_unlock(%s, %s)", LOCK_SPACE, self.company.id)
        )

    def _step(self, processed=0):
        """Commit what is complete when the run may."""
        if self.commit:
            self.env["ir.cron"]._commit_progress(processed)

    # ------------------------------------------------------------------ Work

    def _work(self):
        begun = fields.Datetime.now()
        if self.profiles is None:
            self.result.created = self.env["cpm.profile"]._sync_profiles(self.company)
            self._expire_limited_tiers()
        metrics = self._retire_unusable_metrics()
        stage = Stage(self.env, self.company, self.as_of)
        partial, only = self._choose_scope(stage)
        self._compute_changes(stage, partial, only)
        metrics._clear_failure_except(stage.failed)
        self._step()
        self._write_changes(stage)
        self._finish(begun, stage)
        self._drop("cpm_run_change", "cpm_run_scope", "cpm_run_contact")
        self.env.invalidate_all()
        self._step()

    def _expire_limited_tiers(self):
        """Mark the history of tiers whose limited time is over."""
        self.env.cr.execute(
            SQL(
                """UPDATE cpm_tier_change
                   SET state = 'expired', write_date = now() AT TIME ZONE 'UTC'
                   WHERE state = 'applied' AND expiry_date < %s AND company_id = %s""",
                self.as_of,
                self.company.id,
            )
        )

    def _retire_unusable_metrics(self):
        """Make metrics inactive whose model or fields are gone; return the others."""
        metrics = self.env["cpm.metric"].search([])
        # Ratios last: they are unusable as soon as one of their parts is
        for metric in metrics.sorted(lambda metric: metric.source == "ratio"):
            try:
                metric._raise_if_invalid()
            except ValidationError as error:
                _logger.warning("Metric %s is archived: %s", metric.code, error)
                metric.write({"active": False})
                metric._report_failure(str(error))
                metrics -= metric
        return metrics

    def _choose_scope(self, stage):
        """Decide who is looked at.

        :return: ``(partial, only)`` for :meth:`Stage.difference`
        """
        if self.profiles is not None:
            self.result.full = False
            if stage.uses_base:
                # Comparing with the others needs the others; write only the chosen
                return False, SQL("profile_id IN %s", tuple(self.profiles.ids) or (0,))
            self._fill_scope(
                [
                    SQL(
                        "SELECT id FROM cpm_profile WHERE id IN %s",
                        tuple(self.profiles.ids) or (0,),
                    )
                ]
            )
            return True, None
        if self._wants_full(stage):
            return False, None
        self.result.full = False
        dirty = DirtySet(
            stage, self.company.cpm_scored_on, self.company.cpm_last_run_at
        )
        self._fill_scope(list(dirty.statements()))
        return True, None

    def _wants_full(self, stage):
        if self.full is not None and self.full:
            return True
        company = self.company
        known = (
            company.cpm_last_full_on
            and company.cpm_scored_on
            and company.cpm_last_run_at
        )
        if (
            not known
            or self.as_of < company.cpm_scored_on
            or company.cpm_rule_signature != rule_signature(stage)
            or not DirtySet.is_possible(stage)
        ):
            return True
        age = (self.as_of - company.cpm_last_full_on).days
        return self.full is None and age >= company.cpm_full_pass_days

    def _fill_scope(self, statements):
        """Put the profiles selected by ``statements`` and their contacts into the
        temporary tables the stage joins."""
        self._drop("cpm_run_scope", "cpm_run_contact")
        self.env.cr.execute(
            SQL(
                "CREATE TEMP TABLE cpm_run_scope AS SELECT id AS profile_id FROM (%s) ids",
                SQL(" UNION ").join(SQL("(%s)", statement) for statement in statements),
            )
        )
        self.env.cr.execute(
            SQL(
                """CREATE TEMP TABLE cpm_run_contact AS
                   SELECT rp.id AS contact_id, p.partner_id
                   FROM cpm_run_scope s
                   JOIN cpm_profile p ON p.id = s.profile_id
                   JOIN res_partner rp ON rp.commercial_partner_id = p.partner_id"""
            )
        )
        self.env.cr.execute(SQL("ANALYZE cpm_run_scope"))
        self.env.cr.execute(SQL("ANALYZE cpm_run_contact"))

    def _compute_changes(self, stage, partial, only):
        """Put the difference into ``cpm_run_change``.

        One statement for everything; when it fails, the metric at fault is found,
        reported and left out (its last value is kept), and the rest goes on.
        """
        while True:
            self._drop("cpm_run_change")
            try:
                with mute_logger("odoo.sql_db"), self.env.cr.savepoint(flush=False):
                    self.env.cr.execute(
                        SQL(
                            "CREATE TEMP TABLE cpm_run_change AS %s",
                            stage.difference(partial, only),
                        )
                    )
                    self.result.changed = self.env.cr.rowcount
                break
            except METRIC_ERRORS:
                if not self._isolate_failures(stage, partial):
                    raise
        self.env.cr.execute(SQL("CREATE INDEX ON cpm_run_change (seq)"))
        self.env.cr.execute(SQL("ANALYZE cpm_run_change"))
        self.env.cr.execute(
            SQL("SELECT count(*) FROM cpm_run_scope")
            if partial
            else SQL(
                """SELECT count(*) FROM cpm_profile
                   WHERE company_id = %s AND active AND score_excluded IS NOT TRUE""",
                self.company.id,
            )
        )
        self.result.looked_at = self.env.cr.fetchone()[0]

    def _isolate_failures(self, stage, partial):
        """Try every metric alone; report and set aside those that fail.

        :return: whether any was found
        """
        found = False
        for metric in stage.computed:
            alone = stage.env["cpm.metric"].browse(metric.id)
            try:
                with mute_logger("odoo.sql_db"), self.env.cr.savepoint(flush=False):
                    for source in group_sources(self.env, self.company, alone):
                        self.env.cr.execute(
                            SQL(
                                "SELECT count(*) FROM (%s) tried",
                                source.statement(self.as_of, partial),
                            )
                        )
            except METRIC_ERRORS as error:
                stage.failed |= alone
                self.result.failed_metrics.append(metric.code)
                alone._report_failure(str(error))
                found = True
        return found

    def _write_changes(self, stage):
        writer = Writer(stage, self.company.cpm_note_limit)
        for first in range(1, self.result.changed + 1, BATCH):
            last = min(first + BATCH - 1, self.result.changed)
            for attempt in range(ATTEMPTS):
                notes_left = writer.notes_left
                try:
                    with mute_logger("odoo.sql_db"):
                        written = writer.write_batch(first, last)
                        self._step(written)
                    break
                except psycopg2.errors.SerializationFailure:
                    # Somebody edited one of these customers. Without the right to
                    # commit the whole transaction is the caller's to repeat.
                    if not self.commit or attempt == ATTEMPTS - 1:
                        raise
                    self.env.cr.rollback()
                    writer.notes_left = notes_left
                    time.sleep(0.2 * (attempt + 1))

    def _finish(self, begun, stage):
        """Note on the company, or on the chosen profiles, what was done when."""
        if self.profiles is not None:
            self.env.cr.execute(
                SQL(
                    """UPDATE cpm_profile SET recalculated_on = %s, recalculated_at = %s
                       WHERE id IN %s AND score_excluded IS NOT TRUE""",
                    self.as_of,
                    begun,
                    tuple(self.profiles.ids) or (0,),
                )
            )
            return
        self.env.cr.execute(
            SQL(
                """UPDATE cpm_profile SET recalculated_on = NULL
                   WHERE company_id = %s AND recalculated_on > %s""",
                self.company.id,
                self.as_of,
            )
        )
        vals = {"cpm_scored_on": self.as_of, "cpm_last_run_at": begun}
        if self.result.full:
            vals["cpm_last_full_on"] = self.as_of
            vals["cpm_rule_signature"] = rule_signature(stage)
        if self.result.failed_metrics:
            vals["cpm_rule_signature"] = False  # the next run looks at everybody
        if stage.sets_tiers and not self.company.cpm_tiers_started:
            vals["cpm_tiers_started"] = True
        self.company.write(vals)
        self.env.flush_all()

    def _drop(self, *tables):
        for table in tables:
            self.env.cr.execute(
                SQL("DROP TABLE IF EXISTS %s", SQL.identifier("pg_temp", table))
            )

    # --------------------------------------------------------------- Dry run

    def _dry_run(self):
        stage = self._dry_stage()
        metrics = stage.metrics
        columns = [
            SQL.identifier(name)
            for name in (
                "profile_id",
                "partner_id",
                "value_score",
                "value_level",
                "health_score",
                "health_level",
                "loyalty_score",
                "loyalty_level",
                "tier_id",
                "lifecycle_stage_id",
            )
        ]
        names = [str(column.code).strip('"') for column in columns]
        values = [SQL("(%s)::float8", stage.values.of(metric)) for metric in metrics]
        only = SQL("TRUE")
        if self.profiles is not None:
            only = SQL("profile_id IN %s", tuple(self.profiles.ids) or (0,))
        self.env.cr.execute(
            SQL(
                "SELECT %s FROM (%s) staged WHERE %s",
                SQL(", ").join(columns + values),
                stage.select(),
                only,
            )
        )
        for row in self.env.cr.fetchall():
            facts = dict(zip(names, row, strict=False))
            facts["metrics"] = dict(
                zip(metrics.mapped("code"), row[len(names) :], strict=True)
            )
            self.result.rows[facts.pop("profile_id")] = facts
        self.result.looked_at = len(self.result.rows)

    def _dry_stage(self):
        past = self.as_of < fields.Date.context_today(self.company)
        return Stage(
            self.env, self.company, self.as_of, thresholds=self.thresholds, past=past
        )

    def sample(self, metric, limit):
        """Return ``[(profile id, value, is missing)]`` for at most ``limit`` customers
        of the company, those with a value first."""
        stage = self._dry_stage()
        stage.metrics |= metric.with_env(self.env)
        value = stage.values.of(metric.with_env(self.env))
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """SELECT profile_id, COALESCE(value, 0), value IS NULL
                   FROM (SELECT profile_id, (%s)::float8 AS value FROM (%s) base) sampled
                   ORDER BY value IS NULL, value DESC, profile_id LIMIT %s""",
                value,
                stage.base(),
                limit,
            )
        )
        return self.env.cr.fetchall()


def rule_signature(stage):
    """Return a text that changes whenever a rule does that may move a customer."""
    parts = []
    for records, names in (
        (
            stage.metrics,
            "code source model_name partner_field date_field measure measure_field "
            "currency_field domain period_days higher_is_better numerator_id "
            "denominator_id",
        ),
        (stage.cards, "purpose segment_id tier_id high_from medium_from"),
        (stage.cards.segment_id, "domain"),
        (
            stage.cards.line_ids,
            "scorecard_id metric_id weight banding low_value high_value",
        ),
        (stage.cards.line_ids.band_ids, "line_id from_value points"),
        (
            stage.tiers.tiers,
            "basis promotion_threshold demotion_threshold promotion_top_percent "
            "demotion_top_percent minimum_stay_days",
        ),
        (stage.env["cpm.lifecycle.stage"].search([]), "code sequence rule"),
    ):
        for record in records:
            parts.append(
                (record._name, record.id, *(str(record[n]) for n in names.split()))
            )
    parts.append((stage.proposes, stage.sets_tiers))
    return f"{zlib.crc32(repr(parts).encode()):08x}"
