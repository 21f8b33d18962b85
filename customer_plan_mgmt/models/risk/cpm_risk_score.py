"""How probable and how grave: the level of a risk, with its history."""

from odoo import api, fields, models
from odoo.exceptions import UserError

from .const import KINDS

AXES = ("probability", "impact")
ASSESSED = [f"{kind}_{axis}_id" for kind, _label in KINDS for axis in AXES]


class CpmRisk(models.Model):
    """Inherent: before the control measures; residual: with them. Until the residual
    probability or impact is assessed, the inherent one counts. Every assessment after
    the first says why, and is kept."""

    _inherit = "cpm.risk"

    inherent_probability_id = fields.Many2one(
        "cpm.risk.scale",
        string="Inherent probability",
        ondelete="restrict",
        domain=[("kind", "=", "probability")],
        help="How likely it is before any control measure.",
    )
    inherent_impact_id = fields.Many2one(
        "cpm.risk.scale",
        string="Inherent impact",
        ondelete="restrict",
        domain=[("kind", "=", "impact")],
        help="How grave it would be before any control measure.",
    )
    inherent_score = fields.Integer(
        string="Inherent value",
        compute="_compute_scores",
        store=True,
        precompute=True,
        aggregator="avg",
    )
    inherent_level_id = fields.Many2one(
        "cpm.risk.level",
        string="Inherent level",
        compute="_compute_scores",
        store=True,
        precompute=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    residual_probability_id = fields.Many2one(
        "cpm.risk.scale",
        string="Residual probability",
        ondelete="restrict",
        domain=[("kind", "=", "probability")],
        help="How likely it is with the control measures. Empty: as the inherent one.",
    )
    residual_impact_id = fields.Many2one(
        "cpm.risk.scale",
        string="Residual impact",
        ondelete="restrict",
        domain=[("kind", "=", "impact")],
        help="How grave it would be with the control measures. Empty: as the inherent "
        "one.",
    )
    net_probability_id = fields.Many2one(
        "cpm.risk.scale",
        string="Probability today",
        compute="_compute_scores",
        store=True,
        precompute=True,
        ondelete="restrict",
        help="The residual probability, or the inherent one until that is assessed.",
    )
    net_impact_id = fields.Many2one(
        "cpm.risk.scale",
        string="Impact today",
        compute="_compute_scores",
        store=True,
        precompute=True,
        ondelete="restrict",
        help="The residual impact, or the inherent one until that is assessed.",
    )
    residual_score = fields.Integer(
        string="Residual value",
        compute="_compute_scores",
        store=True,
        precompute=True,
        aggregator="avg",
        help="Probability today times impact today.",
    )
    residual_level_id = fields.Many2one(
        "cpm.risk.level",
        string="Risk level",
        compute="_compute_scores",
        store=True,
        precompute=True,
        index="btree_not_null",
        ondelete="restrict",
        tracking=True,
        help="Level of the residual value: what counts today.",
    )
    level_color = fields.Integer(
        related="residual_level_id.color", string="Colour of the level"
    )
    inherent_level_color = fields.Integer(
        related="inherent_level_id.color", string="Colour of the inherent level"
    )

    @api.depends(*(f"{name}.value" for name in ASSESSED))
    def _compute_scores(self):
        bands = self.env["cpm.risk.level"]._bands()
        for risk in self:
            first = risk.inherent_probability_id, risk.inherent_impact_id
            today = (
                risk.residual_probability_id or first[0],
                risk.residual_impact_id or first[1],
            )
            risk.net_probability_id, risk.net_impact_id = today
            risk.inherent_score = first[0].value * first[1].value
            risk.residual_score = today[0].value * today[1].value
            risk.inherent_level_id = bands._of(risk.inherent_score)
            risk.residual_level_id = bands._of(risk.residual_score)

    @api.model
    def _judge_again(self):
        """Give every risk the level it has by the bands of now."""
        risks = self.sudo().with_context(active_test=False)
        risks = risks.search(
            ["|", ("inherent_score", ">", 0), ("residual_score", ">", 0)]
        )
        for name in ("inherent_level_id", "residual_level_id"):
            self.env.add_to_compute(self._fields[name], risks)

    @api.constrains(*ASSESSED)
    def _check_scales(self):
        for risk in self:
            for name in ASSESSED:
                if risk[name] and risk[name].kind not in name:
                    raise UserError(
                        self.env._(
                            "%(field)s: %(step)s belongs to the other scale.",
                            field=self._cpm_label(name),
                            step=risk[name].display_name,
                        )
                    )

    # --------------------------------------------------------------- History

    @api.model_create_multi
    def create(self, vals_list):
        risks = super().create(vals_list)
        reason = self.env._("First assessment")
        none = dict.fromkeys(ASSESSED, self.env["cpm.risk.scale"])
        risks._keep_history({risk: (none, 0, 0) for risk in risks}, reason)
        return risks

    def write(self, vals):
        if not self.env.su and vals.keys() & set(ASSESSED):
            raise UserError(
                self.env._(
                    "Probability and impact cannot be typed over: use “Assess”, which "
                    "asks for the reason and keeps the history."
                )
            )
        return super().write(vals)

    def _assess(self, vals, reason):
        """Note a new assessment.

        :param dict vals: ids of scales by field name, of ``ASSESSED``
        :param str reason: why it is judged so now
        """
        self.check_access("write")
        self._check_not_closed()
        before = {
            risk: (
                {name: risk[name] for name in ASSESSED},
                risk.inherent_score,
                risk.residual_score,
            )
            for risk in self
        }
        self.sudo().write({name: vals[name] for name in ASSESSED if name in vals})
        changed = self._keep_history(before, reason)
        self._after_assessment()
        return changed

    def _keep_history(self, before, reason):
        """Append what changed since ``before`` to the history.

        :param dict before: ``{risk: (scales by field, inherent, residual value)}``
        :return: whether there was anything
        """
        rows = []
        for risk, (scales, *values) in before.items():
            for (kind, _label), value in zip(KINDS, values, strict=True):
                names = {axis: f"{kind}_{axis}_id" for axis in AXES}
                if any(risk[name] != scales[name] for name in names.values()):
                    vals = risk._prepare_history_vals(kind, names, scales, value)
                    rows.append({**vals, "reason": reason})
        self.env["cpm.risk.assessment"].sudo().create(rows)
        return bool(rows)

    def _prepare_history_vals(self, kind, names, scales, value):
        self.ensure_one()
        bands = self.env["cpm.risk.level"]._bands()
        return {
            "risk_id": self.id,
            "kind": kind,
            "user_id": self.env.uid,
            **{f"from_{axis}_id": scales[name].id for axis, name in names.items()},
            **{f"to_{axis}_id": self[name].id for axis, name in names.items()},
            "from_score": value,
            "to_score": self[f"{kind}_score"],
            "from_level_id": bands._of(value).id,
            "to_level_id": self[f"{kind}_level_id"].id,
        }

    def _after_assessment(self):
        """Hook: called for risks that were assessed again."""

    def action_assess(self):
        """Open the dialog that asks for probability, impact and reason."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "customer_plan_mgmt.cpm_risk_assess_action"
        )
        action["context"] = {"default_risk_id": self.id}
        return action
