"""Records known by a short technical code."""

import re

from odoo import api, fields, models


class CpmCodeMixin(models.AbstractModel):
    """A unique ``code`` proposed from the name and never shared by copies.

    Uniqueness itself is a constraint of each model. Codes are what rules, imports
    and score breakdowns refer to.
    """

    _name = "cpm.code.mixin"
    _description = "Record with a Technical Code"
    _inherit = "cpm.copy.mixin"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(
        compute="_compute_code",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        copy=False,
        help="Short technical name, used in rules and imports. Proposed from the "
        "name when left empty.",
    )

    @api.depends("name")
    def _compute_code(self):
        unnamed = self.filtered(lambda record: not record.code and not record.name)
        unnamed.code = False  # a form that is being filled in: wait for the name
        empty = self.filtered(lambda record: not record.code) - unnamed
        if not empty:
            return
        taken = self._reserved_codes() | set(
            self.sudo().with_context(active_test=False).search([]).mapped("code")
        )
        kind = self._name.rpartition(".")[2]
        for record in empty:
            base = re.sub(r"[^a-z0-9]+", "_", (record.name or "").lower()).strip("_")
            if not base or base[0].isdigit():
                base = f"{kind}_{base}".strip("_")
            code, number = base, 1
            while code in taken:
                number += 1
                code = f"{base}_{number}"
            taken.add(code)
            record.code = code

    @api.model
    def _reserved_codes(self):
        """Return codes that mean something else already."""
        return set()
