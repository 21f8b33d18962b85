"""A tier set by hand changes what is promised at once."""

from odoo import models


class CpmProfile(models.Model):
    _inherit = "cpm.profile"

    def _write_tier(self, tier, origin, reason, locked_until, effective):
        result = super()._write_tier(tier, origin, reason, locked_until, effective)
        self.env["cpm.sla.timer"]._follow_tiers(self)
        return result
