"""Metrics: measured quantities per customer, configured as data."""

import psycopg2

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain
from odoo.tools.safe_eval import safe_eval

from ..profile.cpm_lifecycle_stage import RULE_FACTS

NUMERIC = ("integer", "float", "monetary")
# Measures that work on the values of a field, and on which kinds of fields
MEASURE_FIELD_TYPES = {
    "sum": NUMERIC,
    "average": NUMERIC,
    "minimum": NUMERIC,
    "maximum": NUMERIC,
    "count_distinct": None,
    "growth": NUMERIC,
}
MEASURE_FIELD_REQUIRED = {"sum", "average", "minimum", "maximum", "count_distinct"}
# Measures whose result is a date, kept as a date so that it does not change daily
DATE_MEASURES = ("days_since_last", "days_since_first")


class CpmMetric(models.Model):
    """One measured quantity per customer.

    A computed metric names a model, the path from its records to the customer, a
    date, a measure, a domain and a period; the scoring run turns it into one SQL
    aggregate (``engine/metric_sql``). A ratio divides two metrics. A manual metric
    is entered per customer.

    Missing is not zero: a customer without any matching record, at any time, has
    no value. A customer with older records only has 0 orders in the period.
    """

    _name = "cpm.metric"
    _description = "Customer Metric"
    _inherit = [
        "mail.thread",
        "mail.activity.mixin",
        "cpm.code.mixin",
        "cpm.guard.mixin",
    ]
    _order = "sequence, id"
    _cpm_ranges = {"period_days": (0, 36500)}
    _cpm_protected = frozenset({"last_error", "last_error_at", "model_name"})

    sequence = fields.Integer(default=10, aggregator=None)
    active = fields.Boolean(default=True, tracking=True)
    description = fields.Text(translate=True)
    unit = fields.Char(
        translate=True, help="Shown behind the value: days, orders, %. Empty for money."
    )
    digits = fields.Integer(string="Decimals", default=2, aggregator=None)
    higher_is_better = fields.Boolean(default=True)
    source = fields.Selection(
        [
            ("computed", "Computed from records"),
            ("ratio", "Ratio of two metrics"),
            ("manual", "Entered by hand"),
        ],
        required=True,
        default="computed",
        tracking=True,
    )
    # Ratio
    numerator_id = fields.Many2one(
        "cpm.metric",
        ondelete="restrict",
        domain="[('source', '!=', 'ratio'), ('id', '!=', id)]",
    )
    denominator_id = fields.Many2one(
        "cpm.metric",
        ondelete="restrict",
        domain="[('source', '!=', 'ratio'), ('id', '!=', id)]",
    )
    # Computed
    model_id = fields.Many2one(
        "ir.model",
        string="Records of",
        ondelete="set null",  # an uninstalled model must not take the metric along
        domain="[('transient', '=', False), ('abstract', '=', False)]",
        tracking=True,
    )
    model_name = fields.Char(
        compute="_compute_model_name", store=True, string="Technical model"
    )
    partner_field = fields.Char(
        string="Path to the customer",
        default="partner_id",
        help="Dotted path from the record to a contact, e.g. order_id.partner_id. "
        "Contacts of a company count for the company.",
    )
    date_field = fields.Char(string="Date", default="date")
    measure = fields.Selection(
        [
            ("count", "Number of records"),
            ("sum", "Sum"),
            ("average", "Average"),
            ("minimum", "Minimum"),
            ("maximum", "Maximum"),
            ("count_distinct", "Number of different values"),
            ("days_since_last", "Days since the last record"),
            ("days_since_first", "Days since the first record"),
            ("median_interval_days", "Median days between records"),
            ("active_months", "Months with a record"),
            ("growth", "Growth against the period before (%)"),
        ],
        default="count",
    )
    measure_field = fields.Char(string="Measured field")
    currency_field = fields.Char(
        string="Currency",
        help="Field with the currency of the measured amount; amounts are converted "
        "to the company's currency at the record's date. Empty for anything but "
        "money.",
    )
    domain = fields.Char(string="Only records matching", default="[]")
    period_days = fields.Integer(
        string="Period (days)",
        aggregator=None,
        help="Only records of so many days up to the scoring date count. 0: all time.",
    )
    # Health of the metric
    last_error = fields.Text(readonly=True, copy=False)
    last_error_at = fields.Datetime(readonly=True, copy=False)
    value_count = fields.Integer(compute="_compute_value_count", string="Values")

    _code_uniq = models.Constraint(
        "UNIQUE(code)", "Another metric already has this code."
    )
    _period_positive = models.Constraint(
        "CHECK(period_days BETWEEN 0 AND 36500)",
        "Period (days): enter a number from 0 to 36500.",
    )

    @api.depends("model_id")
    def _compute_model_name(self):
        for metric in self:
            # Keeps the name of a model that was uninstalled, to tell what is missing
            metric.model_name = metric.model_id.model or metric.model_name

    def _compute_value_count(self):
        counts = dict(
            self.env["cpm.metric.value"]._read_group(
                [("metric_id", "in", self.ids)], ["metric_id"], ["__count"]
            )
        )
        for metric in self:
            metric.value_count = counts.get(metric, 0)

    # ------------------------------------------------------------ Validation

    @api.constrains("code")
    def _check_code(self):
        for metric in self:
            if metric.code in RULE_FACTS or not metric.code.isidentifier():
                raise ValidationError(
                    self.env._(
                        "Code: %s cannot be used. Use letters, digits and underscores, "
                        "and none of the names rules know already.",
                        metric.code,
                    )
                )

    @api.constrains(
        "source",
        "numerator_id",
        "denominator_id",
        "model_id",
        "partner_field",
        "date_field",
        "measure",
        "measure_field",
        "currency_field",
        "domain",
        "period_days",
        "active",
    )
    def _check_definition(self):
        for metric in self.filtered("active"):
            metric._raise_if_invalid()

    def _raise_if_invalid(self):
        """:raise ValidationError: naming the field at fault and what to enter"""
        self.ensure_one()
        if self.source == "ratio":
            self._check_ratio()
        elif self.source == "computed":
            self._check_model()
            self._check_partner_path()
            self._check_date()
            self._check_measure()
            self._check_currency()
            self._get_domain()

    def _fail(self, field_name, reason):
        raise ValidationError(
            self.env._(
                "Metric %(metric)s, field “%(field)s”: %(reason)s",
                metric=self.name or self.code,
                field=self._cpm_label(field_name),
                reason=reason,
            )
        )

    def _check_ratio(self):
        _ = self.env._
        for name in ("numerator_id", "denominator_id"):
            part = self[name]
            if not part:
                self._fail(name, _("choose a metric."))
            if not part.active:
                self._fail(name, _("%s is archived.", part.name))
            if part == self or part.source == "ratio":
                self._fail(name, _("a ratio can only divide metrics that are none."))
        if self.denominator_id.measure in DATE_MEASURES and (
            self.denominator_id.source == "computed"
        ):
            self._fail(
                "denominator_id",
                _("a number of days since an event cannot be divided by."),
            )

    def _check_model(self):
        if not self.model_id or self.model_id.model not in self.env:
            self._fail(
                "model_id",
                self.env._(
                    "the records %s are not installed. Choose other records or "
                    "archive the metric.",
                    self.model_name or "",
                ),
            )
        if self.env[self.model_id.model]._abstract or (
            self.env[self.model_id.model]._transient
        ):
            self._fail("model_id", self.env._("these records are not stored."))

    def _resolve_path(self, field_name):
        """Follow the dotted path in ``field_name``.

        :return: the ORM field at its end
        :raise ValidationError: naming ``field_name`` and the part that is wrong
        """
        _ = self.env._
        path = self[field_name]
        if not path:
            self._fail(field_name, _("enter a field of the records."))
        model, field = self.env[self.model_id.model], None
        for name in path.split("."):
            if field is not None:
                if field.type != "many2one":
                    self._fail(field_name, _("%s leads nowhere.", field.name))
                model = self.env[field.comodel_name]
            field = model._fields.get(name)
            if field is None:
                self._fail(
                    field_name,
                    _(
                        "%(model)s has no field %(name)s.",
                        model=self.env["ir.model"]._get(model._name).name,
                        name=name,
                    ),
                )
            if not field.store and not field.related:
                self._fail(
                    field_name, _("%s is not stored and cannot be measured.", name)
                )
        return field

    def _check_partner_path(self):
        field = self._resolve_path("partner_field")
        if field.type != "many2one" or field.comodel_name != "res.partner":
            self._fail(
                "partner_field",
                self.env._("%s does not end at a contact.", self.partner_field),
            )

    def _check_date(self):
        if self._resolve_path("date_field").type not in ("date", "datetime"):
            self._fail("date_field", self.env._("%s is no date.", self.date_field))

    def _check_measure(self):
        _ = self.env._
        if not self.measure:
            self._fail("measure", _("choose what is measured."))
        if self.measure == "growth" and not self.period_days:
            self._fail("period_days", _("growth needs a period to compare."))
        if not self.measure_field:
            if self.measure in MEASURE_FIELD_REQUIRED:
                self._fail("measure_field", _("choose the field that is measured."))
            return
        if self.measure not in MEASURE_FIELD_TYPES:
            return
        field = self._resolve_path("measure_field")
        types = MEASURE_FIELD_TYPES[self.measure]
        if (types and field.type not in types) or not field.column_type:
            self._fail(
                "measure_field",
                _("%s cannot be measured this way.", self.measure_field),
            )

    def _check_currency(self):
        if self.currency_field:
            field = self._resolve_path("currency_field")
            if field.type != "many2one" or field.comodel_name != "res.currency":
                self._fail(
                    "currency_field",
                    self.env._("%s is no currency.", self.currency_field),
                )

    def _get_domain(self):
        """Return the :class:`Domain` that selects the records measured.

        :raise ValidationError: when the text is no domain or names an unknown field
        """
        self.ensure_one()
        try:
            domain = Domain(safe_eval(self.domain or "[]", {"uid": self.env.uid}))
            domain.validate(self.env[self.model_id.model].sudo())
        except Exception as error:
            self._fail("domain", str(error))
        return domain

    # --------------------------------------------------------------- Actions

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        lines = self.env["cpm.scorecard.line"].sudo().with_context(active_test=False)
        for metric in self:
            line = lines.search([("metric_id", "=", metric.id)], limit=1)
            if line:
                raise UserError(
                    self.env._(
                        "%(metric)s is part of the scorecard %(scorecard)s. Remove it "
                        "there or archive it instead.",
                        metric=metric.name,
                        scorecard=line.scorecard_id.name,
                    )
                )

    def action_sample(self):
        """Compute the metric for some customers and show the result."""
        self.ensure_one()
        self.check_access("write")  # it reads records the user might not
        self._raise_if_invalid()
        try:
            with self.env.cr.savepoint():
                rows = self.env["cpm.scorecard"]._sample_metric(self, self.env.company)
        except psycopg2.Error as error:
            raise UserError(
                self.env._(
                    "%(metric)s cannot be computed: %(reason)s",
                    metric=self.name,
                    reason=error,
                )
            ) from error
        wizard = self.env["cpm.metric.sample"].create(
            {
                "metric_id": self.id,
                "line_ids": [
                    (
                        0,
                        0,
                        {"profile_id": profile, "value": value, "is_missing": missing},
                    )
                    for profile, value, missing in rows
                ],
            }
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Sample: %s", self.name),
            "res_model": wizard._name,
            "res_id": wizard.id,
            "view_mode": "form",
            "target": "new",
        }

    def _is_date_measure(self):
        self.ensure_one()
        return self.source == "computed" and self.measure in DATE_MEASURES

    def _is_relative(self):
        """Whether the value changes with every day that passes."""
        self.ensure_one()
        if self.source == "ratio":
            return self.numerator_id._is_date_measure()
        return self._is_date_measure()

    def _format_value(self, value):
        """Return ``value`` with its unit as the user would write it."""
        self.ensure_one()
        if self.currency_field:
            return self.env.company.currency_id.format(value)
        text = self.env["ir.qweb.field.float"].value_to_html(
            value, {"precision": self.digits}
        )
        return f"{text} {self.unit}" if self.unit else str(text)

    def _report_failure(self, reason):
        """Note on the metric why it could not be computed and tell administrators."""
        for metric in self.sudo():
            metric.write({"last_error": reason, "last_error_at": fields.Datetime.now()})
            administrators = self.env.ref(
                "customer_plan_mgmt.group_cpm_admin"
            ).all_user_ids.filtered(lambda user: user.active and not user.share)
            person = (administrators - self.env.ref("base.user_root"))[:1]
            summary = self.env._("Metric cannot be computed")
            if person and not metric.activity_ids.filtered(
                lambda activity, summary=summary: activity.summary == summary
            ):
                metric.activity_schedule(
                    "mail.mail_activity_data_todo",
                    summary=summary,
                    note=reason,
                    user_id=person.id,
                )

    def _clear_failure_except(self, failed):
        """Forget old failures of metrics that were computed again."""
        mended = (self - failed).sudo().filtered("last_error")
        if mended:
            mended.write({"last_error": False, "last_error_at": False})
