"""For whom plans may be made, and what is refused."""

from odoo import api, models
from odoo.exceptions import AccessError, UserError, ValidationError

from .const import AGREED, GROUP_ALL


class CpmPlan(models.Model):
    _inherit = "cpm.plan"

    @api.constrains("user_id")
    def _check_owner(self):
        for plan in self.sudo():
            user = plan.user_id
            if user.share or plan.company_id not in user.company_ids:
                raise ValidationError(
                    self.env._(
                        "Owner: %(user)s is no employee of %(company)s.",
                        user=user.display_name,
                        company=plan.company_id.name,
                    )
                )

    @api.constrains("segment_id")
    def _check_segment(self):
        for plan in self:
            if "uid" in (plan.segment_id.domain or ""):
                raise ValidationError(
                    self.env._(
                        "Segment: %s depends on who looks at it (uid); a plan needs one "
                        "that does not.",
                        plan.segment_id.name,
                    )
                )

    def _check_may_plan(self):
        """Plans show what was measured of their customers; nobody learns that of
        customers of others by making a plan for them.

        :raise AccessError: for a customer, or a segment, the user may not see
        """
        if self.env.su:
            return
        self.profile_id.check_access("read")
        if self.segment_id and not self.env.user.has_group(GROUP_ALL):
            raise AccessError(
                self.env._(
                    "Segment: plans for a segment are made by those who see all "
                    "customers."
                )
            )

    # ------------------------------------------------------------------ CRUD

    @api.model
    def _with_profile(self, vals):
        """Replace a contact, as imports name it, by its customer profile.

        :raise ValidationError: for a contact that is no customer
        """
        company_id = vals.get("company_id") or self.env.company.id
        partner = self.env["res.partner"].browse(vals.pop("partner_id", None) or ())
        if partner and not vals.get("profile_id"):
            vals["profile_id"] = partner._cpm_customer_profile(company_id).id
        if company_id != self.env.company.id:
            company = self.env["res.company"].sudo().browse(company_id)
            vals.setdefault("currency_id", company.currency_id.id)
        if vals.get("segment_id") and not vals.get("profile_id"):
            vals.setdefault("scope", "segment")
        return vals

    def copy(self, default=None):
        copies = super().copy(default)
        for plan, new in zip(self, copies, strict=True):
            # Parts are copied in the order they were made
            goals = dict(
                zip(plan.goal_ids.sorted("id"), new.goal_ids.sorted("id"), strict=False)
            )
            for need, new_need in zip(
                plan.need_ids.sorted("id"), new.need_ids.sorted("id"), strict=False
            ):
                if need.goal_id:
                    new_need.goal_id = goals.get(need.goal_id)
        return copies

    def write(self, vals):
        if vals.get("active") is False and not self.env.su:
            for plan in self:
                if plan.stage in AGREED:
                    raise UserError(
                        self.env._(
                            "%s is under way: close or cancel it before you archive it.",
                            plan.display_name,
                        )
                    )
        return super().write(vals)

    def unlink(self):
        # Through the ORM: their messages and files go with the tasks
        self.sudo().with_context(active_test=False).task_ids.unlink()
        return super().unlink()

    @api.ondelete(at_uninstall=False)
    def _unlink_except_agreed(self):
        if self.env.su:  # a contact is deleted, with everything about it
            return
        for plan in self:
            if plan.revision:
                raise ValidationError(
                    self.env._(
                        "%s was agreed: cancel or archive it, its history is kept.",
                        plan.display_name,
                    )
                )
