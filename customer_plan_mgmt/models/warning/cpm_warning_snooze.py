"""Warnings that rest until a day."""

from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from .cpm_warning_flow import AWAKE

# Further away nobody comes back to it
LONGEST = 366


class CpmWarning(models.Model):
    _inherit = "cpm.warning"

    is_snoozed = fields.Boolean(
        string="Snoozed", compute="_compute_is_snoozed", search="_search_is_snoozed"
    )

    @api.depends("snoozed_until")
    def _compute_is_snoozed(self):
        for warning in self:
            until = warning.snoozed_until
            warning.is_snoozed = bool(until and until > warning._today())

    def _search_is_snoozed(self, operator, value):
        if operator != "in":
            return NotImplemented
        snoozed = self._on_days_of_companies(
            lambda today: Domain("snoozed_until", ">", today)
        )
        awake = Domain("snoozed_until", "=", False) | self._on_days_of_companies(
            lambda today: Domain("snoozed_until", "<=", today)
        )
        return Domain.OR(snoozed if wanted else awake for wanted in value)

    def action_snooze(self):
        """Open the dialog that lets the warnings rest until a day."""
        return self._action_dialog("cpm_warning_snooze_action")

    def action_wake(self):
        """Bring the warnings back into the inbox."""
        self.check_access("write")
        self.sudo().write(AWAKE)
        return True

    def _snooze(self, until, reason):
        """Keep the warnings out of the inbox until a day. A deadline before that day
        moves to it.

        :param date until: the day on which they come back
        :param str reason: why they may wait
        :raise UserError: without a reason, for a day that is not ahead or too far away,
            or for a warning that is closed
        """
        self.check_access("write")
        self._check_open()
        reason = (reason or "").strip()
        if not reason:
            raise UserError(self.env._("Reason: say why the warning may wait."))
        for company, warnings in self.grouped("company_id").items():
            today = company._cpm_today()
            if not until or not today < until <= today + timedelta(days=LONGEST):
                raise UserError(
                    self.env._(
                        "Rests until: choose a day after today, within %s days.",
                        LONGEST,
                    )
                )
            early = warnings.filtered(
                lambda warning: warning.date_deadline and warning.date_deadline < until
            )
            early.date_deadline = until
            warnings.sudo().write({"snoozed_until": until, "snooze_reason": reason})
        for warning in self:
            warning._message_log(
                body=self.env._(
                    "Snoozed until %(day)s: %(reason)s", day=until, reason=reason
                )
            )
