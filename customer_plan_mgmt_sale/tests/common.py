"""Orders for the tests of the bridge."""

from odoo import Command
from odoo.tests import tagged

from odoo.addons.customer_plan_mgmt.tests.common import CpmCommon

MODULE = "customer_plan_mgmt_sale"


@tagged("post_install", "-at_install")
class CpmSaleCommon(CpmCommon):
    """The company of the core tests (dollars), selling in dollars and euros, with the
    metrics of the bridge in use."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.country_id = cls.env.ref("base.us")
        data = cls.env["ir.model.data"].search(
            [("module", "=", MODULE), ("model", "=", "cpm.metric")]
        )
        cls.metrics = cls._use_shipped(data.mapped("complete_name"))
        cls.euro = cls.env.ref("base.EUR")
        cls.euro.active = True
        cls.pricelists = {
            currency: cls.env["product.pricelist"].create(
                {
                    "name": currency.name,
                    "currency_id": currency.id,
                    "company_id": cls.company.id,
                }
            )
            for currency in (cls.company.currency_id, cls.euro)
        }
        cls.tax = cls.env["account.tax"].create(
            {
                "name": "Ten percent",
                "amount": 10,
                "company_id": cls.company.id,
                "country_id": cls.company.country_id.id,
                "tax_group_id": cls.env["account.tax.group"]
                .create({"name": "Test", "company_id": cls.company.id})
                .id,
            }
        )
        cls.products = cls.env["product.product"].create(
            [
                {"name": name, "type": "consu", "list_price": 100, "taxes_id": False}
                for name in ("Suit", "Coat", "Shirt")
            ]
        )

    @classmethod
    def _use_shipped(cls, xmlids):
        """Take shipped metrics, set aside for the core tests, into use again."""
        metrics = cls.env["cpm.metric"].union(*map(cls.env.ref, xmlids))
        for metric in metrics:
            metric.write({"active": True, "code": metric.code.removeprefix("shipped_")})
        return metrics

    @classmethod
    def _make_order(
        cls,
        customer,
        moment,
        amount,
        *,
        state="sale",
        currency=None,
        lines=None,
        **vals,
    ):
        """Return an order over ``amount`` net of tax, dated ``moment``."""
        partner = customer.partner_id if customer._name == "cpm.profile" else customer
        currency = currency or cls.company.currency_id
        lines = lines or [
            {"product_id": cls.products[0].id, "price_unit": amount},
        ]
        order = cls.env["sale.order"].create(
            {
                "partner_id": partner.id,
                "company_id": cls.company.id,
                "pricelist_id": cls.pricelists[currency].id,
                "user_id": False,
                "order_line": [
                    Command.create({"tax_ids": [Command.set(cls.tax.ids)], **line})
                    for line in lines
                ],
                **vals,
            }
        )
        # As the confirmation would, without its date of today and its mails
        order.write({"state": state, "date_order": moment})
        return order

    @classmethod
    def _metrics_of(cls, customer, as_of):
        """Return ``{code: value}`` of the customer as a full run would store it."""
        values = cls._ghost(as_of)[customer.id]["metrics"]
        return {code: values[code] for code in cls.metrics.mapped("code")}
