"""Close warnings, with what came of them."""

from odoo import api, fields, models

from ..models.warning.const import OPEN_STATES, STATES


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

    def action_confirm(self):
        """Close the warnings; open the win-back plan where one is wanted."""
        self.ensure_one()
        self.warning_ids._close(self.state, self.note, self.churn_reason_id)
        if self.with_plan and self.state == "lost" and self.is_single:
            return self.warning_ids.action_winback_plan()
        return {"type": "ir.actions.act_window_close"}
