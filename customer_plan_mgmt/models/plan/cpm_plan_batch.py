"""Many plans at once, made in the background."""

import logging

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

_logger = logging.getLogger(__name__)

# Customers made in one step, that is between two commits
BATCH = 25


class CpmPlanBatch(models.Model):
    """An order to make plans from a template. The scheduled action takes one step after
    the other, each with a commit; customers it fails for are listed with the reason."""

    _name = "cpm.plan.batch"
    _description = "Plans Made in the Background"
    _inherit = "cpm.system.mixin"
    _order = "id desc"

    template_id = fields.Many2one(
        "cpm.plan.template", required=True, readonly=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, ondelete="restrict", index=True
    )
    user_id = fields.Many2one(
        "res.users",
        string="Asked for by",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    owner_id = fields.Many2one(
        "res.users", string="Owner of the plans", readonly=True, ondelete="restrict"
    )
    date_start = fields.Date(string="From", required=True, readonly=True)
    line_ids = fields.One2many("cpm.plan.batch.line", "batch_id", readonly=True)
    state = fields.Selection(
        [("running", "Running"), ("done", "Done")],
        default="running",
        required=True,
        readonly=True,
        index=True,
    )
    total = fields.Integer(string="Customers", compute="_compute_counts")
    done_count = fields.Integer(string="Made", compute="_compute_counts")
    failed_count = fields.Integer(string="Failed", compute="_compute_counts")
    percent = fields.Float(string="Done (%)", compute="_compute_counts")

    @api.depends("template_id", "date_start")
    def _compute_display_name(self):
        for batch in self:
            batch.display_name = f"{batch.template_id.name} – {batch.date_start}"

    @api.depends("line_ids.state")
    def _compute_counts(self):
        rows = self.env["cpm.plan.batch.line"]._read_group(
            [("batch_id", "in", self.ids)], ["batch_id", "state"], ["__count"]
        )
        counts = {(batch, state): count for batch, state, count in rows}
        for batch in self:
            waiting, done, failed = (
                counts.get((batch, state), 0) for state in ("waiting", "done", "failed")
            )
            batch.total = waiting + done + failed
            batch.done_count = done
            batch.failed_count = failed
            batch.percent = (done + failed) / batch.total * 100 if batch.total else 0

    @api.model
    def _start(self, template, profiles, user, start):
        """Order plans for ``profiles`` of one company and start the scheduled action.

        :return: the batch
        :raise AccessError: when the user may not make plans
        :raise UserError: when none could be made, or nothing would make them
        """
        if not self.env["cpm.plan"].has_access("create"):
            raise AccessError(self.env._("You may not make customer plans."))
        profiles.check_access("read")
        template.check_access("read")
        template._check_usable_by(profiles.company_id, user)
        cron = self._cron()
        batch = self.sudo().create(
            {
                "template_id": template.id,
                "company_id": profiles.company_id.id,
                "user_id": self.env.uid,
                "owner_id": user.id,
                "date_start": start,
                "line_ids": [
                    (0, 0, {"profile_id": profile.id}) for profile in profiles
                ],
            }
        )
        cron._trigger()
        return batch.with_env(self.env)

    @api.model
    def _cron(self):
        """Return the scheduled action that makes the plans.

        :raise UserError: when somebody deleted it or switched it off
        """
        cron = self.env.ref(
            "customer_plan_mgmt.ir_cron_cpm_plan_batch", raise_if_not_found=False
        )
        if not cron or not cron.sudo().active:
            raise UserError(
                self.env._(
                    "The scheduled action “Customer Plans: make ordered plans” is "
                    "missing or switched off, and nothing would make the plans. Ask an "
                    "administrator, or choose fewer customers at a time."
                )
            )
        return cron.sudo()

    @api.model
    def _cron_work(self):
        """Make the plans that were ordered, step by step."""
        commit = self.env["ir.cron"]._commit_progress
        lines = self.env["cpm.plan.batch.line"].sudo()
        commit(remaining=lines.search_count([("state", "=", "waiting")]))
        for batch in self.sudo().search([("state", "=", "running")], order="id"):
            while True:
                waiting = lines.search(
                    [("batch_id", "=", batch.id), ("state", "=", "waiting")],
                    limit=BATCH,
                ).try_lock_for_update()
                if not waiting:
                    break
                waiting._make()
                if not commit(len(waiting)):
                    return
            batch._finish()
            commit()

    def _finish(self):
        """Tell whoever asked, unless a step is still under way elsewhere."""
        self.ensure_one()
        if "waiting" in self.line_ids.mapped("state"):
            return
        self.state = "done"
        env = self.with_context(lang=self.user_id.lang).env
        self.env["bus.bus"]._sendone(
            self.user_id.partner_id,
            "simple_notification",
            {
                "type": "warning" if self.failed_count else "success",
                "message": env._(
                    "%(done)s plans were made, %(failed)s could not be made.",
                    done=self.done_count,
                    failed=self.failed_count,
                ),
            },
        )

    def action_view_plans(self):
        """Open the plans that were made."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "customer_plan_mgmt.cpm_plan_action"
        )
        action["domain"] = [("id", "in", self.line_ids.plan_id.ids)]
        action["context"] = {}
        return action
