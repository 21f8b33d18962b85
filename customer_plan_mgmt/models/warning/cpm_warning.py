"""The warning: a call to act for one customer."""

from odoo import fields, models

from .const import RESULTS, SEVERITIES, STATES


class CpmWarning(models.Model):
    """Raised by a rule (or by a person) with the facts of that moment; ends as saved,
    lost or false alarm, and shows later whether it was worth the work."""

    _name = "cpm.warning"
    _description = "Warning"
    _inherit = ["mail.thread", "mail.activity.mixin", "cpm.guard.mixin"]
    _order = "severity desc, raised_on, id"
    _rec_names_search = ["name", "partner_id"]
    _check_company_auto = True
    _cpm_fixed = frozenset({"company_id", "profile_id"})
    _cpm_protected = frozenset(
        {
            "rule_id",
            "facts",
            "state",
            "raised_on",
            "closed_on",
            "closed_by_id",
            "churn_reason_id",
            "outcome_note",
            "snoozed_until",
            "snooze_reason",
            "plan_id",
            "result",
            "result_on",
        }
    )

    name = fields.Char(string="Subject", required=True)
    active = fields.Boolean(string="In use", default=True)
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        ondelete="restrict",
        default=lambda self: self.env.company,
    )
    profile_id = fields.Many2one(
        "cpm.profile",
        string="Customer profile",
        required=True,
        index=True,
        ondelete="restrict",  # cpm.profile.unlink removes the warnings properly
        check_company=True,
        domain="[('company_id', '=', company_id)]",
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        related="profile_id.partner_id",
        store=True,
        precompute=True,
        index="btree_not_null",
        related_sudo=True,
    )
    rule_id = fields.Many2one(
        "cpm.warning.rule",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
        copy=False,
    )
    facts = fields.Json(readonly=True, copy=False)
    reason_id = fields.Many2one(
        "cpm.churn.reason", string="Suspected reason", ondelete="restrict"
    )
    severity = fields.Selection(
        SEVERITIES, required=True, default="1", index=True, tracking=True
    )
    user_id = fields.Many2one(
        "res.users",
        string="Owner",
        index=True,
        tracking=True,
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]",
    )
    date_deadline = fields.Date(string="Deadline", index=True, tracking=True)
    raised_on = fields.Date(
        string="Raised on",
        required=True,
        readonly=True,
        default=fields.Date.context_today,
        copy=False,
    )
    state = fields.Selection(
        STATES,
        required=True,
        default="new",
        readonly=True,
        copy=False,
        index=True,
        tracking=True,
        group_expand=True,
    )
    snoozed_until = fields.Date(readonly=True, copy=False, tracking=True)
    snooze_reason = fields.Char(readonly=True, copy=False)
    # Outcome
    churn_reason_id = fields.Many2one(
        "cpm.churn.reason",
        string="Churn reason",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        tracking=True,
    )
    outcome_note = fields.Text(string="Outcome", readonly=True, copy=False)
    closed_on = fields.Date(string="Closed on", readonly=True, copy=False)
    closed_by_id = fields.Many2one(
        "res.users", string="Closed by", readonly=True, copy=False, ondelete="set null"
    )
    plan_id = fields.Many2one(
        "cpm.plan",
        string="Win-back plan",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
    )
    result = fields.Selection(
        RESULTS, string="Measured result", readonly=True, copy=False
    )
    result_on = fields.Date(string="Result measured on", readonly=True, copy=False)

    _one_open = models.UniqueIndex(
        "(rule_id, profile_id) WHERE rule_id IS NOT NULL AND state IN ('new', 'working')",
        "This customer already has an open warning of this rule.",
    )

    def _after_raise(self):
        """What follows when a rule has raised these warnings."""
