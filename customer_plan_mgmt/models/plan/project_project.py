"""The project that holds the work of customer plans."""

from odoo import fields, models
from odoo.exceptions import UserError


class ProjectProject(models.Model):
    _inherit = "project.project"

    cpm_is_plan_project = fields.Boolean(
        string="Work of customer plans",
        readonly=True,
        copy=False,
        groups="base.group_user",
        help="Made by Customer Plans; who sees its tasks follows from the plans.",
    )

    def unlink(self):
        # Not by ``ondelete``: the tasks would be gone by then
        self._check_no_plan_work()
        return super().unlink()

    def _check_no_plan_work(self):
        """:raise UserError: when a project holds work of plans, done or not"""
        tasks = self.env["project.task"].sudo().with_context(active_test=False)
        for project in self.sudo():
            # ``task_ids`` leaves out what is done
            if tasks.search_count(
                [("project_id", "=", project.id), ("cpm_plan_id", "!=", False)],
                limit=1,
            ):
                raise UserError(
                    self.env._(
                        "%s holds the work of customer plans. Archive it instead.",
                        project.name,
                    )
                )
