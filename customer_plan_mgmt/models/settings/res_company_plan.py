"""Figures of the policy about customer plans, kept per company."""

from odoo import fields, models

from .res_company import GROUPS


class ResCompany(models.Model):
    _inherit = "res.company"

    cpm_goal_at_risk = fields.Float(
        string="Goals at risk from (points behind)",
        default=10,
        help="A goal whose progress lies this many points behind the time that is over "
        "is at risk.",
        groups=GROUPS,
    )
    cpm_goal_off_track = fields.Float(
        string="Goals off track from (points behind)",
        default=25,
        help="A goal whose progress lies this many points behind the time that is over "
        "is off track.",
        groups=GROUPS,
    )
    cpm_review_months = fields.Integer(
        string="Review plans every (months)",
        default=3,
        help="Where neither the template nor the tier of the customer says how often. "
        "0: no reviews.",
        groups=GROUPS,
    )
    cpm_review_ahead_days = fields.Integer(
        string="Prepare reviews (days ahead)",
        default=14,
        help="Reviews are made and filled in so many days before they are due.",
        groups=GROUPS,
    )
    cpm_review_manager_days = fields.Integer(
        string="Missed reviews go to the manager after (days)",
        default=7,
        help="The owner of the plan is reminded on the day a review was due and not "
        "held, the manager so many days later.",
        groups=GROUPS,
    )
    cpm_review_manager_id = fields.Many2one(
        "res.users",
        string="Missed reviews go to",
        ondelete="set null",
        domain="[('share', '=', False), ('company_ids', 'in', id)]",
        help="Empty: the account manager of the customer where somebody else owns the "
        "plan, otherwise a manager of Customer Plans.",
        groups=GROUPS,
    )
    cpm_plan_stale_days = fields.Integer(
        string="Plans are stale after (days)",
        default=30,
        help="So many days after a review was due and nothing was decided a plan counts "
        "as stale.",
        groups=GROUPS,
    )
    cpm_plan_facts_percent = fields.Float(
        string="Facts have changed from (%)",
        default=20,
        help="When a measured fact of a plan moved by at least so much since the last "
        "decision, the plan says so. 0: it never does.",
        groups=GROUPS,
    )
    cpm_plan_comments_hour = fields.Integer(
        string="Portal: comments on a plan within an hour",
        default=30,
        help="Of one person on one plan. 0: no limit.",
        groups=GROUPS,
    )
    cpm_plan_project_id = fields.Many2one(
        "project.project",
        string="Project of the plans",
        ondelete="set null",
        readonly=True,
        help="Holds the work items of all plans of the company. Made by itself.",
        groups=GROUPS,
    )

    _cpm_goal_points_range = models.Constraint(
        "CHECK(cpm_goal_at_risk BETWEEN 0 AND 100"
        " AND cpm_goal_off_track BETWEEN 0 AND 100"
        " AND cpm_goal_at_risk <= cpm_goal_off_track)",
        "Goals: enter points from 0 to 100; “off track” must not come before “at risk”.",
    )
    _cpm_plan_days_range = models.Constraint(
        "CHECK(cpm_review_months BETWEEN 0 AND 120"
        " AND cpm_review_ahead_days BETWEEN 0 AND 365"
        " AND cpm_review_manager_days BETWEEN 0 AND 365"
        " AND cpm_plan_stale_days BETWEEN 0 AND 3650)",
        "Reviews of plans: enter months from 0 to 120 and days from 0 to 365, stale "
        "plans at most 3650 days.",
    )
    _cpm_plan_comments_range = models.Constraint(
        "CHECK(cpm_plan_comments_hour BETWEEN 0 AND 1000)",
        "Comments on a plan: enter a number from 0 to 1000.",
    )
    _cpm_plan_facts_range = models.Constraint(
        "CHECK(cpm_plan_facts_percent BETWEEN 0 AND 1000)",
        "Facts have changed: enter a percentage from 0 to 1000.",
    )
