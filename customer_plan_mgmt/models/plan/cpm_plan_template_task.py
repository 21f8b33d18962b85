"""Work of a template."""

from odoo import Command, api, fields, models


class CpmPlanTemplateTask(models.Model):
    """Due so many working days after the plan starts, by the company's calendar."""

    _name = "cpm.plan.template.task"
    _description = "Task in a Plan Template"
    _inherit = "cpm.plan.template.part.mixin"
    _order = "template_id, sequence, id"
    _cpm_ranges = {"offset_days": (0, 2500)}

    name = fields.Char(required=True, translate=True)
    description = fields.Html(translate=True)
    phase = fields.Selection(
        lambda self: self.env["project.task"]._fields["cpm_phase"].selection,
        required=True,
        default="delivery",
    )
    kind = fields.Selection(
        [("task", "Task"), ("training", "Customer training")],
        required=True,
        default="task",
    )
    training_form = fields.Selection(
        [("on_site", "On site"), ("online", "Online"), ("manual", "Manual")],
        string="Form of training",
    )
    role_id = fields.Many2one("project.role", ondelete="set null")
    offset_days = fields.Integer(
        string="Due after (working days)",
        default=5,
        aggregator=None,
        help="From the first day of the plan, by the working hours of the company.",
    )
    is_public = fields.Boolean(string="The customer sees it")

    _offset_range = models.Constraint(
        "CHECK(offset_days BETWEEN 0 AND 2500)",
        "Due after: enter working days from 0 to 2500.",
    )
    _training_complete = models.Constraint(
        "CHECK(kind != 'training' OR training_form IS NOT NULL)",
        "Task: choose the form of the training.",
    )

    def _plan_vals(self, plan, known=None):
        self.ensure_one()
        return {
            "cpm_plan_id": plan.id,
            "name": self.name,
            "description": self.description,
            "cpm_phase": self.phase,
            "cpm_kind": self.kind,
            "cpm_training_form": self.training_form,
            "cpm_role_id": self.role_id.filtered("active").id,
            "cpm_public": self.is_public,
            "sequence": self.sequence,
            "date_deadline": known,
            "partner_id": plan.partner_id.id,
            "company_id": plan.company_id.id,
        }

    @api.model
    def _commands_of(self, parts):
        """Leave out what was cancelled; count working days for all at once."""
        kept = parts.filtered(lambda task: task.state != "1_canceled")
        offsets = self.env["cpm.plan.template"]._offsets_of(kept)
        return [
            Command.create(
                {**self._vals_of(task), "offset_days": min(offsets[task], 2500)}
            )
            for task in kept
        ]

    @api.model
    def _vals_of(self, part):
        return {
            "name": part.name,
            "description": part.description,
            "phase": part.cpm_phase or "delivery",
            "kind": part.cpm_kind or "task",
            "training_form": part.cpm_training_form,
            "role_id": part.cpm_role_id.id,
            "is_public": part.cpm_public,
            "sequence": part.sequence,
        }
