"""What the inbox shows besides the stored facts."""

from odoo import api, fields, models
from odoo.fields import Domain

from .const import OPEN_STATES, SEVERITY_COLORS


class CpmWarning(models.Model):
    _inherit = "cpm.warning"

    severity_color = fields.Integer(
        string="Colour of the severity", compute="_compute_severity_color"
    )
    fact_text = fields.Text(
        string="What was seen",
        compute="_compute_fact_text",
        help="What the rule saw at the moment it raised the warning.",
    )
    is_open = fields.Boolean(
        string="Open", compute="_compute_is_open", search="_search_is_open"
    )
    age_days = fields.Integer(
        string="Age (days)",
        compute="_compute_age_days",
        aggregator=None,
        help="Days since the warning was raised; of a closed one until it was closed.",
    )
    customer_warning_text = fields.Char(
        string="Warnings of the customer", compute="_compute_customer_warning_text"
    )
    age_text = fields.Char(string="Age", compute="_compute_age_days")
    is_overdue = fields.Boolean(
        string="Overdue", compute="_compute_is_overdue", search="_search_is_overdue"
    )
    # Live, not as they were then: one wants to know whom one calls
    tier_id = fields.Many2one(related="profile_id.tier_id")
    tier_color = fields.Integer(related="tier_id.color", string="Tier colour")
    manager_id = fields.Many2one(
        related="profile_id.manager_id", string="Account manager"
    )
    customer_warning_count = fields.Integer(
        related="profile_id.open_warning_count",
        string="Open warnings of the customer",
        aggregator=None,
    )
    may_open_customer = fields.Boolean(
        string="Customer can be opened", compute="_compute_may_open_customer"
    )
    lifecycle_stage_id = fields.Many2one(related="profile_id.lifecycle_stage_id")
    email = fields.Char(related="partner_id.email")
    phone = fields.Char(related="partner_id.phone")

    @api.depends("profile_id")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_may_open_customer(self):
        """Owners who do not look after the customer see the warning alone."""
        seen = self.profile_id._filtered_access("read")
        for warning in self:
            warning.may_open_customer = warning.profile_id in seen

    @api.depends("severity")
    def _compute_severity_color(self):
        for warning in self:
            warning.severity_color = SEVERITY_COLORS.get(warning.severity, 0)

    @api.depends("facts", "rule_id", "note")
    @api.depends_context("lang")
    def _compute_fact_text(self):
        for warning in self:
            rule = warning.sudo().rule_id
            found = rule._fact_text(warning.sudo()) if rule else False
            warning.fact_text = found or warning.note

    @api.depends("state")
    def _compute_is_open(self):
        for warning in self:
            warning.is_open = warning.state in OPEN_STATES

    def _search_is_open(self, operator, value):
        if operator != "in":
            return NotImplemented
        is_open = Domain("state", "in", OPEN_STATES)
        return Domain.OR(is_open if wanted else ~is_open for wanted in value)

    @api.depends("customer_warning_count")
    @api.depends_context("lang")
    def _compute_customer_warning_text(self):
        for warning in self:
            count = warning.customer_warning_count
            warning.customer_warning_text = count > 1 and self.env._(
                "one of %s warnings", count
            )

    @api.depends("raised_on", "closed_on")
    @api.depends_context("lang")
    def _compute_age_days(self):
        _ = self.env._
        for warning in self:
            end = warning.closed_on or warning._today()
            raised = warning.raised_on
            days = max((end - raised).days, 0) if raised else 0
            warning.age_days = days
            if days < 2:
                warning.age_text = _("one day") if days else _("today")
            else:
                warning.age_text = _("%s days", days)

    @api.depends("date_deadline", "state", "snoozed_until")
    def _compute_is_overdue(self):
        for warning in self:
            deadline = warning.date_deadline
            warning.is_overdue = bool(
                warning.state in OPEN_STATES
                and deadline
                and deadline < warning._today()
                and not warning.is_snoozed
            )

    def _search_is_overdue(self, operator, value):
        if operator != "in":
            return NotImplemented
        overdue = (
            Domain("state", "in", OPEN_STATES)
            & self._on_days_of_companies(
                lambda today: Domain("date_deadline", "<", today)
            )
            & Domain("is_snoozed", "=", False)
        )
        return Domain.OR(overdue if wanted else ~overdue for wanted in value)

    @api.model
    def _on_days_of_companies(self, condition):
        """Return the domain of what ``condition`` finds, a function that returns a
        domain for the day it is where the company of the warning is."""
        companies = self.env["res.company"].sudo().search([])
        days = companies.grouped(lambda company: company._cpm_today())
        return Domain.OR(
            Domain("company_id", "in", group.ids) & condition(today)
            for today, group in days.items()
        )

    def _today(self):
        """Return today's date where the company is."""
        company = self.company_id or self.env.company
        return company._cpm_today()

    # --------------------------------------------------------------- Actions

    def action_view_profile(self):
        """Open the customer."""
        self.ensure_one()
        return self.profile_id.get_formview_action()

    def action_view_customer(self):
        """Open all warnings of the customer."""
        self.ensure_one()
        return self.profile_id.action_view_warnings()

    @api.model
    def _action_of(self, domain):
        """Return the action that shows the warnings of ``domain``, closed ones too."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "customer_plan_mgmt.cpm_warning_action"
        )
        action["domain"] = domain
        action["context"] = {"search_default_open": 1}
        return action
