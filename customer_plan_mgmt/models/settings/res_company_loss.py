"""When a customer counts as lost: figures of the policy, kept per company."""

from odoo import fields, models

from .res_company import GROUPS

# Until the customers' own rhythm is known, and nobody entered days
DEFAULT_LOSS_DAYS = 365


class ResCompany(models.Model):
    _inherit = "res.company"

    cpm_loss_metric_id = fields.Many2one(
        "cpm.metric",
        string="Sign of life",
        ondelete="restrict",
        domain="[('source', '=', 'computed'), ('measure', '=', 'days_since_last'),"
        " ('period_days', '=', 0)]",
        help="A customer has left when no such record comes for long. Empty: the days "
        "since the last purchase.",
        groups=GROUPS,
    )
    cpm_loss_days = fields.Integer(
        string="Lost after (days)",
        default=0,
        help="Without a sign of life for more days than this a customer counts as "
        "lost. 0: found from the customers' own rhythm.",
        groups=GROUPS,
    )
    # How the days are found
    cpm_loss_percent = fields.Float(
        string="Usual pauses (%)",
        default=95.0,
        help="So many of 100 pauses between two signs of life of the same customer are "
        "usual, every customer counting alike. Who pauses longer counts as lost.",
        groups=GROUPS,
    )
    cpm_loss_customers_needed = fields.Integer(
        string="Returning customers needed",
        default=50,
        help="With fewer customers who came back at least once no rhythm is found, and "
        "365 days count.",
        groups=GROUPS,
    )
    cpm_loss_days_min = fields.Integer(
        string="Found days at least",
        default=30,
        help="A shorter rhythm counts as this many days.",
        groups=GROUPS,
    )
    cpm_loss_days_max = fields.Integer(
        string="Found days at most",
        default=730,
        help="A longer rhythm counts as this many days.",
        groups=GROUPS,
    )
    # What was found, written once a month, before a scoring run
    cpm_loss_days_found = fields.Integer(
        string="Found from the rhythm (days)",
        readonly=True,
        help="0: not known.",
        groups=GROUPS,
    )
    cpm_loss_customers_found = fields.Integer(
        string="Returning customers", readonly=True, groups=GROUPS
    )
    cpm_loss_found_on = fields.Date(
        string="Rhythm looked at on", readonly=True, groups=GROUPS
    )

    _cpm_loss_days_range = models.Constraint(
        "CHECK(cpm_loss_days BETWEEN 0 AND 3650)",
        "Lost after (days): enter a number from 0 to 3650.",
    )
    _cpm_loss_percent_range = models.Constraint(
        "CHECK(cpm_loss_percent BETWEEN 50 AND 99.9)",
        "Usual pauses (%): enter a number from 50 to 99.9.",
    )
    _cpm_loss_customers_range = models.Constraint(
        "CHECK(cpm_loss_customers_needed BETWEEN 2 AND 1000000)",
        "Returning customers needed: enter a number from 2 to 1000000.",
    )
    _cpm_loss_bounds_range = models.Constraint(
        "CHECK(cpm_loss_days_min >= 1 AND cpm_loss_days_max <= 3650"
        " AND cpm_loss_days_min <= cpm_loss_days_max)",
        "Found days: enter at least 1 and at most 3650 days, the smaller number first.",
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
        return company.cpm_loss_days or company.cpm_loss_days_found or DEFAULT_LOSS_DAYS
