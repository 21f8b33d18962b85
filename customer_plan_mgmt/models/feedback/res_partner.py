"""Feedback on the contact."""

from odoo import api, fields, models
from odoo.tools import SQL

from .cpm_feedback import OPEN


class ResPartner(models.Model):
    _inherit = "res.partner"

    cpm_feedback_count = fields.Integer(
        string="Open feedback",
        compute="_compute_cpm_counts",
        groups="customer_plan_mgmt.group_cpm_user",
    )

    def _cpm_counted(self):
        """Return ``{field: (model, condition)}`` of what the form counts for the
        customer; rooms add their own."""
        return {"cpm_feedback_count": ("cpm.feedback", [("stage", "in", OPEN)])}

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_cpm_counts(self):
        """Count everything in one query: the form of a contact is opened often."""
        customers = self.commercial_partner_id
        counted = self._cpm_counted()
        parts = []
        for name, (model, condition) in counted.items():
            records = self.env[model]
            query = records._search(
                [("partner_id", "in", customers.ids), *condition], order=False
            )
            field = records._field_to_sql(query.table, "partner_id", query)
            parts.append(
                SQL(
                    "SELECT %s, partner_id, COUNT(*) FROM (%s) t GROUP BY partner_id",
                    name,
                    query.select(SQL("%s AS partner_id", field)),
                )
            )
        rows = self.env.execute_query(SQL(" UNION ALL ").join(parts))
        counts = {(name, partner): count for name, partner, count in rows}
        for partner in self:
            for name in counted:
                key = name, partner.commercial_partner_id.id
                partner[name] = counts.get(key, 0)

    def action_cpm_view_feedback(self):
        """Open the feedback of the contact's company."""
        self.ensure_one()
        return self.env["cpm.feedback"]._action_of_customer(self.commercial_partner_id)

    def action_cpm_new_feedback(self):
        """Note what the contact says on the phone, in a dialog."""
        self.ensure_one()
        return self.env["cpm.feedback"]._action_new_call(self)
