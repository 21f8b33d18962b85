"""Who is told when a promise is in danger or broken."""

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from .promises import Step

HOUR = 3600
MOST_PERCENT = 1000


class CpmServiceEscalation(models.Model):
    """One step of the escalation of a target; each is taken once."""

    _name = "cpm.service.escalation"
    _description = "Escalation Step"
    _inherit = "cpm.guard.mixin"
    _order = "target_id, sequence, id"
    _cpm_ranges = {"value": (0, 100000)}
    _cpm_fixed = frozenset({"target_id"})  # an approved promise gets no more steps

    target_id = fields.Many2one(
        "cpm.service.target", required=True, index=True, ondelete="cascade"
    )
    sequence = fields.Integer(default=10, aggregator=None)
    basis = fields.Selection(
        [
            ("percent", "Percent of the time used"),
            ("hours", "Counted hours after the deadline"),
        ],
        string="When",
        required=True,
        default="percent",
    )
    value = fields.Float(
        string="At",
        default=100,
        aggregator=None,
        help="100 percent is the deadline.",
    )
    recipient = fields.Selection(
        [
            ("owner", "Owner of the record"),
            ("manager", "Account manager"),
            ("user", "A certain person"),
            ("group", "Everybody in a group"),
        ],
        string="Tell",
        required=True,
        default="manager",
    )
    user_id = fields.Many2one(
        "res.users",
        string="Person",
        domain=[("share", "=", False)],
        ondelete="restrict",
    )
    group_id = fields.Many2one("res.groups", ondelete="restrict")

    _value_range = models.Constraint(
        "CHECK(value >= 0 AND value <= 100000)",
        "At: enter a number from 0 to 100,000.",
    )

    @api.constrains("recipient", "user_id", "group_id")
    def _check_recipient(self):
        for step in self:
            if step.recipient == "user" and not step.user_id:
                raise ValidationError(
                    self.env._("Escalation: choose the person to tell.")
                )
            if step.recipient == "group" and not step.group_id:
                raise ValidationError(
                    self.env._("Escalation: choose the group to tell.")
                )

    @api.constrains("basis", "value")
    def _check_value(self):
        for step in self:
            if step.basis == "percent" and step.value > MOST_PERCENT:
                raise ValidationError(
                    self.env._(
                        "At: enter at most %s percent of the time.", MOST_PERCENT
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        steps = super().create(vals_list)
        steps.target_id._check_editable()
        return steps

    def write(self, vals):
        self.target_id._check_editable()
        result = super().write(vals)
        self.env.registry.clear_cache()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_approved(self):
        self.target_id._check_editable()

    def _to_step(self):
        """Return the step as plain :class:`Step`."""
        self.ensure_one()
        if self.basis == "percent":
            return Step(id=self.id, share=self.value / 100, seconds=0)
        return Step(id=self.id, share=1, seconds=round(self.value * HOUR))
