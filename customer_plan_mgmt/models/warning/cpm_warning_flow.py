"""How warnings move from state to state."""

from odoo import models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from .const import GROUP_MANAGER, LATE_ACTIVITY, OPEN_STATES

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
