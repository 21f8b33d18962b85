"""Whose risk it is: of a customer, of a plan, or of both."""

from odoo import api, models
from odoo.exceptions import ValidationError


class CpmRisk(models.Model):
    _inherit = "cpm.risk"

    @api.onchange("plan_id")
    def _onchange_plan_id(self):
        if self.plan_id.profile_id:
            self.profile_id = self.plan_id.profile_id

    @api.constrains("plan_id", "profile_id")
    def _check_subject(self):
        for risk in self.sudo():
            of_plan = risk.plan_id.profile_id
            if of_plan and risk.profile_id != of_plan:
                raise ValidationError(
                    self.env._(
                        "Customer plan: %(plan)s is a plan for %(other)s, not for "
                        "%(customer)s.",
                        plan=risk.plan_id.display_name,
                        other=of_plan.display_name,
                        customer=risk.profile_id.display_name or "–",
                    )
                )

    def _check_may_see_subject(self):
        """The rule of own risks sees no harm in a new one, which one owns oneself;
        nobody learns of customers of others by noting a risk of them.

        :raise AccessError: for a customer the user may not see, but through the plan
        """
        if self.env.su:
            return
        for risk in self:
            if not (risk.plan_id and risk.plan_id.has_access("read")):
                risk.profile_id.check_access("read")

    @api.model
    def _with_customer(self, vals):
        """Take the customer over from the plan, or from a contact as imports name it.

        :raise ValidationError: for a contact that is no customer
        """
        partner = self.env["res.partner"].browse(vals.pop("partner_id", None) or ())
        plan = self.env["cpm.plan"].browse(vals.get("plan_id") or ())
        if vals.get("profile_id"):
            return vals
        if plan:
            vals["profile_id"] = plan.profile_id.id
            vals.setdefault("company_id", plan.company_id.id)
        elif partner:
            company = vals.get("company_id") or self.env.company.id
            vals["profile_id"] = partner._cpm_customer_profile(company).id
        return vals
