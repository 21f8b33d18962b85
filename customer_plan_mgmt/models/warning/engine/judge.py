"""Signals against what happened, as SQL: one statement for all figures of a signal."""

from odoo.tools import SQL

from ....tools import churn_statistics as statistics
from .loss import Loss

TENTHS = 10
BASE = SQL.identifier("cpm_backtest_base")


class Judge:
    """The customers of one observation day with what became of them.

    Signals are judged on the same customers: those with facts on that day and a sign
    of life before it. Who had been silent for longer than the horizon by then had left
    by the same yardstick; foretelling it is no art, and ``skip_lost`` leaves them out.

    :param facts: :class:`Facts` of the day
    :param int horizon: days after the day within which a customer leaves or stays
    :param bool skip_lost: without customers who had left before
    """

    def __init__(self, facts, horizon, *, skip_lost=True):
        self.facts = facts
        self.env = facts.env
        self.horizon = horizon
        self.skip_lost = skip_lost
        self.count = self.lost = self.left_before = 0
        self._silence = []

    def prepare(self):
        """Find out what became of everybody, into a temporary table."""
        outcome = Loss(self.env, self.facts.company).outcome(
            self.facts.as_of, self.horizon
        )
        cr = self.env.cr
        cr.execute(SQL("DROP TABLE IF EXISTS pg_temp.%s", BASE))
        cr.execute(
            SQL(
                """CREATE TEMP TABLE %(base)s ON COMMIT DROP AS
                   SELECT known.profile_id, later.is_lost IS NOT FALSE AS is_lost,
                          %(day)s::date - later.last_on AS silent_days
                   FROM (%(facts)s) known
                   JOIN (%(outcome)s) later ON later.partner_id = known.partner_id""",
                base=BASE,
                day=self.facts.as_of,
                facts=self.facts.source(),
                outcome=outcome,
            )
        )
        if self.skip_lost:
            cr.execute(SQL("DELETE FROM %s WHERE silent_days > %s", BASE, self.horizon))
            self.left_before = cr.rowcount
        cr.execute(SQL("ANALYZE %s", BASE))
        self._silence = self.env.execute_query(
            SQL(
                """SELECT count(*), count(*) FILTER (WHERE is_lost) FROM %s
                   GROUP BY silent_days ORDER BY silent_days DESC""",
                BASE,
            )
        )
        self.count = sum(count for count, _lost in self._silence)
        self.lost = sum(lost for _count, lost in self._silence)

    def figures(self, signal, warn=None):
        """Judge one signal.

        :param SQL signal: ``SELECT profile_id, score, is_warned, probability``, a
            customer at most once; those who are missing have the lowest score
        :param int warn: warn of so many with the highest scores, whatever the signal
            says
        :return: values of a ``cpm.backtest.result``; what cannot be said is not there:
            a 0 would be an answer, and averages count it
        """
        ((warned, warned_lost, won, gains, brier, bins),) = self.env.execute_query(
            self._statement(signal, warn)
        )
        stayed = self.count - self.lost
        curve = [statistics.curve_point(*point) for point in bins or ()]
        gains = [statistics.share(float(found), self.lost) for found in gains]
        figures = {
            "warned_count": warned,
            "warned_lost_count": warned_lost,
            "precision": statistics.precision(warned_lost, warned),
            "recall": statistics.recall(warned_lost, self.lost),
            "rival_precision": statistics.share(
                statistics.expected_lost(self._silence, warned), warned
            ),
            "auc": statistics.share(float(won), self.lost * stayed),
            "lift_top": gains[0] * TENTHS,
            "gains": gains,
            "has_probability": bool(curve),
            "brier": brier,
            "calibration_error": statistics.expected_calibration_error(curve),
            "curve": curve,
        }
        return {name: value for name, value in figures.items() if value is not None}

    def _statement(self, signal, warn):
        warned = SQL("COALESCE(is_warned, FALSE)")
        if warn is not None:
            # Equal scores in an order that has nothing to do with the customer
            warned = SQL(
                "row_number() OVER (ORDER BY score DESC, md5(profile_id::text)) <= %s",
                warn,
            )
        return SQL(
            """WITH judged AS MATERIALIZED (
                   SELECT profile_id, is_lost, %(warned)s AS is_warned, score, probability
                   FROM (
                       SELECT base.profile_id, base.is_lost, said.is_warned,
                              COALESCE(NULLIF(said.score::float8, 'NaN'),
                                       '-Infinity') AS score,
                              NULLIF(said.probability::float8, 'NaN') AS probability
                       FROM %(base)s base
                       LEFT JOIN (%(signal)s) said ON said.profile_id = base.profile_id
                   ) joined
               ), ties AS (
                   SELECT score, count(*) AS n, count(*) FILTER (WHERE is_lost) AS lost
                   FROM judged GROUP BY score
               ), placed AS MATERIALIZED (
                   SELECT n, lost,
                          sum(n) OVER (ORDER BY score DESC) - n AS above,
                          sum(n - lost) OVER (ORDER BY score) - (n - lost) AS stayed_below
                   FROM ties
               ), bins AS (
                   SELECT LEAST(floor(probability * %(bins)s), %(bins)s - 1)::integer AS bin,
                          count(*) AS n, count(*) FILTER (WHERE is_lost) AS lost,
                          sum(probability) AS total
                   FROM judged WHERE probability IS NOT NULL GROUP BY 1
               )
               SELECT count(*) FILTER (WHERE is_warned),
                      count(*) FILTER (WHERE is_warned AND is_lost),
                      (SELECT sum(lost * (stayed_below + (n - lost) / 2.0)) FROM placed),
                      ARRAY(SELECT sum(lost * LEAST(GREATEST(
                                   %(count)s * tenth / %(tenths)s::numeric - above, 0
                               ), n) / n)
                            FROM placed, generate_series(1, %(tenths)s) tenth
                            GROUP BY tenth ORDER BY tenth),
                      avg((probability - is_lost::integer) ^ 2),
                      (SELECT json_agg(json_build_array(bin, n, lost, total) ORDER BY bin)
                       FROM bins)
               FROM judged""",
            warned=warned,
            base=BASE,
            signal=signal,
            bins=statistics.BINS,
            count=self.count,
            tenths=TENTHS,
        )
