"""Set or propose a tier by hand."""

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..models.profile.cpm_transaction import LAST_YEAR


class CpmTierAssign(models.TransientModel):
    """Managers set the tier at once; users propose it to their manager."""

    _name = "cpm.tier.assign"
    _description = "Set Tier by Hand"
    _inherit = "cpm.selection.mixin"

    company_id = fields.Many2one("res.company", compute="_compute_company_id")
    tier_id = fields.Many2one(
        "cpm.tier",
        required=True,
        domain="[('company_id', 'in', [False, company_id])]",
    )
    reason = fields.Char(required=True)
    expiry_date = fields.Date(
        string="Until",
        help="Last day on which rules leave the tier alone. Empty: until it is "
        "given back to the rule.",
    )
    is_proposal = fields.Boolean(compute="_compute_is_proposal")

    @api.depends("profile_ids")
    def _compute_company_id(self):
        for wizard in self:
            wizard.company_id = wizard.profile_ids[:1].company_id

    @api.depends_context("uid")
    def _compute_is_proposal(self):
        manager = self.env.user.has_group("customer_plan_mgmt.group_cpm_manager")
        self.is_proposal = not manager

    def _check_entries(self):
        """:raise ValidationError: naming the entry that cannot be used"""
        _ = self.env._
        if not (self.reason or "").strip():
            raise ValidationError(_("Reason: say why the customer gets this tier."))
        if not self.profile_ids:
            raise ValidationError(_("Customers: choose at least one customer."))
        if self.expiry_date and self.expiry_date.year > LAST_YEAR:
            raise ValidationError(
                _("Until: the year must be %s or earlier.", LAST_YEAR)
            )
        if self.expiry_date and self.expiry_date < fields.Date.context_today(self):
            raise ValidationError(_("Until: the day lies in the past."))
        foreign = self.profile_ids.filtered(
            lambda profile: (
                self.tier_id.company_id
                and self.tier_id.company_id != profile.company_id
            )
        )
        if foreign:
            raise ValidationError(
                _(
                    "Tier: %(tier)s belongs to another company than %(customer)s.",
                    tier=self.tier_id.name,
                    customer=foreign[0].display_name,
                )
            )
        for company in self.profile_ids.company_id:
            if self.tier_id not in self.tier_id._for_company(company):
                raise ValidationError(
                    _(
                        "Tier: %(tier)s is not in use in %(company)s.",
                        tier=self.tier_id.name,
                        company=company.name,
                    )
                )

    def action_apply(self):
        """Set the tier (managers) or propose it (users)."""
        self.ensure_one()
        self._check_entries()
        self.profile_ids.check_access("write")
        if not self.env.user.has_group("customer_plan_mgmt.group_cpm_manager"):
            self._propose()
        else:
            self.profile_ids._set_tier(
                self.tier_id,
                origin="manual",
                reason=self.reason,
                locked_until=self.expiry_date,
            )
        return {"type": "ir.actions.act_window_close"}

    def _propose(self):
        changes = self.env["cpm.tier.change"].sudo()
        profiles = self.profile_ids.filtered(lambda p: p.tier_id != self.tier_id)
        changes._expire_open_proposals(profiles)
        changes.create(
            [
                profile._prepare_tier_change(
                    self.tier_id,
                    origin="manual",
                    reason=self.reason,
                    effective=fields.Date.context_today(self),
                    expiry=self.expiry_date,
                    state="proposed",
                )
                for profile in profiles
            ]
        )
        body = self.env._(
            "%(user)s proposes the tier %(tier)s. %(reason)s",
            user=self.env.user.name,
            tier=self.tier_id.name,
            reason=self.reason,
        )
        profiles._message_log_batch(bodies=dict.fromkeys(profiles.ids, body))
