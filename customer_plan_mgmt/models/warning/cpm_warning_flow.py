"""How warnings move from state to state."""

import logging

from odoo import fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from ..scoring.engine.run import RunUnderWay
from .const import GROUP_MANAGER, LATE_ACTIVITY, OPEN_STATES

_logger = logging.getLogger(__name__)

# Allowed moves, all of them
MOVES = {
    "new": {"working", "saved", "lost", "dismissed"},
    "working": {"saved", "lost", "dismissed"},
    "saved": {"working"},
    "lost": {"working"},
    "dismissed": {"working"},
}
# What says whether the customer is still one: of two, the later counts
DECISIONS = ("saved", "lost")
# What stands once the warning is closed
SETTLED = frozenset(
    {"name", "note", "severity", "user_id", "date_deadline", "reason_id"}
)
AWAKE = {"snoozed_until": False, "snooze_reason": False}
NOT_REMINDED = {"owner_reminded_on": False, "manager_reminded_on": False}


class CpmWarning(models.Model):
    _inherit = "cpm.warning"

    closed_at = fields.Datetime(readonly=True, copy=False)  # which came last on a day

    def write(self, vals):
        if not self.env.su:
            vals = dict(vals)
            self._check_settled(vals)
            if "state" in vals:
                self._move_by_hand(vals.pop("state"))
        result = super().write(vals)
        if "date_deadline" in vals and not NOT_REMINDED.keys() & vals.keys():
            self.sudo().write(NOT_REMINDED)
            self.sudo().activity_unlink([LATE_ACTIVITY])
        return result

    def _check_settled(self, vals):
        """:raise UserError: when a closed warning is changed, or an open one put away"""
        for warning in self:
            if warning.state in OPEN_STATES:
                if not vals.get("active", True):
                    raise UserError(
                        self.env._(
                            "%s is open: close it instead of archiving it.",
                            warning.display_name,
                        )
                    )
            elif SETTLED & vals.keys():
                warning._check_open()

    def _check_in_use(self):
        """:raise UserError: for a new warning that is put away where nobody sees it"""
        if not all(self.mapped("active")):
            raise UserError(
                self.env._("In use: a new warning cannot be archived. Close it later.")
            )

    def _move_by_hand(self, state):
        """Let people draw cards to “In work”; the other moves ask for something.

        :raise UserError: for any other state
        """
        moved = self.filtered(lambda warning: warning.state != state)
        if moved and state != "working":
            raise UserError(
                self.env._(
                    "Use the buttons of the warning: they ask for what is needed."
                )
            )
        new = moved.filtered(lambda warning: warning.state == "new")
        if new:
            new.action_take_up()
        if moved - new:
            (moved - new).action_reopen()

    def _check_move(self, state):
        """:raise UserError: when a warning may not go to ``state`` from where it is"""
        labels = dict(self._fields["state"]._description_selection(self.env))
        for warning in self:
            if state not in MOVES.get(warning.state, ()):
                raise UserError(
                    self.env._(
                        "%(warning)s is in the state “%(before)s” and cannot go to "
                        "“%(after)s”.",
                        warning=warning.display_name,
                        before=labels[warning.state],
                        after=labels.get(state, state),
                    )
                )

    # --------------------------------------------------------------- Actions

    def action_take_up(self):
        """Begin to work on the warnings. What nobody owns becomes one's own, and the
        playbook of the rule starts."""
        self.check_access("write")
        self._check_open()
        new = self.filtered(lambda warning: warning.state == "new")
        new.filtered(lambda warning: not warning.user_id).user_id = self.env.uid
        new.sudo().write({"state": "working", **AWAKE})
        new._start_playbook()
        return True

    def _check_open(self):
        """:raise UserError: for a warning that is closed"""
        for warning in self:
            if warning.state not in OPEN_STATES:
                raise UserError(
                    self.env._(
                        "%s is closed: a manager can reopen it.", warning.display_name
                    )
                )

    def action_save(self):
        """Open the dialog that closes the warnings with the customer saved."""
        return self._action_close("saved")

    def action_lose(self):
        """Open the dialog that closes the warnings with the customer lost."""
        return self._action_close("lost")

    def action_dismiss(self):
        """Open the dialog that closes the warnings as false alarms."""
        return self._action_close("dismissed")

    def _action_close(self, state):
        return self._action_dialog("cpm_warning_close_action", default_state=state)

    def action_assign(self):
        """Open the dialog that gives the warnings to somebody."""
        return self._action_dialog("cpm_warning_assign_action")

    def _action_dialog(self, xmlid, **context):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            f"customer_plan_mgmt.{xmlid}"
        )
        action["context"] = {"default_warning_ids": [(6, 0, self.ids)], **context}
        return action

    def action_reopen(self):
        """Take up warnings that were closed.

        :raise AccessError: for anybody but a manager
        :raise UserError: when the rule has raised another one meanwhile
        """
        self.check_access("write")
        if not (self.env.su or self.env.user.has_group(GROUP_MANAGER)):
            raise AccessError(
                self.env._("Only a manager of Customer Plans may reopen warnings.")
            )
        for warning in self:
            if warning.state in OPEN_STATES:
                raise UserError(self.env._("%s is not closed.", warning.display_name))
            warning._check_move("working")
            warning._check_no_other()
        profiles = self.sudo().profile_id
        self.sudo().write(
            {
                "state": "working",
                "active": True,
                "closed_on": False,
                "closed_at": False,
                "closed_by_id": False,
                "churn_reason_id": False,
                "outcome_note": False,
                "result": False,
                "result_on": False,
                "playbook_started_on": False,
                **NOT_REMINDED,
            }
        )
        self._start_playbook()
        profiles._settle_given_up()
        self._rescore()
        return True

    def _check_no_other(self):
        self.ensure_one()
        if not self.rule_id:
            return
        other = self.sudo().with_context(active_test=False)
        if other.search_count(
            Domain("rule_id", "=", self.rule_id.id)
            & Domain("profile_id", "=", self.profile_id.id)
            & Domain("state", "in", OPEN_STATES),
            limit=1,
        ):
            raise UserError(
                self.env._(
                    "%s: the rule has raised another warning meanwhile. Work on that one.",
                    self.display_name,
                )
            )

    # ----------------------------------------------------------------- Close

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
