"""The latest value of every metric for every customer."""

from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Domain
from odoo.tools import SQL


class CpmMetricValue(models.Model):
    """One row per profile and metric.

    Rows of computed metrics are written by the scoring run. What changes with
    every day (days since an event) is kept as the date of the event; the value is
    worked out when it is read, as of the day the customer was scored. Manual
    metrics are entered here, dated and signed.
    """

    _name = "cpm.metric.value"
    _description = "Metric Value"
    _inherit = "cpm.guard.mixin"
    _order = "metric_id, id"
    _rec_name = "metric_id"
    _log_access = False  # written by the million; date and user say it all
    _cpm_protected = frozenset({"event_date", "user_id", "number"})
    _cpm_fixed = frozenset({"profile_id", "metric_id"})
    _cpm_ranges = {"value": (-1e15, 1e15)}

    profile_id = fields.Many2one(
        "cpm.profile", string="Customer", required=True, index=True, ondelete="cascade"
    )
    metric_id = fields.Many2one("cpm.metric", required=True, ondelete="cascade")
    company_id = fields.Many2one(related="profile_id.company_id")
    source = fields.Selection(related="metric_id.source")
    unit = fields.Char(related="metric_id.unit")
    number = fields.Float(readonly=True, aggregator=None)
    event_date = fields.Date(
        string="Day of the event",
        readonly=True,
        help="Day of the event the value counts from.",
    )
    value = fields.Float(
        string="Metric value",
        compute="_compute_value",
        inverse="_inverse_value",
        search="_search_value",
        digits=0,
    )
    date = fields.Date(
        string="As of",
        help="Day a value was entered for, or the scoring day it last changed.",
    )
    user_id = fields.Many2one("res.users", string="Entered by", ondelete="set null")

    # The metric first: serves the metric's own values too, and a run appends to it
    _profile_metric_uniq = models.UniqueIndex(
        "(metric_id, profile_id)", "This customer already has a value of this metric."
    )
    _number_finite = models.Constraint(
        "CHECK(number > '-Infinity'::float8 AND number < 'Infinity'::float8)",
        "Metric value: enter a number.",
    )

    @api.depends("number", "event_date", "profile_id.recalculated_on")
    def _compute_value(self):
        for row in self:
            row.value = row._at(row.profile_id._get_scored_on())

    def _at(self, day):
        """Return the value as of ``day``; see the class for days since an event."""
        self.ensure_one()
        if not self.event_date:
            return self.number
        days = (day - self.event_date).days
        # A ratio to days keeps its denominator in ``number``
        return days / self.number if self.number else days

    def _inverse_value(self):
        for row in self:
            row.sudo().write({"number": row.value, "user_id": self.env.uid})

    @api.model
    def _value_sql(self, alias):
        """Return the value of the row ``alias`` as SQL, the twin of :meth:`_at`."""
        return SQL(
            """(CASE WHEN %(row)s.event_date IS NULL THEN %(row)s.number
                ELSE ((
                    SELECT COALESCE(GREATEST(p.recalculated_on, c.cpm_scored_on), CURRENT_DATE)
                    FROM cpm_profile p JOIN res_company c ON c.id = p.company_id
                    WHERE p.id = %(row)s.profile_id
                ) - %(row)s.event_date)::float8 / COALESCE(NULLIF(%(row)s.number, 0), 1)
                END)""",
            row=SQL.identifier(alias),
        )

    def _search_value(self, operator, value):
        self.flush_model(["number", "event_date", "profile_id"])
        comparisons = {"<": SQL("<"), "<=": SQL("<="), ">": SQL(">"), ">=": SQL(">=")}
        if operator in comparisons:
            return Domain.custom(
                to_sql=lambda model, alias, query: SQL(
                    "%s %s %s", model._value_sql(alias), comparisons[operator], value
                )
            )
        if operator == "in":
            numbers = tuple(float(item or 0) for item in value)
            return Domain.custom(
                to_sql=lambda model, alias, query: SQL(
                    "%s IN %s", model._value_sql(alias), numbers
                )
            )
        return NotImplemented

    @api.model_create_multi
    def create(self, vals_list):
        rows = super().create([self._sign(vals) for vals in vals_list])
        rows._check_manual()
        return rows

    def write(self, vals):
        self._check_manual()
        return super().write(self._sign(vals) if "value" in vals else vals)

    def _sign(self, vals):
        """Return ``vals`` with day and person of an entry by hand."""
        if self.env.su and "number" in vals:
            return vals
        self._cpm_guard(vals)
        return {"date": fields.Date.context_today(self), **vals}

    @api.ondelete(at_uninstall=False)
    def _unlink_except_computed(self):
        self._check_manual()

    def _check_manual(self):
        """:raise AccessError: when a computed value is touched by a person"""
        if self.env.su:
            return
        for row in self:
            if row.metric_id.source != "manual":
                raise AccessError(
                    self.env._(
                        "%s is computed and cannot be entered by hand.",
                        row.metric_id.name,
                    )
                )

    @api.constrains("date")
    def _check_date(self):
        for row in self:
            if row.date and not 1900 <= row.date.year <= 2200:
                raise ValidationError(
                    self.env._("As of: %s is not between 1900 and 2200.", row.date)
                )
