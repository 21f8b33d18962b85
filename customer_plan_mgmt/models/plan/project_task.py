"""Work items of customer plans are tasks."""

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from .const import OVER

GROUPS = "customer_plan_mgmt.group_cpm_user"
# What a copy of a task takes over, see ``copy_data``
COPIED = (
    "cpm_plan_id",
    "cpm_phase",
    "cpm_role_id",
    "cpm_public",
    "cpm_kind",
    "cpm_goal_id",
    "cpm_training_form",
    "cpm_participant_ids",
    "cpm_material",
)


class ProjectTask(models.Model):
    _inherit = "project.task"

    cpm_plan_id = fields.Many2one(
        "cpm.plan",
        string="Customer plan",
        index="btree_not_null",
        ondelete="cascade",
        check_company=True,
        copy=False,
        groups=GROUPS,
    )
    cpm_phase = fields.Selection(
        [
            ("needs", "Needs"),
            ("design", "Design"),
            ("delivery", "Implementation"),
            ("evaluation", "Evaluation"),
        ],
        string="Phase",
        copy=False,
        groups=GROUPS,
    )
    cpm_role_id = fields.Many2one(
        "project.role",
        string="Role",
        ondelete="set null",
        copy=False,
        groups=GROUPS,
        help="Who does it: assigned to whoever joins the team with this role.",
    )
    cpm_public = fields.Boolean(
        string="The customer sees it",
        copy=False,
        groups=GROUPS,
        help="Shown in the portal while the plan is shared: title, state and deadline.",
    )
    cpm_kind = fields.Selection(
        [("task", "Task"), ("training", "Customer training")],
        string="Kind of work",
        copy=False,
        groups=GROUPS,
    )
    cpm_goal_id = fields.Many2one(
        "cpm.plan.goal",
        string="For the goal",
        index="btree_not_null",
        ondelete="set null",
        domain="[('plan_id', '=', cpm_plan_id)]",
        copy=False,
        groups=GROUPS,
    )
    # Customer training
    cpm_training_form = fields.Selection(
        [("on_site", "On site"), ("online", "Online"), ("manual", "Manual")],
        string="Form of training",
        copy=False,
        groups=GROUPS,
    )
    cpm_participant_ids = fields.Many2many(
        "res.partner",
        "cpm_task_participant_rel",
        string="Participants",
        copy=False,
        groups=GROUPS,
    )
    cpm_material = fields.Html(string="Material", copy=False, groups=GROUPS)
    cpm_training_result = fields.Text(
        string="Result of the training", copy=False, groups=GROUPS
    )
    cpm_certificate_on = fields.Date(string="Certificate on", copy=False, groups=GROUPS)

    @api.constrains("cpm_plan_id", "project_id", "company_id")
    def _check_cpm_plan(self):
        for task in self.sudo():
            plan = task.cpm_plan_id
            if not plan:
                continue
            if task.company_id != plan.company_id:
                raise ValidationError(self._cpm_company_message(task, plan))
            if not task.project_id:
                raise ValidationError(
                    self.env._(
                        "Task %s: work of a customer plan belongs to a project.",
                        task.name,
                    )
                )

    def _cpm_company_message(self, task, plan):
        if not plan.with_user(self.env.uid).has_access("read"):
            return self.env._("Task %s: choose a plan of its company.", task.name)
        return self.env._(
            "Task %(task)s: %(plan)s is a plan of %(company)s.",
            task=task.name,
            plan=plan.display_name,
            company=plan.company_id.name,
        )

    @api.constrains("cpm_goal_id", "cpm_plan_id")
    def _check_cpm_goal(self):
        plans = self.env["cpm.plan"]
        for task in self.sudo().filtered("cpm_goal_id"):
            if task.cpm_goal_id.plan_id != task.cpm_plan_id:
                raise ValidationError(
                    self.env._(
                        "For the goal: %(goal)s is no goal of the plan of the task "
                        "%(task)s.",
                        goal=plans._cpm_readable_name(task.cpm_goal_id),
                        task=task.name,
                    )
                )

    @api.constrains("cpm_kind", "cpm_training_form")
    def _check_cpm_training(self):
        for task in self.sudo():
            if task.cpm_kind == "training" and not task.cpm_training_form:
                raise ValidationError(
                    self.env._(
                        "Task %s: choose the form of the training: on site, online or "
                        "manual.",
                        task.name,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        plans = self.env["cpm.plan"].sudo()
        if any(vals.get("cpm_plan_id") for vals in vals_list):
            vals_list = [dict(vals) for vals in vals_list]
            for vals in vals_list:
                if not vals.get("cpm_plan_id"):
                    continue
                # No field defaults: tasks of other projects have no kind or phase
                vals.setdefault("cpm_kind", "task")
                vals.setdefault("cpm_phase", "delivery")
                if not vals.get("project_id"):
                    plan = plans.browse(vals["cpm_plan_id"])
                    vals["project_id"] = plans._get_project(plan.company_id).id
        tasks = super().create(vals_list)
        tasks._check_may_work_on_plan()
        tasks._check_plan_goes_on()
        return tasks

    def write(self, vals):
        moving = vals.keys() & {"cpm_plan_id", "project_id"}
        if not moving:
            return super().write(vals)
        self._check_may_work_on_plan()  # nobody takes work out of a foreign plan
        if "cpm_plan_id" in vals:
            leaving = self.sudo().filtered(
                lambda task: task.cpm_plan_id.id != vals["cpm_plan_id"]
            )
            leaving._leave_plan()
        joining = self.filtered(
            lambda task: task.sudo().cpm_plan_id.id != vals.get("cpm_plan_id")
        )
        result = super().write(vals)
        self._check_may_work_on_plan()
        if vals.get("cpm_plan_id"):
            joining._check_plan_goes_on()
        return result

    def copy_data(self, default=None):
        """Fields that only some may read cannot be copied by themselves: copying any
        task would fail for the others."""
        vals_list = super().copy_data(default)
        if self.env.su or self.env.user.has_group(GROUPS):
            for task, vals in zip(self, vals_list, strict=True):
                for name in COPIED:
                    field = self._fields[name]
                    vals.setdefault(name, field.convert_to_write(task[name], task))
        return vals_list

    def _leave_plan(self):
        """Forget the goal, and the needs the task answered, of the plan it is taken out
        of."""
        self.cpm_goal_id = False
        needs = self.env["cpm.plan.need"].sudo()
        needs.search([("task_id", "in", self.ids)]).task_id = False

    def _check_plan_goes_on(self):
        """:raise UserError: for new work of a plan that is over"""
        if self.env.su:
            return
        for plan in self.sudo().cpm_plan_id:
            if plan.stage in OVER:
                raise UserError(
                    self.env._(
                        "Customer plan: %s is over and gets no new work. Reopen it "
                        "first.",
                        plan.display_name,
                    )
                )

    def _check_may_work_on_plan(self):
        """Record rules look at tasks before a write and let people work on what they
        are assigned to; neither keeps work out of foreign plans and projects.

        :raise AccessError: when the user may not work on the plan of a task, or not
            see its project
        """
        if self.env.su:
            return
        tasks = self.sudo().filtered("cpm_plan_id")
        for records, operation in (
            (tasks.cpm_plan_id, "write"),
            (tasks.project_id, "read"),
        ):
            if records:
                records.with_env(self.env).check_access(operation)
