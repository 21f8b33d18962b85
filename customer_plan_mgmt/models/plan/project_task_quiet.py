"""Many work items at once."""

from odoo import api, models

# Nobody gets ten thousand mails, nor costs a query for each of as many tasks
QUIET = {
    "cpm_subscribe_later": True,
    "mail_auto_subscribe_no_notify": True,
    "tracking_disable": True,
}
# What core works out from the calendar, with two queries a task
ELAPSED = (
    "working_hours_open",
    "working_hours_close",
    "working_days_open",
    "working_days_close",
)


class ProjectTask(models.Model):
    _inherit = "project.task"

    @api.model
    def _cpm_create_many(self, vals_list):
        """Create tasks without a query or a mail for each of them.

        Like tasks made by hand they are followed by those who do them. Whoever makes
        them for others does not follow: that person would hear of every change to the
        work of hundreds of plans.

        :param vals_list: values of tasks, with a project
        """
        tasks = self.with_context(**QUIET).create(vals_list)
        tasks = tasks.with_context(cpm_subscribe_later=False)
        for users, found in tasks.sudo().grouped("user_ids").items():
            found._message_subscribe(users.partner_id.ids)
        return tasks.with_env(self.env)

    def message_subscribe(self, partner_ids=None, subtype_ids=None):
        """Core subscribes task by task; :meth:`_cpm_create_many` does it at once."""
        if self.env.context.get("cpm_subscribe_later"):
            return True
        return super().message_subscribe(partner_ids, subtype_ids)

    def _message_subscribe(self, partner_ids=None, subtype_ids=None, customer_ids=None):
        """Customers follow the plan that is shared with them, never its tasks."""
        tasks = self.sudo()
        ours = tasks.filtered(lambda task: task.project_id.cpm_is_plan_project)
        ours = (ours | tasks.filtered("cpm_plan_id")).with_env(self.env)
        if not ours:
            return super()._message_subscribe(partner_ids, subtype_ids, customer_ids)
        partners = self.env["res.partner"].sudo().browse(partner_ids or ())
        inside = partners.filtered(lambda partner: not partner.partner_share).ids
        if inside:
            super(ProjectTask, ours)._message_subscribe(inside, subtype_ids)
        return super(ProjectTask, self - ours)._message_subscribe(
            partner_ids, subtype_ids, customer_ids
        )

    def _compute_elapsed(self):  # pylint: disable=missing-return
        """Ask the calendar once for all tasks with the same moments: those that were
        made together have them."""
        alike = self.grouped(
            lambda task: (
                task.project_id.resource_calendar_id,
                task.create_date,
                task.date_assign,
                task.date_end,
            )
        )
        for tasks in alike.values():
            first = tasks[:1]
            super(ProjectTask, first)._compute_elapsed()
            tasks[1:].update({name: first[name] for name in ELAPSED})
