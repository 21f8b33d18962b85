"""The order of a scoring run: lock, profiles, measure, compare, write."""

import logging
import time
import zlib
from dataclasses import dataclass, field
from functools import partial

from odoo import fields
from odoo.exceptions import UserError
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools import SQL, mute_logger

from .difference import Difference, retire_unusable_metrics
from .dry_run import dry_rows, sample
from .notes import Notes
from .scope import Scope, drop_tables
from .stage import Stage
from .writer import BATCH, Writer

_logger = logging.getLogger(__name__)

LOCK_SPACE = zlib.crc32(b"customer_plan_mgmt.scoring") - 2**31
# How often a batch is tried again when somebody edits the same customers
ATTEMPTS = 5


class RunUnderWay(UserError):
    """Another run of the same company holds the lock."""


@dataclass
class RunResult:
    """What one run of one company did or, in a dry run, would do.

    ``rows`` is filled by dry runs only: ``{profile id: {"partner_id", "value_score",
    "value_level", "health_score", "health_level", "health_uncapped", "loyalty_score",
    "loyalty_level", "tier_id", "lifecycle_stage_id", "metrics": {code: value}}}``, ids
    and numbers as stored, None for missing.
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
        self.caller = env  # speaks the language of whoever started the run
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
        self._started = time.monotonic(), self.env.cr.sql_log_count
        self._name = self.company.name
        self.env.flush_all()
        if self.dry_run:
            rows, failed = dry_rows(self._dry_stage(), self.profiles)
            self.result.rows = rows
            self.result.looked_at = len(rows)
            self.result.failed_metrics = failed.mapped("code")
            self._measure()
        else:
            self._lock()
            try:
                # What the run before committed after this transaction began is
                # invisible in it and would be found, and written, once more
                self._step()
                self._work()
            except BaseException:
                if self.commit:
                    self.env.cr.rollback()
                    drop_tables(self.env.cr)
                raise
            finally:
                if self.commit:
                    self._unlock()
        return self.result

    def _measure(self):
        """Note what the run took, without what others make of the scores."""
        started, queries = self._started
        self.result.seconds = time.monotonic() - started
        self.result.queries = self.env.cr.sql_log_count - queries
        _logger.info(
            "Scored %s as of %s: %s looked at, %s changed, %s queries, %.1f s",
            self._name,
            self.as_of,
            self.result.looked_at,
            self.result.changed,
            self.result.queries,
            self.result.seconds,
        )

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
            raise RunUnderWay(
                self.caller._(
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
        writer, results = self._insist(lambda: self._compare(begun))
        self._write_changes(writer)
        self._insist(lambda: self._finish(begun, results))
        self._measure()
        if self.as_of == self.company._cpm_today():
            self._tell_others()

    def _compare(self, begun):
        """Find what differs from what is stored.

        :return: the :class:`Writer` of the changes and what the company remembers
        """
        if self.profiles is None:
            self.result.created = self.env["cpm.profile"]._sync_profiles(self.company)
            self._expire_limited_tiers()
        metrics = retire_unusable_metrics(self.env)
        if self.profiles is None and self.as_of == self.company._cpm_today():
            self.env["cpm.scorecard"]._before_run(self.company)
        stage = Stage(self.env, self.company, self.as_of)
        scope = Scope(stage, self.profiles, self.full)
        self.result.full = scope.full
        self.result.changed = Difference(stage, scope).compute()
        self.result.looked_at = scope.count()
        self.result.failed_metrics = stage.failed.mapped("code")
        (metrics - stage.failed)._clear_failure()
        results = self._prepare_results(begun, stage, scope)
        writer = Writer(stage, Notes(self.env, self.company))
        self._step()
        return writer, results

    def _insist(self, step):
        """Call ``step``, and again after somebody else changed the same rows.

        Without the right to commit the whole transaction is the caller's to repeat.
        """
        for attempt in range(ATTEMPTS):
            try:
                with mute_logger("odoo.sql_db"):
                    return step()
            except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
                if not self.commit or attempt == ATTEMPTS - 1:
                    raise
                self.env.cr.rollback()
                time.sleep(0.2 * (attempt + 1))

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

    def _write_changes(self, writer):
        notes = writer.notes

        def write(first, last, notes_left):
            notes.left = notes_left  # not what an attempt before has used up
            self._step(writer.write_batch(first, last))

        for first in range(1, self.result.changed + 1, BATCH):
            last = min(first + BATCH - 1, self.result.changed)
            self._insist(partial(write, first, last, notes.left))

    def _prepare_results(self, begun, stage, scope):
        """Return what the company remembers of a run over all customers."""
        vals = {"cpm_scored_on": self.as_of, "cpm_last_run_at": begun}
        if self.result.full:
            vals["cpm_last_full_on"] = self.as_of
            vals["cpm_rule_signature"] = scope.signature
        if self.result.failed_metrics:
            vals["cpm_rule_signature"] = False  # the next run looks at everybody
        if stage.sets_tiers and not self.company.cpm_tiers_started:
            vals["cpm_tiers_started"] = True
        return vals

    def _finish(self, begun, results):
        """Note on the company, or on the chosen profiles, what was done when."""
        self._note_results(begun, results)
        drop_tables(self.env.cr)
        self.env.invalidate_all()
        self._step()

    def _tell_others(self):
        """Let what builds on scores follow. What is scored stays scored when that
        fails; an administrator is told."""
        cards = self.env["cpm.scorecard"]

        def follow():
            with self.env.cr.savepoint():
                cards._after_run(self.company, self.profiles)
            self._step()

        try:
            self._insist(follow)
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
            raise
        except Exception as error:
            self.env.invalidate_all()
            _logger.exception("What builds on the scores of %s failed", self.company.id)
            cards._report_failed_run(self.company, str(error))
            self._step()

    def _note_results(self, begun, results):
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
        self.company.write(results)
        self.env.flush_all()

    # ---------------------------------------------------------------- Looking

    def _dry_stage(self):
        past = self.as_of < self.company._cpm_today()
        return Stage(
            self.env, self.company, self.as_of, thresholds=self.thresholds, past=past
        )

    def sample(self, metric, limit):
        """Return ``[(profile id, value, is missing)]``; see ``dry_run.sample``."""
        self.env.flush_all()
        return sample(self._dry_stage(), metric.with_env(self.env), limit)
