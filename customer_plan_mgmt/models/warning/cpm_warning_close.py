"""How warnings are closed, by people and by the system."""

import logging

from odoo import fields, models
from odoo.exceptions import UserError

from ..scoring.engine.run import RunUnderWay
from .const import BACK_ACTIVITY, LATE_ACTIVITY, OPEN_STATES
from .cpm_warning_flow import AWAKE, DECISIONS

_logger = logging.getLogger(__name__)


class CpmWarning(models.Model):
    _inherit = "cpm.warning"

    closed_at = fields.Datetime(readonly=True, copy=False)  # which came last on a day

    def _close(self, state, note, churn_reason=None):
        """Close the warnings and note what came of them.

        :param str state: saved, lost or dismissed
        :param str note: the outcome in words
        :param churn_reason: ``cpm.churn.reason``, where the customer is lost
        :raise UserError: when something is missing, or for one that is closed already
        """
        self.check_access("write")
        note = (note or "").strip()
        if not note:
            raise UserError(self.env._("Outcome: say what came of it."))
        if state == "lost" and not churn_reason:
            raise UserError(self.env._("Churn reason: choose why the customer left."))
        self._check_move(state)
        self.filtered(lambda warning: not warning.user_id).user_id = self.env.uid
        self._settle(
            state,
            note,
            closed_by_id=self.env.uid,
            result="pending",
            churn_reason_id=churn_reason.id if state == "lost" else False,
        )
        if state in DECISIONS:
            self.sudo().profile_id._settle_given_up()
            self._rescore()

    def _settle(self, state, note, **vals):
        """Write the end of the warnings; what was still planned by itself is dropped."""
        for company, warnings in self.sudo().grouped("company_id").items():
            today = company._cpm_today()
            warnings.write(
                {
                    "state": state,
                    "outcome_note": note,
                    "closed_on": today,
                    "closed_at": fields.Datetime.now(),
                }
                | AWAKE
                | vals
            )
        self.sudo()._drop_steps()
        if state == "dismissed":
            self.sudo()._start_siblings()

    def _drop_steps(self):
        """Remove what was planned by itself; steps nobody did are noted."""
        planned = self.activity_ids.filtered("automated")
        reminders = self.env.ref(LATE_ACTIVITY) | self.env.ref(BACK_ACTIVITY)
        steps = planned.filtered(lambda a: a.activity_type_id not in reminders)
        bodies = {
            warning_id: self.env._(
                "Steps that were not done: %s",
                ", ".join(a.summary or a.activity_type_id.name for a in undone),
            )
            for warning_id, undone in steps.grouped("res_id").items()
        }
        if bodies:
            self.browse(bodies)._message_log_batch(bodies=bodies)
        planned.unlink()

    def _rescore(self):
        """Let the customers show at once what was decided. Where a run is under way,
        the next night does."""
        profiles = self.sudo().profile_id
        profiles = profiles.filtered(lambda p: p.active and not p.score_excluded)
        for company, group in profiles.grouped("company_id").items():
            try:
                with self.env.cr.savepoint():
                    self.env["cpm.scorecard"].sudo()._run_profiles(group)
            except RunUnderWay:
                _logger.info("Company %s is scored at the moment", company.id)

    def _dismiss_by_system(self, note):
        """Close open warnings nobody has to deal with any more; nothing is measured.

        :param str note: why
        """
        found = self.sudo().filtered(lambda warning: warning.state in OPEN_STATES)
        found = found.with_context(mail_notrack=True)
        found._settle("dismissed", note, closed_by_id=False, result=False)
        found._message_log_batch(bodies=dict.fromkeys(found.ids, note))
