"""What is done about a risk."""

from odoo import api, fields, models

from .const import CONTROL_ACTIVITY


class CpmRiskControl(models.Model):
    """One control measure. Its owner has an activity on the risk until it is done:
    done here the activity is done, and the other way round."""

    _name = "cpm.risk.control"
    _description = "Control Measure"
    _inherit = "cpm.guard.mixin"
    _order = "is_done, date_due, id"
    _cpm_fixed = frozenset({"risk_id"})
    _cpm_protected = frozenset({"done_on", "done_by_id", "activity_id"})

    risk_id = fields.Many2one("cpm.risk", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(
        related="risk_id.company_id", store=True, precompute=True, index=True
    )
    name = fields.Char(string="Control measure", required=True)
    user_id = fields.Many2one(
        "res.users",
        string="Owner",
        required=True,
        index=True,
        ondelete="restrict",
        default=lambda self: self.env.user,
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]",
    )
    date_due = fields.Date(
        string="Until", required=True, default=fields.Date.context_today
    )
    is_done = fields.Boolean(string="Done", copy=False)
    done_on = fields.Date(string="Done on", readonly=True, copy=False)
    done_by_id = fields.Many2one(
        "res.users", string="Done by", readonly=True, copy=False, ondelete="restrict"
    )
    activity_id = fields.Many2one(
        "mail.activity", readonly=True, copy=False, index=True, ondelete="set null"
    )

    @api.constrains("user_id")
    def _check_owner(self):
        for control in self.sudo():
            control.risk_id._raise_unless_employee(
                control.user_id, self._cpm_label("user_id")
            )

    @api.model_create_multi
    def create(self, vals_list):
        controls = super().create(vals_list)
        controls.risk_id._check_not_closed()
        controls.filtered("is_done")._stamp()
        controls._sync_activities()
        return controls

    def write(self, vals):
        result = super().write(vals)
        if "is_done" in vals:
            self._stamp()
        if vals.keys() & {"name", "user_id", "date_due", "is_done"}:
            self._sync_activities()
        return result

    def unlink(self):
        self.sudo().activity_id.unlink()
        return super().unlink()

    def _stamp(self):
        """Note who did the measures when, or that they are to be done again."""
        for control in self:
            control.sudo().write(
                {
                    "done_on": control.is_done and control.company_id._cpm_today(),
                    "done_by_id": control.is_done and self.env.uid,
                }
            )

    def _sync_activities(self):
        """Let each owner have one activity for what is still to be done."""
        for control in self.sudo():
            activity, risk = control.activity_id, control.risk_id
            if activity and not activity.active:
                activity = activity.browse()  # done
            if control.is_done:
                activity._action_done()
            elif risk.stage == "closed" or not risk.active:
                activity.unlink()
            elif activity:
                activity.write(control._get_activity_vals())
            else:
                control.activity_id = risk.activity_schedule(
                    CONTROL_ACTIVITY, **control._get_activity_vals()
                )

    def _get_activity_vals(self):
        self.ensure_one()
        return {
            "summary": self.name,
            "user_id": self.user_id.id,
            "date_deadline": self.date_due,
        }
