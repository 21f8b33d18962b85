"""What it means that a customer has left, as SQL."""

from datetime import timedelta

from odoo.exceptions import UserError
from odoo.tools import SQL

from ...scoring.engine.metric_sql import column, group_sources
from ...scoring.engine.rates import Rates


class Loss:
    """A customer has left when no sign of life comes within some days after a day.

    The sign of life is a metric of days since the last record (by default the last
    purchase); the days are the company's (``_cpm_loss_days``) unless given.

    :param env: any environment; records are read in superuser mode
    :param company: ``res.company``
    """

    def __init__(self, env, company):
        self.caller = env  # speaks the language of whoever asks
        env = env(su=True, context={**env.context, "active_test": True, "lang": None})
        self.env = env
        self.company = company.with_env(env)
        self.metric = self.company._cpm_loss_metric()

    def check(self):
        """:raise UserError: when there is no metric to tell a sign of life by"""
        if not self.metric:
            raise UserError(
                self.caller._(
                    "Sign of life: the metric that tells when a customer of "
                    "%(company)s bought last is switched off. Switch it on again, or "
                    "choose another one in the settings of Customer Plans.",
                    company=self.company.name,
                )
            )

    def _source(self):
        self.check()
        rates = Rates(self.env, self.company)
        (source,) = group_sources(self.env, self.company, self.metric, rates)
        return source

    def last_days(self, as_of):
        """Return ``SELECT partner_id, m<id>``: the last sign of life of every customer
        up to ``as_of``, as days since 1970-01-01.

        :raise UserError: see :meth:`check`
        """
        return self._source().statement(as_of)

    def event_days(self, until):
        """Return ``SELECT partner_id, day``: every day with a sign of life of every
        customer up to ``until``, each once.

        :raise UserError: see :meth:`check`
        """
        source = self._source()
        query = source.query()
        contact = source.path_sql(source.partner_path, query)
        date = source.path_sql(source.date_path, query)
        query.add_where(SQL("%s < %s", date, source.bound(until + timedelta(days=1))))
        query.add_where(SQL("%s IS NOT NULL", contact))
        return SQL(
            """SELECT DISTINCT COALESCE(c.commercial_partner_id, r.contact_id)
                          AS partner_id,
                      %s AS day
               FROM (%s) r LEFT JOIN (
                   SELECT id, commercial_partner_id FROM res_partner
                   WHERE commercial_partner_id != id
               ) c ON c.id = r.contact_id""",
            source.local_day(SQL("r.d")),
            query.select(SQL("%s AS contact_id", contact), SQL("%s AS d", date)),
        )

    def outcome(self, as_of, days):
        """Return ``SELECT partner_id, last_on, is_lost`` for every customer with a sign
        of life up to ``as_of``: whether none came within ``days`` after it.

        :param date as_of: the day of observation
        :param int days: the horizon; the records must reach that far
        :raise UserError: see :meth:`check`
        """
        return SQL(
            """SELECT known.partner_id,
                      DATE '1970-01-01' + known.%(last)s::integer AS last_on,
                      later.%(last)s = known.%(last)s AS is_lost
               FROM (%(known)s) known
               JOIN (%(later)s) later ON later.partner_id = known.partner_id
               WHERE known.%(last)s IS NOT NULL""",
            last=column(self.metric),
            known=self.last_days(as_of),
            later=self.last_days(as_of + timedelta(days=days)),
        )
