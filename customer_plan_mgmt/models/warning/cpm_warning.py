"""The warning: a call to act for one customer."""

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from .const import RESULTS, SEVERITIES, STATES


class CpmWarning(models.Model):
    """Raised by a rule (or by a person) with the facts of that moment; ends as saved,
    lost or false alarm, and shows later whether it was worth the work.

    Moves follow one table (``cpm_warning_flow``). The inbox is sorted and coloured in
    ``cpm_warning_screen``, rests in ``cpm_warning_snooze``, is worked off by playbook
    (``cpm_warning_playbook``) and judged in ``cpm_warning_result``; what happens by
    itself every day is in ``cpm_warning_cron``.
    """

    _name = "cpm.warning"
    _description = "Warning"
    _inherit = [
        "mail.thread",
        "mail.activity.mixin",
        "cpm.batch.mixin",
        "cpm.guard.mixin",
    ]
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
            "playbook_started_on",
            "owner_reminded_on",
            "manager_reminded_on",
            "told_on",
        }
    )
    _cpm_dates = frozenset({"date_deadline"})

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
    note = fields.Text(
        string="What was noticed",
        help="Where a person raises the warning: what gives cause for concern.",
    )
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
        default=lambda self: not self.env.su and self.env.user,
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

    # ----------------------------------------------------------- Constraints

    @api.constrains("user_id")
    def _check_owner(self):
        for warning in self.sudo():
            warning._raise_unless_employee(warning.user_id)

    def _raise_unless_employee(self, user):
        """:raise ValidationError: when ``user`` does not work in the company"""
        self.ensure_one()
        if user and (user.share or self.company_id not in user.company_ids):
            raise ValidationError(
                self.env._(
                    "%(field)s: %(user)s is no employee of %(company)s.",
                    field=self._cpm_label("user_id"),
                    user=user.display_name,
                    company=self.company_id.name,
                )
            )

    # ------------------------------------------------------------------ CRUD

    @api.model_create_multi
    def create(self, vals_list):
        vals_list = [dict(vals) for vals in vals_list]
        profiles = self.env["cpm.profile"].browse(
            vals["profile_id"] for vals in vals_list if vals.get("profile_id")
        )
        if not self.env.su:
            profiles.check_access("read")
        for vals in vals_list:
            if vals.get("profile_id") and not vals.get("company_id"):
                profile = profiles.browse(vals["profile_id"])
                vals["company_id"] = profile.company_id.id
        warnings = super().create(vals_list)
        if not self.env.su:
            # The rule of own warnings would see no harm: one owns what one creates.
            # Looked at afterwards, because the customer may come from a default.
            warnings.profile_id.check_access("read")
        return warnings

    @api.depends("name", "partner_id")
    def _compute_display_name(self):
        for warning in self:
            names = (warning.sudo().partner_id.name, warning.name)
            warning.display_name = " · ".join(filter(None, names))

    def _mail_get_partner_fields(self, introspect_fields=False):
        """Nobody outside: the customer is no recipient of what is written here."""
        return []

    def _after_raise(self):
        """What follows when a rule has raised these warnings: their owners follow
        them, and playbooks that start by themselves do."""
        for owner, warnings in self.grouped("user_id").items():
            if owner:
                warnings.message_subscribe(owner.partner_id.ids)
        self.filtered("rule_id.playbook_starts")._start_playbook()
