"""Copies that say so."""

from odoo import models


class CpmCopyMixin(models.AbstractModel):
    """Names a copy “… (copy)” unless the caller names it."""

    _name = "cpm.copy.mixin"
    _description = "Record Whose Copies Say So"

    def copy_data(self, default=None):
        vals_list = super().copy_data(default)
        for record, vals in zip(self, vals_list, strict=True):
            if "name" not in (default or {}):
                vals["name"] = self.env._("%s (copy)", record.name)
        return vals_list
