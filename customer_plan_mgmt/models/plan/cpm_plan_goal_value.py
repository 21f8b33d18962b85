"""The course of a goal."""

from odoo import fields, models


class CpmPlanGoalValue(models.Model):
    """One value a day and goal, noted whenever it changed."""

    _name = "cpm.plan.goal.value"
    _description = "Measured Value of a Goal"
    _inherit = "cpm.system.mixin"
    _order = "goal_id, date, id"
    _rec_name = "date"

    goal_id = fields.Many2one(
        "cpm.plan.goal",
        required=True,
        index=True,
        ondelete="cascade",
        readonly=True,
    )
    company_id = fields.Many2one(
        related="goal_id.company_id", store=True, precompute=True, index=True
    )
    date = fields.Date(required=True, readonly=True)
    value = fields.Float(digits=0, readonly=True, aggregator="avg")
    user_id = fields.Many2one(
        "res.users",
        string="Entered by",
        readonly=True,
        ondelete="set null",
        help="Empty: measured by the metric.",
    )

    _goal_date_uniq = models.UniqueIndex(
        "(goal_id, date)", "This goal has a value of that day already."
    )
