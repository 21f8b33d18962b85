"""Figures of the policy about warnings and lost customers, kept per company."""

from odoo import fields, models

from .res_company import GROUPS


class ResCompany(models.Model):
    _inherit = "res.company"

    # When a customer counts as lost
    cpm_loss_metric_id = fields.Many2one(
        "cpm.metric",
        string="Sign of life",
        ondelete="restrict",
        domain="[('source', '=', 'computed'), ('measure', '=', 'days_since_last')]",
        help="A customer has left when no such record comes for long. Empty: the days "
        "since the last purchase.",
        groups=GROUPS,
    )
    cpm_loss_days = fields.Integer(
        string="Lost after (days)",
        default=0,
        help="Without a sign of life for so many days a customer counts as lost. 0: "
        "found from the customers' own rhythm.",
        groups=GROUPS,
    )
    cpm_loss_days_found = fields.Integer(
        string="Found from the rhythm (days)", readonly=True, groups=GROUPS
    )
    # Warnings
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

    _cpm_warning_range = models.Constraint(
        "CHECK(cpm_loss_days BETWEEN 0 AND 3650"
        " AND cpm_warning_storm_limit BETWEEN 0 AND 1000000"
        " AND cpm_warning_result_days BETWEEN 1 AND 3650)",
        "Warnings: enter days from 0 to 3650 until a customer is lost, from 1 to 3650 "
        "until the result is measured, and a number of warnings from 0 to 1000000.",
    )

    _cpm_warning_manager_days_range = models.Constraint(
        "CHECK(cpm_warning_manager_days BETWEEN 0 AND 365)",
        "A manager is told after: enter days from 0 to 365.",
    )

    def _cpm_loss_metric(self):
        """Return the metric whose records are signs of life of a customer; empty when
        it is archived or deleted."""
        self.ensure_one()
        metric = self.sudo().cpm_loss_metric_id or self.env.ref(
            "customer_plan_mgmt.cpm_metric_days_since_last", raise_if_not_found=False
        )
        return (metric or self.env["cpm.metric"]).sudo().filtered("active")

    def _cpm_loss_days(self):
        """Return after how many days without a sign of life a customer is lost."""
        self.ensure_one()
        company = self.sudo()
        return company.cpm_loss_days or company.cpm_loss_days_found or 365
