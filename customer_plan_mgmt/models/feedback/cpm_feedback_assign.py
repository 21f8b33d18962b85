"""Who looks after new feedback."""

from odoo import api, models
from odoo.fields import Domain

from .cpm_feedback import OPEN


class CpmFeedback(models.Model):
    _inherit = "cpm.feedback"

    @api.model
    def _assign(self, vals_list):
        """Add team and owner to the values of new feedback where they are missing:
        the responsible of the category, else the least busy member of the team, else
        the account manager of the customer, else who notes it and sees own cases only."""
        managers = load = None
        for vals in vals_list:
            company = self.env["res.company"].browse(
                vals.setdefault("company_id", self.env.company.id)
            )
            category = self.env["cpm.feedback.category"].sudo()
            category = category.browse(vals.get("category_id") or [])
            if not vals.get("team_id"):
                team = category._inherited("team_id") or self._default_team(company)
                vals["team_id"] = team.id
            if vals.get("user_id"):
                continue
            user = category._inherited("user_id").filtered("active")
            team = self.env["cpm.feedback.team"].sudo().browse(vals["team_id"] or [])
            if not self._may_own(user, company) and team.is_round_robin:
                load = self._open_load() if load is None else load
                user = team._least_busy_member(load)
            if not self._may_own(user, company):
                managers = self._managers(vals_list) if managers is None else managers
                user = managers.get((vals.get("partner_id"), company.id), user)
            if not self._may_own(user, company) and self._sees_own_only():
                user = self.env.user
            if self._may_own(user, company):
                vals["user_id"] = user.id

    @api.model
    def _sees_own_only(self):
        """Return whether the user would lose sight of feedback without an owner."""
        return not self.env.su and not self.env.user.has_group(
            "customer_plan_mgmt.group_cpm_user_all"
        )

    @api.model
    def _default_team(self, company):
        return self.env["cpm.feedback.team"].sudo()._default_for(company)

    @api.model
    def _may_own(self, user, company):
        return (
            bool(user)
            and user.active
            and not user.share
            and company in user.company_ids
        )

    @api.model
    def _managers(self, vals_list):
        """Return ``{(customer id, company id): account manager}``."""
        partners = [vals["partner_id"] for vals in vals_list if vals.get("partner_id")]
        profiles = self.env["cpm.profile"].sudo()
        profiles = profiles.search([("partner_id", "in", partners)])
        return {
            (profile.partner_id.id, profile.company_id.id): profile.manager_id
            for profile in profiles
        }

    @api.model
    def _open_load(self):
        """Return ``{user id: open feedback}`` of everybody."""
        groups = self.sudo()._read_group(
            Domain("stage", "in", OPEN) & Domain("user_id", "!=", False),
            ["user_id"],
            ["__count"],
        )
        return {user.id: count for user, count in groups}
