"""The dated history of scores, each with its explanation."""

from odoo import api, fields, models

from .cpm_scorecard import LEVELS, PURPOSES


class CpmScore(models.Model):
    """One score of one customer on the day it changed. Append-only.

    ``breakdown`` is a list of ``{"metric": code, "value": number, "points": 0-100,
    "weight": percent}``; the sum of points times weight is the score, before a cap
    limited it. Metrics without a value have neither value nor points and weigh nothing.
    """

    _name = "cpm.score"
    _description = "Customer Score"
    _inherit = "cpm.system.mixin"
    _order = "date desc, id desc"
    _rec_name = "profile_id"
    _log_access = False  # written by the million by the scoring run only

    profile_id = fields.Many2one(
        "cpm.profile", string="Customer", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="profile_id.company_id")
    purpose = fields.Selection(PURPOSES, required=True)
    scorecard_id = fields.Many2one("cpm.scorecard", ondelete="set null")
    date = fields.Date(string="As of", required=True)
    score = fields.Float(digits=(5, 2), aggregator="avg")
    level = fields.Selection(LEVELS)
    breakdown = fields.Json()
    # Where a cap limited the score: what the scorecard gave, and why; else empty
    uncapped_score = fields.Float(
        string="Without the cap", digits=(5, 2), aggregator=None
    )
    cap_reason = fields.Char(string="Reason of the cap")
    explanation = fields.Html(compute="_compute_explanation", sanitize=False)

    _score_range = models.Constraint(
        "CHECK(score BETWEEN 0 AND 100)", "Scores lie between 0 and 100."
    )

    @api.depends("breakdown")
    def _compute_explanation(self):
        for row in self:
            row.explanation = row.profile_id._render_explanation(row, row._get_lines())

    def _get_lines(self):
        """Return the breakdown for people: one dict per metric with ``name``,
        ``value`` (formatted), ``points``, ``weight`` and ``missing``."""
        self.ensure_one()
        codes = [line["metric"] for line in self.breakdown or []]
        metrics = {
            metric.code: metric
            for metric in self.env["cpm.metric"]
            .sudo()
            .with_company(self.company_id)  # its currency
            .with_context(active_test=False)
            .search([("code", "in", codes)])
        }
        lines = []
        for line in self.breakdown or []:
            metric = metrics.get(line["metric"])
            missing = line.get("points") is None
            lines.append(
                {
                    "code": line["metric"],
                    "name": metric.name if metric else line["metric"],
                    "raw": line.get("value"),
                    "value": metric._format_value(line["value"])
                    if metric and not missing
                    else line.get("value"),
                    "points": line.get("points"),
                    "weight": line.get("weight") or 0,
                    "missing": missing,
                }
            )
        return lines

    def _cap_text(self):
        """Return why the score is limited, in the language of the reader; empty when
        it is not."""
        self.ensure_one()
        if not self.cap_reason:
            return ""
        return self.env["cpm.profile"]._health_cap_reason_text(self.cap_reason)

    @api.model
    def _refusal(self):
        return self.env._("Scores are kept by the system and cannot be edited.")
