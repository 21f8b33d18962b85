"""What has to be done before a plan may leave a stage."""

from odoo import api, fields, models
from odoo.exceptions import AccessError

from .const import GROUP_MANAGER, STAGES
from .cpm_plan_flow import ORDER


class CpmPlanCheck(models.Model):
    """One point of the checklist of one stage; mandatory points are gates, which only
    managers take away."""

    _name = "cpm.plan.check"
    _description = "Checklist of a Customer Plan"
    _inherit = "cpm.plan.part.mixin"
    _order = "plan_id, sequence, id"
    _cpm_protected = frozenset({"company_id", "done_by_id", "done_at"})
    _cpm_revised = frozenset({"name", "stage", "is_mandatory"})

    sequence = fields.Integer(default=10, aggregator=None)
    name = fields.Char(string="Check", required=True)
    stage = fields.Selection(
        [item for item in STAGES if item[0] not in ("closed", "cancelled")],
        string="Before leaving",
        required=True,
        default="needs",
    )
    is_mandatory = fields.Boolean(string="Mandatory", default=True)
    is_done = fields.Boolean(string="Done", copy=False)
    done_by_id = fields.Many2one(
        "res.users", string="Done by", readonly=True, copy=False, ondelete="restrict"
    )
    done_at = fields.Datetime(string="Done on", readonly=True, copy=False)

    @api.model_create_multi
    def create(self, vals_list):
        checks = super().create(vals_list)
        if done := checks.filtered("is_done"):
            done._sign()
        return checks

    def write(self, vals):
        if vals.keys() & {"name", "stage", "is_mandatory"}:
            self.filtered("is_mandatory")._check_may_open_gate()
        if "is_done" in vals and not vals["is_done"]:
            self.filtered(lambda check: check._is_passed_gate())._check_may_open_gate()
        before = self.filtered("is_done")
        result = super().write(vals)
        # Ticking once more does not change who ticked
        changed = self.filtered(lambda check: check.is_done != (check in before))
        if changed:
            changed._sign()
            changed._log_ticks()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_gate(self):
        self.filtered("is_mandatory")._check_may_open_gate()

    def _check_may_open_gate(self):
        """:raise AccessError: for whoever may not do without a mandatory check"""
        if not self or self.env.su or self.env.user.has_group(GROUP_MANAGER):
            return
        raise AccessError(
            self.env._(
                "Mandatory: only a manager of Customer Plans may change or remove the "
                "check “%s”.",
                self[:1].name,
            )
        )

    def _is_passed_gate(self):
        """Whether the plan has left a stage because this was done."""
        self.ensure_one()
        rank = self.plan_id._stage_rank()
        return self.is_mandatory and self.is_done and rank > ORDER.index(self.stage)

    def _log_ticks(self):
        """Note on the plans what was ticked, and what no longer is."""
        for plan, checks in self.grouped("plan_id").items():
            for group, text in (
                (checks.filtered("is_done"), self.env._("Done: %s")),
                (checks.filtered(lambda c: not c.is_done), self.env._("Not done: %s")),
            ):
                if group:
                    plan._message_log(body=text % "; ".join(group.mapped("name")))

    def _sign(self):
        """Note who ticked, or nobody when the tick was taken back."""
        done = self.filtered("is_done")
        for checks, vals in (
            (done, {"done_by_id": self.env.uid, "done_at": fields.Datetime.now()}),
            (self - done, {"done_by_id": False, "done_at": False}),
        ):
            if checks:
                checks.sudo().write(vals)
