"""Several companies: each has its own customers, tiers and scores."""

from .common import CpmCommon


class TestMultiCompany(CpmCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.elsewhere = cls.env["res.company"].create({"name": "Elsewhere"})
        cls.env.user.company_ids |= cls.elsewhere

    def test_one_contact_has_a_profile_in_each_company(self):
        partner = self._make_partner(company_id=False)
        here = self._make_customer(partner=partner)
        there = self._make_customer(
            partner=partner, profile={"company_id": self.elsewhere.id}
        )
        for company, profile in ((self.company, here), (self.elsewhere, there)):
            self.assertEqual(partner.with_company(company).cpm_profile_id, profile)
