"""Keep a good plan as a template."""

from odoo import fields, models


class CpmPlanTemplateSave(models.TransientModel):
    _name = "cpm.plan.template.save"
    _description = "Save a Plan as a Template"

    plan_id = fields.Many2one("cpm.plan", required=True, readonly=True)
    name = fields.Char(string="Name of the template", required=True)

    def action_confirm(self):
        """Make the template and open it."""
        self.ensure_one()
        template = self.env["cpm.plan.template"]._from_plan(self.plan_id, self.name)
        return template._get_records_action(name=self.env._("Template"))
