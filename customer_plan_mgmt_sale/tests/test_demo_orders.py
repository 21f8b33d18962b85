"""The sales chapter of the example company."""

from unittest import SkipTest

from odoo.tests import TransactionCase, tagged


@tagged("post_install", "-at_install")
class TestDemoOrders(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if not cls.env.ref("customer_plan_mgmt_sale.demo_customer_suwan", False):
            raise SkipTest("This database has no demo data")

    def _profile(self, xmlid):
        partner = self.env.ref(xmlid)
        return self.env["cpm.profile"].search(
            [("partner_id", "=", partner.id), ("company_id", "=", self.env.company.id)]
        )

    def test_customer_of_orders_alone_is_scored(self):
        profile = self._profile("customer_plan_mgmt_sale.demo_customer_suwan")
        self.assertEqual(profile.lifecycle_stage_id.code, "active")
        self.assertEqual(profile.tier_id.code, "ordinary")
        self.assertEqual(set(profile.purchase_ids.mapped("res_model")), {"sale.order"})

    def test_quotations_wake_nobody_up(self):
        for key, stage in (("haitang", "prospect"), ("xinghai", "at_risk")):
            with self.subTest(customer=key):
                profile = self._profile(f"customer_plan_mgmt.demo_customer_{key}")
                self.assertIn("draft", profile.purchase_ids.mapped("state"))
                self.assertEqual(profile.lifecycle_stage_id.code, stage)

    def test_old_and_new_purchases_stand_side_by_side(self):
        profile = self._profile("customer_plan_mgmt.demo_customer_yunqi")
        self.assertEqual(
            set(profile.purchase_ids.mapped("res_model")),
            {"sale.order", "cpm.transaction"},
        )
        orders = profile.metric_value_ids.filtered(
            lambda row: row.metric_id.code in ("orders_total", "sale_orders_total")
        )
        numbers = {row.metric_id.code: row.number for row in orders}
        recorded = len(profile.transaction_ids)
        self.assertEqual(numbers["sale_orders_total"], 2)
        self.assertEqual(numbers["orders_total"], recorded + 2)
