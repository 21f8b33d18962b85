"""Warnings a customer plan was made because of."""

from odoo import api, fields, models


class CpmPlan(models.Model):
    _inherit = "cpm.plan"

    warning_ids = fields.One2many(
        "cpm.warning", "plan_id", string="Warnings behind the plan"
    )
    warning_count = fields.Integer(string="Warnings", compute="_compute_warning_count")

    @api.depends("warning_ids")
    @api.depends_context("uid")
    def _compute_warning_count(self):
        counts = dict(
            self.env["cpm.warning"]._read_group(
                [("plan_id", "in", self.ids)], ["plan_id"], ["__count"]
            )
        )
        for plan in self:
            plan.warning_count = counts.get(plan, 0)

    def action_view_warnings(self):
        """Open the warnings the plan was made because of."""
        self.ensure_one()
        self.check_access("read")
        return self.env["cpm.warning"]._action_of([("plan_id", "=", self.id)])
