"""Did the corrective action of a complaint help?"""

import logging
from datetime import timedelta

from psycopg2.extensions import TransactionRollbackError

from odoo import api, fields, models
from odoo.fields import Domain

from .effect import EFFECT, came_back, count_effect

_logger = logging.getLogger(__name__)

SIMILAR = (
    "Other complaints with the same root cause, those not analysed yet by their "
    "category; without a root cause of the same category; without both of the same "
    "customer. Decides whether the trouble came back."
)
OWN = (
    "Similar complaints of the customer alone. Decides as well: what comes back for the "
    "customer was not cured."
)
CUSTOMER = "All other complaints of the customer."
CATEGORY = "All other complaints of the category."
CAUSE = "All other complaints with the root cause."


def counted(string, text):
    """Return a field for a number of complaints, written by the check only."""
    return fields.Integer(
        string=string, readonly=True, copy=False, aggregator=None, help=text
    )


class CpmFeedback(models.Model):
    """Some time after a complaint was closed, or its corrective action done again, its
    like are counted before and after; see ``effect`` for what is alike and when the
    trouble came back."""

    _inherit = "cpm.feedback"

    corrective_done_at = fields.Datetime(
        string="Action done on",
        readonly=True,
        copy=False,
        help="When the corrective action was last marked as done. Its effect is checked "
        "from this moment, or from the closing when that was later.",
    )
    recurrence_check_on = fields.Date(
        string="Effect checked on", readonly=True, copy=False
    )
    recurrence_before = counted("Similar complaints: before", SIMILAR)
    recurrence_after = counted("Similar complaints: after", SIMILAR)
    recurrence_own_before = counted("Similar, this customer: before", OWN)
    recurrence_own_after = counted("Similar, this customer: after", OWN)
    recurrence_customer_before = counted("Same customer: before", CUSTOMER)
    recurrence_customer_after = counted("Same customer: after", CUSTOMER)
    recurrence_category_before = counted("Same category: before", CATEGORY)
    recurrence_category_after = counted("Same category: after", CATEGORY)
    recurrence_cause_before = counted("Same root cause: before", CAUSE)
    recurrence_cause_after = counted("Same root cause: after", CAUSE)

    _check_due_idx = models.Index(
        "(company_id, closed_at) WHERE type = 'complaint' AND stage = 'closed'"
    )

    # ------------------------------------------------------------------ CRUD

    @api.model_create_multi
    def create(self, vals_list):
        feedback = super().create(vals_list)
        done = feedback.filtered(lambda item: item.corrective_state == "done")
        done.filtered(lambda item: not item.corrective_done_at)._action_done()
        return feedback

    def write(self, vals):
        done = self.browse()
        if vals.get("corrective_state") == "done" and "corrective_done_at" not in vals:
            done = self.filtered(lambda item: item.corrective_state != "done")
        result = super().write(vals)
        if done:
            done._action_done()
            done.activity_feedback(["customer_plan_mgmt.mail_activity_recurrence"])
        return result

    def _action_done(self):
        """Note when the action was done; what was done again is checked again."""
        unchecked = {"recurrence_check_on": False, **dict.fromkeys(EFFECT, 0)}
        self.sudo().write({"corrective_done_at": fields.Datetime.now(), **unchecked})

    @api.model
    def _stage_vals(self, stage):
        """What is worked on again is checked again after it is closed again."""
        vals = super()._stage_vals(stage)
        if stage == "in_progress":
            vals |= {"recurrence_check_on": False, **dict.fromkeys(EFFECT, 0)}
        return vals

    @api.model
    def _check_recurrence(self, company, limit):
        """Count complaints before and after what was done about those whose time has
        come: the days of the setting after the closing or, when the corrective action
        was done later, after that. See :func:`count_effect` and :func:`came_back`.

        Where the trouble came back, the corrective action is open again and its owner
        gets an activity.

        :return: number of complaints looked at
        """
        days = company.cpm_recurrence_days
        if not days:
            return 0
        ripe = fields.Datetime.now() - timedelta(days=days)
        never_done = Domain("corrective_done_at", "=", False)
        due = self.search(
            Domain("company_id", "=", company.id)
            & Domain("type", "=", "complaint")
            & Domain("stage", "=", "closed")
            & Domain("recurrence_check_on", "=", False)
            & Domain("closed_at", "<=", ripe)
            & (never_done | Domain("corrective_done_at", "<=", ripe)),
            limit=limit,
            order="closed_at, id",
        )
        due = due.try_lock_for_update()
        counts = count_effect(due, days)
        for feedback in due:
            feedback._check_effect_quietly(counts[feedback.id])
        return len(due)

    def _check_effect_quietly(self, counts):
        """Judge the effect; what fails is said on the record and stops nobody else."""
        try:
            with self.env.cr.savepoint():
                self._check_effect(counts)
        except TransactionRollbackError:
            raise
        except Exception as error:
            _logger.exception("Effect on feedback %s cannot be checked", self.id)
            self.recurrence_check_on = fields.Date.context_today(self)
            self._message_log(
                body=self.env._("The effect could not be checked: %s", error)
            )

    def _check_effect(self, counts):
        """Keep the counted complaints and say whether the trouble came back.

        :param counts: ``{field: number}``, see :func:`count_effect`
        """
        self.ensure_one()
        recurred = came_back(counts, self.company_id.sudo().cpm_recurrence_percent)
        vals = {"recurrence_check_on": fields.Date.context_today(self), **counts}
        if self.corrective_action:
            vals["corrective_state"] = "recurred" if recurred else "effective"
        self.write(vals)
        if recurred:
            self._reopen_action()

    def _reopen_action(self):
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
                "The trouble came back. Similar complaints: %(before)s before, %(after)s "
                "after the corrective action; of this customer alone %(own_before)s "
                "before, %(own_after)s after.",
                before=self.recurrence_before,
                after=self.recurrence_after,
                own_before=self.recurrence_own_before,
                own_after=self.recurrence_own_after,
            ),
        )
