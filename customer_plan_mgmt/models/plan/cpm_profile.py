"""Plans on the customer profile."""

from odoo import api, fields, models

from .const import OVER


class CpmProfile(models.Model):
    _inherit = "cpm.profile"

    plan_ids = fields.One2many("cpm.plan", "profile_id", string="Plans")
    plan_count = fields.Integer(string="Running plans", compute="_compute_plan_count")

    @api.depends("plan_ids.stage")
    @api.depends_context("uid")
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

    def unlink(self):
        """Delete the plans properly: with their messages, files and work."""
        self.env["cpm.plan"].sudo().with_context(active_test=False).search(
            [("profile_id", "in", self.ids)]
        ).unlink()
        return super().unlink()

    def _absorb(self, others):
        """Take over the plans of ``others`` too, see there."""
        result = super()._absorb(others)
        self._refresh_plan_customer()
        return result

    def _move_to_partner(self, partner):
        result = super()._move_to_partner(partner)
        self._refresh_plan_customer()
        return result

    def _refresh_plan_customer(self):
        """Let plans name the customer their profile is of; merges write past the ORM."""
        plans = self.env["cpm.plan"].sudo().with_context(active_test=False)
        plans = plans.search([("profile_id", "in", self.ids)])
        self.env.add_to_compute(plans._fields["partner_id"], plans)
        plans.flush_recordset(["partner_id"])

    def action_view_plans(self):
        """Open the plans of the customer."""
        self.ensure_one()
        self.check_access("read")
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
