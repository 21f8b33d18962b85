"""What has to be done before a plan may leave a stage."""

from odoo import api, fields, models

from .const import STAGES


class CpmPlanCheck(models.Model):
    """One point of the checklist of one stage; mandatory points are gates."""

    _name = "cpm.plan.check"
    _description = "Checklist of a Customer Plan"
    _inherit = "cpm.plan.part.mixin"
    _order = "plan_id, sequence, id"
    _cpm_protected = frozenset({"done_by_id", "done_at"})

    sequence = fields.Integer(default=10, aggregator=None)
    name = fields.Char(string="Check", required=True)
    stage = fields.Selection(
        [item for item in STAGES if item[0] not in ("closed", "cancelled")],
        string="Before leaving",
        required=True,
        default="needs",
    )
    is_mandatory = fields.Boolean(string="Mandatory", default=True)
    is_done = fields.Boolean(string="Done", copy=False)
    done_by_id = fields.Many2one(
        "res.users", string="Done by", readonly=True, copy=False, ondelete="restrict"
    )
    done_at = fields.Datetime(string="Done on", readonly=True, copy=False)

    @api.model_create_multi
    def create(self, vals_list):
        checks = super().create(vals_list)
        checks.filtered("is_done")._sign()
        return checks

    def write(self, vals):
        result = super().write(vals)
        if "is_done" in vals:
            self._sign()
        return result

    def _sign(self):
        """Note who ticked, or nobody when the tick was taken back."""
        done = self.filtered("is_done")
        done.sudo().write(
            {"done_by_id": self.env.uid, "done_at": fields.Datetime.now()}
        )
        (self - done).sudo().write({"done_by_id": False, "done_at": False})
