"""Figures of the churn probability, kept per company."""

from odoo import fields, models

from odoo.addons.customer_plan_mgmt.models.settings.res_company import GROUPS

from ..tools.fit import Limits


class ResCompany(models.Model):
    _inherit = "res.company"

    cpm_churn_min_customers = fields.Integer(
        string="Customers needed",
        default=200,
        help="With fewer customers nothing is learned.",
        groups=GROUPS,
    )
    cpm_churn_min_events = fields.Integer(
        string="Events needed",
        default=50,
        help="At least so many customers must have been seen to leave, and as many to "
        "come back.",
        groups=GROUPS,
    )
    cpm_churn_max_customers = fields.Integer(
        string="Learn from at most (customers)",
        default=30000,
        help="Of more customers a fixed part, chosen by chance, is learned from: the "
        "probability does not get better, the training takes longer. Everybody is scored.",
        groups=GROUPS,
    )
    cpm_churn_stretch = fields.Float(
        string="Carry on at most (times)",
        default=3.0,
        help="The horizon may be so many times as long as the longest time that could be "
        "looked at. Beyond, nothing is learned.",
        groups=GROUPS,
    )
    cpm_churn_train_days = fields.Integer(
        string="Learn anew every (days)", default=30, groups=GROUPS
    )
    cpm_churn_high_from = fields.Float(
        string="Likely to leave from",
        default=0.7,
        help="Probability (0 to 1) from which on a customer is shown as likely to leave, "
        "and counts as warned of in a back-test.",
        groups=GROUPS,
    )
    cpm_churn_medium_from = fields.Float(
        string="Uncertain from",
        default=0.4,
        help="Probability (0 to 1) from which on it is uncertain whether a customer "
        "leaves.",
        groups=GROUPS,
    )
    # State
    cpm_churn_train_on = fields.Date(
        string="Learn next on", readonly=True, groups=GROUPS
    )
    cpm_churn_scored_on = fields.Date(
        string="Churn probability as of", readonly=True, groups=GROUPS
    )

    _cpm_churn_range = models.Constraint(
        "CHECK(cpm_churn_min_customers BETWEEN 20 AND 1000000"
        " AND cpm_churn_min_events BETWEEN 5 AND 1000000"
        " AND cpm_churn_max_customers BETWEEN 1000 AND 200000"
        " AND cpm_churn_train_days BETWEEN 1 AND 365"
        " AND cpm_churn_stretch BETWEEN 1 AND 10)",
        "Churn probability: enter at least 20 customers and 5 events needed, 1000 to "
        "200000 customers to learn from, 1 to 365 days until it is learned anew, and 1 "
        "to 10 times to carry on.",
    )
    _cpm_churn_levels = models.Constraint(
        "CHECK(cpm_churn_medium_from >= 0 AND cpm_churn_high_from <= 1"
        " AND cpm_churn_medium_from <= cpm_churn_high_from)",
        "Churn probability: “Uncertain from” and “Likely to leave from” lie between 0 "
        "and 1, the first not above the second.",
    )

    def _cpm_churn_limits(self):
        """Return the :class:`Limits` of learning."""
        self.ensure_one()
        company = self.sudo()
        return Limits(
            company.cpm_churn_min_customers,
            company.cpm_churn_min_events,
            company.cpm_churn_stretch,
        )
