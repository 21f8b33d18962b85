"""From when to when somebody was a customer, as SQL."""

from odoo.tools import SQL, mute_logger

from ...scoring.engine.difference import METRIC_ERRORS, unusable_metrics
from .loss import Loss


class Spells:
    """Customers come, fall silent for longer than the loss days, and may come back.

    A spell begins with the first sign of life, or the first one after a loss, and ends
    on the first day on which the customer counts as lost; it is open while that day is
    still to come. Customers who refused to be judged by machines are left out, archived
    ones are not: they would be missing among those who left.

    :param env: any environment; records are read in superuser mode
    :param company: ``res.company``
    """

    def __init__(self, env, company):
        self.loss = Loss(env, company)
        self.company = self.loss.company
        self.today = self.company._cpm_today()
        self.days = self.company._cpm_loss_days()

    @property
    def are_known(self):
        """Whether there is a metric to tell by, and the database can read it. A broken
        one must not take the report from other companies; the scoring run tells an
        administrator of it."""
        metric, cr = self.loss.metric, self.loss.env.cr
        if not metric or unusable_metrics(metric):
            return False
        try:
            with mute_logger("odoo.sql_db"), cr.savepoint(flush=False):
                cr.execute(SQL("EXPLAIN %s", self.loss.event_days(self.today)))
        except METRIC_ERRORS:
            return False
        return True

    def tables(self):
        """Return the definitions for a ``WITH`` clause:

        * ``days``: ``profile_id, day``, each day with a sign of life once
        * ``spells``: ``profile_id, start, lost_on, back_on, is_new, cohort``: ``lost_on``
          is NULL while the spell is open, ``back_on`` the next sign of life after the
          loss, ``is_new`` says that there was none before, and
          ``cohort`` is the month of the very first sign of life, ``cohort_number`` its
          number
        * ``months``: ``first, next, number``: the first days of the months from the
          first sign of life until today, and of the months after them
        """
        return SQL(
            """
            days AS MATERIALIZED (
                SELECT p.id AS profile_id, d.day
                  FROM (%(events)s) d
                  JOIN cpm_profile p ON p.partner_id = d.partner_id
                   AND p.company_id = %(company)s AND p.score_excluded IS NOT TRUE
            ), spells AS MATERIALIZED (
                SELECT profile_id, day AS start, is_new,
                       date_trunc('month', first_day)::date AS cohort,
                       %(cohort_number)s AS cohort_number,
                       CASE WHEN is_last THEN day ELSE next_edge END + %(lost_after)s
                           AS lost_on,
                       CASE WHEN is_last THEN next_day ELSE next_start END AS back_on
                  FROM (
                    SELECT edges.*, lead(day) OVER customer AS next_edge,
                           lead(next_day) OVER customer AS next_start,
                           min(day) OVER (PARTITION BY profile_id) AS first_day
                      FROM (
                        SELECT profile_id, day, lead(day) OVER customer AS next_day,
                               lag(day) OVER customer IS NULL AS is_new,
                               -- Back on the very day of the loss: never silent too long
                               COALESCE(day - 1 - lag(day) OVER customer > %(loss)s,
                                        TRUE) AS is_first,
                               COALESCE(lead(day) OVER customer - 1, %(today)s) - day
                                   > %(loss)s AS is_last
                          FROM days
                        WINDOW customer AS (PARTITION BY profile_id ORDER BY day)
                      ) edges
                     WHERE is_first OR is_last
                    WINDOW customer AS (PARTITION BY profile_id ORDER BY day)
                  ) spelled
                 WHERE is_first
            ), months AS MATERIALIZED (
                SELECT m::date AS first, (m + interval '1 month')::date AS next,
                       %(number)s AS number
                  FROM generate_series(
                           (SELECT min(cohort) FROM spells)::timestamp,
                           %(today)s::timestamp, interval '1 month') m
            )
            """,
            events=self.loss.event_days(self.today),
            company=self.company.id,
            loss=self.days,
            lost_after=self.days + 1,
            today=SQL("%s::date", self.today),
            number=self._month_number(SQL("m")),
            cohort_number=self._month_number(SQL("first_day")),
        )

    @staticmethod
    def _month_number(day):
        """Return the months since January 1900 as a number, so that months apart are a
        subtraction."""
        return SQL(
            "(EXTRACT(YEAR FROM %(day)s) * 12 + EXTRACT(MONTH FROM %(day)s) - 22801)"
            "::integer",
            day=day,
        )

    def tiers(self):
        """Return the definition of ``tiers``: ``profile_id, tier_id, since, until``.
        What a customer was before the history begins is taken from its first entry."""
        return SQL(
            """
            tiers AS (
                SELECT profile_id, to_tier_id AS tier_id,
                       CASE WHEN lag(id) OVER customer IS NULL THEN '-infinity'
                            ELSE effective_date END AS since,
                       COALESCE(lead(effective_date) OVER customer, 'infinity') AS until
                  FROM cpm_tier_change
                 WHERE company_id = %s AND effective_date <= %s
                   AND (state = 'applied'
                        OR (state = 'expired' AND decided_on IS NOT NULL))
                WINDOW customer AS (PARTITION BY profile_id ORDER BY effective_date, id)
            )
            """,
            self.company.id,
            self.today,
        )
