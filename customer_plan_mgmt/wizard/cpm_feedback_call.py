"""Note a call with the customer."""

from odoo import fields, models
from odoo.exceptions import ValidationError
from odoo.tools.misc import format_datetime


class CpmFeedbackCall(models.TransientModel):
    _name = "cpm.feedback.call"
    _description = "Log a Call"

    feedback_id = fields.Many2one("cpm.feedback", required=True, ondelete="cascade")
    direction = fields.Selection(
        [("out", "We called"), ("in", "The customer called")],
        required=True,
        default="out",
    )
    reached = fields.Boolean(
        string="Spoke with the customer",
        default=True,
        help="Only then does the call count as an answer.",
    )
    called_at = fields.Datetime(
        string="When", required=True, default=fields.Datetime.now
    )
    note = fields.Text(string="What was said", required=True)

    def action_confirm(self):
        """Note the call; one we made and got through counts as an answer, one of the
        customer as a word of the customer.

        :raise ValidationError: for a call in the future
        """
        self.ensure_one()
        if self.called_at > fields.Datetime.now():
            raise ValidationError(self.env._("When: the call lies in the future."))
        self.feedback_id.check_access("write")
        if self.direction == "in":
            title = self.env._("The customer called.")
        elif self.reached:
            title = self.env._("Called the customer.")
        else:
            title = self.env._("Called the customer without success.")
        moment = format_datetime(self.env, self.called_at)
        self.feedback_id._message_log(body=f"{title} ({moment}) {self.note}")
        if self.direction == "in":
            self.feedback_id.sudo()._customer_wrote()
        if self.reached and self.direction == "out":
            self.feedback_id._answered(self.called_at)
        return {"type": "ir.actions.act_window_close"}
