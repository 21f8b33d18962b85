"""Who works on a plan, and who may see it."""

from odoo import api, models


class CpmPlan(models.Model):
    _inherit = "cpm.plan"

    @api.model_create_multi
    def create(self, vals_list):
        plans = super().create(vals_list)
        for owner, owned in plans.grouped("user_id").items():
            owned.message_subscribe(owner.partner_id.ids)
        return plans

    def write(self, vals):
        owners = {plan: plan.user_id for plan in self} if "user_id" in vals else {}
        result = super().write(vals)
        for plan, owner in owners.items():
            plan.message_subscribe(plan.user_id.partner_id.ids)
            if owner not in plan.member_ids.user_id | plan.user_id:
                plan.message_unsubscribe(owner.partner_id.ids)
        if "is_shared" in vals:
            self.member_ids._follow()
        return result

    def _unfollow(self, contacts):
        """Let ``contacts`` no longer follow, unless they take part in another way."""
        self.ensure_one()
        staying = self.user_id.partner_id | self.member_ids._contact()
        self.message_unsubscribe((contacts - staying).ids)
