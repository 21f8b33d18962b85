"""One difference of a revision."""

from odoo import api, fields, models

from .cpm_plan_acceptance import TERMS


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
    # The same for the system. A part that was added has neither field nor value, one
    # that was removed has all its values
    res_model = fields.Char(string="Model", readonly=True)
    res_id = fields.Integer(string="Record", readonly=True, aggregator=None)
    field_name = fields.Char(string="Technical name", readonly=True)
    old_value = fields.Json(readonly=True)
    is_term = fields.Boolean(
        string="Seen by the customer",
        compute="_compute_is_term",
        help="The customer accepts the plan again after this change.",
    )
    user_id = fields.Many2one(
        "res.users", string="Changed by", readonly=True, ondelete="restrict"
    )

    @api.depends("res_model", "field_name")
    def _compute_is_term(self):
        for line in self:
            names = TERMS.get(line.res_model, ())
            # Without a model: noted before values were kept
            line.is_term = not line.res_model or (
                line.field_name in names if line.field_name else bool(names)
            )
