"""Runs that only look."""

from odoo.tools import SQL, mute_logger

from .difference import METRIC_ERRORS, failing_metrics, unusable_metrics

COLUMNS = (
    "profile_id",
    "partner_id",
    "value_score",
    "value_level",
    "health_score",
    "health_level",
    "health_uncapped",
    "loyalty_score",
    "loyalty_level",
    "tier_id",
    "lifecycle_stage_id",
)


def dry_rows(stage, profiles=None):
    """Compute what a run would store.

    Metrics that cannot be computed are left out. One that fails today keeps its last
    value, as in a real run; for a day in the past that value was not known then.

    :param stage: :class:`Stage`
    :param profiles: only these ``cpm.profile`` records
    :return: ``{profile id: {column: value, "metrics": {code: value}}}``, None for
        missing, and the ``cpm.metric`` records that failed
    """
    failed = unusable_metrics(stage.metrics)
    stage.leave_out(failed)
    while True:
        try:
            with mute_logger("odoo.sql_db"), stage.env.cr.savepoint(flush=False):
                return _rows(stage, profiles), failed
        except METRIC_ERRORS:
            failing = failed.browse(metric.id for metric in failing_metrics(stage))
            if not failing:
                raise
            failed |= failing
            if stage.past:
                stage.leave_out(failing)
            else:
                stage.failed |= failing


def _rows(stage, profiles):
    cr = stage.env.cr
    columns = [SQL.identifier(name) for name in COLUMNS]
    columns += [
        SQL("(%s)::float8", stage.values.of(metric)) for metric in stage.metrics
    ]
    only = SQL("TRUE")
    if profiles is not None:
        only = SQL("profile_id IN %s", tuple(profiles.ids) or (0,))
    cr.execute(
        SQL(
            "SELECT %s FROM (%s) staged WHERE %s",
            SQL(", ").join(columns),
            stage.select(),
            only,
        )
    )
    codes = stage.metrics.mapped("code")
    rows = {}
    for row in cr.fetchall():
        facts = dict(zip(COLUMNS, row, strict=False))
        facts["metrics"] = dict(zip(codes, row[len(COLUMNS) :], strict=True))
        rows[facts.pop("profile_id")] = facts
    return rows


def sample(stage, metric, limit):
    """Return ``[(profile id, value, is missing)]`` of ``metric`` for at most ``limit``
    customers, those with a value first."""
    wanted = metric | metric.numerator_id | metric.denominator_id
    stage.leave_out(stage.metrics - wanted)  # whatever is wrong with the others
    stage.metrics |= wanted
    stage.absent -= wanted
    cr = stage.env.cr
    cr.execute(
        SQL(
            """SELECT profile_id, COALESCE(value, 0), value IS NULL
               FROM (SELECT profile_id, (%s)::float8 AS value FROM (%s) base) sampled
               ORDER BY value IS NULL, value DESC, profile_id LIMIT %s""",
            stage.values.of(metric),
            stage.base(),
            limit,
        )
    )
    return cr.fetchall()
