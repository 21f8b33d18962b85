"""Sales orders as purchases and metrics."""

import random
import re
import statistics
from datetime import datetime, timedelta
from unittest.mock import patch

from odoo.exceptions import AccessError
from odoo.sql_db import Cursor

from odoo.addons.base.models.ir_model import MODULE_UNINSTALL_FLAG
from odoo.addons.customer_plan_mgmt.report.cpm_purchase import CpmPurchase
from odoo.addons.customer_plan_mgmt.tests.common import DAY

from .common import MODULE, CpmSaleCommon

NOON = datetime(DAY.year, DAY.month, DAY.day, 12)


class TestSaleMetrics(CpmSaleCommon):
    def _before(self, days):
        return NOON - timedelta(days=days)

    def _make_rates(self):
        """Return ``function(order) -> untaxed amount in dollars``, worked out anew."""
        rates = [(DAY - timedelta(days=300), 0.8), (DAY - timedelta(days=40), 0.5)]
        self.euro.rate_ids.unlink()
        self.company.currency_id.rate_ids.unlink()
        self.env["res.currency.rate"].create(
            [
                {
                    "currency_id": self.euro.id,
                    "company_id": self.company.id,
                    "name": day,
                    "rate": rate,
                }
                for day, rate in rates
            ]
        )

        def in_dollars(order):
            if order.currency_id != self.euro:
                return order.amount_untaxed
            known = [rate for day, rate in rates if day <= order.date_order.date()]
            return order.amount_untaxed / (known[-1] if known else rates[0][1])

        return in_dollars

    def _oracle(self, orders, in_dollars):
        """Return the metrics of ``orders``, worked out one by one."""
        orders = orders.filtered(lambda order: order.state == "sale")
        if not orders:
            return dict.fromkeys(self.metrics.mapped("code"))
        year = orders.filtered(lambda order: (DAY - order.date_order.date()).days < 365)
        days = sorted({order.date_order.date() for order in orders})
        gaps = [
            (after - before).days for before, after in zip(days, days[1:], strict=False)
        ]
        lines = year.order_line.filtered(
            lambda line: line.product_id and line.price_unit >= 0
        )
        return {
            "sale_revenue_12m": sum(map(in_dollars, year)),
            "sale_orders_12m": len(year),
            "sale_orders_total": len(orders),
            "sale_days_since_last": (DAY - days[-1]).days,
            "sale_rhythm_days": statistics.median(gaps) if gaps else None,
            "sale_products_12m": len(lines.product_id),
        }

    def _assert_metrics(self, customer, expected):
        found = self._metrics_of(customer, DAY)
        self.assertEqual(found.keys(), expected.keys())
        for code, value in expected.items():
            if value is None:
                self.assertIsNone(found[code], code)
            else:
                self.assertAlmostEqual(found[code], value, 6, msg=code)

    def test_metrics_equal_an_oracle_in_two_currencies(self):
        """Random orders of companies and their contacts, in dollars and euros."""
        in_dollars = self._make_rates()
        chance = random.Random(19)
        customers = self._make_customers(6)
        orders = {customer: self.env["sale.order"] for customer in customers}
        for customer in customers[:5]:
            contact = self._make_partner("Buyer", parent_id=customer.partner_id.id)
            for _number in range(chance.randint(1, 7)):
                products = self.products[: chance.randint(1, 3)]
                orders[customer] |= self._make_order(
                    chance.choice([customer, contact]),
                    self._before(chance.randint(0, 500)),
                    0,
                    state=chance.choice(["sale", "sale", "sale", "draft", "cancel"]),
                    currency=chance.choice(list(self.pricelists)),
                    lines=[
                        {
                            "product_id": product.id,
                            "product_uom_qty": chance.randint(1, 3),
                            "price_unit": chance.randint(1, 9000) / 4,
                        }
                        for product in products
                    ],
                )
        for customer in customers:
            with self.subTest(orders=len(orders[customer])):
                self._assert_metrics(
                    customer, self._oracle(orders[customer], in_dollars)
                )

    def test_revenue_is_net_of_tax_at_the_rate_of_the_order(self):
        self._make_rates()
        customer = self._make_customer()
        order = self._make_order(customer, self._before(41), 100, currency=self.euro)
        self.assertEqual((order.amount_untaxed, order.amount_total), (100, 110))
        self._make_order(customer, self._before(40), 100, currency=self.euro)
        values = self._metrics_of(customer, DAY)
        self.assertAlmostEqual(values["sale_revenue_12m"], 100 / 0.8 + 100 / 0.5)

    def test_quotations_and_cancelled_orders_do_not_count(self):
        customer = self._make_customer()
        for state in ("draft", "sent", "cancel"):
            self._make_order(customer, self._before(3), 100, state=state)
        self.assertEqual(
            self._metrics_of(customer, DAY), dict.fromkeys(self.metrics.mapped("code"))
        )

    def test_orders_of_contacts_count_for_their_company(self):
        customer = self._make_customer(is_company=True)
        contact = self._make_partner("Buyer", parent_id=customer.partner_id.id)
        self._make_order(contact, self._before(10), 70)
        self._make_order(customer, self._before(4), 30)
        values = self._metrics_of(customer, DAY)
        self.assertEqual(values["sale_revenue_12m"], 100)
        self.assertEqual(values["sale_orders_12m"], 2)
        self.assertEqual(values["sale_days_since_last"], 4)
        self.assertEqual(values["sale_rhythm_days"], 6)

    def test_only_products_are_counted_as_products(self):
        customer = self._make_customer()
        suit, coat, shirt = self.products
        self._make_order(
            customer,
            self._before(1),
            0,
            lines=[
                {"product_id": suit.id, "price_unit": 100},
                {"product_id": suit.id, "price_unit": 90},
                {"product_id": coat.id, "price_unit": 0},
                {"product_id": shirt.id, "price_unit": -20},
                {"display_type": "line_section", "name": "Extras", "tax_ids": False},
                {"display_type": "line_note", "name": "By hand", "tax_ids": False},
                {
                    "product_id": shirt.id,
                    "price_unit": 50,
                    "is_downpayment": True,
                    "product_uom_qty": 0,
                },
            ],
        )
        self.assertEqual(self._metrics_of(customer, DAY)["sale_products_12m"], 2)

    def test_old_purchases_and_new_orders_are_one_customer(self):
        """Shipped metrics count both; the customer has one profile."""
        self._use_shipped(
            f"customer_plan_mgmt.cpm_metric_{code}"
            for code in ("orders_total", "revenue_12m", "days_since_last")
        )
        customer = self._make_customer()
        self._make_purchases(
            customer,
            (DAY - timedelta(days=200), 40),
            (DAY - timedelta(days=100), 60),
        )
        self._make_order(customer, self._before(20), 100)
        self._make_order(customer, self._before(8), 50)
        self._make_order(customer, self._before(2), 999, state="draft")
        self._run()
        profiles = self.profiles.search([("partner_id", "=", customer.partner_id.id)])
        self.assertEqual(profiles, customer)
        values = {row.metric_id.code: row for row in customer.metric_value_ids}
        self.assertEqual(values["orders_total"].number, 4)
        self.assertEqual(values["revenue_12m"].number, 250)
        self.assertEqual(values["days_since_last"].event_date, DAY - timedelta(days=8))

    def test_order_confirmed_after_the_run_is_seen_by_the_incremental_one(self):
        customer = self._make_customer()
        order = self._make_order(customer, self._before(5), 100, state="draft")
        self._run()
        self.assertFalse(customer.metric_value_ids)
        order.state = "sale"
        self.assertFalse(self._run(full=False).full)
        values = {row.metric_id.code: row.number for row in customer.metric_value_ids}
        self.assertEqual(values["sale_revenue_12m"], 100)


class TestSalePurchases(CpmSaleCommon):
    def test_history_shows_date_reference_amount_and_state(self):
        customer = self._make_customer()
        self._make_purchases(customer, (DAY, 5))
        orders = {
            state: self._make_order(
                customer, NOON, 20, state=state, client_order_ref="Wedding"
            )
            for state in ("draft", "sent", "sale", "cancel")
        }
        rows = customer.purchase_ids
        self.assertEqual(len(set(rows.ids)), 5)
        states = {"draft": "draft", "sent": "draft", "sale": "confirmed"}
        states["cancel"] = "cancelled"
        for state, order in orders.items():
            row = rows.filtered(
                lambda row, order=order: (
                    (row.res_model, row.res_id) == ("sale.order", order.id)
                )
            )
            self.assertRecordValues(
                row,
                [
                    {
                        "date": DAY,
                        "reference": order.name,
                        "description": "Wedding",
                        "amount": 20,
                        "currency_id": self.company.currency_id.id,
                        "state": states[state],
                    }
                ],
            )

    def test_day_of_an_order_is_that_of_the_company(self):
        self.company.partner_id.tz = "Asia/Shanghai"
        customer = self._make_customer()
        order = self._make_order(customer, datetime(2024, 6, 27, 17), 20)
        self.assertEqual(customer.purchase_ids.date.isoformat(), "2024-06-28")
        order.date_order = datetime(2024, 6, 27, 15, 59)
        self.env.invalidate_all()
        self.assertEqual(customer.purchase_ids.date.isoformat(), "2024-06-27")
        self.company.partner_id.tz = False
        self.env.invalidate_all()
        self.assertEqual(customer.purchase_ids.date.isoformat(), "2024-06-27")

    def test_pending_changes_of_an_order_are_seen(self):
        customer = self._make_customer()
        order = self._make_order(customer, NOON, 20, state="draft")
        self.assertEqual(customer.purchase_ids.state, "draft")
        order.state = "cancel"
        self.assertEqual(
            self.env["cpm.purchase"]
            .search(
                [
                    ("company_id", "=", self.company.id),
                    ("state", "=", "cancelled"),
                ]
            )
            .res_id,
            order.id,
        )

    def test_line_opens_its_order(self):
        customer = self._make_customer()
        order = self._make_order(customer, NOON, 20)
        action = customer.purchase_ids.action_open_record()
        self.assertEqual(
            (action["res_model"], action["res_id"]), ("sale.order", order.id)
        )

    def test_orders_of_another_company_stay_there(self):
        other = self._create_company(
            name="Other", country_id=self.env.ref("base.us").id
        )
        partner = self._make_partner(company_id=False)
        customer = self._make_customer(partner=partner)
        self.env["sale.order"].create(
            {"partner_id": partner.id, "company_id": other.id, "user_id": False}
        )
        self.assertFalse(customer.purchase_ids)
        self.assertEqual(customer.sale_order_count, 0)


class TestSaleButton(CpmSaleCommon):
    def test_button_counts_and_opens_the_orders_of_customer_and_contacts(self):
        customer = self._make_customer(is_company=True)
        contact = self._make_partner("Buyer", parent_id=customer.partner_id.id)
        orders = self._make_order(customer, NOON, 10, state="draft")
        orders |= self._make_order(contact, NOON, 20)
        self._make_order(self._make_customer(), NOON, 30)
        self.assertEqual(customer.sale_order_count, 2)
        action = customer.action_view_sale_orders()
        self.assertEqual(self.env["sale.order"].search(action["domain"]), orders)

    def test_count_costs_the_same_for_one_and_for_many(self):
        customers = self._make_customers(20)
        for customer in customers:
            self._make_order(customer, NOON, 10)
        self.env.flush_all()
        customers.mapped("sale_order_count")  # metadata
        for chosen in (customers[:1], customers):
            self.env.invalidate_all()
            chosen.fetch(["partner_id", "company_id"])
            with self.assertQueryCount(1):
                self.assertEqual(sum(chosen.mapped("sale_order_count")), len(chosen))

    def test_user_without_sales_rights_sees_purchases_but_no_orders(self):
        customer = self._make_customer(profile={"manager_id": self.user_own.id})
        order = self._make_order(customer, NOON, 10)
        other = self._make_customer()
        self._make_order(other, NOON, 10)
        mine = customer.with_user(self.user_own)
        purchases = self.env["cpm.purchase"].with_user(self.user_own).search([])
        self.assertEqual(purchases.mapped("res_id"), order.ids)
        self.assertEqual(mine.purchase_ids.reference, order.name)
        with self.assertRaises(AccessError):
            mine.read(["sale_order_count"])
        arch = self.profiles.with_user(self.user_own).get_view(view_type="form")["arch"]
        self.assertIn("action_view_purchases", arch)
        self.assertNotIn("action_view_sale_orders", arch)
        with self.assertRaises(AccessError):
            order.with_user(self.user_own).check_access("read")

    def test_salesperson_counts_only_the_orders_allowed(self):
        seller = self._make_user(
            "cpm_seller",
            "customer_plan_mgmt.group_cpm_user_all,sales_team.group_sale_salesman",
        )
        customer = self._make_customer()
        self._make_order(customer, NOON, 10, user_id=seller.id)
        self._make_order(customer, NOON, 10, user_id=self.manager.id)
        profile = customer.with_user(seller)
        self.assertEqual(profile.sale_order_count, 1)
        arch = self.profiles.with_user(seller).get_view(view_type="form")["arch"]
        self.assertIn("action_view_sale_orders", arch)
        domain = profile.action_view_sale_orders()["domain"]
        self.assertEqual(
            self.env["sale.order"].with_user(seller).search_count(domain), 1
        )


class TestSaleCost(CpmSaleCommon):
    def test_confirming_an_order_touches_nothing_of_ours(self):
        customer = self._make_customer(profile={"manager_id": self.user_own.id})
        self._make_purchases(customer, (DAY, 10))
        order = self._make_order(customer, NOON, 10, state="draft")
        self._run()
        self.env.flush_all()
        self.env.invalidate_all()
        statements = []
        execute = Cursor.execute

        def listen(cursor, query, params=None, log_exceptions=True):
            statements.append(str(getattr(query, "code", query)))
            return execute(cursor, query, params, log_exceptions)

        with patch.object(Cursor, "execute", listen):
            order.action_confirm()
            self.env.flush_all()
        self.assertEqual(order.state, "sale")
        self.assertTrue(any("sale_order" in statement for statement in statements))
        ours = re.compile(r'(FROM|JOIN|INTO|UPDATE)\s+"?cpm_', re.IGNORECASE)
        self.assertEqual([text for text in statements if ours.search(text)], [])

    def test_core_works_when_the_bridge_is_gone(self):
        """What removing the module takes away: its branch, metrics and views."""
        customer = self._make_customer()
        self._make_purchases(customer, (DAY, 10))
        self._make_order(customer, NOON, 20)
        revenue = self.env.ref("customer_plan_mgmt.cpm_metric_revenue_12m")
        revenue.active = True
        self._run()
        value = customer.metric_value_ids.filtered(lambda row: row.metric_id == revenue)
        self.assertEqual(value.number, 30)
        data = self.env["ir.model.data"].search(
            [("module", "=", MODULE), ("model", "in", ["cpm.metric", "ir.ui.view"])]
        )
        self.assertEqual(len(data.filtered(lambda row: row.model == "cpm.metric")), 6)
        for row in data:
            self.env[row.model].browse(row.res_id).with_context(
                **{MODULE_UNINSTALL_FLAG: True}
            ).unlink()
        with patch.object(
            self.registry["cpm.purchase"],
            "_purchase_branches",
            CpmPurchase._purchase_branches,
        ):
            self.env.invalidate_all()
            self.assertEqual(customer.purchase_ids.mapped("amount"), [10])
            result = self._run()
            self.assertFalse(result.failed_metrics)
            self.assertEqual(value.number, 10)
            arch = self.profiles.get_view(view_type="form")["arch"]
            self.assertNotIn("action_view_sale_orders", arch)
