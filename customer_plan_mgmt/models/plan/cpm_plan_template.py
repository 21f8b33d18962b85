"""Templates: what plans of one kind have in common."""

from odoo import api, fields, models
from odoo.exceptions import UserError


class CpmPlanTemplate(models.Model):
    """Needs to ask for, goals with relative targets, work with offsets in working days,
    costs and the checklist that lets a plan go from stage to stage."""

    _name = "cpm.plan.template"
    _description = "Plan Template"
    _inherit = ["mail.thread", "cpm.copy.mixin", "cpm.guard.mixin"]
    _order = "sequence, id"
    _check_company_auto = True
    _cpm_ranges = {"duration_months": (1, 120), "review_interval_months": (0, 120)}

    name = fields.Char(required=True, translate=True, tracking=True)
    sequence = fields.Integer(default=10, aggregator=None)
    active = fields.Boolean(string="In use", default=True)
    company_id = fields.Many2one(
        "res.company", index=True, ondelete="restrict", help="Empty: all companies."
    )
    description = fields.Html(translate=True, help="What the template is for.")
    duration_months = fields.Integer(
        string="Duration (months)", default=12, aggregator=None
    )
    review_interval_months = fields.Integer(
        string="Review every (months)",
        aggregator=None,
        help="0: as the tier of the customer says.",
    )
    benefit_metric_id = fields.Many2one(
        "cpm.metric",
        string="Benefit measured by",
        ondelete="restrict",
        domain="[('currency_field', '!=', False)]",
    )
    positioning = fields.Html(
        string="Questions about the positioning",
        translate=True,
        help="Put into new plans for the owner to answer.",
    )
    need_ids = fields.One2many(
        "cpm.plan.template.need", "template_id", string="Needs to ask for", copy=True
    )
    goal_ids = fields.One2many(
        "cpm.plan.template.goal", "template_id", string="Goals", copy=True
    )
    task_ids = fields.One2many(
        "cpm.plan.template.task", "template_id", string="Work", copy=True
    )
    cost_ids = fields.One2many(
        "cpm.plan.template.cost", "template_id", string="Costs", copy=True
    )
    check_ids = fields.One2many(
        "cpm.plan.template.check", "template_id", string="Checklist", copy=True
    )
    tier_ids = fields.One2many(
        "cpm.tier", "plan_template_id", string="Proposed for the tiers"
    )
    plan_count = fields.Integer(string="Plans", compute="_compute_plan_count")

    _durations_range = models.Constraint(
        "CHECK(duration_months BETWEEN 1 AND 120"
        " AND review_interval_months BETWEEN 0 AND 120)",
        "Template: enter a duration from 1 to 120 months and a review interval from 0 "
        "to 120 months.",
    )

    def _compute_plan_count(self):
        counts = dict(
            self.env["cpm.plan"]._read_group(
                [("template_id", "in", self.ids)], ["template_id"], ["__count"]
            )
        )
        for template in self:
            template.plan_count = counts.get(template, 0)

    def action_view_plans(self):
        """Open the plans made from the template."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "customer_plan_mgmt.cpm_plan_action"
        )
        action["domain"] = [("template_id", "in", self.ids)]
        action["context"] = {}
        return action

    @api.model
    def _from_plan(self, plan, name):
        """Make a template of what a plan had: a good one is worth repeating.

        :param plan: one ``cpm.plan``
        :param str name: of the new template
        :raise UserError: without a name, or for goals whose target nobody set
        """
        if not (name or "").strip():
            raise UserError(self.env._("Name: give the template a name."))
        plan.check_access("read")
        waiting = plan.goal_ids.filtered("is_target_missing")
        if waiting:
            raise UserError(
                self.env._(
                    "Set the targets of these goals first: %s.",
                    ", ".join(waiting.mapped("name")),
                )
            )
        days = (plan.date_end - plan.date_start).days + 1
        return self.create(
            {
                "name": name,
                "company_id": plan.company_id.id,
                "duration_months": min(max(round(days / 30.4), 1), 120),
                "review_interval_months": plan.review_interval_months,
                "benefit_metric_id": plan.benefit_metric_id.id,
                "need_ids": self.need_ids._commands_of(plan.need_ids),
                "goal_ids": self.goal_ids._commands_of(plan.goal_ids),
                "task_ids": self.task_ids._commands_of(plan.task_ids),
                "cost_ids": self.cost_ids._commands_of(plan.cost_ids),
                "check_ids": self.check_ids._commands_of(plan.check_ids),
            }
        )
