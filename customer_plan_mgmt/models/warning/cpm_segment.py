"""Segments that warning rules are limited to."""

from odoo import api, models


class CpmSegment(models.Model):
    _inherit = "cpm.segment"

    @api.constrains("domain")
    def _check_warning_rules(self):
        """A rule must find the same customers whoever starts the scoring."""
        self.env["cpm.warning.rule"].sudo().search(
            [("segment_id", "in", self.ids)]
        )._check_definition()
