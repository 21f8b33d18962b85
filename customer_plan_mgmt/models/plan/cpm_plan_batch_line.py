"""One customer of an order of plans."""

import logging

from odoo import fields, models

_logger = logging.getLogger(__name__)


class CpmPlanBatchLine(models.Model):
    _name = "cpm.plan.batch.line"
    _description = "Customer of an Order of Plans"
    _inherit = "cpm.system.mixin"
    _order = "batch_id, id"
    _rec_name = "profile_id"

    batch_id = fields.Many2one(
        "cpm.plan.batch", required=True, index=True, ondelete="cascade", readonly=True
    )
    company_id = fields.Many2one(
        related="batch_id.company_id", store=True, precompute=True, index=True
    )
    user_id = fields.Many2one(
        related="batch_id.user_id", store=True, precompute=True, index=True
    )
    profile_id = fields.Many2one(
        "cpm.profile",
        string="Customer",
        required=True,
        index=True,
        ondelete="cascade",
        readonly=True,
    )
    state = fields.Selection(
        [("waiting", "Waiting"), ("done", "Made"), ("failed", "Failed")],
        default="waiting",
        required=True,
        readonly=True,
    )
    plan_id = fields.Many2one(
        "cpm.plan", readonly=True, index="btree_not_null", ondelete="set null"
    )
    error = fields.Text(string="Why not", readonly=True)

    _waiting_idx = models.Index("(batch_id) WHERE state = 'waiting'")

    def _make(self):
        """Make the plans of the customers: all at once, and one by one when that fails,
        so that one customer does not cost the others their plans."""
        try:
            with self.env.cr.savepoint():
                self._make_together()
        except Exception:
            self.env.invalidate_all()
            _logger.info("Plans are made one by one", exc_info=True)
            for line in self:
                line._make_alone()

    def _make_alone(self):
        try:
            with self.env.cr.savepoint():
                self._make_together()
        except Exception as error:
            self.env.invalidate_all()
            _logger.warning("No plan for the profile %s: %s", self.profile_id.id, error)
            self.write({"state": "failed", "error": str(error)})

    def _make_together(self):
        """Make the plans with the rights of whoever asked for them."""
        batch = self.batch_id
        env = batch.with_user(batch.user_id).with_company(batch.company_id).env
        template = batch.template_id.with_env(env)
        plans = template._create_plans(
            self.profile_id.with_env(env),
            user=batch.owner_id.with_env(env),
            start=batch.date_start,
        )
        for line, plan in zip(self, plans, strict=True):
            line.write({"plan_id": plan.id, "state": "done"})
        self.env.flush_all()
