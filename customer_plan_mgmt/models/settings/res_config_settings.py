"""Settings page of the application."""

from datetime import datetime, time, timedelta

import pytz

from odoo import api, fields, models
from odoo.exceptions import LockError, UserError, ValidationError


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    cpm_customer_domain = fields.Char(
        related="company_id.cpm_customer_domain", readonly=False
    )
    cpm_demotion_approval = fields.Boolean(
        related="company_id.cpm_demotion_approval", readonly=False
    )
    cpm_proposal_pause_days = fields.Integer(
        related="company_id.cpm_proposal_pause_days", readonly=False
    )
    cpm_first_run = fields.Selection(
        related="company_id.cpm_first_run", readonly=False, required=True
    )
    cpm_tiers_started = fields.Boolean(related="company_id.cpm_tiers_started")
    cpm_note_limit = fields.Integer(related="company_id.cpm_note_limit", readonly=False)
    cpm_full_pass_days = fields.Integer(
        related="company_id.cpm_full_pass_days", readonly=False
    )
    cpm_last_run_at = fields.Datetime(related="company_id.cpm_last_run_at")
    cpm_scoring_hour = fields.Float(
        string="Daily scoring at",
        help="Time of the day, in your time zone, at which the scheduled action "
        "scores the customers of all companies.",
    )

    @api.model
    def _cpm_scoring_cron(self):
        """Return the daily job; empty when somebody deleted it, which must not close
        the settings of all applications."""
        cron = self.env.ref(
            "customer_plan_mgmt.ir_cron_cpm_scoring", raise_if_not_found=False
        )
        return (cron or self.env["ir.cron"]).sudo()

    def _cpm_user_timezone(self):
        return pytz.timezone(self.env.user.tz or "UTC")

    @api.model
    def get_values(self):
        values = super().get_values()
        for cron in self._cpm_scoring_cron():
            local = pytz.utc.localize(cron.nextcall).astimezone(
                self._cpm_user_timezone()
            )
            values["cpm_scoring_hour"] = local.hour + local.minute / 60
        return values

    def set_values(self):
        result = super().set_values()
        self._cpm_set_scoring_hour(self.cpm_scoring_hour)
        return result

    def _cpm_set_scoring_hour(self, hour):
        """Move the next daily run to ``hour`` (hours of the day, user's time zone).

        :raise ValidationError: when the hour is outside 0:00 to 23:59
        :raise UserError: when the run is under way and its job cannot be changed
        """
        if not 0 <= hour < 24:
            raise ValidationError(
                self.env._("Daily scoring at: enter a time between 00:00 and 23:59.")
            )
        cron = self._cpm_scoring_cron()
        if not cron:
            return
        timezone = self._cpm_user_timezone()
        minutes = round(hour * 60)
        current = pytz.utc.localize(cron.nextcall).astimezone(timezone)
        if (current.hour, current.minute) == divmod(minutes, 60):
            return
        now = datetime.now(timezone)
        wanted = timezone.localize(
            datetime.combine(now.date(), time()) + timedelta(minutes=minutes)
        )
        if wanted <= now:
            tomorrow = now.date() + timedelta(days=1)
            wanted = timezone.localize(
                datetime.combine(tomorrow, time()) + timedelta(minutes=minutes)
            )
        try:
            cron.lock_for_update()
        except LockError as error:
            raise UserError(
                self.env._(
                    "The customers are being scored right now. Change the time of "
                    "the daily scoring again in a few minutes."
                )
            ) from error
        cron.nextcall = wanted.astimezone(pytz.utc).replace(tzinfo=None)

    def action_cpm_score_now(self):
        """Start a scoring of all customers in the background."""
        self.check_access("write")
        self._cpm_scoring_cron()._trigger()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._(
                    "The customers are scored in the background within the next minutes."
                ),
            },
        }
