"""Stop the clocks of cases, with a reason."""

from odoo import fields, models
from odoo.exceptions import UserError


class CpmSlaPause(models.TransientModel):
    _name = "cpm.sla.pause"
    _description = "Pause the Clock"

    res_model = fields.Char(required=True)
    res_ids = fields.Json(required=True)
    reason = fields.Char(required=True)

    def action_confirm(self):
        """Pause the clocks of the chosen records.

        :raise UserError: for records that have no promises
        """
        self.ensure_one()
        model, ids = self.env.get(self.res_model), self.res_ids
        if (
            not isinstance(model, self.env.registry["cpm.sla.mixin"])
            or not isinstance(ids, list)
            or not all(type(res_id) is int for res_id in ids)
        ):
            raise UserError(self.env._("These records have no promises to pause."))
        model.browse(ids).exists()._cpm_sla_pause(self.reason)
        return {"type": "ir.actions.act_window_close"}
