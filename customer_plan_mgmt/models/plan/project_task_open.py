"""Tasks of plans open in a form that needs no rights in Project."""

from odoo import models


class ProjectTask(models.Model):
    _inherit = "project.task"

    def action_cpm_open(self):
        """Open the task with the fields of customer plans."""
        self.ensure_one()
        view = self.env.ref("customer_plan_mgmt.cpm_plan_task_view_form")
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self.id,
            "views": [(view.id, "form")],
        }

    def action_cpm_done(self):
        """Mark the tasks as done."""
        return self.write({"state": "1_done"})
