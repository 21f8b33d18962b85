"""Computes what differs from the stored results, and copes with metrics that fail."""

import logging

import psycopg2

from odoo.exceptions import ValidationError
from odoo.tools import SQL, mute_logger

from .metric_sql import column, group_sources
from .writer import BATCH

_logger = logging.getLogger(__name__)

# What a metric can do wrong inside the database; conflicts with others are not it
METRIC_ERRORS = (
    psycopg2.DataError,
    psycopg2.ProgrammingError,
    psycopg2.InternalError,
    psycopg2.NotSupportedError,
    ValueError,  # from the ORM, while the statement is put together
    TypeError,
)


def retire_unusable_metrics(env):
    """Make metrics inactive whose model or fields are gone.

    :return: the active ``cpm.metric`` records that are left
    """
    metrics = env["cpm.metric"].search([])
    # Ratios last: they are unusable as soon as one of their parts is
    for metric in metrics.sorted(lambda metric: metric.source == "ratio"):
        reason = _reason_unusable(metric)
        if reason:
            _logger.warning("Metric %s is archived: %s", metric.code, reason)
            metric.write({"active": False})
            metric._report_failure(reason)
            metrics -= metric
    return metrics


def _reason_unusable(metric):
    """Return why ``metric`` cannot be computed, in the language of the reader of
    failures; None when it can."""
    try:
        metric._raise_if_invalid()
    except ValidationError:
        try:
            metric.with_context(lang=metric._failure_reader().lang)._raise_if_invalid()
        except ValidationError as error:
            return str(error)
    return None


def unusable_metrics(metrics):
    """Return which of ``metrics`` a real run would retire."""
    unusable = metrics.filtered(_reason_unusable)
    return unusable | metrics.filtered(
        lambda metric: (metric.numerator_id | metric.denominator_id) & unusable
    )


def failing_metrics(stage, partial=False):
    """Try every computed metric alone.

    :return: ``{metric: reason}`` of those the database cannot compute
    """
    cr, failing = stage.env.cr, {}
    for metric in stage.computed:
        try:
            with mute_logger("odoo.sql_db"), cr.savepoint(flush=False):
                for source in group_sources(
                    stage.env, stage.company, metric, stage.rates
                ):
                    statement = source.statement(stage.as_of, partial)
                    # Of the column: a column nobody asks for is not computed
                    cr.execute(
                        SQL(
                            "SELECT count(%s) FROM (%s) tried",
                            column(metric),
                            statement,
                        )
                    )
        except METRIC_ERRORS as error:
            failing[metric] = str(error)
    return failing


class Difference:
    """Fills ``cpm_run_change``, one row per customer whose result differs.

    One statement for everything; when it fails, the metric at fault is found,
    reported and left out (its last value is kept), and the rest goes on.

    :param stage: :class:`Stage`
    :param scope: :class:`Scope`
    """

    def __init__(self, stage, scope):
        self.stage = stage
        self.scope = scope
        self.cr = stage.env.cr

    def compute(self):
        """Create the table; return the number of its rows."""
        while True:
            try:
                with mute_logger("odoo.sql_db"), self.cr.savepoint(flush=False):
                    self.cr.execute(
                        SQL(
                            "CREATE TEMP TABLE cpm_run_change AS %s",
                            self.stage.difference(self.scope.partial, self.scope.only),
                        )
                    )
                    changed = self.cr.rowcount
                break
            except METRIC_ERRORS:
                if not self._isolate_failures():
                    raise
        if changed > BATCH:
            self.cr.execute(SQL("CREATE INDEX ON cpm_run_change (seq)"))
        if changed:
            # Of all columns it would take as long as writing them
            self.cr.execute(SQL("ANALYZE cpm_run_change (seq, profile_id)"))
        return changed

    def _isolate_failures(self):
        """Report and set aside the metrics that fail.

        :return: whether any was found
        """
        failing = failing_metrics(self.stage, self.scope.partial)
        for metric, reason in failing.items():
            self.stage.failed |= metric
            metric._report_failure(reason)
        return bool(failing)
