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

    @api.model
    def _check_may_add(self, part, vals_list):
        """Check the plans before parts are added to them: whoever makes oneself a
        member may work on the plan, and the rules would see no harm afterwards.

        :param part: model of the parts
        :param vals_list: values they are created with
        :raise AccessError: when the user may not work on one of the plans
        """
        if self.env.su:
            return
        preset = part.default_get(["plan_id"]).get("plan_id")
        plan_ids = {vals.get("plan_id", preset) for vals in vals_list}
        self.browse(plan_ids - {None, False}).check_access("write")
