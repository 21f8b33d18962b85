"""Judge a risk anew, with the reason."""

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..models.risk.cpm_risk_score import ASSESSED


class CpmRiskAssess(models.TransientModel):
    _name = "cpm.risk.assess"
    _description = "Assess a Risk"

    risk_id = fields.Many2one(
        "cpm.risk", required=True, readonly=True, ondelete="cascade"
    )
    inherent_probability_id = fields.Many2one(
        "cpm.risk.scale",
        string="Inherent probability",
        compute="_compute_scales",
        store=True,
        readonly=False,
        ondelete="cascade",
        domain=[("kind", "=", "probability")],
    )
    inherent_impact_id = fields.Many2one(
        "cpm.risk.scale",
        string="Inherent impact",
        compute="_compute_scales",
        store=True,
        readonly=False,
        ondelete="cascade",
        domain=[("kind", "=", "impact")],
    )
    residual_probability_id = fields.Many2one(
        "cpm.risk.scale",
        string="Residual probability",
        compute="_compute_scales",
        store=True,
        readonly=False,
        ondelete="cascade",
        domain=[("kind", "=", "probability")],
    )
    residual_impact_id = fields.Many2one(
        "cpm.risk.scale",
        string="Residual impact",
        compute="_compute_scales",
        store=True,
        readonly=False,
        ondelete="cascade",
        domain=[("kind", "=", "impact")],
    )
    inherent_level_id = fields.Many2one(
        "cpm.risk.level", string="Inherent level", compute="_compute_levels"
    )
    residual_level_id = fields.Many2one(
        "cpm.risk.level", string="Residual level", compute="_compute_levels"
    )
    inherent_color = fields.Integer(
        related="inherent_level_id.color", string="Colour of the inherent level"
    )
    residual_color = fields.Integer(
        related="residual_level_id.color", string="Colour of the level"
    )
    reason = fields.Text(required=True)

    @api.depends("risk_id")
    def _compute_scales(self):
        for wizard in self:
            for name in ASSESSED:
                wizard[name] = wizard.risk_id[name]

    @api.depends(*ASSESSED)
    def _compute_levels(self):
        bands = self.env["cpm.risk.level"]._bands()
        for wizard in self:
            first = wizard.inherent_probability_id, wizard.inherent_impact_id
            today = (
                wizard.residual_probability_id or first[0],
                wizard.residual_impact_id or first[1],
            )
            wizard.inherent_level_id = bands._of(first[0].value * first[1].value)
            wizard.residual_level_id = bands._of(today[0].value * today[1].value)

    def action_confirm(self):
        """Note the assessment.

        :raise UserError: when nothing is judged otherwise than before
        """
        self.ensure_one()
        vals = {name: self[name].id for name in ASSESSED}
        if not self.risk_id._assess(vals, self.reason):
            raise UserError(
                self.env._(
                    "Nothing is judged otherwise than before. Use “Checked” to note "
                    "that the risk was looked at."
                )
            )
        return {"type": "ir.actions.act_window_close"}
