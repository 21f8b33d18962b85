"""What becomes of warnings when something happens to their customer."""

from odoo import models
from odoo.fields import Domain

from .const import OPEN_STATES
from .cpm_warning_flow import DECISIONS


class CpmProfile(models.Model):
    _inherit = "cpm.profile"

    def write(self, vals):
        result = super().write(vals)
        if vals.get("score_excluded") or not vals.get("active", True):
            self._dismiss_warnings()
        return result

    def _archive_ineligible(self, company):
        """Contacts that stopped being customers need nobody who looks after them."""
        result = super()._archive_ineligible(company)
        self.invalidate_recordset(["active"])
        self.filtered(lambda profile: not profile.active)._dismiss_warnings()
        return result

    def _open_warnings(self):
        warnings = self.env["cpm.warning"].sudo().with_context(active_test=False)
        return warnings.search(
            Domain("profile_id", "in", self.ids) & Domain("state", "in", OPEN_STATES),
            order="raised_on, id",
        )

    def _dismiss_warnings(self):
        """Close the open warnings of customers who are gone or refused to be judged."""
        self._open_warnings()._dismiss_gone()

    def _absorb(self, others):
        """Take over the warnings of ``others``; of two open ones of a rule the older
        stays open."""
        seen, younger = set(), self.env["cpm.warning"].sudo()
        for warning in (self | others)._open_warnings():
            if warning.rule_id in seen:
                younger |= warning
            elif warning.rule_id:
                seen.add(warning.rule_id)
        younger._dismiss_by_system(
            self.env._(
                "Closed by the system: customers were merged and an older warning of "
                "the same rule is open."
            )
        )
        given_up = list(filter(None, (self | others).mapped("given_up_on")))
        result = super()._absorb(others)
        self.env.add_to_compute(self._fields["open_warning_count"], self)
        self.env.add_to_compute(self._fields["warning_severity"], self)
        if given_up:
            self._settle_given_up()
        self._refresh_warning_customer()
        return result

    def _move_to_partner(self, partner):
        result = super()._move_to_partner(partner)
        self._refresh_warning_customer()
        return result

    def _refresh_warning_customer(self):
        """Let warnings name the customer their profile is of; merges write past the
        ORM."""
        warnings = self.env["cpm.warning"].sudo().with_context(active_test=False)
        warnings = warnings.search([("profile_id", "in", self.ids)])
        self.env.add_to_compute(warnings._fields["partner_id"], warnings)
        warnings.flush_recordset(["partner_id"])

    def _settle_given_up(self):
        """Note the day on which the customers were given up, if the newest warning that
        was closed as saved or lost says lost."""
        decided = self.env["cpm.warning"].sudo().with_context(active_test=False)
        decided = decided.search(
            Domain("profile_id", "in", self.ids) & Domain("state", "in", DECISIONS),
            order="closed_on, closed_at NULLS FIRST, id",
        )
        newest = {warning.profile_id: warning for warning in decided}
        for profile in self.sudo():
            warning = newest.get(profile)
            lost = warning and warning.state == "lost"
            day = warning.closed_on if lost else False
            if profile.given_up_on != day:
                profile.given_up_on = day

    def unlink(self):
        """Take the warnings along, properly: with their messages and activities."""
        self.env["cpm.warning"].sudo().with_context(active_test=False).search(
            [("profile_id", "in", self.ids)]
        ).unlink()
        return super().unlink()

    def action_view_warnings(self):
        """Open the warnings of the customer."""
        self.ensure_one()
        self.check_access("read")
        action = self.env["cpm.warning"]._action_of([("profile_id", "=", self.id)])
        action["context"] |= {
            "default_profile_id": self.id,
            "default_company_id": self.company_id.id,
        }
        return action
