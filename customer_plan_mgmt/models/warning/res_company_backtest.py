"""How many cases a trust badge needs, kept per company."""

from odoo import fields, models

from ..settings.res_company import GROUPS


class ResCompany(models.Model):
    _inherit = "res.company"

    cpm_trust_min_customers = fields.Integer(
        string="Cases for a trust badge",
        default=30,
        help="With fewer flagged customers in the latest back-test the badge says that "
        "there are too few cases to tell.",
        groups=GROUPS,
    )

    _cpm_trust_range = models.Constraint(
        "CHECK(cpm_trust_min_customers BETWEEN 1 AND 100000)",
        "Cases for a trust badge: enter a number from 1 to 100000.",
    )
