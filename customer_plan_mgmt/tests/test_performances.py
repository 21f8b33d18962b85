"""Queries that must not grow with the number of customers."""

from odoo.tests import tagged

from .common import CpmCommon


@tagged("cpm_performances")
class TestPerformances(CpmCommon):
    def _count(self, call):
        """Return how many queries ``call`` makes with empty caches."""
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        call()
        self.env.flush_all()
        return self.env.cr.sql_log_count - before

    def test_contact_list_costs_as_much_for_eighty_as_for_one(self):
        partners = self._make_customers(80).partner_id
        spec = dict.fromkeys(("cpm_tier_id", "cpm_value_score"), {})
        contacts = self.env["res.partner"].with_user(self.user_all)
        one, many = contacts.browse(partners[0].id), contacts.browse(partners.ids)
        one.web_read(spec)
        self.assertEqual(
            self._count(lambda: one.web_read(spec)),
            self._count(lambda: many.web_read(spec)),
        )
