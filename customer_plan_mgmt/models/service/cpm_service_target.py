"""One promise of a service standard."""

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from . import const
from .promises import Promise, Step

HOUR = 3600
# Days of ten years, the time clocks are followed
LONGEST = {"working_days": 2500, "calendar_days": 3650}


class CpmServiceTarget(models.Model):
    """To whom what is promised, within which time, by which clock.

    Filters that are empty fit everything; for one record the line with the most
    filters counts, and among equals the first.
    """

    _name = "cpm.service.target"
    _description = "Service Target"
    _inherit = "cpm.guard.mixin"
    _order = "standard_id, sequence, id"
    _cpm_ranges = {"amount": (0, 100000), "warn_value": (0, 100000)}
    _cpm_fixed = frozenset({"standard_id"})  # an approved version gets no more lines

    standard_id = fields.Many2one(
        "cpm.service.standard", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="standard_id.company_id")
    sequence = fields.Integer(default=10, aggregator=None)
    kind = fields.Selection(const.KINDS, required=True, default="resolution")
    # For whom
    tier_id = fields.Many2one("cpm.tier", ondelete="restrict", index="btree_not_null")
    feedback_type = fields.Selection(const.TYPES, string="Type of feedback")
    complexity = fields.Selection(const.COMPLEXITIES)
    priority = fields.Selection(const.PRIORITIES, string="Severity")
    channel = fields.Selection(const.CHANNELS)
    # How soon
    amount = fields.Float(string="Within", required=True, default=1, aggregator=None)
    unit = fields.Selection(const.UNITS, required=True, default="working_days")
    calendar_id = fields.Many2one(
        "resource.calendar",
        string="Working hours",
        ondelete="restrict",
        help="Empty: the working hours of the company.",
    )
    count_receipt = fields.Boolean(
        string="Count the day of receipt",
        help="Working days only. Off: “within 3 working days” ends with the third "
        "working day after the day of receipt. On: the day of receipt is the first, "
        "if it has working time left.",
    )
    # What happens on the way
    warn_basis = fields.Selection(
        [
            ("none", "No warning"),
            ("percent", "When so many percent of the time are used"),
            ("amount", "So many counted hours before the deadline"),
        ],
        string="Warn",
        required=True,
        default="percent",
    )
    warn_value = fields.Float(string="Warn at", default=75, aggregator=None)
    step_ids = fields.One2many(
        "cpm.service.escalation", "target_id", string="Escalation", copy=True
    )

    _amount_positive = models.Constraint(
        "CHECK(amount > 0 AND amount <= 100000)",
        "Within: enter a number greater than 0 and of at most 100,000.",
    )
    _warn_value_range = models.Constraint(
        "CHECK(warn_value >= 0 AND warn_value <= 100000)",
        "Warn at: enter a number from 0 to 100,000.",
    )

    @api.depends("kind", "amount", "unit", *const.FILTERS)
    @api.depends_context("lang")
    def _compute_display_name(self):
        for target in self:
            target.display_name = self.env._(
                "%(kind)s within %(promise)s (%(customers)s)",
                kind=target._selection_label("kind"),
                promise=target._get_time_text(),
                customers=target._get_filter_text() or self.env._("everything"),
            )

    def _get_time_text(self):
        """Return what is promised, like "3 working days", in the user's language."""
        self.ensure_one()
        if self.amount == 1:
            return self._get_one_text()
        amount = f"{self.amount:g}"
        texts = {
            "minutes": self.env._("%s minutes", amount),
            "clock_hours": self.env._("%s clock hours", amount),
            "working_hours": self.env._("%s working hours", amount),
            "working_days": self.env._("%s working days", amount),
            "calendar_days": self.env._("%s calendar days", amount),
        }
        return texts[self.unit]

    def _get_one_text(self):
        texts = {
            "minutes": self.env._("1 minute"),
            "clock_hours": self.env._("1 clock hour"),
            "working_hours": self.env._("1 working hour"),
            "working_days": self.env._("1 working day"),
            "calendar_days": self.env._("1 calendar day"),
        }
        return texts[self.unit]

    def _get_filter_text(self):
        """Return the filters that are set, in the user's language."""
        self.ensure_one()
        parts = [
            self[name].display_name
            if name == "tier_id"
            else self._selection_label(name)
            for name in const.FILTERS
            if self[name]
        ]
        text = parts[0] if parts else ""
        for part in parts[1:]:
            text = self.env._("%(first)s, %(second)s", first=text, second=part)
        return text

    def _selection_label(self, name):
        return dict(self._fields[name]._description_selection(self.env))[self[name]]

    # ----------------------------------------------------------- Constraints

    @api.constrains("amount", "unit", "warn_basis", "warn_value")
    def _check_amounts(self):
        for target in self:
            if target.amount <= 0:
                raise ValidationError(
                    self.env._("Within: enter a number greater than 0.")
                )
            if target.unit.endswith("_days") and target.amount != int(target.amount):
                raise ValidationError(
                    self.env._(
                        "Within: days are counted whole; enter %s or choose hours.",
                        round(target.amount) or 1,
                    )
                )
            if target.amount > LONGEST.get(target.unit, target.amount):
                raise ValidationError(
                    self.env._(
                        "Within: enter at most %(number)s, “%(promise)s” is too long.",
                        number=LONGEST[target.unit],
                        promise=target._get_time_text(),
                    )
                )
            if target.warn_basis == "percent" and not 0 < target.warn_value < 100:
                raise ValidationError(
                    self.env._(
                        "Warn at: enter more than 0 and less than 100 percent, or "
                        "choose “No warning”."
                    )
                )

    @api.constrains("unit", "calendar_id", "standard_id")
    def _check_working_time(self):
        for target in self.filtered(lambda item: item.unit.startswith("working")):
            company = target.standard_id.company_id or self.env.company
            calendar = target.calendar_id or company.resource_calendar_id
            attendances = calendar.sudo().attendance_ids.filtered(
                lambda line: (
                    line.hour_to > line.hour_from
                    and line.day_period != "lunch"
                    and not line.display_type
                )
            )
            if not attendances or calendar.flexible_hours:
                raise ValidationError(
                    self.env._(
                        "Working hours: %(calendar)s has no fixed working time, so "
                        "“%(promise)s” would never end. Choose other working hours, or "
                        "a unit that counts around the clock.",
                        calendar=calendar.name or self.env._("the company"),
                        promise=target._get_time_text(),
                    )
                )

    @api.constrains("kind", "standard_id", *const.FILTERS)
    def _check_unique(self):
        for standard in self.standard_id:
            seen = set()
            for target in standard.target_ids:
                key = target.kind, *(target[name] or False for name in const.FILTERS)
                if key in seen:
                    raise ValidationError(
                        self.env._(
                            "“%s” is promised twice for the same customers and "
                            "cases. Keep one of the lines or give one a filter.",
                            target.display_name,
                        )
                    )
                seen.add(key)

    # ------------------------------------------------------------------ CRUD

    @api.model_create_multi
    def create(self, vals_list):
        targets = super().create(vals_list)
        targets._check_editable()
        return targets

    def write(self, vals):
        self._check_editable()
        result = super().write(vals)
        self.env.registry.clear_cache()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_approved(self):
        self._check_editable()

    def _check_editable(self):
        self.env.registry.clear_cache()
        if not self.env.su:
            self.standard_id._check_draft()

    def action_preview(self):
        """Open the dialog that says which promise applies to a case like this."""
        self.ensure_one()
        action = self.standard_id.action_preview()
        action["context"].update(
            {
                f"default_{name}": self[name]
                for name in const.FILTERS
                if name != "tier_id"
            },
            default_tier_id=self.tier_id.id,
        )
        return action

    # ---------------------------------------------------------- Plain values

    def _to_promises(self):
        """Return the targets as :class:`Promise`, in the order in which they win."""
        # What was just edited is not in its order yet
        ordered = self.sorted(lambda target: (target.sequence, target._origin.id))
        return tuple(target._to_promise() for target in ordered)

    def _to_promise(self):
        """Return the target as :class:`Promise`."""
        self.ensure_one()
        filters = tuple(
            (key, self[name].id if name == "tier_id" else self[name])
            for name, key in const.FILTERS.items()
            if self[name]
        )
        return Promise(
            id=self.id,
            standard_id=self.standard_id.id,
            kind=self.kind,
            filters=filters,
            amount=self.amount,
            unit=self.unit,
            calendar_id=self.calendar_id.id,
            count_receipt=self.count_receipt,
            warning=self._to_warning(),
            steps=tuple(step._to_step() for step in self.step_ids),
        )

    def _to_warning(self):
        if self.warn_basis == "none":
            return None
        if self.warn_basis == "percent":
            return Step(id=0, share=self.warn_value / 100, seconds=0)
        return Step(id=0, share=1, seconds=-round(self.warn_value * HOUR))
