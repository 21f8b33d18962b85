"""Figures of the policy about warnings, kept per company."""

from odoo import fields, models

from .res_company import GROUPS


class ResCompany(models.Model):
    _inherit = "res.company"

    cpm_warning_storm_limit = fields.Integer(
        string="Warnings without confirmation",
        default=50,
        help="When a new or changed rule would raise more warnings than this at once, "
        "it raises none until an administrator has confirmed it.",
        groups=GROUPS,
    )
    cpm_warning_user_id = fields.Many2one(
        "res.users",
        string="Warnings go to",
        ondelete="set null",
        domain="[('share', '=', False), ('company_ids', 'in', id)]",
        help="Owner of warnings whose rule says so, and of those whose customer has no "
        "account manager.",
        groups=GROUPS,
    )
    cpm_warning_result_days = fields.Integer(
        string="Result measured after (days)",
        default=90,
        help="So many days after a warning was closed it is measured whether the "
        "customer bought again.",
        groups=GROUPS,
    )
    cpm_warning_manager_days = fields.Integer(
        string="A manager is told after (days)",
        default=3,
        help="So many days after its deadline a warning that is still open is also "
        "brought before a manager.",
        groups=GROUPS,
    )
    cpm_winback_template_id = fields.Many2one(
        "cpm.plan.template",
        string="Template of win-back plans",
        ondelete="set null",
        help="Empty: the shipped template “Retention and win-back”.",
        groups=GROUPS,
    )
    cpm_trust_min_customers = fields.Integer(
        string="Cases for a trust badge",
        default=30,
        help="With fewer flagged customers in the latest back-test the badge says that "
        "there are too few cases to tell.",
        groups=GROUPS,
    )

    _cpm_warning_storm_range = models.Constraint(
        "CHECK(cpm_warning_storm_limit BETWEEN 0 AND 1000000)",
        "Warnings without confirmation: enter a number from 0 to 1000000.",
    )
    _cpm_warning_result_range = models.Constraint(
        "CHECK(cpm_warning_result_days BETWEEN 1 AND 3650)",
        "Result measured after (days): enter a number from 1 to 3650.",
    )
    _cpm_warning_manager_days_range = models.Constraint(
        "CHECK(cpm_warning_manager_days BETWEEN 0 AND 365)",
        "A manager is told after: enter days from 0 to 365.",
    )
    _cpm_trust_range = models.Constraint(
        "CHECK(cpm_trust_min_customers BETWEEN 1 AND 100000)",
        "Cases for a trust badge: enter a number from 1 to 100000.",
    )
