"""Plans on the contact."""

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain

from .const import OVER


class ResPartner(models.Model):
    _inherit = "res.partner"

    cpm_plan_count = fields.Integer(
        string="Running plans",
        compute="_compute_cpm_counts",
        groups="customer_plan_mgmt.group_cpm_user",
    )

    @api.depends_context("uid", "allowed_company_ids")
    def _cpm_counted(self):
        return {
            **super()._cpm_counted(),
            "cpm_plan_count": ("cpm.plan", [("stage", "not in", OVER)]),
        }

    def unlink(self):
        """Take the contact out of the teams of plans; plans for a customer go with the
        profile, but not those that were agreed.

        :raise UserError: outside superuser mode, when a plan for the customer was
            agreed. A customer who deletes the own account takes everything along.
        """
        if not self.env.su:
            self._cpm_check_no_agreed_plan()
        members = self.env["cpm.plan.member"].sudo()
        members = members.with_context(cpm_no_revision=True)
        members.search([("partner_id", "in", self.ids)]).unlink()
        return super().unlink()

    def _cpm_check_no_agreed_plan(self):
        plans = self.env["cpm.plan"].sudo().with_context(active_test=False)
        agreed = plans.search(
            Domain("profile_id.partner_id", "in", self.ids)
            & (Domain("revision", ">", 0) | Domain("approved_at", "!=", False)),
            limit=1,
        )
        if agreed:
            raise UserError(
                self.env._(
                    "%s has customer plans that were agreed; their history is kept. "
                    "Archive the contact instead.",
                    agreed.partner_id.with_env(self.env).display_name,
                )
            )

    def _cpm_customer_profile(self, company_id):
        """Return the profile of the contact's company in a company of ours.

        :param int company_id: id of the ``res.company``
        :raise ValidationError: when the contact is no customer there
        """
        self.ensure_one()
        profile = self.env["cpm.profile"].search(
            [
                ("partner_id", "=", self.commercial_partner_id.id),
                ("company_id", "=", company_id),
            ]
        )
        if not profile:
            raise ValidationError(
                self.env._(
                    "Customer: %(contact)s is no customer of %(company)s. Plans are made "
                    "for customers with a profile.",
                    contact=self.display_name,
                    company=self.env["res.company"].sudo().browse(company_id).name,
                )
            )
        return profile

    def action_cpm_view_plans(self):
        """Open the plans of the contact's company."""
        self.ensure_one()
        self.env["cpm.plan"].check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "customer_plan_mgmt.cpm_plan_action"
        )
        action["domain"] = [("partner_id", "=", self.commercial_partner_id.id)]
        action["context"] = {}
        return action

    def action_cpm_new_plan(self):
        """Make a plan for the contact's company.

        :raise ValidationError: when it is no customer
        """
        self.ensure_one()
        return self._cpm_customer_profile(self.env.company.id).action_new_plan()
