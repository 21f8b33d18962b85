"""How risks move from stage to stage."""

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from .const import ACCEPT_ACTIVITY, CHECK_ACTIVITY

# Allowed moves, all of them
MOVES = {
    "identify": {"assess", "closed"},
    "assess": {"identify", "control", "monitor", "closed"},
    "control": {"assess", "monitor", "closed"},
    "monitor": {"assess", "control", "closed"},
    "closed": {"assess"},
}


class CpmRisk(models.Model):
    _inherit = "cpm.risk"

    closed_on = fields.Date(string="Closed on", readonly=True, copy=False)
    closed_by_id = fields.Many2one(
        "res.users", string="Closed by", readonly=True, copy=False, ondelete="restrict"
    )
    close_reason = fields.Text(string="Reason for closing", readonly=True, copy=False)

    _closed_with_reason = models.Constraint(
        "CHECK(stage != 'closed' OR close_reason IS NOT NULL)",
        "Risk: say why it is closed.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            for vals in vals_list:
                if vals.get("stage", "identify") not in ("identify", "assess"):
                    raise ValidationError(
                        self.env._(
                            "Stage: risks start identified or in assessment; the other "
                            "stages are reached by working on them."
                        )
                    )
        return super().create(vals_list)

    def write(self, vals):
        stage = vals.get("stage")
        if stage and not self.env.su:
            for risk in self.filtered(lambda risk: risk.stage != stage):
                if stage == "closed":
                    raise UserError(
                        self.env._(
                            "%s: use “Close”, which asks for the reason.",
                            risk.display_name,
                        )
                    )
                risk._check_move(stage)
                if risk.stage == "closed":
                    risk.sudo().write({"closed_on": False, "closed_by_id": False})
        moved = self.filtered(lambda risk: stage and risk.stage != stage)
        result = super().write(vals)
        if moved or "active" in vals:
            self.control_ids._sync_activities()
        return result

    def _check_not_closed(self):
        """:raise UserError: for a risk that is over"""
        for risk in self:
            if risk.stage == "closed":
                raise UserError(
                    self.env._("%s is closed: reopen it first.", risk.display_name)
                )

    def _check_move(self, stage):
        """:raise UserError: when the risk may not go to ``stage`` from where it is"""
        self.ensure_one()
        labels = dict(self._fields["stage"]._description_selection(self.env))
        if stage not in MOVES.get(self.stage, ()):
            raise UserError(
                self.env._(
                    "%(risk)s is in the stage “%(before)s” and cannot go to "
                    "“%(after)s”.",
                    risk=self.display_name,
                    before=labels[self.stage],
                    after=labels.get(stage, stage),
                )
            )
        missing = self._missing_for(stage)
        if missing:
            raise UserError(
                self.env._(
                    "%(risk)s cannot go to “%(stage)s” yet: %(missing)s",
                    risk=self.display_name,
                    stage=labels[stage],
                    missing=" ".join(missing),
                )
            )

    def _missing_for(self, stage):
        """Return what is to be done before the risk may go to ``stage``, in words."""
        _ = self.env._
        missing = []
        if stage in ("control", "monitor"):
            if not self.inherent_score:
                missing.append(_("Assess probability and impact."))
            if not self.response:
                missing.append(_("Choose a response."))
        if stage == "monitor" and self.response and self.response != "accept":
            if not self.control_ids:
                missing.append(_("Enter the control measures."))
            undone = self.control_ids.filtered(lambda control: not control.is_done)
            if undone:
                missing.append(
                    _("Finish the measures: %s.", "; ".join(undone.mapped("name")))
                )
        if stage in ("monitor", "closed") and self.is_acceptance_pending:
            missing.append(
                _(
                    "A manager of Customer Plans has to accept the level %s.",
                    self.residual_level_id.name,
                )
            )
        return missing

    # --------------------------------------------------------------- Actions

    def action_start_assessment(self):
        """Judge how probable and how grave it is."""
        return self.write({"stage": "assess"})

    def action_control(self):
        """Put the control measures in place."""
        return self.write({"stage": "control"})

    def action_monitor(self):
        """The measures are in place, or the risk is accepted: watch it."""
        return self.write({"stage": "monitor"})

    def action_reopen(self):
        """Take up a risk that was closed."""
        return self.write({"stage": "assess"})

    def action_close(self):
        """Open the dialog that asks why the risk is closed."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "customer_plan_mgmt.cpm_risk_close_action"
        )
        action["context"] = {"default_risk_ids": [(6, 0, self.ids)]}
        return action

    def _close(self, reason):
        """Close the risks and note why.

        :raise UserError: without a reason, or for one that may not be closed
        """
        self.check_access("write")
        if not (reason or "").strip():
            raise UserError(self.env._("Reason for closing: say why."))
        for risk in self:
            risk._check_move("closed")
            risk.sudo().write(
                {
                    "stage": "closed",
                    "close_reason": reason.strip(),
                    "closed_on": risk.company_id._cpm_today(),
                    "closed_by_id": self.env.uid,
                }
            )
            risk.sudo().activity_unlink([CHECK_ACTIVITY, ACCEPT_ACTIVITY])
            risk._message_log(body=self.env._("Closed: %s", reason.strip()))
