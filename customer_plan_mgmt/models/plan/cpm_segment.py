"""Segments that plans are made for."""

from odoo import api, models

from .const import OVER


class CpmSegment(models.Model):
    _inherit = "cpm.segment"

    @api.constrains("domain")
    def _check_plans(self):
        """Goals of a plan measure alike whoever looks, also after a change."""
        plans = self.env["cpm.plan"].sudo().with_context(active_test=False)
        plans.search(
            [("segment_id", "in", self.ids), ("stage", "not in", OVER)]
        )._check_segment()
