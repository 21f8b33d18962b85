"""How long customers usually pause between two signs of life."""

from dataclasses import dataclass

from odoo.tools import SQL

# Shares are sums of fractions: 19 customers of 20 must be 95 % whatever was added first
TOLERANCE = 1e-9


@dataclass(frozen=True)
class Rhythm:
    """What the customers of a company show: after ``days`` almost everybody who ever
    came back had come back; None without anybody who did.

    ``customers`` is the number of those who came back at least once.
    """

    days: int | None
    customers: int


def find_rhythm(loss, until, percent):
    """Return the :class:`Rhythm` of the customers up to ``until``.

    The pauses between following days with a sign of life are compared. Every customer
    counts alike, however often it comes: a pause of somebody who came back n times
    weighs 1/n. Otherwise those who buy every week would set the limit for everybody.
    Pauses that still last are not known and do not count.

    :param loss: :class:`Loss` of the company
    :param date until: the last day that is looked at
    :param float percent: share of the pauses, 0 to 100, that is not to count as a loss
    :raise UserError: without a metric to tell a sign of life by
    """
    cr = loss.env.cr
    loss.env.flush_all()
    cr.execute(
        SQL(
            """
            WITH paused AS (
                SELECT partner_id,
                       day - lag(day) OVER (PARTITION BY partner_id ORDER BY day)
                           AS pause
                  FROM (%(days)s) days
            ), weighted AS (
                SELECT pause, 1.0::float8 / count(*) OVER (PARTITION BY partner_id)
                           AS weight
                  FROM paused WHERE pause IS NOT NULL
            ), summed AS (
                SELECT pause, sum(weight) AS weight FROM weighted GROUP BY pause
            ), placed AS (
                SELECT pause, sum(weight) OVER (ORDER BY pause) AS upto,
                       sum(weight) OVER () AS total
                  FROM summed
            )
            SELECT min(pause) FILTER (WHERE upto >= total * %(share)s - %(tolerance)s),
                   COALESCE(round(max(total)), 0)::integer
              FROM placed
            """,
            days=loss.event_days(until),
            share=percent / 100,
            tolerance=TOLERANCE,
        )
    )
    return Rhythm(*cr.fetchone())
