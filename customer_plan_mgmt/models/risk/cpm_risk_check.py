"""When a risk is looked at again."""

from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain

from .const import CHECK_ACTIVITY

# What says how often a risk is looked at, the nearest first
INTERVAL = (
    "review_days",
    "residual_level_id.review_days",
    "company_id.cpm_risk_review_days",
)


class CpmRisk(models.Model):
    _inherit = "cpm.risk"

    review_days = fields.Integer(
        string="Check every (days)",
        aggregator=None,
        tracking=True,
        help="0: as often as the level asks for.",
    )
    interval_days = fields.Integer(
        string="Days between checks", compute="_compute_interval_days", aggregator=None
    )
    checked_on = fields.Date(string="Last checked on", readonly=True, copy=False)
    checked_by_id = fields.Many2one(
        "res.users", string="Checked by", readonly=True, copy=False, ondelete="restrict"
    )
    next_check_on = fields.Date(
        string="Next check", compute="_compute_next_check_on", store=True
    )
    is_check_overdue = fields.Boolean(
        string="Check overdue",
        compute="_compute_is_check_overdue",
        search="_search_is_check_overdue",
    )
    # Who was reminded of the check that is due
    owner_reminded_on = fields.Date(readonly=True, copy=False)
    manager_reminded_on = fields.Date(readonly=True, copy=False)

    @api.depends(*INTERVAL)
    def _compute_interval_days(self):
        for risk in self:
            risk.interval_days = risk._get_interval_days()

    def _get_interval_days(self):
        self.ensure_one()
        return (
            self.review_days
            or self.residual_level_id.review_days
            or self.company_id.sudo().cpm_risk_review_days
        )

    @api.depends("stage", "checked_on", "identified_on", *INTERVAL)
    def _compute_next_check_on(self):
        for risk in self:
            begin = risk.checked_on or risk.identified_on
            if risk.stage == "closed" or not begin:
                risk.next_check_on = False
            else:
                days = risk._get_interval_days()
                risk.next_check_on = begin + timedelta(days=days)

    @api.depends("next_check_on")
    def _compute_is_check_overdue(self):
        for risk in self:
            company = risk.company_id
            today = company._cpm_today() if company else fields.Date.today()
            risk.is_check_overdue = bool(
                risk.next_check_on and risk.next_check_on < today
            )

    def _search_is_check_overdue(self, operator, value):
        if operator != "in":
            return NotImplemented
        overdue = Domain("next_check_on", "<", "today")
        return Domain.OR(overdue if wanted else ~overdue for wanted in value)

    # --------------------------------------------------------------- Actions

    def action_check(self):
        """Note that somebody looked at the risk today and it is judged rightly."""
        self.check_access("write")
        self._check_not_closed()
        self._note_check()
        for risk in self:
            risk._message_log(body=self.env._("Checked: judged as before."))
        return True

    def _after_assessment(self):
        result = super()._after_assessment()
        self._note_check()
        return result

    def _note_check(self):
        """Let the next check come an interval from today."""
        for company, risks in self.sudo().grouped("company_id").items():
            risks.write(
                {
                    "checked_on": company._cpm_today(),
                    "checked_by_id": self.env.uid,
                    "owner_reminded_on": False,
                    "manager_reminded_on": False,
                }
            )
            risks.activity_unlink([CHECK_ACTIVITY])
