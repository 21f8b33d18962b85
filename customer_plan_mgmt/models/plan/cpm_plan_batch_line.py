"""One customer of an order of plans."""

import logging

from psycopg2 import IntegrityError

from odoo import fields, models
from odoo.exceptions import AccessError, UserError
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY

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
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
            raise  # nobody's fault: the scheduled action comes again
        except Exception:
            self.env.invalidate_all()
            _logger.info("Plans are made one by one", exc_info=True)
            for line in self:
                line._make_alone()

    def _make_alone(self):
        try:
            with self.env.cr.savepoint():
                self._make_together()
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
            raise
        except Exception as error:
            self.env.invalidate_all()
            _logger.warning(
                "No plan for the profile %s", self.profile_id.id, exc_info=True
            )
            self.write({"state": "failed", "error": self._reason(error)})

    def _reason(self, error):
        """Return what the user can do something about, never the bowels of a query."""
        env = self._env_of_user()
        if isinstance(error, UserError):
            return str(error)
        if isinstance(error, IntegrityError):
            tables = {model._table: name for name, model in env.registry.items()}
            model = env[tables.get(error.diag.table_name, "base")]
            return model._sql_error_to_message(error)
        return env._("An unexpected error; the administrator finds it in the log.")

    def _env_of_user(self):
        """Return the environment of whoever asked for the plans."""
        user = self.batch_id.user_id
        batch = self.batch_id.with_user(user).with_company(self.batch_id.company_id)
        return batch.with_context(lang=user.lang).env

    def _make_together(self):
        """Make the plans with the rights of whoever asked for them.

        :raise AccessError: when that person has left
        """
        batch, env = self.batch_id, self._env_of_user()
        user = batch.user_id
        if not user.active and not user._is_superuser():
            raise AccessError(
                env._("%s, who asked for the plans, has left.", user.name)
            )
        template = batch.template_id.with_env(env)
        template.check_access("read")
        profiles = self.profile_id.with_env(env)
        profiles.check_access("read")
        plans = template._create_plans(
            profiles, user=batch.owner_id.with_env(env), start=batch.date_start
        )
        for line, plan in zip(self, plans, strict=True):
            line.write({"plan_id": plan.id, "state": "done"})
        self.env.flush_all()
