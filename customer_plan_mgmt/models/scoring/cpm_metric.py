"""Metrics: measured quantities per customer, configured as data."""

import psycopg2

from odoo import api, fields, models
from odoo.exceptions import UserError

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
    _cpm_ranges = {"period_days": (0, 36500), "digits": (0, 6)}
    _cpm_protected = frozenset({"last_error", "last_error_at", "model_name"})

    sequence = fields.Integer(default=10, aggregator=None)
    active = fields.Boolean(string="In use", default=True, tracking=True)
    description = fields.Text(translate=True)
    unit = fields.Char(
        translate=True, help="Shown behind the value: days, orders, %. Empty for money."
    )
    digits = fields.Integer(string="Decimals", default=2, aggregator=None)
    higher_is_better = fields.Boolean(
        string="Higher is better",
        default=True,
    )
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
        help="Only records of this many days up to the scoring date count. 0: all "
        "time.",
    )
    # Health of the metric
    last_error = fields.Text(
        string="Last error",
        readonly=True,
        copy=False,
    )
    last_error_at = fields.Datetime(
        string="Last error on",
        readonly=True,
        copy=False,
    )
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

    # --------------------------------------------------------------- Actions

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        lines = self.env["cpm.scorecard.line"].sudo().with_context(active_test=False)
        stages = self.env["cpm.lifecycle.stage"].sudo().search([("rule", "!=", False)])
        for metric in self:
            for stage in stages:
                if metric.code in stage._get_rule_codes():
                    raise UserError(
                        self.env._(
                            "%(metric)s is used by the rule of the lifecycle stage "
                            "%(stage)s. Change the rule first.",
                            metric=metric.name,
                            stage=stage.name,
                        )
                    )
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
        if (
            self.source == "computed"
            and self.currency_field
            and self.measure != "growth"
        ):
            return self.env.company.currency_id.format(value)
        text = self.env["ir.qweb.field.float"].value_to_html(
            value, {"precision": self.digits}
        )
        return f"{text} {self.unit}" if self.unit else str(text)

    @api.model
    def _failure_readers(self, company=None):
        """Return the administrators, of ``company`` if given, who may be told about
        failures."""
        administrators = self.env.ref(
            "customer_plan_mgmt.group_cpm_admin"
        ).all_user_ids.filtered(
            lambda user: (
                user.active
                and not user.share
                and (not company or company in user.company_ids)
            )
        )
        return administrators - self.env.ref("base.user_root")

    @api.model
    def _failure_reader(self):
        """Return the administrator who is told about failures, if there is one."""
        return self._failure_readers()[:1]

    def _report_failure(self, reason):
        """Note on the metric why it could not be computed and tell administrators."""
        person = self._failure_reader()
        summary = self.with_context(lang=person.lang).env._("Metric cannot be computed")
        for metric in self.sudo():
            metric.write({"last_error": reason, "last_error_at": fields.Datetime.now()})
            if person and not metric.activity_ids.filtered(
                lambda activity: activity.summary == summary
            ):
                metric.activity_schedule(
                    "mail.mail_activity_data_todo",
                    summary=summary,
                    note=reason,
                    user_id=person.id,
                )

    def _clear_failure(self):
        """Forget old failures of metrics that were computed again."""
        mended = self.sudo().filtered("last_error")
        if mended:
            mended.write({"last_error": False, "last_error_at": False})
