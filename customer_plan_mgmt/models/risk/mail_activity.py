"""Activities of risks: what is done in one place is done in the other."""

from odoo import models

from .const import CHECK_ACTIVITY


class MailActivity(models.Model):
    _inherit = "mail.activity"

    def _action_done(self, feedback=False, attachment_ids=None):
        ours = self.filtered(lambda activity: activity.res_model == "cpm.risk")
        checks, risk_ids = ours.browse(), ()
        if ours:
            kind = self.env.ref(CHECK_ACTIVITY, raise_if_not_found=False)
            checks = ours.filtered(lambda activity: activity.activity_type_id == kind)
            risk_ids = checks.mapped("res_id")
        result = super()._action_done(feedback=feedback, attachment_ids=attachment_ids)
        if ours:
            controls = self.env["cpm.risk.control"].sudo()
            controls.search(
                [("activity_id", "in", ours.ids), ("is_done", "=", False)]
            ).write({"is_done": True})
            self.env["cpm.risk"].browse(risk_ids).exists()._note_check()
        return result
