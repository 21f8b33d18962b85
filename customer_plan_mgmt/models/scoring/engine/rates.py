"""Currency conversion as SQL: the rates spread over days, joined once."""

from datetime import timedelta
from functools import cached_property

from odoo.tools import SQL


class Rates:
    """The rates one company converts with, as ``res.currency`` finds them.

    For a day the last rate before counts, else the first one after, else 1; rates
    of the company itself go before those for all companies. Looking that up for
    every record costs a sorted read of all rates each time. So the rates are spread
    over the days between the first and the last one, and records find theirs by
    currency and day in a hash. A company without any rate converts nothing.

    :param env: superuser environment
    :param company: ``res.company``
    """

    def __init__(self, env, company):
        self.env = env
        self.own = company.currency_id.id
        self.visible = SQL(
            "(r.company_id IS NULL OR r.company_id = %s)", company.root_id.id
        )

    @cached_property
    def _known(self):
        """First and last day with a rate, and the currencies that have any."""
        self.env["res.currency.rate"].flush_model()
        self.env.cr.execute(
            SQL(
                """SELECT min(r.name), max(r.name), array_agg(DISTINCT r.currency_id)
                   FROM res_currency_rate r WHERE %s""",
                self.visible,
            )
        )
        return self.env.cr.fetchone()

    @property
    def are_needed(self):
        """Whether there is anything to convert with."""
        return self._known[0] is not None

    def join(self, alias, currency, day):
        """Return the join that gives every record its rates.

        :param alias: name for :meth:`convert`
        :param currency: SQL of the record's currency
        :param day: SQL of the record's day
        """
        first, last, currencies = self._known
        # Currencies without rates share the rows of the currency 0
        return SQL(
            """LEFT JOIN (%(days)s) %(alias)s
               ON %(alias)s.currency_id = CASE WHEN %(currency)s = %(own)s THEN NULL
                                               WHEN %(currency)s IN %(known)s
                                               THEN %(currency)s
                                               WHEN %(currency)s IS NOT NULL THEN 0 END
              AND %(alias)s.day = LEAST(GREATEST(%(day)s, %(first)s), %(last)s)""",
            days=self._days(),
            alias=alias,
            currency=currency,
            own=self.own,
            known=tuple(currencies),
            day=day,
            # The day before the first rate stands for all days without one before
            first=first - timedelta(days=1),
            last=last,
        )

    def convert(self, alias, currency, value):
        """Return ``value`` in the currency of the company."""
        return SQL(
            """CASE WHEN %(currency)s IS NULL OR %(currency)s = %(own)s THEN %(value)s
                    ELSE %(value)s * %(alias)s.own_rate / NULLIF(%(alias)s.rate, 0) END""",
            currency=currency,
            own=self.own,
            value=value,
            alias=alias,
        )

    def _days(self):
        """Return ``SELECT currency_id, day, own_rate, rate``, one row per currency
        and day."""
        first, last, _currencies = self._known
        return SQL(
            """
            WITH known AS (
                SELECT r.currency_id, r.company_id, r.name, r.rate,
                       min(r.name) FILTER (WHERE r.company_id IS NOT NULL)
                           OVER (PARTITION BY r.currency_id) AS own_since
                FROM res_currency_rate r WHERE %(visible)s
            ), valid AS (
                SELECT currency_id, name AS since, rate FROM known
                WHERE company_id IS NOT NULL OR own_since IS NULL OR name < own_since
                UNION ALL (
                    SELECT DISTINCT ON (currency_id) currency_id, %(first)s, rate
                    FROM known ORDER BY currency_id, company_id, name
                )
            ), days AS MATERIALIZED (
                SELECT currency_id, rate,
                       generate_series(since, until - 1, interval '1 day')::date AS day
                FROM (
                    SELECT *, lead(since, 1, %(last)s + 1) OVER (
                        PARTITION BY currency_id ORDER BY since) AS until
                    FROM valid
                ) spans
            ), own AS (
                SELECT every.day::date AS day, COALESCE(days.rate, 1.0) AS rate
                FROM generate_series(%(first)s, %(last)s, interval '1 day') every(day)
                LEFT JOIN days ON days.day = every.day AND days.currency_id = %(own)s
            )
            SELECT days.currency_id, days.day, own.rate AS own_rate, days.rate
            FROM days JOIN own USING (day) WHERE days.currency_id != %(own)s
            UNION ALL
            SELECT 0, own.day, own.rate, 1.0 FROM own
            """,
            visible=self.visible,
            first=SQL("%s::date", first - timedelta(days=1)),
            last=SQL("%s::date", last),
            own=self.own,
        )
