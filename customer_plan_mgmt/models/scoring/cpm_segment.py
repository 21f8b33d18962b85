"""Segments that scorecards are limited to."""

from odoo import api, models


class CpmSegment(models.Model):
    _inherit = "cpm.segment"

    @api.constrains("domain")
    def _check_scorecards(self):
        """A scorecard must judge alike whoever starts the scoring."""
        self.env["cpm.scorecard"].sudo().search(
            [("segment_id", "in", self.ids)]
        )._check_segment()
