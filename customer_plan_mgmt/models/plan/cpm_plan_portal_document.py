"""Files the customer may download."""

from odoo import api, fields, models
from odoo.exceptions import ValidationError


class CpmPlan(models.Model):
    _inherit = "cpm.plan"

    public_document_ids = fields.Many2many(
        "ir.attachment",
        "cpm_plan_public_document_rel",
        string="Documents for the customer",
        copy=False,
        help="The customer can download these while the plan is shared.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        plans = super().create(vals_list)
        plans._take_documents()
        return plans

    def write(self, vals):
        result = super().write(vals)
        if "public_document_ids" in vals:
            self._take_documents()
        return result

    def _take_documents(self):
        """Let files the user has just uploaded belong to the plan, and no others be
        handed out: whoever may name any file by its id could read all of them.

        :raise ValidationError: for a file of something else
        """
        for plan in self:
            files = plan.sudo().public_document_ids
            files.filtered(
                lambda item: (
                    not item.res_id
                    and item.res_model in (False, self._name)
                    and not item.res_field
                    and item.create_uid == self.env.user
                )
            ).write({"res_model": self._name, "res_id": plan.id})
            if files - files.filtered(plan._is_document):
                raise ValidationError(
                    self.env._(
                        "Documents for the customer: every file must be attached to "
                        "%s. Upload it here.",
                        plan.display_name,
                    )
                )

    def _is_document(self, attachment):
        """Whether ``attachment`` is a file that hangs on the plan itself."""
        return (
            attachment.res_model == self._name
            and attachment.res_id == self.id
            and attachment.type == "binary"
            and not attachment.res_field
        )

    def _customer_documents(self):
        """Return the files the customer may download; looked at again here, for a file
        can be moved to another record."""
        self.ensure_one()
        return self.sudo().public_document_ids.filtered(self._is_document)

    def _customer_file(self, attachment_id):
        """Return the file if it is marked as public, or hangs on a message the customer
        may read."""
        files = self._customer_documents() | self._customer_messages().attachment_ids
        return files.filtered(
            lambda item: item.id == attachment_id and item.type == "binary"
        )
