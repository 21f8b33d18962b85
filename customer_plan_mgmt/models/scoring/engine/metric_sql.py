"""Metrics as SQL: one aggregate statement per set of records."""

from datetime import datetime, time, timedelta

import pytz

from odoo.fields import Domain
from odoo.tools import SQL

# Measures of the values of a field; others ignore a field left over in the form
OF_A_FIELD = {"sum", "average", "minimum", "maximum", "count_distinct", "growth"}
# Raw value of an event: days since this day, so that it fits a number column
EPOCH = SQL("DATE '1970-01-01'")


def column(metric):
    """Return the name of the column with the raw value of ``metric``."""
    return SQL.identifier(f"m{metric.id}")


def finite(number):
    """Return ``number``, or NULL where it is none: what somebody wrote into a record
    as NaN must not become a score."""
    return SQL(
        "NULLIF(NULLIF(NULLIF(%s, 'NaN'), 'Infinity'), '-Infinity')",
        number,
    )


class MetricSource:
    """Metrics that read the same records over the same path and date.

    :param env: superuser environment
    :param company: ``res.company`` the records must belong to (or to none)
    :param metrics: computed ``cpm.metric`` records sharing :meth:`key`
    :param rates: :class:`Rates` of the company
    """

    def __init__(self, env, company, metrics, rates):
        self.company = company
        self.rates = rates
        self.metrics = metrics
        first = metrics[0]
        self.model = (
            env[first.model_id.model]
            .sudo()
            .with_company(company)
            .with_context(active_test=False, allowed_company_ids=company.ids)
        )
        self.partner_path = first.partner_field
        self.date_path = first.date_field
        self.timezone = company.partner_id.tz or "UTC"
        self.date_is_moment = first._resolve_path("date_field").type == "datetime"

    @staticmethod
    def key(metric):
        """Return what metrics must share to be computed together."""
        return (
            metric.model_id.id,
            metric.partner_field,
            metric.date_field,
            metric.domain or "[]",
            # The median needs the records in order and gets a statement of its own
            metric.id if metric.measure == "median_interval_days" else 0,
        )

    # ------------------------------------------------------------- Fragments

    def path_sql(self, path, query):
        """Return the SQL of the dotted ``path``, joining into ``query``."""
        model, alias = self.model, query.table
        *parents, last = path.split(".")
        for name in parents:
            model, alias = model._fields[name].join(model, alias, query)
        return model._field_to_sql(alias, last, query)

    def bound(self, day):
        """Return the first moment of ``day`` in the type of the date field."""
        if not self.date_is_moment:
            return SQL("%s::date", day)
        local = pytz.timezone(self.timezone).localize(datetime.combine(day, time()))
        return SQL("%s::timestamp", local.astimezone(pytz.utc).replace(tzinfo=None))

    def local_day(self, moment):
        """Return the calendar day of ``moment`` where the company is."""
        if not self.date_is_moment:
            return moment
        return SQL(
            "(%s AT TIME ZONE 'UTC' AT TIME ZONE %s)::date", moment, self.timezone
        )

    def query(self, domain=None):
        """Return a :class:`Query` over the records of the company that match
        ``domain`` (default: that of the metrics)."""
        if domain is None:
            domain = self.metrics[0]._get_domain()
        if "company_id" in self.model._fields:
            domain &= Domain("company_id", "in", [self.company.id, False])
        return self.model._search(domain, order=False, bypass_access=True)

    def measured(self, metric, query):
        """Return the measured quantity of one record.

        Numbers are added as ``numeric``: binary floats would add up differently
        from night to night and look like changes.
        """
        value = self.path_sql(metric.measure_field, query)
        if metric.measure == "count_distinct":
            return value
        return SQL("(%s)::numeric", value)

    def is_converted(self, metric):
        """Whether the measured quantity is money that may need another currency."""
        return (
            metric.measure_field
            and metric.measure in OF_A_FIELD - {"count_distinct"}
            and metric.currency_field
            and self.rates.are_needed
        )

    # ------------------------------------------------------------ Statements

    def statement(self, as_of, partial=False):
        """Return ``SELECT partner_id, m1, m2 …`` over the records up to ``as_of``.

        :param bool partial: only for the customers in ``cpm_run_contact``; the
            records are then looked up customer by customer through the index
        """
        query = self.query()
        contact = self.path_sql(self.partner_path, query)
        date = self.path_sql(self.date_path, query)
        query.add_where(SQL("%s < %s", date, self.bound(as_of + timedelta(days=1))))
        names, conversions = {}, {}
        columns = [SQL("%s AS contact_id", contact), SQL("%s AS d", date)]
        for metric in self.metrics:
            if metric.measure_field and metric.measure in OF_A_FIELD:
                names[metric] = SQL.identifier(f"x{metric.id}")
                columns.append(
                    SQL("%s AS %s", self.measured(metric, query), names[metric])
                )
            if self.is_converted(metric):
                path = metric.currency_field
                place = list({**conversions, path: None}).index(path)
                currency, alias = (
                    SQL.identifier(f"{name}{place}") for name in ("currency", "rates")
                )
                if path not in conversions:
                    columns.append(
                        SQL("%s AS %s", self.path_sql(path, query), currency)
                    )
                    conversions[path] = self.rates.join(
                        alias, currency, self.local_day(SQL("r.d"))
                    )
                names[metric] = self.rates.convert(alias, currency, names[metric])
        if partial:
            query.add_where(SQL("%s = s.contact_id", contact))
            # OFFSET 0 keeps the planner from turning the look-up into a full scan
            rows = SQL(
                "cpm_run_contact s CROSS JOIN LATERAL (%s OFFSET 0) r",
                query.select(*columns),
            )
            partner = SQL("s.partner_id")
        else:
            query.add_where(SQL("%s IS NOT NULL", contact))
            # Almost every partner is its own customer: only the others are joined
            rows = SQL(
                """(%s) r LEFT JOIN (
                    SELECT id, commercial_partner_id FROM res_partner
                    WHERE commercial_partner_id != id
                ) c ON c.id = r.contact_id""",
                query.select(*columns),
            )
            partner = SQL("COALESCE(c.commercial_partner_id, r.contact_id)")
        rows = SQL(" ").join([rows, *conversions.values()])
        if self.metrics[0].measure == "median_interval_days":
            return self._median(partner, rows, as_of)
        aggregates = [
            SQL(
                "%s AS %s",
                finite(SQL("(%s)::float8", self.aggregate(metric, names, as_of))),
                column(metric),
            )
            for metric in self.metrics
        ]
        return SQL(
            "SELECT %s AS partner_id, %s FROM %s GROUP BY 1",
            partner,
            SQL(", ").join(aggregates),
            rows,
        )

    def since(self, as_of, days):
        """Return the condition that a record lies in the last ``days`` days."""
        if not days:
            return SQL("TRUE")
        return SQL("r.d >= %s", self.bound(as_of - timedelta(days=days - 1)))

    def aggregate(self, metric, names, as_of):
        """Return the aggregate expression of ``metric`` (see its measures)."""
        inside = self.since(as_of, metric.period_days)
        x = names.get(metric)
        measure = metric.measure
        if measure == "growth":
            return self._growth(metric, x, as_of)
        # A customer without any record has no row and hence no value; one with
        # older records only has a row and hence an honest 0
        expressions = {
            "count": SQL("COUNT(*)"),
            "sum": SQL("SUM(%s)", x),
            "average": SQL("AVG(%s)", x),
            "minimum": SQL("MIN(%s)", x),
            "maximum": SQL("MAX(%s)", x),
            "count_distinct": SQL("COUNT(DISTINCT %s)", x),
            "active_months": SQL(
                "COUNT(DISTINCT date_trunc('month', %s))", self.local_day(SQL("r.d"))
            ),
            "days_since_last": SQL("MAX(r.d)"),
            "days_since_first": SQL("MIN(r.d)"),
        }
        result = SQL("%s FILTER (WHERE %s)", expressions[measure], inside)
        if measure == "sum":
            return SQL("COALESCE(%s, 0)", result)
        if measure in ("days_since_last", "days_since_first"):
            return SQL("%s - %s", self.local_day(result), EPOCH)
        return result

    def _growth(self, metric, x, as_of):
        """(this period - the one before) / the one before, in percent.

        Missing when there was nothing to compare with.
        """
        total = SQL("SUM(%s)", x) if x else SQL("COUNT(*)")
        now = self.since(as_of, metric.period_days)
        both = self.since(as_of, 2 * metric.period_days)
        return SQL(
            """CASE WHEN COALESCE(%(total)s FILTER (WHERE %(past)s), 0) > 0 THEN
                 (COALESCE(%(total)s FILTER (WHERE %(now)s), 0)
                  - %(total)s FILTER (WHERE %(past)s))::numeric
                 * 100 / %(total)s FILTER (WHERE %(past)s) END""",
            total=total,
            now=now,
            past=SQL("%s AND NOT %s", both, now),
        )

    def _median(self, partner, rows, as_of):
        """Median of the days between different days with a record; two different
        days are needed."""
        metric = self.metrics[0]
        return SQL(
            """SELECT partner_id,
                      percentile_cont(0.5) WITHIN GROUP (ORDER BY gap)::float8 AS %(name)s
               FROM (
                   SELECT partner_id,
                          day - lag(day) OVER (PARTITION BY partner_id ORDER BY day) AS gap
                   FROM (
                       SELECT DISTINCT %(partner)s AS partner_id, %(day)s AS day
                       FROM %(rows)s WHERE %(inside)s
                   ) days
               ) gaps
               WHERE gap IS NOT NULL GROUP BY partner_id""",
            name=column(metric),
            partner=partner,
            day=self.local_day(SQL("r.d")),
            rows=rows,
            inside=self.since(as_of, metric.period_days),
        )


def group_sources(env, company, metrics, rates):
    """Return the :class:`MetricSource` objects for computed ``metrics``."""
    groups = {}
    for metric in metrics:
        groups.setdefault(MetricSource.key(metric), metric.browse())
        groups[MetricSource.key(metric)] |= metric
    return [MetricSource(env, company, group, rates) for group in groups.values()]
