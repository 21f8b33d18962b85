"""One difference of a revision."""

from odoo import fields, models


class CpmPlanRevisionLine(models.Model):
    """What a value was and what it became, as whoever changed it read it."""

    _name = "cpm.plan.revision.line"
    _description = "Difference in a Customer Plan"
    _inherit = "cpm.system.mixin"
    _order = "id"
    _rec_name = "label"

    revision_id = fields.Many2one(
        "cpm.plan.revision",
        required=True,
        index=True,
        ondelete="cascade",
        readonly=True,
    )
    company_id = fields.Many2one(
        related="revision_id.company_id", store=True, precompute=True, index=True
    )
    part = fields.Char(string="Part of the plan", readonly=True)
    label = fields.Char(string="What", readonly=True)
    before = fields.Char(readonly=True)
    after = fields.Char(readonly=True)
    user_id = fields.Many2one(
        "res.users", string="Changed by", readonly=True, ondelete="restrict"
    )
