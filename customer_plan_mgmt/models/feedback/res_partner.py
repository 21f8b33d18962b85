"""Feedback on the contact."""

from odoo import fields, models

from .cpm_feedback import OPEN


class ResPartner(models.Model):
    _inherit = "res.partner"

    cpm_feedback_count = fields.Integer(
        string="Open feedback",
        compute="_compute_cpm_feedback_count",
        groups="customer_plan_mgmt.group_cpm_user",
    )

    def _compute_cpm_feedback_count(self):
        commercial = self.commercial_partner_id
        counts = dict(
            self.env["cpm.feedback"]._read_group(
                [("partner_id", "in", commercial.ids), ("stage", "in", OPEN)],
                ["partner_id"],
                ["__count"],
            )
        )
        for partner in self:
            partner.cpm_feedback_count = counts.get(partner.commercial_partner_id, 0)

    def action_cpm_view_feedback(self):
        """Open the feedback of the contact's company."""
        self.ensure_one()
        return self.env["cpm.feedback"]._action_of_customer(self.commercial_partner_id)

    def action_cpm_new_feedback(self):
        """Note what the contact says on the phone, in a dialog."""
        self.ensure_one()
        return self.env["cpm.feedback"]._action_new_call(self)
