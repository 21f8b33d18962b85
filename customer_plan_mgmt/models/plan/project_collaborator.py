"""The project of customer plans has no collaborators."""

from odoo import api, models
from odoo.exceptions import ValidationError


class ProjectCollaborator(models.Model):
    _inherit = "project.collaborator"

    @api.constrains("project_id")
    def _check_cpm_plan_project(self):
        for collaborator in self.sudo():
            if collaborator.project_id.cpm_is_plan_project:
                raise ValidationError(
                    self.env._(
                        "%s holds the work of customer plans and is not shared. Share "
                        "the plan with the customer instead.",
                        collaborator.project_id.name,
                    )
                )
