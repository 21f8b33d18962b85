"""How a risk was judged, and when that changed."""

from odoo import api, fields, models

from .const import KINDS


class CpmRiskAssessment(models.Model):
    """One row per assessment that changed something, with the values of that day."""

    _name = "cpm.risk.assessment"
    _description = "Risk Assessment"
    _inherit = "cpm.system.mixin"
    _order = "create_date desc, id desc"
    _rec_name = "risk_id"

    risk_id = fields.Many2one(
        "cpm.risk", required=True, index=True, ondelete="cascade", readonly=True
    )
    company_id = fields.Many2one(
        related="risk_id.company_id", store=True, precompute=True, index=True
    )
    create_date = fields.Datetime(string="Assessed on", readonly=True)
    user_id = fields.Many2one(
        "res.users", string="Assessed by", readonly=True, ondelete="restrict"
    )
    kind = fields.Selection(KINDS, required=True, readonly=True)
    from_probability_id = fields.Many2one(
        "cpm.risk.scale",
        string="Probability before",
        readonly=True,
        ondelete="restrict",
    )
    from_impact_id = fields.Many2one(
        "cpm.risk.scale", string="Impact before", readonly=True, ondelete="restrict"
    )
    from_score = fields.Integer(string="Value before", readonly=True, aggregator=None)
    from_level_id = fields.Many2one(
        "cpm.risk.level", string="Level before", readonly=True, ondelete="restrict"
    )
    to_probability_id = fields.Many2one(
        "cpm.risk.scale", string="Probability", readonly=True, ondelete="restrict"
    )
    to_impact_id = fields.Many2one(
        "cpm.risk.scale", string="Impact", readonly=True, ondelete="restrict"
    )
    to_score = fields.Integer(string="Value", readonly=True, aggregator=None)
    to_level_id = fields.Many2one(
        "cpm.risk.level", string="Risk level", readonly=True, ondelete="restrict"
    )
    reason = fields.Text(readonly=True)

    @api.model
    def _refusal(self):
        return self.env._(
            "The history of assessments cannot be edited. Assess the risk again."
        )
