"""What the reports about customers who stay or leave have in common."""

from odoo import api, fields, models
from odoo.tools import SQL

from ..models.warning.engine.spells import Spells


class CpmChurnAnalysis(models.AbstractModel):
    """Rows of customers, read from their signs of life when somebody looks.

    Nothing is typed and nothing is stored: other loss days, and purchases recorded
    late, show at once, for the past as well.
    """

    _name = "cpm.churn.analysis"
    _description = "Basis of Churn Reports"
    _rec_name = "partner_id"
    _depends = {
        "cpm.profile": [
            "company_id",
            "manager_id",
            "partner_id",
            "score_excluded",
            "tier_id",
        ],
        "cpm.tier.change": [
            "company_id",
            "decided_on",
            "effective_date",
            "profile_id",
            "state",
            "to_tier_id",
        ],
        "cpm.transaction": ["company_id", "date", "partner_id"],
        "res.partner": ["commercial_partner_id", "country_id"],
    }

    company_id = fields.Many2one("res.company", readonly=True)
    profile_id = fields.Many2one(
        "cpm.profile", string="Customer profile", readonly=True
    )
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    manager_id = fields.Many2one(
        "res.users",
        string="Account manager",
        readonly=True,
        help="Who looks after the customer today.",
    )
    country_id = fields.Many2one("res.country", readonly=True)
    cohort = fields.Date(
        string="First purchase in",
        readonly=True,
        help="Month of the first sign of life, by default the first purchase.",
    )
    customer_count = fields.Integer(
        string="Different customers", readonly=True, aggregator="count_distinct"
    )

    @property
    def _table_query(self):
        """One part for each company the user works in; none where the sign of life is
        switched off or cannot be computed."""
        parts = [
            SQL("(%s)", self._select_company(spells))
            for spells in (Spells(self.env, c) for c in self.env.companies)
            if spells.are_known
        ]
        return SQL(" UNION ALL ").join(parts) if parts else self._select_nothing()

    @api.model
    def _select_company(self, spells):
        """Return the rows of one company.

        :param spells: :class:`Spells`
        """
        raise NotImplementedError

    @api.model
    def _select_nothing(self):
        columns = [
            SQL("NULL::%s AS %s", SQL(field.column_type[1]), SQL.identifier(name))
            for name, field in self._fields.items()
            if field.store and field.column_type
        ]
        return SQL("SELECT %s WHERE FALSE", SQL(", ").join(columns))

    @api.model
    def _customer_columns(self):
        """Return what all rows tell about the customer ``p``, contact ``rp``."""
        return SQL(
            """p.company_id, p.id AS profile_id, p.partner_id, p.manager_id,
               rp.country_id, p.id AS customer_count"""
        )

    def action_open_record(self):
        """Open the customer."""
        self.ensure_one()
        return self.profile_id.get_formview_action()
