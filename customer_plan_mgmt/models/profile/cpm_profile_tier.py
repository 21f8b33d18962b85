"""How a customer gets into a tier other than by the nightly rule."""

from odoo import fields, models
from odoo.exceptions import ValidationError


class CpmProfile(models.Model):
    _inherit = "cpm.profile"

    def _set_tier(self, tier, *, origin, reason, locked_until=None, effective=None):
        """Move the customers to ``tier`` at once and keep the history.

        The caller has checked that the user may do so.

        :param tier: ``cpm.tier`` record, empty to take the tier away
        :param str origin: ``rule``, ``manual`` or ``import``
        :param str reason: why, in the words of the person or rule
        :param date locked_until: last day on which rules leave the tier alone
        :param date effective: first day of the tier, today by default
        :return: the ``cpm.tier.change`` records made
        """
        effective = effective or fields.Date.context_today(self)
        changes = self.env["cpm.tier.change"].sudo()
        changes._expire_open_proposals(self)
        vals_list = [
            profile._prepare_tier_change(
                tier,
                origin=origin,
                reason=reason,
                effective=effective,
                expiry=locked_until,
            )
            for profile in self
        ]
        self._write_tier(tier, origin, reason, locked_until, effective)
        made = changes.create(vals_list)
        made._post_notes()
        return made

    def _set_imported_tier(self, tier, reason):
        """Set the tier an import screen names.

        :raise ValidationError: for a tier the company of a customer does not use
        """
        for company in self.company_id:
            if tier and tier not in tier._for_company(company):
                raise ValidationError(
                    self.env._(
                        "Tier: %(tier)s is not in use in %(company)s.",
                        tier=tier.sudo().name,
                        company=company.name,
                    )
                )
        self._set_tier(tier, origin="import", reason=reason)

    def _apply_proposal(self, change):
        """Move the customer as the proposal ``change`` says; it is its own record."""
        self.ensure_one()
        self._write_tier(
            change.to_tier_id,
            change.origin,
            change.reason,
            change.expiry_date,
            fields.Date.context_today(self),
        )
        change._post_notes()

    def _write_tier(self, tier, origin, reason, locked_until, effective):
        moved = self.filtered(lambda p: p.tier_id != tier or not p.tier_since)
        moved.sudo().write({"tier_since": effective})
        self.sudo().write(
            {
                "tier_id": tier.id,
                "tier_origin": origin,
                "tier_reason": reason,
                "tier_locked_until": locked_until,
            }
        )

    def _prepare_tier_change(
        self, tier, *, origin, reason, effective, expiry=None, state="applied"
    ):
        """Return the values of the ``cpm.tier.change`` that records a move."""
        self.ensure_one()
        is_decided = state == "applied"
        return {
            "profile_id": self.id,
            "company_id": self.company_id.id,
            "from_tier_id": self.tier_id.id,
            "to_tier_id": tier.id,
            "score": self.value_score,
            "origin": origin,
            "reason": reason,
            "user_id": self.env.uid,
            "effective_date": effective,
            "expiry_date": expiry,
            "state": state,
            "decided_by_id": is_decided and self.env.uid,
            "decided_on": is_decided and fields.Datetime.now(),
        }

    def action_set_tier(self):
        """Open the wizard that sets (or, for a user, proposes) a tier by hand."""
        action = self._action_wizard(
            "customer_plan_mgmt.cpm_tier_assign_action",
            {"default_profile_ids": self.ids},
        )
        if not self.env.user.has_group("customer_plan_mgmt.group_cpm_manager"):
            action["name"] = self.env._("Propose tier")
        return action

    def action_release_tier(self):
        """Give a tier set by hand back to the rule, which decides at the next run."""
        self.check_access("write")
        self._check_manager(self.env._("give a tier back to the rule"))
        for profile in self.filtered(lambda p: p.tier_origin != "rule"):
            profile._set_tier(
                profile.tier_id,
                origin="rule",
                reason=self.env._("Given back to the rule by %s", self.env.user.name),
            )
        return True
