"""The project that holds the work of customer plans."""

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError


class ProjectProject(models.Model):
    _inherit = "project.project"

    cpm_is_plan_project = fields.Boolean(
        string="Work of customer plans",
        readonly=True,
        copy=False,
        groups="base.group_user",
        help="Made by Customer Plans; who sees its tasks follows from the plans.",
    )

    @api.constrains("active", "company_id", "privacy_visibility", "is_template")
    def _check_cpm_plan_project(self):
        """Who sees the work follows from the plans, whatever the project says."""
        for project in self.sudo().filtered("cpm_is_plan_project"):
            owner = project.env["res.company"].search(
                [("cpm_plan_project_id", "=", project.id)], limit=1
            )
            if (
                not project.active
                or project.is_template
                or project.privacy_visibility != "followers"
                or (owner and project.company_id != owner)
            ):
                raise ValidationError(
                    self.env._(
                        "%s holds the work of customer plans: visibility, company and "
                        "archiving are not changed here. Open the plan to add people to "
                        "its team, or to share it with the customer.",
                        project.name,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_cpm_mark(vals)
        return super().create(vals_list)

    def write(self, vals):
        self._check_cpm_mark(vals)
        return super().write(vals)

    def copy(self, default=None):
        if any(self.sudo().mapped("cpm_is_plan_project")):
            raise UserError(
                self.env._(
                    "The project of customer plans cannot be copied. Copy the plans "
                    "instead."
                )
            )
        return super().copy(default)

    def unlink(self):
        # Not by ``ondelete``: the tasks would be gone by then
        self._check_no_plan_work()
        return super().unlink()

    def _check_cpm_mark(self, vals):
        if vals.get("cpm_is_plan_project") is not None and not self.env.su:
            raise AccessError(
                self.env._("“Work of customer plans” is set by Customer Plans only.")
            )

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
                        "%s holds the work of customer plans. It stays as long as there "
                        "are such tasks.",
                        project.name,
                    )
                )

    # ------------------------------------------------------------- Followers

    def _message_subscribe(self, *args, **kwargs):
        """Nobody follows all work of all plans: followers of a project see its tasks."""
        others = self.sudo().filtered(lambda item: not item.cpm_is_plan_project)
        others = others.with_env(self.env)
        return super(ProjectProject, others)._message_subscribe(*args, **kwargs)

    def _message_auto_subscribe_followers(self, updated_values, default_subtype_ids):
        if any(self.sudo().mapped("cpm_is_plan_project")):
            return []
        return super()._message_auto_subscribe_followers(
            updated_values, default_subtype_ids
        )
