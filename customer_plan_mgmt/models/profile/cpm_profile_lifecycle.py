"""How a customer gets into a lifecycle stage other than by the nightly rule."""

from odoo import fields, models


class CpmProfile(models.Model):
    _inherit = "cpm.profile"

    def action_set_lifecycle(self):
        """Open the wizard that sets the lifecycle stage by hand."""
        return self._action_wizard(
            "customer_plan_mgmt.cpm_lifecycle_assign_action",
            {"default_profile_ids": self.ids},
        )

    def _set_lifecycle(self, stage, *, reason, locked_until=None):
        """Put the customers into ``stage`` by hand, with the reason in the chatter.

        :param date locked_until: last day on which rules leave the stage alone;
            empty: until a rule run after the stage was given back
        """
        none = self.env._("none")
        bodies = {
            profile.id: self.env._(
                "Lifecycle stage by hand: %(before)s → %(after)s. %(reason)s",
                before=profile.lifecycle_stage_id.name or none,
                after=stage.name,
                reason=reason,
            )
            for profile in self
        }
        moved = self.filtered(lambda profile: profile.lifecycle_stage_id != stage)
        moved.sudo().write({"lifecycle_since": fields.Date.context_today(self)})
        self.sudo().write(
            {
                "lifecycle_stage_id": stage.id,
                "lifecycle_origin": "manual",
                "lifecycle_reason": reason,
                "lifecycle_locked_until": locked_until,
            }
        )
        self._message_log_batch(bodies=bodies)

    def action_release_lifecycle(self):
        """Give a stage set by hand back to the rule, which decides at the next run."""
        self.check_access("write")
        self.filtered(lambda p: p.lifecycle_origin == "manual").sudo().write(
            {
                "lifecycle_origin": "rule",
                "lifecycle_reason": False,
                "lifecycle_locked_until": False,
            }
        )
        return True
