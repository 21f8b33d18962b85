"""Whether a goal is on its way."""

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...tools import plan_formulas
from .const import STATUSES


class CpmPlanGoal(models.Model):
    """The status follows from the progress against the time that is over. A person may
    set another one, with a reason and until a day; it ends by itself."""

    _inherit = "cpm.plan.goal"

    expected_progress = fields.Float(
        string="Time that is over (%)", compute="_compute_expected_progress"
    )
    status = fields.Selection(
        STATUSES, compute="_compute_status", store=True, index="btree_not_null"
    )
    status_override = fields.Selection(
        STATUSES,
        string="Status set by hand",
        copy=False,
        help="Counts instead of the computed status until the day it expires.",
    )
    status_reason = fields.Char(string="Reason for the status", copy=False)
    status_expires_on = fields.Date(string="Status expires on", copy=False)

    @api.depends("date_start", "date_end", "company_id")
    def _compute_expected_progress(self):
        for goal in self:
            today = goal.company_id._cpm_today() if goal.company_id else None
            goal.expected_progress = (
                plan_formulas.elapsed(goal.date_start, goal.date_end, today)
                if today and goal.date_start and goal.date_end
                else 0
            )

    @api.depends(
        "progress",
        "is_measured",
        "is_target_missing",
        "is_baseline_missing",
        "date_start",
        "date_end",
        "status_override",
        "status_expires_on",
        "company_id.cpm_goal_at_risk",
        "company_id.cpm_goal_off_track",
    )
    def _compute_status(self):
        """Time moves the status too: :meth:`_refresh` computes it anew every day."""
        for goal in self:
            company = goal.company_id.sudo()
            if goal._is_overridden():
                goal.status = goal.status_override
                continue
            goal.status = plan_formulas.status(
                goal._share(),
                goal.expected_progress,
                company.cpm_goal_at_risk,
                company.cpm_goal_off_track,
            )

    def _is_overridden(self):
        self.ensure_one()
        return bool(
            self.status_override
            and self.status_expires_on
            and self.company_id
            and self.status_expires_on >= self.company_id._cpm_today()
        )

    def _worst_status(self):
        """Return the worst status of the goals that count, False without any."""
        found = set(self.filtered("weight").mapped("status"))
        for status in reversed(plan_formulas.STATUSES):
            if status in found:
                return status
        return False

    # ----------------------------------------------------------- Constraints

    @api.constrains("status_override", "status_reason", "status_expires_on")
    def _check_override(self):
        for goal in self:
            if goal.status_override and not (
                (goal.status_reason or "").strip() and goal.status_expires_on
            ):
                raise ValidationError(
                    self.env._(
                        "Goal %s: a status set by hand needs a reason and the day it "
                        "expires on.",
                        goal.name,
                    )
                )

    @api.constrains("status_override", "status_expires_on")
    def _check_override_expiry(self):
        """Not of the reason: that of an expired status may be corrected."""
        for goal in self:
            if (
                goal.status_override
                and goal.status_expires_on
                and not goal._is_overridden()
            ):
                raise ValidationError(
                    self.env._(
                        "Goal %s: “Status expires on” lies in the past; choose today or "
                        "a later day.",
                        goal.name,
                    )
                )
