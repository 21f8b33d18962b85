"""One running promise on one record."""

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from . import const

STATES = [
    ("running", "Running"),
    ("paused", "Paused"),
    ("met", "Kept"),
    ("missed", "Missed"),
    ("exempt", "Exempt"),
    ("cancelled", "Cancelled"),
]
SIGNALS = [
    ("green", "In time"),
    ("amber", "Due soon"),
    ("red", "Overdue"),
    ("paused", "Paused"),
    ("met", "Kept"),
    ("missed", "Missed"),
    ("exempt", "Exempt"),
    ("cancelled", "Cancelled"),
]


class CpmSlaTimer(models.Model):
    """The clock of one promise. Written by the system only (``sla_sync``).

    ``done_at`` is empty while the promise is still to be kept; a missed promise stays
    open until it is done. ``stops`` are the times the clock stood, as a list of
    ``[from, to or null, kind]`` in seconds since 1970. The ledger is worked out from
    them and the calendar, and kept as it was once the promise is done.
    """

    _name = "cpm.sla.timer"
    _description = "Promise Timer"
    _inherit = "cpm.system.mixin"
    _order = "deadline, id"
    _rec_name = "target_id"

    res_model = fields.Char(string="Model", required=True)
    res_id = fields.Many2oneReference(
        string="Record id", model_field="res_model", required=True, index=True
    )
    res_name = fields.Char(
        string="Case", compute="_compute_res_name", export_string_translation=False
    )
    company_id = fields.Many2one("res.company", required=True, ondelete="cascade")
    partner_id = fields.Many2one(
        "res.partner", string="Customer", index="btree_not_null", ondelete="set null"
    )
    profile_id = fields.Many2one(
        "cpm.profile",
        string="Customer profile",
        index="btree_not_null",
        ondelete="set null",
    )
    tier_id = fields.Many2one("cpm.tier", ondelete="restrict")
    user_id = fields.Many2one(
        "res.users", string="Owner", index="btree_not_null", ondelete="set null"
    )
    target_id = fields.Many2one(
        "cpm.service.target", string="Promise", required=True, ondelete="restrict"
    )
    standard_id = fields.Many2one("cpm.service.standard", ondelete="restrict")
    kind = fields.Selection(const.KINDS, required=True)
    round = fields.Integer(
        default=1, aggregator=None, help="Which of the regular updates this is."
    )
    # The clock
    start = fields.Datetime(string="Running since", required=True)
    budget = fields.Integer(
        string="Promised time (s)",
        aggregator=None,
        help="Seconds of counted time from start to deadline.",
    )
    stops = fields.Json(default=list)
    deadline = fields.Datetime(help="Empty while the clock stands.")
    warn_at = fields.Datetime(string="Warning at")
    escalate_at = fields.Datetime(string="Next escalation at")
    done_at = fields.Datetime(string="Done at")
    state = fields.Selection(STATES, required=True, default="running")
    # What became of it
    is_missed = fields.Boolean(
        string="Not kept in time", help="Stays, whatever the state says."
    )
    exempt_reason_id = fields.Many2one(
        "cpm.exemption.reason", string="Reason for exemption", ondelete="restrict"
    )
    exempt_note = fields.Char(string="Exempt because")
    exempt_user_id = fields.Many2one(
        "res.users", string="Exempted by", ondelete="set null"
    )
    replaced_by_id = fields.Many2one(
        "cpm.sla.timer",
        string="Replaced by",
        index="btree_not_null",
        ondelete="set null",
    )
    note = fields.Char(help="Why the promise was replaced, cancelled or changed.")
    # What was told to whom already
    warned_at = fields.Datetime(string="Warned at")
    escalation_step = fields.Integer(string="Escalation steps taken", aggregator=None)
    alert_failure = fields.Char(string="Alert failed because")
    # Worked out when read
    signal = fields.Selection(SIGNALS, compute="_compute_signal")
    is_overdue = fields.Boolean(
        string="Overdue", compute="_compute_signal", search="_search_is_overdue"
    )

    _one_per_round = models.UniqueIndex(
        "(res_model, res_id, kind, round) WHERE state != 'cancelled'",
        "This promise runs already.",
    )
    _due_idx = models.Index("(deadline) WHERE state = 'running'")
    _warn_idx = models.Index("(warn_at) WHERE state = 'running' AND warned_at IS NULL")
    _escalate_idx = models.Index(
        "(escalate_at) WHERE done_at IS NULL AND state IN ('running', 'missed')"
    )
    _open_target_idx = models.Index("(target_id) WHERE done_at IS NULL")

    # -------------------------------------------------------------- Computes

    def _compute_res_name(self):
        names = {
            (record._name, record.id): record.display_name
            for records in self._get_records()
            for record in records
        }
        for timer in self:
            timer.res_name = names.get((timer.res_model, timer.res_id), "")

    @api.depends("state", "deadline", "warn_at", "done_at")
    def _compute_signal(self):
        now = fields.Datetime.now()
        for timer in self:
            late = timer.deadline and timer.deadline < now
            timer.is_overdue = not timer.done_at and (
                timer.state == "missed" or (timer.state == "running" and bool(late))
            )
            if timer.is_overdue:
                timer.signal = "red"
            elif timer.state != "running":
                timer.signal = timer.state
            elif timer.warn_at and timer.warn_at <= now:
                timer.signal = "amber"
            else:
                timer.signal = "green"

    def _search_is_overdue(self, operator, value):
        if operator != "in":
            return NotImplemented
        overdue = Domain("done_at", "=", False) & (
            Domain("state", "=", "missed")
            | (Domain("state", "=", "running") & Domain("deadline", "<", "now"))
        )
        return Domain.OR(overdue if wanted else ~overdue for wanted in value)

    # ------------------------------------------------------------------ CRUD

    @api.model
    def _refusal(self):
        return self.env._(
            "Promises keep their own clock and cannot be edited. A manager may "
            "exempt a case or pause its clock, with a reason."
        )

    def _get_records(self):
        """Yield the records of each model the promises were made for, those that still
        exist, in superuser mode; models may have been uninstalled."""
        for model, timers in self.grouped("res_model").items():
            if model in self.env:
                ids = set(timers.mapped("res_id"))
                yield self.env[model].sudo().browse(ids).exists()

    # --------------------------------------------------------------- Actions

    def _get_record(self):
        """Return the record the promise was made for."""
        self.ensure_one()
        return self.env[self.res_model].browse(self.res_id)

    def action_open_record(self):
        """Open the record the promise was made for."""
        return self._get_record().get_formview_action()

    def action_exempt(self):
        """Open the dialog that exempts the promises, with a reason (managers)."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "customer_plan_mgmt.cpm_sla_exempt_action"
        )
        action["context"] = {"default_timer_ids": self.ids}
        return action

    def _exempt(self, reason, note):
        """Exempt the promises; that one was missed stays visible.

        :raise UserError: when the user is no manager, or a promise is over
        """
        if not self.env.user.has_group("customer_plan_mgmt.group_cpm_manager"):
            raise UserError(
                self.env._("Only a manager of Customer Plans may exempt a promise.")
            )
        self.check_access("read")
        note = (note or "").strip()
        if not reason or not note:
            raise UserError(
                self.env._(
                    "Choose a reason and explain why the promise need not be kept."
                )
            )
        if self.filtered(lambda timer: timer.state in ("cancelled", "met")):
            raise UserError(
                self.env._("A promise that was kept or cancelled needs no exemption.")
            )
        # Otherwise nobody knows yet what was late
        self.sudo().filtered("is_stale")._sync_records()
        for timer in self:
            timer.sudo().write(
                {
                    "state": "exempt",
                    "is_missed": timer.is_missed or timer.is_overdue,
                    "exempt_reason_id": reason.id,
                    "exempt_note": note,
                    "exempt_user_id": self.env.uid,
                }
            )
        for model, timers in self.grouped("res_model").items():
            records = self.env[model].browse(timers.mapped("res_id"))
            records.sudo()._cpm_sla_sync()
            records._cpm_sla_log(
                self.env._(
                    "Exempt from a promise: %(reason)s. %(note)s",
                    reason=reason.name,
                    note=note,
                )
            )
