"""Risks of a customer plan."""

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain


class CpmPlan(models.Model):
    _inherit = "cpm.plan"

    risk_ids = fields.One2many("cpm.risk", "plan_id", string="Risks")
    risk_count = fields.Integer(string="Open risks", compute="_compute_risks")
    risk_level_id = fields.Many2one(
        "cpm.risk.level", string="Worst open risk", compute="_compute_risks"
    )

    @api.depends("risk_ids.stage", "risk_ids.active", "risk_ids.residual_score")
    def _compute_risks(self):
        for plan in self:
            risks = plan.risk_ids.filtered(
                lambda risk: risk.active and risk.stage != "closed"
            )
            worst = max(risks, key=lambda risk: risk.residual_score, default=risks)
            plan.risk_count = len(risks)
            plan.risk_level_id = worst.residual_level_id

    @api.ondelete(at_uninstall=False)
    def _unlink_except_risks(self):
        risks = self.env["cpm.risk"].sudo().with_context(active_test=False)
        for plan in self:
            if risks.search_count([("plan_id", "=", plan.id)], limit=1):
                raise UserError(
                    self.env._(
                        "%s has risks: archive it, their history is kept.",
                        plan.display_name,
                    )
                )

    def _collect_facts(self):
        """Add the open risks of the plan and of its customer."""
        result = super()._collect_facts()
        plans = self.sudo()
        rows = (
            self.env["cpm.risk"]
            .sudo()
            ._read_group(
                Domain("stage", "!=", "closed")
                & (
                    Domain("plan_id", "in", plans.ids)
                    | Domain("profile_id", "in", plans.profile_id.ids)
                ),
                ["plan_id", "profile_id"],
                ["__count", "residual_score:max"],
            )
        )
        for plan, facts in result.items():
            profile = plan.sudo().profile_id
            own = [
                (count, worst)
                for of_plan, of_profile, count, worst in rows
                if of_plan == plan or (profile and of_profile == profile)
            ]
            facts["open_risks"] = sum(count for count, _worst in own)
            facts["worst_risk"] = max((worst or 0 for _count, worst in own), default=0)
        return result

    def action_view_risks(self):
        """Open the risks of the plan."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "customer_plan_mgmt.cpm_risk_action"
        )
        action["domain"] = [("plan_id", "=", self.id)]
        action["context"] = {
            "default_plan_id": self.id,
            "default_profile_id": self.profile_id.id,
            "default_company_id": self.company_id.id,
            "search_default_open": 1,
        }
        return action
