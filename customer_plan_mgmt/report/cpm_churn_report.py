"""Who left in which month, who came back, and the share of those there were."""

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

# Counts at one moment: added up over months they would mean nothing
MOMENTS = {"start_count:avg": "start_count", "end_count:avg": "end_count"}
# Only who left has a reason: picked by reason, everybody left. Nothing to divide by
WITHOUT_REASON = {*MOMENTS, "churn_percent:avg"}
REASON = "churn_reason_id"


class CpmChurnReport(models.Model):
    """One row per customer and month in which it was one (see ``engine/spells``).

    ``churn_percent`` is 100 or 0 for customers who were there when the month began and
    empty for others, so its average over any group is the churn rate, weighted right;
    over several months it is the rate of an average month.
    """

    _name = "cpm.churn.report"
    _description = "Churn by Month"
    _inherit = "cpm.churn.analysis"
    _auto = False
    _order = "month desc, lost_count desc, id"
    _depends = {
        "cpm.warning": ["churn_reason_id", "closed_on", "profile_id", "state"],
    }

    month = fields.Date(readonly=True)
    is_complete = fields.Boolean(string="Month is over", readonly=True)
    tier_id = fields.Many2one(
        "cpm.tier",
        readonly=True,
        string="Tier then",
        help="Tier at the beginning of the month; before the history of tiers begins, "
        "the first one known. A customer who falls silent may have moved down before it "
        "counts as lost.",
    )
    start_count = fields.Integer(
        string="Customers at the beginning",
        readonly=True,
        aggregator="avg",
        help="Over several months: on average.",
    )
    new_count = fields.Integer(string="New customers", readonly=True, aggregator="sum")
    won_back_count = fields.Integer(
        string="Won back",
        readonly=True,
        aggregator="sum",
        help="Customers with a sign of life after they had been lost.",
    )
    lost_count = fields.Integer(
        string="Lost",
        readonly=True,
        aggregator="sum",
        help="Customers whose silence grew longer than the loss days in this month.",
    )
    end_count = fields.Integer(
        string="Customers at the end",
        readonly=True,
        aggregator="avg",
        help="Over several months: on average.",
    )
    churn_percent = fields.Float(
        string="Churn rate (%)",
        readonly=True,
        aggregator="avg",
        help="Customers lost in a month out of those at its beginning; over several "
        "months, that of an average month. Empty by churn reason: only lost customers "
        "have one, so that it would always be 100 %.",
    )
    churn_reason_id = fields.Many2one(
        "cpm.churn.reason",
        string="Churn reason",
        readonly=True,
        help="What was found out when a warning was closed with this customer lost.",
    )

    @api.model
    def _select_company(self, spells):
        return SQL(
            """
            WITH %(tables)s, %(tiers)s, reasons AS (
                SELECT DISTINCT ON (s.profile_id, s.start)
                       s.profile_id, s.start, w.churn_reason_id
                  FROM cpm_warning w
                  JOIN spells s ON s.profile_id = w.profile_id
                   AND w.closed_on >= s.start
                   AND (s.back_on IS NULL OR w.closed_on < s.back_on)
                 WHERE w.state = 'lost' AND w.churn_reason_id IS NOT NULL
                 ORDER BY s.profile_id, s.start, w.closed_on, w.id
            )
            SELECT (p.id::bigint * 4096 + m.number) * 32
                       + CASE WHEN f.is_there THEN 0
                              ELSE EXTRACT(DAY FROM s.start)::integer END AS id,
                   %(customer)s, s.cohort,
                   m.first AS month, m.next <= %(today)s AS is_complete,
                   CASE WHEN t.profile_id IS NULL THEN p.tier_id ELSE t.tier_id END
                       AS tier_id,
                   f.is_there::integer AS start_count,
                   (NOT f.is_there AND f.is_new)::integer AS new_count,
                   (NOT f.is_there AND NOT f.is_new)::integer AS won_back_count,
                   f.is_lost::integer AS lost_count,
                   (NOT f.is_lost)::integer AS end_count,
                   CASE WHEN f.is_there THEN f.is_lost::integer * 100.0 END
                       AS churn_percent,
                   CASE WHEN f.is_lost THEN reason.churn_reason_id END
                       AS churn_reason_id
              FROM spells s
              JOIN months m ON s.start < m.next
               AND (s.lost_on IS NULL OR s.lost_on >= m.first)
              CROSS JOIN LATERAL (
                  SELECT s.start < m.first AS is_there,
                         s.is_new,
                         COALESCE(s.lost_on < m.next, FALSE) AS is_lost
              ) f
              JOIN cpm_profile p ON p.id = s.profile_id
              JOIN res_partner rp ON rp.id = p.partner_id
              LEFT JOIN tiers t ON t.profile_id = s.profile_id
               AND m.first >= t.since AND m.first < t.until
              LEFT JOIN reasons reason ON reason.profile_id = s.profile_id
               AND reason.start = s.start
            """,
            tables=spells.tables(),
            tiers=spells.tiers(),
            customer=self._customer_columns(),
            today=spells.today,
        )

    def _read_group_select(self, aggregate_spec, query):
        """Count customers a month, not customers times months."""
        if aggregate_spec not in MOMENTS:
            return super()._read_group_select(aggregate_spec, query)
        return SQL(
            "SUM(%s)::float8 / NULLIF(COUNT(DISTINCT %s), 0)",
            self._field_to_sql(self._table, MOMENTS[aggregate_spec], query),
            self._field_to_sql(self._table, "month", query),
        )

    # ------------------------------------------------------------- By reason

    @api.model
    def _read_group(
        self,
        domain,
        groupby=(),
        aggregates=(),
        having=(),
        offset=0,
        limit=None,
        order=None,
    ):
        """Leave rates empty where customers are picked by the reason they left for."""
        rows = super()._read_group(
            domain, groupby, aggregates, having, offset, limit, order
        )
        return self._without_rates(rows, domain, groupby, aggregates)

    @api.model
    def _read_grouping_sets(self, domain, grouping_sets, aggregates=(), order=None):
        """The same for pivot tables."""
        found = super()._read_grouping_sets(domain, grouping_sets, aggregates, order)
        return [
            self._without_rates(rows, domain, groupby, aggregates)
            for rows, groupby in zip(found, grouping_sets, strict=True)
        ]

    @staticmethod
    def _without_rates(rows, domain, groupby, aggregates):
        """Return ``rows``, without rates where ``domain`` or ``groupby`` name the reason.

        :param rows: tuples, the values of the groups first, then the aggregates
        """
        named = [*groupby, *(c.field_expr for c in Domain(domain).iter_conditions())]
        if REASON not in {name.split(".")[0].split(":")[0] for name in named}:
            return rows
        empty = {
            place
            for place, name in enumerate(aggregates, len(groupby))
            if name in WITHOUT_REASON
        }
        return [
            tuple(False if n in empty else value for n, value in enumerate(row))
            for row in rows
        ]
