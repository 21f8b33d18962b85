"""The sales orders of a customer."""

from odoo import api, fields, models
from odoo.fields import Domain


class CpmProfile(models.Model):
    _inherit = "cpm.profile"

    sale_order_count = fields.Integer(
        string="Sales orders",
        compute="_compute_sale_order_count",
        groups="sales_team.group_sale_salesman",
    )

    @api.depends("partner_id", "company_id")
    @api.depends_context("uid")
    def _compute_sale_order_count(self):
        counts = {
            (customer.id, company.id): count
            for customer, company, count in self.env["sale.order"]._read_group(
                self._get_sale_order_domain(),
                ["partner_id.commercial_partner_id", "company_id"],
                ["__count"],
            )
        }
        for profile in self:
            key = (profile.partner_id.id, profile.company_id.id)
            profile.sale_order_count = counts.get(key, 0)

    def _get_sale_order_domain(self):
        """Return the domain of the quotations and orders of the customers and
        their contacts."""
        return Domain(
            "partner_id.commercial_partner_id", "in", self.partner_id.ids
        ) & Domain("company_id", "in", self.company_id.ids)

    def action_view_sale_orders(self):
        """Open the quotations and orders of the customer and its contacts."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "sale.act_res_partner_2_sale_order"
        )
        action["domain"] = list(self._get_sale_order_domain())
        action["context"] = {"default_partner_id": self.partner_id.id}
        return action
