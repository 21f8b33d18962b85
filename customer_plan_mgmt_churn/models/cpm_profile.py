"""The churn probability of the customer, with its reasons in words."""

from odoo import api, fields, models
from odoo.tools.misc import formatLang

from odoo.addons.customer_plan_mgmt.models.scoring.cpm_scorecard import LEVELS

from .cpm_backtest import SIGNAL


class CpmProfile(models.Model):
    """Written set-based by ``cpm.churn.model._score_company``."""

    _inherit = "cpm.profile"

    @property
    def _cpm_protected(self):
        """What the other rooms protect, and the results of this one."""
        results = {"churn_probability", "churn_level", "churn_reasons"}
        return super()._cpm_protected | results

    churn_probability = fields.Float(
        string="Churn probability",
        readonly=True,
        copy=False,
        aggregator="avg",
        help="How likely the customer is to leave within the days after which a customer "
        "counts as lost, learned from what customers like this one did before.",
    )
    churn_level = fields.Selection(
        LEVELS, string="Churn level", readonly=True, copy=False
    )
    churn_reasons = fields.Json(
        readonly=True,
        copy=False,
        help="The three strongest: metric and by how much it moves the log odds.",
    )
    churn_reason_text = fields.Text(
        string="Strongest reasons", compute="_compute_churn_reason_text"
    )
    churn_trust_text = fields.Char(
        string="Trust in the probability", compute="_compute_churn_trust_text"
    )
    churn_scored_on = fields.Date(
        string="Probability as of", compute="_compute_churn_scored_on"
    )

    _churn_range = models.Constraint(
        "CHECK(churn_probability BETWEEN 0 AND 1)",
        "Churn probability: it lies between 0 and 1.",
    )

    @api.depends("churn_level", "company_id.cpm_churn_scored_on")
    def _compute_churn_scored_on(self):
        for profile in self:
            day = profile.company_id.sudo().cpm_churn_scored_on
            profile.churn_scored_on = bool(profile.churn_level) and day

    @api.depends("churn_reasons", "metric_value_ids.value")
    @api.depends_context("lang")
    def _compute_churn_reason_text(self):
        ids = {reason[0] for profile in self for reason in profile.churn_reasons or []}
        metrics = self.env["cpm.metric"].sudo().browse(ids).exists()
        rows = (
            self.env["cpm.metric.value"]
            .sudo()
            .search_fetch(
                [("profile_id", "in", self.ids), ("metric_id", "in", metrics.ids)],
                ["profile_id", "metric_id", "number", "event_date"],
            )
        )
        known = {(row.profile_id.id, row.metric_id.id): row.value for row in rows}
        for profile in self:
            profile.churn_reason_text = "\n".join(
                profile._churn_reason(
                    metrics.browse(metric), weight, known.get((profile.id, metric))
                )
                for metric, weight in profile.churn_reasons or []
                if metric in metrics.ids
            )

    @api.model
    def _churn_reason(self, metric, weight, value):
        """Return one reason in words: the fact, and where it pulls the probability."""
        words = {"metric": metric.name, "value": self.env._("no value")}
        if value is not None:
            shown = formatLang(self.env, value, digits=metric.digits)
            words["value"] = f"{shown} {metric.unit or ''}".strip()
        if weight > 0:
            return self.env._("%(metric)s: %(value)s – raises the probability", **words)
        return self.env._("%(metric)s: %(value)s – lowers the probability", **words)

    @api.depends("churn_probability", "churn_level")
    @api.depends_context("lang")
    def _compute_churn_trust_text(self):
        tests, tables = self.env["cpm.backtest"], {}
        for profile in self:
            company = profile.company_id
            if not profile.churn_level:
                profile.churn_trust_text = False
                continue
            if company not in tables:
                tables[company] = tests._trust_table(company)
            trust = tests._trust(
                company,
                SIGNAL,
                probability=profile.churn_probability,
                table=tables[company],
            )
            profile.churn_trust_text = trust["text"]
