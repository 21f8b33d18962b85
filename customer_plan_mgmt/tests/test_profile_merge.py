"""Merging contacts where the customers differ: contacts of companies, people who
follow, open and done work, and scores that must fit afterwards."""

from .common import CpmCommon


class TestProfileMerge(CpmCommon):
    def _merge(self, *partners, into):
        """Merge ``partners`` into ``into`` with Odoo's wizard."""
        everybody = into.browse(p.id for p in (*partners, into))
        wizard = self.env["base.partner.merge.automatic.wizard"].create(
            {"partner_ids": everybody.ids, "dst_partner_id": into.id}
        )
        wizard.action_merge()
        self.env.invalidate_all()

    def test_the_purchases_of_both_are_kept(self):
        kept, gone = self._make_customer(), self._make_customer()
        purchases = self._make_purchases(kept, ("2024-01-05", 10))
        purchases |= self._make_purchases(gone, ("2024-02-05", 20))
        self._merge(gone.partner_id, into=kept.partner_id)
        self.assertEqual(purchases.exists(), purchases)
        self.assertEqual(purchases.partner_id, kept.partner_id)
        self.assertEqual(purchases.profile_id, kept)
