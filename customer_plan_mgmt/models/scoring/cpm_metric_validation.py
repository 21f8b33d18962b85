"""What a metric must be like to be measured, and what to say when it is not."""

import psycopg2

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import SQL, mute_logger
from odoo.tools.safe_eval import safe_eval

from .cpm_metric import DATE_MEASURES
from .engine.metric_sql import MetricSource
from .engine.rates import Rates

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


class CpmMetric(models.Model):
    _inherit = "cpm.metric"

    @api.model
    def _reserved_codes(self):
        return set(self.env["cpm.lifecycle.stage"]._rule_facts())

    def write(self, vals):
        result = super().write(vals)
        rests = not vals.get("active", True)
        if "code" in vals or (rests and not self.env.su):
            # Rules that used it would silently never match again; a run, in superuser
            # mode, has no choice and says so on the stage
            self.env["cpm.lifecycle.stage"].sudo().search([])._check_rule()
        if (rests or vals.keys() & {"source", "measure"}) and not self.env.su:
            self._get_ratios()._check_definition()
        if rests or vals.get("source") == "manual":
            self._forget_values()
        return result

    def _get_ratios(self):
        """Return the other active ratios that divide by or with these metrics."""
        return self.search(
            [
                ("source", "=", "ratio"),
                ("id", "not in", self.ids),
                "|",
                ("numerator_id", "in", self.ids),
                ("denominator_id", "in", self.ids),
            ]
        )

    def _forget_values(self):
        """Delete what was computed: nobody brings it up to date any more. What a
        person entered stays."""
        self.env["cpm.metric.value"].flush_model()
        self.env.cr.execute(
            SQL(
                "DELETE FROM cpm_metric_value WHERE metric_id IN %s AND user_id IS NULL",
                tuple(self.ids) or (0,),
            )
        )
        self.env["cpm.metric.value"].invalidate_model()

    @api.constrains("code")
    def _check_code(self):
        reserved = self._reserved_codes()
        for metric in self:
            if metric.code in reserved or not metric.code.isidentifier():
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
            if metric.source == "computed":
                metric._try_statement()

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

    def _try_statement(self):
        """Let the database read, not run, the statement of the metric.

        :raise ValidationError: when it refuses, e.g. a text compared with a number
        """
        env = self.sudo().env
        today = fields.Date.context_today(self)
        rates = Rates(env, self.env.company)
        try:
            source = MetricSource(env, self.env.company, self.sudo(), rates)
            with mute_logger("odoo.sql_db"), self.env.cr.savepoint(flush=False):
                self.env.cr.execute(SQL("EXPLAIN %s", source.statement(today)))
        except (psycopg2.Error, ValueError, TypeError) as error:
            self._fail("domain", str(error))

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
                self._fail(
                    name, _("a ratio can only divide metrics that are not ratios.")
                )
        if self.denominator_id.measure in DATE_MEASURES and (
            self.denominator_id.source == "computed"
        ):
            self._fail(
                "denominator_id",
                _("a number of days since an event cannot be divided by."),
            )

    def _check_model(self):
        if not self.model_id and not self.model_name:
            self._fail("model_id", self.env._("choose the records to measure."))
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
        if not self.env.su and not self.env[self.model_id.model].has_access("read"):
            # The run reads as superuser: whoever defines a metric must not learn
            # through it what is closed to them
            self._fail("model_id", self.env._("you are not allowed to read them."))

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
                    self._fail(
                        field_name, _("%s does not lead to other records.", field.name)
                    )
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
            if not self.env.su and not model._has_field_access(field, "read"):
                self._fail(field_name, _("you are not allowed to read %s.", name))
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
            self._fail("date_field", self.env._("%s is not a date.", self.date_field))

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
                    self.env._("%s is not a currency.", self.currency_field),
                )

    def _get_domain(self):
        """Return the :class:`Domain` that selects the records measured.

        :raise ValidationError: when the text is no domain or names an unknown field
        """
        self.ensure_one()
        try:
            domain = Domain(safe_eval(self.domain or "[]", {"uid": self.env.uid}))
            domain.validate(self.env[self.model_id.model].sudo())
            # As the person who defines it, so that closed fields stay closed
            self.env[self.model_id.model]._search(domain, order=False)
        except Exception as error:
            self._fail("domain", str(error))
        return domain
