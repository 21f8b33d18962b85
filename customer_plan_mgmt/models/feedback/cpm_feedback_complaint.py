"""Complaints that must not come back: cause, action, check of the effect, letter."""

import logging
from datetime import timedelta

from psycopg2.extensions import TransactionRollbackError

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

_logger = logging.getLogger(__name__)

ACTION_STATES = [
    ("planned", "Planned"),
    ("done", "Done"),
    ("effective", "Effective"),
    ("recurred", "Came back"),
]


class CpmFeedback(models.Model):
    _inherit = "cpm.feedback"

    root_cause_id = fields.Many2one(
        "cpm.root.cause",
        tracking=True,
        copy=False,
        ondelete="restrict",
        index="btree_not_null",
    )
    corrective_action = fields.Text(
        tracking=True, copy=False, help="What is changed so that it does not recur."
    )
    corrective_user_id = fields.Many2one(
        "res.users",
        string="Action owner",
        copy=False,
        ondelete="set null",
        domain=[("share", "=", False)],
    )
    corrective_deadline = fields.Date(string="Action due", copy=False)
    corrective_state = fields.Selection(
        ACTION_STATES,
        string="Corrective action is",
        copy=False,
        tracking=True,
    )
    compensation_amount = fields.Monetary(string="Compensation", copy=False)
    compensation_note = fields.Char(string="Compensation for", copy=False)
    # Check of the effect
    recurrence_check_on = fields.Date(
        string="Effect checked on", readonly=True, copy=False
    )
    recurrence_before = fields.Integer(
        string="Complaints before", readonly=True, copy=False, aggregator=None
    )
    recurrence_after = fields.Integer(
        string="Complaints after", readonly=True, copy=False, aggregator=None
    )

    _compensation_positive = models.Constraint(
        "CHECK(compensation_amount >= 0 AND compensation_amount < 'Infinity')",
        "Compensation: enter an amount of at least 0.",
    )
    _check_due_idx = models.Index(
        "(company_id, closed_at) WHERE type = 'complaint' AND stage = 'closed'"
    )

    def _check_closable(self, vals):
        """A complaint needs cause and corrective action, unless the settings differ."""
        super()._check_closable(vals)
        if self.type != "complaint" or not self.company_id.sudo().cpm_complaint_cause:
            return
        missing = [
            self._cpm_label(name)
            for name in ("root_cause_id", "corrective_action")
            if not (vals[name] if name in vals else self[name])
        ]
        if missing:
            raise UserError(
                self.env._(
                    "%(feedback)s is a complaint: fill in %(fields)s before you close "
                    "it, so that it does not happen again.",
                    feedback=self.display_name,
                    fields=", ".join(missing),
                )
            )

    @api.model_create_multi
    def create(self, vals_list):
        feedback = super().create(vals_list)
        feedback._plan_action()
        return feedback

    def write(self, vals):
        result = super().write(vals)
        if vals.get("corrective_action"):
            self._plan_action()
        return result

    def _plan_action(self):
        self.filtered(
            lambda item: item.corrective_action and not item.corrective_state
        ).corrective_state = "planned"

    # ------------------------------------------------------ Check of the effect

    @api.model
    def _stage_vals(self, stage):
        """What is worked on again is checked again after it is closed again."""
        vals = super()._stage_vals(stage)
        if stage == "in_progress":
            vals |= {
                "recurrence_check_on": False,
                "recurrence_before": 0,
                "recurrence_after": 0,
            }
        return vals

    @api.model
    def _check_recurrence(self, company, limit):
        """Count complaints before and after the closing of those whose time has come.

        The same customer, category or root cause within the same number of days on
        both sides count; where it did not get better, the corrective action is open
        again and its owner gets an activity.

        :return: number of complaints looked at
        """
        days = company.cpm_recurrence_days
        if not days:
            return 0
        due = self.search(
            Domain("company_id", "=", company.id)
            & Domain("type", "=", "complaint")
            & Domain("stage", "=", "closed")
            & Domain("recurrence_check_on", "=", False)
            & Domain("closed_at", "<=", fields.Datetime.now() - timedelta(days=days)),
            limit=limit,
            order="closed_at, id",
        )
        due = due.try_lock_for_update()
        for feedback in due:
            feedback._check_effect_quietly(timedelta(days=days))
        return len(due)

    def _check_effect_quietly(self, span):
        """Check the effect; what fails is said on the record and stops nobody else."""
        try:
            with self.env.cr.savepoint():
                self._check_effect(span)
        except TransactionRollbackError:
            raise
        except Exception as error:
            _logger.exception("Effect on feedback %s cannot be checked", self.id)
            self.recurrence_check_on = fields.Date.context_today(self)
            self._message_log(
                body=self.env._("The effect could not be checked: %s", error)
            )

    def _check_effect(self, span):
        self.ensure_one()
        alike = self._alike_domain()
        before = self.search_count(
            alike
            & Domain("received_at", ">", self.closed_at - span)
            & Domain("received_at", "<=", self.closed_at)
        )
        after = self.search_count(
            alike
            & Domain("received_at", ">", self.closed_at)
            & Domain("received_at", "<=", self.closed_at + span)
        )
        vals = {
            "recurrence_check_on": fields.Date.context_today(self),
            "recurrence_before": before,
            "recurrence_after": after,
        }
        if self.corrective_action:
            vals["corrective_state"] = "recurred" if after else "effective"
        self.write(vals)
        if after:
            self._reopen_action(before, after)

    def _alike_domain(self):
        """Return which other complaints are the same trouble again: the same customer
        or anybody, with the same root cause or, without one, the same category."""
        domain = Domain("company_id", "=", self.company_id.id)
        domain &= Domain("type", "=", "complaint") & Domain("stage", "!=", "cancelled")
        if self.root_cause_id:
            same = Domain("root_cause_id", "=", self.root_cause_id.id)
            if self.category_id:
                same |= Domain("root_cause_id", "=", False) & Domain(
                    "category_id", "=", self.category_id.id
                )
        elif self.category_id:
            same = Domain("category_id", "=", self.category_id.id)
        else:
            same = Domain("partner_id", "=", self.partner_id.id)
        return domain & same & Domain("id", "!=", self.id)

    def _reopen_action(self, before, after):
        user = self._who_reacts(
            self.corrective_user_id, self.user_id, self.profile_id.manager_id
        )
        if not user:
            return
        feedback = self.with_context(lang=user.lang)
        feedback.activity_schedule(
            "customer_plan_mgmt.mail_activity_recurrence",
            user_id=user.id,
            note=feedback.env._(
                "The trouble came back: %(before)s complaints before, %(after)s after "
                "the corrective action.",
                before=before,
                after=after,
            ),
        )

    def action_print_letter(self):
        """Print the letter that tells the customer what was done."""
        self.check_access("read")
        return self.env.ref("customer_plan_mgmt.action_report_feedback").report_action(
            self
        )
