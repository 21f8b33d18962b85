"""What the customer needs."""

from odoo import api, fields, models

# Where a need may come from, besides feedback: whatever of these is installed
SOURCES = (
    "cpm.feedback",
    "survey.user_input",
    "calendar.event",
    "crm.lead",
    "project.task",
)


class CpmPlanNeed(models.Model):
    """One need, in the customer's words, and what answers it."""

    _name = "cpm.plan.need"
    _description = "Customer Need"
    _inherit = "cpm.plan.part.mixin"
    _order = "plan_id, priority desc, sequence, id"
    _cpm_protected = frozenset({"company_id", "is_answered"})
    _cpm_revised = frozenset({"name", "kind", "words", "priority"})

    sequence = fields.Integer(default=10, aggregator=None)
    name = fields.Char(string="Need", required=True)
    kind = fields.Selection(
        [
            ("product", "Product"),
            ("service", "Service"),
            ("price", "Price"),
            ("business", "Business"),
            ("technical", "Technical"),
            ("pain_point", "Pain point"),
        ],
        required=True,
        default="product",
    )
    words = fields.Text(string="Customer's words")
    source = fields.Selection(
        [
            ("interview", "Interview"),
            ("survey", "Survey"),
            ("feedback", "Feedback"),
            ("meeting", "Meeting"),
        ],
        default="interview",
    )
    source_ref = fields.Reference(
        selection="_selection_source_ref", string="Where it was said"
    )
    priority = fields.Selection(
        [("0", "Normal"), ("1", "Important"), ("2", "Decisive")], default="0"
    )
    goal_id = fields.Many2one(
        "cpm.plan.goal",
        string="Answered by the goal",
        index="btree_not_null",
        ondelete="set null",
        copy=False,
        domain="[('plan_id', '=', plan_id)]",
    )
    task_id = fields.Many2one(
        "project.task",
        string="Answered by the task",
        index="btree_not_null",
        ondelete="set null",
        copy=False,
        domain="[('cpm_plan_id', '=', plan_id)]",
    )
    is_answered = fields.Boolean(
        string="Covered", compute="_compute_is_answered", store=True
    )

    @api.model
    def _selection_source_ref(self):
        models_ = self.env["ir.model"].sudo()
        return [
            (name, models_._get(name).name)
            for name in SOURCES
            if name in self.env and self.env[name].has_access("read")
        ]

    @api.depends("goal_id", "task_id")
    def _compute_is_answered(self):
        for need in self:
            need.is_answered = bool(need.goal_id or need.task_id)

    @api.constrains("goal_id", "task_id")
    def _check_same_plan(self):
        for need in self:
            need.plan_id._check_part_of_plan(need.goal_id)
            need.plan_id._check_part_of_plan(need.sudo().task_id, "cpm_plan_id")
