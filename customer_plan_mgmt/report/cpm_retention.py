"""How many of those who came in one month are still there, month by month."""

from odoo import api, fields, models
from odoo.tools import SQL


class CpmRetention(models.Model):
    """One row per customer and complete month since its first sign of life.

    The percentages are 100 or 0, so their average over any group is the share of the
    customers, weighted right.
    """

    _name = "cpm.retention"
    _description = "Retention by Cohort"
    _inherit = "cpm.churn.analysis"
    _auto = False
    _order = "cohort desc, months_since, id"

    month = fields.Date(readonly=True)
    months_since = fields.Integer(
        string="Months since the first purchase",
        readonly=True,
        aggregator=None,
        help="0 is the month of the first purchase itself.",
    )
    tier_id = fields.Many2one(
        "cpm.tier",
        readonly=True,
        string="Tier at first",
        help="The first tier the customer was in: today's would put all who left among "
        "the small ones.",
    )
    kept_percent = fields.Float(
        string="Still customers (%)",
        readonly=True,
        aggregator="avg",
        help="Share of the customers who did not count as lost at the end of the month.",
    )
    bought_percent = fields.Float(
        string="Bought (%)",
        readonly=True,
        aggregator="avg",
        help="Share of the customers who bought, or gave another sign of life, in the "
        "month.",
    )

    @api.model
    def _select_company(self, spells):
        return SQL(
            """
            WITH %(tables)s, %(tiers)s, bought AS (
                SELECT DISTINCT profile_id, date_trunc('month', day)::date AS first
                  FROM days
            )
            SELECT p.id::bigint * 4096 + m.number - f.cohort_number AS id, %(customer)s,
                   f.cohort, m.first AS month,
                   m.number - f.cohort_number AS months_since,
                   COALESCE(t.tier_id, p.tier_id) AS tier_id,
                   CASE WHEN s.profile_id IS NULL THEN 0.0 ELSE 100.0 END
                       AS kept_percent,
                   CASE WHEN b.profile_id IS NULL THEN 0.0 ELSE 100.0 END
                       AS bought_percent
              FROM (SELECT * FROM spells WHERE is_new) f
              JOIN months m ON m.number >= f.cohort_number AND m.next <= %(today)s
              JOIN cpm_profile p ON p.id = f.profile_id
              JOIN res_partner rp ON rp.id = p.partner_id
              LEFT JOIN tiers t ON t.profile_id = f.profile_id AND t.since = '-infinity'
              LEFT JOIN spells s ON s.profile_id = f.profile_id AND s.start < m.next
               AND (s.lost_on IS NULL OR s.lost_on >= m.next)
              LEFT JOIN bought b ON b.profile_id = f.profile_id AND b.first = m.first
            """,
            tables=spells.tables(),
            tiers=spells.tiers(),
            customer=self._customer_columns(),
            today=spells.today,
        )
