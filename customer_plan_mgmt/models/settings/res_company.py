"""Policy figures and scoring state kept per company."""

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools.safe_eval import safe_eval

# Companies are readable by portal and public users; their policy is not
GROUPS = "customer_plan_mgmt.group_cpm_user,base.group_system"


class ResCompany(models.Model):
    _inherit = "res.company"

    # Which contacts are customers
    cpm_customer_domain = fields.Char(
        string="Customers are contacts matching",
        default="[]",
        help="Contacts matching this filter get a customer profile by themselves. "
        "Contacts of a company, the company's own contact and internal users "
        "never do.",
        groups=GROUPS,
    )
    # Tiers
    cpm_demotion_approval = fields.Boolean(
        string="Demotions need approval",
        help="A rule that would move a customer down only proposes it; a manager "
        "approves or rejects the proposal.",
        groups=GROUPS,
    )
    cpm_first_run = fields.Selection(
        [
            ("apply", "Score customers and put them into tiers"),
            ("score", "Only score; tiers wait until a dry run is confirmed"),
        ],
        string="First scoring run",
        default="apply",
        required=True,
        help="What the very first scoring run of the company does. With 'Only "
        "score' nobody gets a tier by rule before an administrator has confirmed "
        "the thresholds in the dry run.",
        groups=GROUPS,
    )
    cpm_tiers_started = fields.Boolean(
        string="Tiers are in use",
        readonly=True,
        help="Set when tiers were first assigned by rule or confirmed in a dry run.",
        groups=GROUPS,
    )
    cpm_note_limit = fields.Integer(
        string="Notes per scoring run",
        default=1000,
        help="At most this many customers get a note in their history of messages "
        "about a tier moved by rule in one scoring run. The tier history is always "
        "complete.",
        groups=GROUPS,
    )
    cpm_full_pass_days = fields.Integer(
        string="Complete scoring every (days)",
        default=7,
        help="In between only customers touched by new or changed "
        "records, or crossing a limit with time, are scored again.",
        groups=GROUPS,
    )
    cpm_proposal_pause_days = fields.Integer(
        string="Rejected demotions rest (days)",
        default=30,
        help="After a manager rejected a proposed demotion the rule does not propose "
        "the same one again for this many days.",
        groups=GROUPS,
    )
    # Own fields of the profile
    cpm_preference_definition = fields.PropertiesDefinition(
        string="Customer preferences",
        groups=GROUPS,
    )
    # State of the scoring run, written by the run itself
    cpm_scored_on = fields.Date(
        string="Scored as of",
        readonly=True,
        help="Date the stored scores refer to.",
        groups=GROUPS,
    )
    cpm_last_run_at = fields.Datetime(
        string="Last scoring run", readonly=True, groups=GROUPS
    )
    cpm_last_full_on = fields.Date(
        string="Last complete scoring", readonly=True, groups=GROUPS
    )
    cpm_rule_signature = fields.Char(
        string="Signature of the rules last applied",
        readonly=True,
        export_string_translation=False,
        help="Changes whenever a metric, scorecard, tier or lifecycle rule does; "
        "a difference asks for a complete scoring.",
        groups=GROUPS,
    )

    _cpm_note_limit_positive = models.Constraint(
        "CHECK(cpm_note_limit >= 0)",
        "Notes per scoring run: enter a number of at least 0.",
    )
    _cpm_proposal_pause_days_positive = models.Constraint(
        "CHECK(cpm_proposal_pause_days >= 0)",
        "Rejected demotions rest (days): enter a number of at least 0.",
    )
    _cpm_full_pass_days_positive = models.Constraint(
        "CHECK(cpm_full_pass_days >= 1)",
        "Complete scoring every (days): enter a number of at least 1.",
    )

    def _cpm_today(self):
        """Return today's date where the company is; where the user is when the company
        has no time zone. The scheduled job runs in nobody's."""
        self.ensure_one()
        timezone = self.sudo().partner_id.tz
        company = self.with_context(tz=timezone) if timezone else self
        return fields.Date.context_today(company)

    @api.constrains("cpm_customer_domain")
    def _check_cpm_customer_domain(self):
        for company in self:
            company._get_cpm_customer_domain()

    def _get_cpm_customer_domain(self):
        """Return the :class:`Domain` over contacts that makes them customers.

        :raise ValidationError: when the filter cannot be read or names a field
            that contacts do not have
        """
        self.ensure_one()
        text = self.cpm_customer_domain or "[]"
        try:
            domain = Domain(safe_eval(text, {"uid": self.env.uid}))
            domain.validate(self.env["res.partner"].sudo())
            # Finds fields that nobody can search by
            self.env["res.partner"].sudo()._search(domain, order=False)
        except Exception as error:
            raise ValidationError(
                self.env._(
                    "Customers are contacts matching: the filter %(filter)s cannot "
                    "be used (%(reason)s). Correct it in the settings of Customer "
                    "Plans.",
                    filter=text,
                    reason=error,
                )
            ) from error
        return domain
