"""Two companies that share a customer."""

from odoo import Command

from .common import CpmCommon


class MultiCompanyCase(CpmCommon):
    """``company`` and ``elsewhere`` share the contact ``both`` and have one customer
    each of their own; ``traveller`` works in both companies."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.elsewhere = cls.env["res.company"].create(
            {"name": "Elsewhere", "currency_id": cls.env.ref("base.EUR").id}
        )
        cls.env.ref("base.EUR").active = True
        cls.env.user.company_ids |= cls.elsewhere
        cls.elsewhere.cpm_customer_domain = f"[('company_id', '=', {cls.elsewhere.id})]"
        cls.there_a, cls.there_b, cls.there_c = cls._make_tiers(cls.elsewhere)
        cls.companies = cls.company | cls.elsewhere
        cls.traveller = cls._make_user(
            "cpm_traveller",
            "customer_plan_mgmt.group_cpm_manager",
            company_ids=[Command.set(cls.companies.ids)],
        )
        cls._make_direct_scores()
        cls.direct_card.company_id = False  # for every company
        cls.both = cls._make_partner("Both", company_id=False)
        cls.here = cls._make_customer(partner=cls.both)
        cls.there = cls._make_there(cls.both)
        cls.only_here = cls._make_customer("Only here")
        cls.only_there = cls._make_there(
            cls._make_partner("Only there", company_id=cls.elsewhere.id)
        )
        cls._give_score(cls.here | cls.only_here, 85)
        cls._give_score(cls.there | cls.only_there, 55)

    @classmethod
    def _make_there(cls, partner, **vals):
        return cls._make_customer(
            partner=partner, profile={"company_id": cls.elsewhere.id, **vals}
        )

    def _as(self, user, model, *companies):
        """Return ``model`` for ``user`` with ``companies`` ticked in the switcher."""
        ids = [company.id for company in companies]
        return self.env[model].with_user(user).with_context(allowed_company_ids=ids)
