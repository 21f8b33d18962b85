"""The steps of probability and impact, in words."""

from odoo import api, fields, models


class CpmRiskScale(models.Model):
    """One step of one of the two scales. How many steps there are is up to whoever
    configures them; the heat map has a row or column for each."""

    _name = "cpm.risk.scale"
    _description = "Risk Scale"
    _inherit = "cpm.guard.mixin"
    _order = "kind, value, id"
    _cpm_ranges = {"value": (1, 100)}

    kind = fields.Selection(
        [("probability", "Probability"), ("impact", "Impact")],
        string="Scale",
        required=True,
    )
    value = fields.Integer(
        string="Points",
        required=True,
        default=1,
        aggregator=None,
        help="The level of a risk is the points of its probability times the points of "
        "its impact.",
    )
    name = fields.Char(required=True, translate=True)
    description = fields.Text(
        translate=True, help="When this step is the right one, with an example."
    )
    color = fields.Integer(aggregator=None)
    active = fields.Boolean(string="In use", default=True)

    _value_range = models.Constraint(
        "CHECK(value BETWEEN 1 AND 100)", "Points: enter a number from 1 to 100."
    )
    _value_uniq = models.UniqueIndex(
        "(kind, value) WHERE active",
        "Points: another step of this scale already has as many.",
    )

    @api.depends("value", "name")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for step in self:
            step.display_name = f"{step.value} · {step.name or ''}"
