"""Records the system keeps and nobody edits."""

from odoo import api, models
from odoo.exceptions import AccessError


class CpmSystemMixin(models.AbstractModel):
    """Histories, clocks and answers: written in superuser mode by the methods that
    produce them, refused to everybody else whatever the access rights say."""

    _name = "cpm.system.mixin"
    _description = "Record Kept by the System"
    _inherit = "cpm.guard.mixin"

    @api.model_create_multi
    def create(self, vals_list):
        self._refuse_by_hand()
        return super().create(vals_list)

    def write(self, vals):
        self._refuse_by_hand()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_by_system(self):
        self._refuse_by_hand()

    def _refuse_by_hand(self):
        if not self.env.su:
            raise AccessError(self._refusal())

    @api.model
    def _refusal(self):
        """Return the text for whoever tries; models say what to do instead."""
        return self.env._("This is kept by the system and cannot be edited.")
