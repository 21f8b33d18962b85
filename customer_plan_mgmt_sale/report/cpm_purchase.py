"""Sales orders as purchases."""

from odoo import api, models
from odoo.tools import SQL


class CpmPurchase(models.Model):
    """Adds the quotations and orders of Odoo Sales to the purchase history.

    Nothing is copied: confirming an order costs no work here. Only confirmed
    orders count for the metrics; quotations and cancelled orders are shown.
    """

    _inherit = "cpm.purchase"
    _depends = {
        "sale.order": [
            "partner_id",
            "company_id",
            "date_order",
            "name",
            "client_order_ref",
            "amount_untaxed",
            "currency_id",
            "state",
        ],
        "res.company": ["partner_id"],
        "res.partner": ["tz"],
    }

    @api.model
    def _purchase_branches(self):
        columns = {
            # Branch 1: keeps clear of the ids of the other sources
            "id": SQL("so.id::bigint * 10 + 1"),
            "partner_id": SQL("so.partner_id"),
            "company_id": SQL("so.company_id"),
            # The day of the order where the company is, as for the metrics
            "date": SQL(
                """(so.date_order AT TIME ZONE 'UTC'
                    AT TIME ZONE COALESCE(home.tz, 'UTC'))::date"""
            ),
            "reference": SQL("so.name"),
            "source": SQL("'Odoo Sales'"),
            "description": SQL("so.client_order_ref"),
            "amount": SQL("so.amount_untaxed"),
            "currency_id": SQL("so.currency_id"),
            "state": SQL(
                """CASE so.state WHEN 'sale' THEN 'confirmed'
                                 WHEN 'cancel' THEN 'cancelled'
                                 ELSE 'draft' END"""
            ),
            "res_model": SQL("'sale.order'"),
            "res_id": SQL("so.id"),
            "write_date": SQL("so.write_date"),
        }
        source = SQL(
            """sale_order so
               JOIN res_company company ON company.id = so.company_id
               JOIN res_partner home ON home.id = company.partner_id"""
        )
        return [*super()._purchase_branches(), {"columns": columns, "from": source}]
