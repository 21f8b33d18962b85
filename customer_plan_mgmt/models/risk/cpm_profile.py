"""Risks on the customer profile."""

from odoo import api, fields, models

from ..scoring.cpm_profile_cap import CpmProfile as Capped

REASON = "cpm.risk.level,"


class CpmProfile(models.Model):
    _inherit = "cpm.profile"
    _cpm_protected = Capped._cpm_protected | frozenset(
        {"risk_count", "risk_level_id", "risk_score"}
    )
    _OPEN_RISKS = ("risk_ids.stage", "risk_ids.active", "risk_ids.residual_level_id")

    risk_ids = fields.One2many("cpm.risk", "profile_id", string="Risks")
    risk_count = fields.Integer(
        string="Open risks",
        compute="_compute_risk_level",
        store=True,
        precompute=True,
        compute_sudo=True,
        copy=False,
    )
    risk_level_id = fields.Many2one(
        "cpm.risk.level",
        string="Worst open risk",
        compute="_compute_risk_level",
        store=True,
        precompute=True,
        compute_sudo=True,
        index="btree_not_null",
        ondelete="restrict",
        copy=False,
    )
    risk_score = fields.Integer(
        string="Value of the worst open risk",
        compute="_compute_risk_level",
        store=True,
        precompute=True,
        compute_sudo=True,
        aggregator="max",
        copy=False,
    )
    risk_color = fields.Integer(
        related="risk_level_id.color", string="Colour of the worst open risk"
    )

    def _open_risks(self):
        return self.sudo().risk_ids.filtered(
            lambda risk: risk.active and risk.stage != "closed"
        )

    @api.depends(*_OPEN_RISKS, "risk_ids.residual_score")
    def _compute_risk_level(self):
        for profile in self:
            risks = profile._open_risks()
            worst = max(risks, key=lambda risk: risk.residual_score, default=risks)
            profile.risk_count = len(risks)
            profile.risk_score = worst.residual_score
            profile.risk_level_id = worst.residual_level_id

    @api.depends(
        *_OPEN_RISKS,
        "risk_ids.residual_level_id.has_health_cap",
        "risk_ids.residual_level_id.health_cap",
    )
    def _compute_health_cap(self):
        """The lowest limit an open risk asks for."""
        result = super()._compute_health_cap()
        for profile in self:
            levels = profile._open_risks().residual_level_id.filtered("has_health_cap")
            level = min(levels, key=lambda level: level.health_cap, default=levels)
            if level and (
                not profile.health_cap_reason or level.health_cap < profile.health_cap
            ):
                profile.health_cap = level.health_cap
                profile.health_cap_reason = f"{REASON}{level.id}"
        return result

    @api.model
    def _health_cap_reason_text(self, reason):
        if not reason.startswith(REASON):
            return super()._health_cap_reason_text(reason)
        level = self.env["cpm.risk.level"].browse(int(reason[len(REASON) :])).exists()
        return self.env._("open risk of the level “%s”", level.sudo().name or "–")

    def _absorb(self, others):
        """Risks of merged customers count for the one that stays."""
        result = super()._absorb(others)
        for name in ("risk_level_id", "health_cap"):
            self.env.add_to_compute(self._fields[name], self)
        return result

    def unlink(self):
        """Take the risks along, properly: with their messages and activities."""
        self.env["cpm.risk"].sudo().with_context(active_test=False).search(
            [("profile_id", "in", self.ids)]
        ).unlink()
        return super().unlink()

    def action_view_risks(self):
        """Open the risks of the customer."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "customer_plan_mgmt.cpm_risk_action"
        )
        action["domain"] = [("profile_id", "=", self.id)]
        action["context"] = {
            "default_profile_id": self.id,
            "default_company_id": self.company_id.id,
            "search_default_open": 1,
        }
        return action
