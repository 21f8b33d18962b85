"""Set the lifecycle stage by hand."""

from odoo import fields, models
from odoo.exceptions import ValidationError

from ..models.profile.cpm_transaction import LAST_YEAR


class CpmLifecycleAssign(models.TransientModel):
    _name = "cpm.lifecycle.assign"
    _description = "Set Lifecycle Stage by Hand"
    _inherit = "cpm.selection.mixin"

    stage_id = fields.Many2one("cpm.lifecycle.stage", required=True)
    reason = fields.Char(required=True)
    locked_until = fields.Date(
        string="Until",
        help="Last day on which rules leave the stage alone. Empty: until it is "
        "given back to the rule.",
    )

    def action_apply(self):
        """Set the stage and note the reason in the chatter."""
        self.ensure_one()
        _ = self.env._
        if not (self.reason or "").strip():
            raise ValidationError(_("Reason: say why the customer gets this stage."))
        if not self.profile_ids:
            raise ValidationError(_("Customers: choose at least one customer."))
        if self.locked_until and self.locked_until.year > LAST_YEAR:
            raise ValidationError(
                _("Until: the year must be %s or earlier.", LAST_YEAR)
            )
        if self.locked_until and self.locked_until < fields.Date.context_today(self):
            raise ValidationError(_("Until: the day lies in the past."))
        self.profile_ids.check_access("write")
        self.profile_ids._set_lifecycle(
            self.stage_id, reason=self.reason, locked_until=self.locked_until
        )
        return {"type": "ir.actions.act_window_close"}
