"""Lets any model take part in the service standard."""

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from .cpm_sla_timer import SIGNALS
from .sla_sync import Sync

#: What the state of a record means for its promises.
RUNNING, WAITING, PAUSED = "running", "waiting", "paused"
SOLVED, CLOSED, CANCELLED = "solved", "closed", "cancelled"


class CpmSlaMixin(models.AbstractModel):
    """Records with promises. A model takes part by naming its fields:

    * ``_cpm_sla_fields``: ``{key: field}``. Keys: ``partner``, ``company``, ``user``
      (owner), ``profile``; the filters of targets ``type``, ``complexity``,
      ``priority``, ``channel``; ``start`` (moment of receipt), ``answered`` (moment
      of the first answer), ``updated`` (moment of the last answer), ``state`` and
      ``solved`` (moment of the solution). All but partner, company, start and state
      may be left out.
    * ``_cpm_sla_phases``: ``{value of the state field: phase}``; other values run.
      Phases: ``waiting`` (for the customer), ``paused``, ``solved``, ``closed``,
      ``cancelled``.

    The clocks of archived records stand, and go on when they come back. Timers are
    made with the record and follow every change of these fields.
    """

    _name = "cpm.sla.mixin"
    _description = "Record with Promises"

    _cpm_sla_fields = {}
    _cpm_sla_phases = {}

    sla_timer_ids = fields.One2many(
        "cpm.sla.timer",
        "res_id",
        string="Promises",
        domain=lambda self: [("res_model", "=", self._name)],
        bypass_search_access=True,
        copy=False,
        readonly=True,
    )
    sla_deadline = fields.Datetime(
        string="Next deadline",
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="The earliest deadline still to be kept; empty while all clocks stand.",
    )
    sla_warn_at = fields.Datetime(string="Warning from", readonly=True, copy=False)
    sla_is_stopped = fields.Boolean(
        string="Clock stands",
        readonly=True,
        copy=False,
    )
    sla_pause_reason = fields.Char(string="Paused because", readonly=True, copy=False)
    sla_signal = fields.Selection(
        SIGNALS, string="Promises are", compute="_compute_sla_signal"
    )
    sla_is_overdue = fields.Boolean(
        string="Overdue", compute="_compute_sla_signal", search="_search_sla_is_overdue"
    )

    @api.depends("sla_deadline", "sla_warn_at", "sla_is_stopped")
    def _compute_sla_signal(self):
        now = fields.Datetime.now()
        for record in self:
            deadline = record.sla_deadline
            record.sla_is_overdue = bool(deadline and deadline < now)
            if record.sla_is_overdue:
                record.sla_signal = "red"
            elif deadline:
                amber = record.sla_warn_at and record.sla_warn_at <= now
                record.sla_signal = "amber" if amber else "green"
            else:
                record.sla_signal = "paused" if record.sla_is_stopped else False

    def _search_sla_is_overdue(self, operator, value):
        if operator != "in":
            return NotImplemented
        overdue = Domain("sla_deadline", "<", "now")
        return Domain.OR(overdue if wanted else ~overdue for wanted in value)

    # ------------------------------------------------------------------ CRUD

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        records._cpm_sla_sync(created=True)
        return records

    def write(self, vals):
        if vals.get("active", True) is not True:
            self._cpm_sla_check_archive()
        result = super().write(vals)
        if vals.keys() & {*self._cpm_sla_fields.values(), "active"}:
            self._cpm_sla_sync()
        return result

    def unlink(self):
        timers = self.env["cpm.sla.timer"].sudo()
        timers = timers.search(
            [("res_model", "=", self._name), ("res_id", "in", self.ids)]
        )
        result = super().unlink()
        timers.unlink()
        return result

    def _cpm_sla_check_archive(self):
        """:raise UserError: when somebody who may not pause the clock archives what
        goes on"""
        if self.env.su or self.env.user.has_group(
            "customer_plan_mgmt.group_cpm_manager"
        ):
            return
        if any(item._cpm_sla_phase() in (RUNNING, WAITING) for item in self):
            raise UserError(
                self.env._(
                    "Only a manager of Customer Plans may archive open cases: their "
                    "clocks stand meanwhile."
                )
            )

    # ----------------------------------------------------------------- Clock

    def _cpm_sla_sync(self, created=False):
        """Bring the timers in line with the records, for all of them at once.

        :param bool created: the records are new and have no timers yet
        """
        if self:
            Sync(self, created=created).execute()

    def _cpm_sla_value(self, key):
        """Return the value of the field behind ``key``, None when there is none."""
        name = self._cpm_sla_fields.get(key)
        return self[name] if name else None

    def _cpm_sla_phase(self):
        """Return what the record's state means for its promises."""
        self.ensure_one()
        phase = self._cpm_sla_phases.get(self._cpm_sla_value("state"), RUNNING)
        is_archived = "active" in self._fields and not self.active
        if phase in (RUNNING, WAITING) and (self.sla_pause_reason or is_archived):
            return PAUSED
        return phase

    def _cpm_sla_profile(self):
        """Return the profiles of the records' customers, as ``{record id: profile}``."""
        name = self._cpm_sla_fields.get("profile")
        if name:
            return {record.id: record[name] for record in self}
        partners = {record: record._cpm_sla_value("partner") for record in self}
        commercial = self.env["res.partner"].browse(
            partner.commercial_partner_id.id for partner in partners.values() if partner
        )
        profiles = self.env["cpm.profile"].search(
            [("partner_id", "in", commercial.ids)]
        )
        known = {(item.partner_id, item.company_id): item for item in profiles}
        return {
            record.id: known.get(
                (
                    partner and partner.commercial_partner_id,
                    record._cpm_sla_value("company"),
                ),
                profiles.browse(),
            )
            for record, partner in partners.items()
        }

    def _cpm_sla_log(self, body):
        """Leave a note about a promise on the records, where they take notes."""
        if hasattr(self, "_message_log_batch"):
            self._message_log_batch(bodies=dict.fromkeys(self.ids, body))

    # --------------------------------------------------------------- Actions

    def action_sla_pause(self):
        """Open the dialog that pauses the clocks, with a reason (managers)."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "customer_plan_mgmt.cpm_sla_pause_action"
        )
        action["context"] = {
            "default_res_model": self._name,
            "default_res_ids": self.ids,
        }
        return action

    def _cpm_sla_pause(self, reason):
        """Stop the clocks until :meth:`action_sla_resume`.

        :raise UserError: when the user is no manager, or there is no reason
        """
        self.check_access("write")
        if not self.env.user.has_group("customer_plan_mgmt.group_cpm_manager"):
            raise UserError(
                self.env._("Only a manager of Customer Plans may pause a clock.")
            )
        reason = (reason or "").strip()
        if not reason:
            raise UserError(self.env._("Reason: say why the clock is paused."))
        self.sudo().write({"sla_pause_reason": reason})
        self.sudo()._cpm_sla_sync()
        self._cpm_sla_log(self.env._("Clock paused: %s", reason))

    def action_sla_resume(self):
        """Let paused clocks run on."""
        self.check_access("write")
        paused = self.filtered("sla_pause_reason")
        paused.sudo().write({"sla_pause_reason": False})
        paused.sudo()._cpm_sla_sync()
        paused._cpm_sla_log(self.env._("Clock runs again"))
        return True

    def action_view_sla_timers(self):
        """Open the promises of the record."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "customer_plan_mgmt.cpm_sla_timer_action"
        )
        action["domain"] = [("res_model", "=", self._name), ("res_id", "=", self.id)]
        action["context"] = {}
        return action
