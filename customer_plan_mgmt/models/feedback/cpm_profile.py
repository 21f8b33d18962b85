"""Feedback on the customer profile."""

from odoo import api, fields, models
from odoo.tools import SQL

from .cpm_feedback import OPEN


class CpmProfile(models.Model):
    _inherit = "cpm.profile"

    feedback_ids = fields.One2many("cpm.feedback", "profile_id")
    feedback_count = fields.Integer(
        string="Open feedback", compute="_compute_feedback_count"
    )

    def _compute_feedback_count(self):
        counts = dict(
            self.env["cpm.feedback"]._read_group(
                [("profile_id", "in", self.ids), ("stage", "in", OPEN)],
                ["profile_id"],
                ["__count"],
            )
        )
        for profile in self:
            profile.feedback_count = counts.get(profile, 0)

    def action_view_feedback(self):
        """Open the customer's feedback."""
        self.ensure_one()
        return self.env["cpm.feedback"]._action_of_customer(self.partner_id)

    def action_new_feedback(self):
        """Note what the customer says on the phone, in a dialog."""
        self.ensure_one()
        return self.env["cpm.feedback"]._action_new_call(self.partner_id)

    @api.model
    def _link_records(self, company):
        """Connect feedback that is older than the profile of its customer."""
        result = super()._link_records(company)
        feedback = self.env["cpm.feedback"]
        feedback.flush_model(["partner_id", "company_id", "profile_id"])
        self.env.cr.execute(
            SQL(
                """
                UPDATE cpm_feedback f SET profile_id = p.id
                FROM res_partner rp, cpm_profile p
                WHERE f.company_id = %(company)s
                  AND f.profile_id IS NULL
                  AND rp.id = f.partner_id
                  AND p.partner_id = rp.commercial_partner_id
                  AND p.company_id = f.company_id
                RETURNING f.id
                """,
                company=company.id,
            )
        )
        linked = feedback.browse([row[0] for row in self.env.cr.fetchall()])
        linked.invalidate_recordset(["profile_id"])
        linked._cpm_sla_sync()
        return result
