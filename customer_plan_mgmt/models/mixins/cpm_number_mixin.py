"""Records people call by their number."""

from odoo import api, models
from odoo.fields import Domain


class CpmNumberMixin(models.AbstractModel):
    """Draws the ``number`` of new records from the sequence that has the name of the
    model as its code: that of the company before the one of all companies.

    Models define ``number`` themselves, with the label people know it by, and call
    :meth:`_number_new` when they create records.
    """

    _name = "cpm.number.mixin"
    _description = "Numbered Record"
    _inherit = "cpm.copy.mixin"

    @api.depends("number", "name")
    def _compute_display_name(self):
        for record in self:
            number = f"[{record.number}] " if record.number else ""
            record.display_name = f"{number}{record.name or ''}"

    def _number_new(self):
        """Number those of the records that have none yet."""
        sequences = self.env["ir.sequence"].sudo()
        for company, records in self.grouped("company_id").items():
            unnumbered = records.filtered(lambda record: not record.number)
            sequence = sequences.with_company(company).search(
                Domain("code", "=", self._name)
                & Domain("company_id", "in", (company.id, False)),
                order="company_id",
                limit=1,
            )
            numbers = sequence._cpm_next_many(len(unnumbered))
            for record, number in zip(unnumbered.sudo(), numbers, strict=True):
                record.number = number
