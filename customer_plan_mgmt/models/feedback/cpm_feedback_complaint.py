"""Complaints that must not come back: cause, corrective action, letter."""

from odoo import api, fields, models
from odoo.exceptions import UserError

ACTION_STATES = [
    ("planned", "Planned"),
    ("done", "Done"),
    ("effective", "Effective"),
    ("recurred", "Came back"),
]


class CpmFeedback(models.Model):
    _inherit = "cpm.feedback"

    root_cause_id = fields.Many2one(
        "cpm.root.cause",
        string="Root cause",
        tracking=True,
        copy=False,
        ondelete="restrict",
        index="btree_not_null",
    )
    corrective_action = fields.Text(
        string="Corrective action",
        tracking=True,
        copy=False,
        help="What is changed so that it does not recur.",
    )
    corrective_user_id = fields.Many2one(
        "res.users",
        string="Action owner",
        copy=False,
        ondelete="set null",
        domain=[("share", "=", False)],
    )
    corrective_deadline = fields.Date(string="Action due", copy=False)
    corrective_state = fields.Selection(
        ACTION_STATES,
        string="Corrective action is",
        copy=False,
        tracking=True,
    )
    compensation_amount = fields.Monetary(string="Compensation", copy=False)
    compensation_note = fields.Char(string="Compensation for", copy=False)

    _compensation_positive = models.Constraint(
        "CHECK(compensation_amount >= 0 AND compensation_amount < 'Infinity')",
        "Compensation: enter an amount of at least 0.",
    )

    def _check_closable(self, vals):
        """A complaint needs cause and corrective action, unless the settings differ."""
        super()._check_closable(vals)
        if self.type != "complaint" or not self.company_id.sudo().cpm_complaint_cause:
            return
        missing = [
            self._cpm_label(name)
            for name in ("root_cause_id", "corrective_action")
            if not (vals[name] if name in vals else self[name])
        ]
        if missing:
            raise UserError(
                self.env._(
                    "%(feedback)s is a complaint: fill in %(fields)s before you close "
                    "it, so that it does not happen again.",
                    feedback=self.display_name,
                    fields=", ".join(missing),
                )
            )

    @api.model_create_multi
    def create(self, vals_list):
        feedback = super().create(vals_list)
        feedback._plan_action()
        return feedback

    def write(self, vals):
        result = super().write(vals)
        if vals.get("corrective_action"):
            self._plan_action()
        return result

    def _plan_action(self):
        self.filtered(
            lambda item: item.corrective_action and not item.corrective_state
        ).corrective_state = "planned"

    def action_print_letter(self):
        """Print the letter that tells the customer what was done."""
        self.check_access("read")
        return self.env.ref("customer_plan_mgmt.action_report_feedback").report_action(
            self
        )
