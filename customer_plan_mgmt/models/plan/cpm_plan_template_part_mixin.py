"""What every line of a plan template has."""

from odoo import Command, api, fields, models


class CpmPlanTemplatePartMixin(models.AbstractModel):
    """A line knows how it becomes a part of a plan (``_plan_vals``) and how it is made
    of one (``_vals_of``)."""

    _name = "cpm.plan.template.part.mixin"
    _description = "Part of a Plan Template"
    _inherit = "cpm.guard.mixin"

    template_id = fields.Many2one(
        "cpm.plan.template", required=True, index=True, ondelete="cascade"
    )
    sequence = fields.Integer(default=10, aggregator=None)

    def _plan_vals(self, plan, known=None):
        """Return the values of the part of ``plan`` made of the line.

        :param plan: ``cpm.plan`` record, created already
        :param known: what was worked out for all plans at once: the value of the day
            of a goal, the deadline of a task
        """
        raise NotImplementedError

    @api.model
    def _vals_of(self, part):
        """Return the values of a line made of the ``part`` of a plan."""
        raise NotImplementedError

    @api.model
    def _commands_of(self, parts):
        return [Command.create(self._vals_of(part)) for part in parts]
