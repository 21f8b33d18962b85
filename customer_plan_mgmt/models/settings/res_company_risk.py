"""Figures of the policy about risks, kept per company."""

from odoo import fields, models

from .res_company import GROUPS


class ResCompany(models.Model):
    _inherit = "res.company"

    cpm_risk_review_days = fields.Integer(
        string="Check risks every (days)",
        default=30,
        help="Where neither the risk nor its level says how often.",
        groups=GROUPS,
    )
    cpm_risk_manager_days = fields.Integer(
        string="Unchecked risks go to a manager after (days)",
        default=14,
        help="The owner is reminded on the day a check is due, a manager so many days "
        "later when nobody has looked at the risk.",
        groups=GROUPS,
    )
    cpm_risk_manager_id = fields.Many2one(
        "res.users",
        string="Risks go to",
        ondelete="set null",
        domain="[('share', '=', False), ('company_ids', 'in', id)]",
        help="Who decides about accepting grave risks and is told of unchecked ones. "
        "Empty: the account manager of the customer where that is a manager of Customer "
        "Plans, otherwise any manager.",
        groups=GROUPS,
    )

    _cpm_risk_days_range = models.Constraint(
        "CHECK(cpm_risk_review_days BETWEEN 1 AND 3650"
        " AND cpm_risk_manager_days BETWEEN 0 AND 365)",
        "Risks: enter days from 1 to 3650 between checks, and from 0 to 365 until a "
        "manager is told.",
    )
