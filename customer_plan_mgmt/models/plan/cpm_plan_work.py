"""The work of a plan: tasks of one project per company."""

from odoo import Command, api, fields, models
from odoo.exceptions import ValidationError


class CpmPlan(models.Model):
    _inherit = "cpm.plan"

    task_ids = fields.One2many("project.task", "cpm_plan_id", string="Work")
    task_count = fields.Integer(string="Tasks", compute="_compute_task_count")
    task_done_count = fields.Integer(string="Tasks done", compute="_compute_task_count")
    training_count = fields.Integer(string="Trainings", compute="_compute_task_count")

    @api.depends("task_ids.state", "task_ids.cpm_kind")
    @api.depends_context("uid")
    def _compute_task_count(self):
        rows = self.env["project.task"]._read_group(
            [("cpm_plan_id", "in", self.ids)],
            ["cpm_plan_id", "state", "cpm_kind"],
            ["__count"],
        )
        total, done, training = {}, {}, {}
        for plan, state, kind, count in rows:
            if state == "1_canceled":
                continue
            total[plan] = total.get(plan, 0) + count
            if state == "1_done":
                done[plan] = done.get(plan, 0) + count
            if kind == "training":
                training[plan] = training.get(plan, 0) + count
        for plan in self:
            plan.task_count = total.get(plan, 0)
            plan.task_done_count = done.get(plan, 0)
            plan.training_count = training.get(plan, 0)

    def _check_part_of_plan(self, record, name="plan_id"):
        """:raise ValidationError: when ``record`` belongs to another plan"""
        self.ensure_one()
        if record and record[name] != self:
            raise ValidationError(
                self.env._(
                    "%(record)s is no part of %(plan)s.",
                    record=self._cpm_readable_name(record),
                    plan=self.display_name,
                )
            )

    @api.model
    def _cpm_readable_name(self, record):
        """Return the name of ``record`` for a message: nobody learns by an error what a
        record is called that is closed to them."""
        record = record.with_user(self.env.uid)  # also in superuser mode
        if record.has_access("read"):
            return record.display_name
        return self.env._("What was chosen")

    @api.model
    def _get_project(self, company):
        """Return the project with the work of all plans of ``company``, made when it
        is missing."""
        company = company.sudo()
        project = company.cpm_plan_project_id.filtered(
            lambda item: item.cpm_is_plan_project and item.company_id == company
        )
        if project and not project.active:
            project.active = True
        if not project:
            # Two people with their first plan at the same moment: one tries again
            company.lock_for_update(allow_referencing=True)
            stages = self.env["project.task.type"].sudo()
            for name in ("todo", "doing", "waiting", "done"):
                stages |= self.env.ref(f"customer_plan_mgmt.plan_task_stage_{name}")
            project = self.env["project.project"].sudo()
            project = project.with_context(mail_create_nosubscribe=True).create(
                {
                    "name": self.env._("Customer plans of %s", company.name),
                    "company_id": company.id,
                    "user_id": False,
                    "privacy_visibility": "followers",
                    "cpm_is_plan_project": True,
                    "type_ids": [Command.set(stages.ids)],
                }
            )
            company.cpm_plan_project_id = project
        return project

    def action_view_tasks(self):
        """Open the work of the plan."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "customer_plan_mgmt.cpm_plan_task_action"
        )
        action["domain"] = [("cpm_plan_id", "=", self.id)]
        action["context"] = {
            "default_cpm_plan_id": self.id,
            "default_project_id": self._get_project(self.company_id).id,
            "default_partner_id": self.partner_id.id,
        }
        return action
