"""Close warnings, with what came of them."""

from odoo import api, fields, models
from odoo.fields import Domain

from ..models.warning.const import OPEN_STATES, STATES

# How many other warnings are named
SHOWN = 10


class CpmWarningClose(models.TransientModel):
    _name = "cpm.warning.close"
    _description = "Close Warnings"

    warning_ids = fields.Many2many("cpm.warning", string="Warnings", required=True)
    state = fields.Selection(
        [(key, label) for key, label in STATES if key not in OPEN_STATES],
        string="Outcome",
        required=True,
        default="saved",
    )
    churn_reason_id = fields.Many2one(
        "cpm.churn.reason",
        string="Churn reason",
        compute="_compute_churn_reason_id",
        store=True,
        readonly=False,
        help="Why the customer left. Proposed from the suspicion of the rule.",
    )
    note = fields.Text(string="What came of it", required=True)
    other_ids = fields.Many2many(
        "cpm.warning",
        compute="_compute_other_ids",
        string="Other open warnings",
    )
    other_text = fields.Char(
        compute="_compute_other_ids", string="Other open warnings of the customer"
    )
    with_others = fields.Boolean(
        string="Close these as well",
        compute="_compute_with_others",
        store=True,
        readonly=False,
        help="A customer who is saved, or lost, needs no other warnings.",
    )
    with_plan = fields.Boolean(
        string="Make a win-back plan",
        help="From the template of the settings; it is opened afterwards.",
    )
    is_single = fields.Boolean(compute="_compute_is_single")

    @api.depends("warning_ids")
    def _compute_is_single(self):
        for wizard in self:
            wizard.is_single = len(wizard.warning_ids) == 1

    @api.depends("warning_ids")
    def _compute_churn_reason_id(self):
        for wizard in self:
            suspected = wizard.warning_ids.reason_id
            wizard.churn_reason_id = (
                suspected if len(suspected) == 1 else wizard.churn_reason_id
            )

    @api.depends("warning_ids")
    def _compute_other_ids(self):
        warnings = self.env["cpm.warning"]
        for wizard in self:
            chosen = warnings.browse(wizard.warning_ids.ids)
            wizard.other_ids = warnings.search(
                Domain("profile_id", "in", chosen.profile_id.ids)
                & Domain("state", "in", OPEN_STATES)
                & Domain("id", "not in", chosen.ids)
            )
            names = wizard.other_ids.mapped("name")
            wizard.other_text = ", ".join(names[:SHOWN]) + (
                " …" if len(names) > SHOWN else ""
            )

    @api.depends("state", "other_ids")
    def _compute_with_others(self):
        for wizard in self:
            wizard.with_others = bool(wizard.other_ids) and wizard.state != "dismissed"

    def action_confirm(self):
        """Close the warnings; open the win-back plan where one is wanted."""
        self.ensure_one()
        warnings = self.warning_ids
        if self.with_others:
            warnings |= self.other_ids
        warnings._close(self.state, self.note, self.churn_reason_id)
        if self.with_plan and self.state == "lost" and self.is_single:
            return self.warning_ids.action_winback_plan()
        return {"type": "ir.actions.act_window_close"}
