"""Currency conversion as SQL: the rates spread over eras, joined once."""

from functools import cached_property

from odoo.tools import SQL


class Rates:
    """The rates one company converts with, as ``res.currency`` finds them.

    For a day the last rate before counts, else the first one after, else 1; rates
    of the company itself go before those for all companies. Looking that up for
    every record costs a sorted read of all rates each time. So the rates are spread
    over eras, and records find theirs by currency and era in a hash. A new era begins
    on every day with a rate of any currency; all days before are era 0. Days would be
    too many: a single old rate of every currency makes a million rows.
    A company without any rate converts nothing.

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
        """The days with a rate, in order, and the currencies that have any."""
        self.env["res.currency.rate"].flush_model()
        self.env.cr.execute(
            SQL(
                """SELECT array_agg(DISTINCT r.name ORDER BY r.name),
                          array_agg(DISTINCT r.currency_id)
                   FROM res_currency_rate r WHERE %s""",
                self.visible,
            )
        )
        return self.env.cr.fetchone()

    @property
    def are_needed(self):
        """Whether there is anything to convert with."""
        return self._known[0] is not None

    def _era(self, day):
        """Return the number of the era of ``day``."""
        # One literal, not thousands of parameters
        days = ",".join(str(day) for day in self._known[0])
        return SQL("width_bucket(%s, %s::date[])", day, f"{{{days}}}")

    def join(self, alias, currency, day):
        """Return the join that gives every record its rates.

        :param alias: name for :meth:`convert`
        :param currency: SQL of the record's currency
        :param day: SQL of the record's day
        """
        # Currencies without rates share the rows of the currency 0
        return SQL(
            """LEFT JOIN (%(eras)s) %(alias)s
               ON %(alias)s.currency_id = CASE WHEN %(currency)s = %(own)s THEN NULL
                                               WHEN %(currency)s IN %(known)s
                                               THEN %(currency)s
                                               WHEN %(currency)s IS NOT NULL THEN 0 END
              AND %(alias)s.era = %(era)s""",
            eras=self._eras(),
            alias=alias,
            currency=currency,
            own=self.own,
            known=tuple(self._known[1]),
            era=self._era(day),
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

    def _eras(self):
        """Return ``SELECT currency_id, era, own_rate, rate``, one row per currency
        and era."""
        return SQL(
            """
            WITH known AS (
                SELECT r.currency_id, r.company_id, r.name, r.rate,
                       min(r.name) FILTER (WHERE r.company_id IS NOT NULL)
                           OVER (PARTITION BY r.currency_id) AS own_since
                FROM res_currency_rate r WHERE %(visible)s
            ), valid AS (
                SELECT currency_id, %(era)s AS since, rate FROM known
                WHERE company_id IS NOT NULL OR own_since IS NULL OR name < own_since
                UNION ALL (
                    SELECT DISTINCT ON (currency_id) currency_id, 0, rate
                    FROM known ORDER BY currency_id, company_id, name
                )
            ), eras AS MATERIALIZED (
                SELECT currency_id, rate, generate_series(since, until - 1) AS era
                FROM (
                    SELECT *, lead(since, 1, %(last)s + 1) OVER (
                        PARTITION BY currency_id ORDER BY since) AS until
                    FROM valid
                ) spans
            ), own AS (
                SELECT every.era, COALESCE(eras.rate, 1.0) AS rate
                FROM generate_series(0, %(last)s) every(era)
                LEFT JOIN eras ON eras.era = every.era AND eras.currency_id = %(own)s
            )
            SELECT eras.currency_id, eras.era, own.rate AS own_rate, eras.rate
            FROM eras JOIN own USING (era) WHERE eras.currency_id != %(own)s
            UNION ALL
            SELECT 0, own.era, own.rate, 1.0 FROM own
            """,
            visible=self.visible,
            era=self._era(SQL("name")),
            last=len(self._known[0]),
            own=self.own,
        )
