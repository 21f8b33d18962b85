"""Parts of a plan."""

from odoo import api, fields, models


class CpmPlanPartMixin(models.AbstractModel):
    """What every need, goal, member, cost and check of a plan has."""

    _name = "cpm.plan.part.mixin"
    _description = "Part of a Customer Plan"
    _inherit = "cpm.plan.revised.mixin"

    _cpm_fixed = frozenset({"plan_id"})
    _cpm_protected = frozenset({"company_id"})

    plan_id = fields.Many2one("cpm.plan", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(
        related="plan_id.company_id", store=True, precompute=True, index=True
    )

    @api.model_create_multi
    def create(self, vals_list):
        self.env["cpm.plan"]._check_may_add(self, vals_list)
        parts = super().create(vals_list)
        parts._check_not_over()
        parts._check_not_frozen()
        parts._not_yet_agreed().plan_id._note_writer()
        parts._note_changes(
            [
                (
                    part,
                    {
                        "label": self.env._("Added"),
                        "before": "",
                        "after": part.display_name or "",
                    },
                )
                for part in parts._agreed()
            ]
        )
        parts._agreed().plan_id._end_empty_revision()
        return parts

    def unlink(self):
        self._check_not_over()
        self._check_not_frozen()
        self._not_yet_agreed().plan_id._note_writer()
        self._note_changes(
            [
                (
                    part,
                    {
                        "label": self.env._("Removed"),
                        "before": part.display_name or "",
                        "after": "",
                        "old_value": {"value": part._cpm_snapshot()},
                    },
                )
                for part in self._agreed()
            ]
        )
        plans = self._agreed().plan_id
        result = super().unlink()
        plans._end_empty_revision()
        return result
