"""Plans on the customer profile."""

from odoo import fields, models

from .const import OVER


class CpmProfile(models.Model):
    _inherit = "cpm.profile"

    plan_ids = fields.One2many("cpm.plan", "profile_id", string="Plans")
    plan_count = fields.Integer(string="Running plans", compute="_compute_plan_count")

    def _compute_plan_count(self):
        counts = dict(
            self.env["cpm.plan"]._read_group(
                [("profile_id", "in", self.ids), ("stage", "not in", OVER)],
                ["profile_id"],
                ["__count"],
            )
        )
        for profile in self:
            profile.plan_count = counts.get(profile, 0)

    def action_view_plans(self):
        """Open the plans of the customer."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "customer_plan_mgmt.cpm_plan_action"
        )
        action["domain"] = [("profile_id", "=", self.id)]
        action["context"] = {"default_profile_id": self.id}
        return action

    def action_new_plan(self):
        """Open the dialog that makes plans from a template, with that of the tier."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "customer_plan_mgmt.cpm_plan_create_action"
        )
        template = self.tier_id.plan_template_id
        action["context"] = {
            "default_profile_ids": [(6, 0, self.ids)],
            "default_template_id": template.id if len(template) == 1 else False,
        }
        return action
