"""Scores on the customer profile and their explanation."""

import json

from odoo import api, fields, models
from odoo.tools import SQL
from odoo.tools.misc import format_date

from ..profile.cpm_profile import CpmProfile as ProfileRoom
from .cpm_scorecard import LEVELS


class CpmProfile(models.Model):
    """Scores are results of the scoring run and protected against typing.

    ``metric_state`` is a column the ORM does not know: the raw metric values the
    customer was last scored with, as an array. The run compares against it, so
    that an unchanged customer costs no write and no read of other tables.
    """

    _inherit = "cpm.profile"
    _cpm_protected = ProfileRoom._cpm_protected | frozenset(
        {
            "value_score",
            "value_level",
            "health_score",
            "health_level",
            "loyalty_score",
            "loyalty_level",
            "recalculated_on",
            "recalculated_at",
        }
    )

    value_score = fields.Float(
        string="Value score",
        readonly=True,
        aggregator="avg",
        copy=False,
    )
    value_level = fields.Selection(
        LEVELS,
        string="Value level",
        readonly=True,
        copy=False,
    )
    health_score = fields.Float(
        string="Health score",
        readonly=True,
        aggregator="avg",
        copy=False,
    )
    health_level = fields.Selection(
        LEVELS,
        string="Health level",
        readonly=True,
        copy=False,
    )
    loyalty_score = fields.Float(
        string="Loyalty score",
        readonly=True,
        aggregator="avg",
        copy=False,
    )
    loyalty_level = fields.Selection(
        LEVELS,
        string="Loyalty level",
        readonly=True,
        copy=False,
    )
    score_excluded = fields.Boolean(
        string="No automated scoring",
        tracking=True,
        help="The customer refused to be judged by a machine: every scoring run "
        "leaves the customer out and existing scores are cleared.",
    )
    recalculated_on = fields.Date(
        string="Recalculated as of",
        readonly=True,
        index="btree_not_null",
        copy=False,
    )
    recalculated_at = fields.Datetime(
        string="Recalculated on",
        readonly=True,
        copy=False,
    )
    last_scored_at = fields.Datetime(
        string="Last scored on",
        compute="_compute_last_scored_at",
    )
    metric_value_ids = fields.One2many(
        "cpm.metric.value",
        "profile_id",
        string="Metric values",
    )
    score_ids = fields.One2many("cpm.score", "profile_id")
    value_explanation = fields.Html(
        string="Explanation of the value score",
        compute="_compute_explanations",
        sanitize=False,
    )
    health_explanation = fields.Html(
        string="Explanation of the health score",
        compute="_compute_explanations",
        sanitize=False,
    )
    loyalty_explanation = fields.Html(
        string="Explanation of the loyalty score",
        compute="_compute_explanations",
        sanitize=False,
    )
    score_chart = fields.Text(
        string="Value score over time",
        compute="_compute_score_chart",
    )

    _scores_range = models.Constraint(
        "CHECK(value_score BETWEEN 0 AND 100 AND health_score BETWEEN 0 AND 100"
        " AND loyalty_score BETWEEN 0 AND 100)",
        "Scores lie between 0 and 100.",
    )

    def init(self):
        """Add the column the ORM does not know; see the class."""
        self.env.cr.execute(
            SQL(
                "ALTER TABLE cpm_profile ADD COLUMN IF NOT EXISTS metric_state float8[]"
            )
        )

    @api.depends("recalculated_at", "score_excluded", "company_id.cpm_last_run_at")
    def _compute_last_scored_at(self):
        for profile in self:
            moments = [profile.recalculated_at]
            if not profile.score_excluded and profile.create_date:
                run_at = profile.company_id.cpm_last_run_at
                if run_at and run_at >= profile.create_date.replace(microsecond=0):
                    moments.append(run_at)
            profile.last_scored_at = max(filter(None, moments), default=False)

    def _get_scored_on(self):
        """Return the day the stored metric values refer to."""
        days = (self.recalculated_on, self.company_id.sudo().cpm_scored_on)
        return max(filter(None, days), default=fields.Date.context_today(self))

    # ----------------------------------------------------------- Explanation

    @api.depends(
        "value_score",
        "value_level",
        "health_score",
        "health_level",
        "health_uncapped",
        "loyalty_score",
        "loyalty_level",
    )
    @api.depends_context("lang")
    def _compute_explanations(self):
        latest = self._get_latest_scores()
        for profile in self:
            for purpose in ("value", "health", "loyalty"):
                score = latest.get((profile.id, purpose))
                if not profile[f"{purpose}_level"]:
                    score = None  # excluded, or nothing to judge by any more
                profile[f"{purpose}_explanation"] = profile._render_explanation(
                    score, score and profile._get_score_lines(score)
                )

    def _get_latest_scores(self):
        """Return ``{(profile id, purpose): newest cpm.score}`` in one query."""
        self.env["cpm.score"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT ON (profile_id, purpose) id
                FROM cpm_score WHERE profile_id IN %s
                ORDER BY profile_id, purpose, id DESC
                """,
                tuple(self.ids) or (0,),
            )
        )
        scores = self.env["cpm.score"].browse([row[0] for row in rows])
        return {(score.profile_id.id, score.purpose): score for score in scores}

    def _get_score_lines(self, score):
        """Return the lines of ``score`` with today's metric values.

        Points and weights are those of the score; a value may have moved since
        without changing the points.
        """
        self.ensure_one()
        lines = score._get_lines()
        current = {
            row.metric_id.code: (row.metric_id, row.value)
            for row in self.sudo().with_company(self.company_id).metric_value_ids
        }
        for line in lines:
            if not line["missing"] and line["code"] in current:
                metric, value = current[line["code"]]
                line["raw"], line["value"] = value, metric._format_value(value)
        return lines

    def _render_explanation(self, score, lines):
        """Return the explanation of a score as HTML, empty without a score."""
        if not score:
            return False
        return self.env["ir.qweb"]._render(
            "customer_plan_mgmt.score_explanation", {"score": score, "lines": lines}
        )

    @api.depends("value_score", "health_score")
    def _compute_score_chart(self):
        for profile in self:
            rows = profile.score_ids.filtered(lambda row: row.purpose == "value")
            points = [
                {"x": format_date(self.env, row.date), "y": round(row.score, 2)}
                for row in rows.sorted(lambda row: (row.date, row.id))[-24:]
            ]
            profile.score_chart = json.dumps(
                [{"key": self.env._("Value score"), "values": points}]
            )

    # --------------------------------------------------------------- Actions

    def write(self, vals):
        result = super().write(vals)
        if vals.get("score_excluded"):
            self._clear_scores()
        return result

    def _clear_scores(self):
        """Forget what machines thought of customers who refused scoring."""
        self._forget_scores()
        self.sudo().score_ids.unlink()
        self.sudo().metric_value_ids.filtered(
            lambda row: row.metric_id.source != "manual"
        ).unlink()
        self.env["cpm.tier.change"].sudo().search(
            [
                ("profile_id", "in", self.ids),
                ("state", "=", "proposed"),
                ("origin", "=", "rule"),
            ]
        ).write({"state": "expired"})

    def action_recalculate(self):
        """Score the selected customers now, as of today."""
        self.check_access("write")
        scored = self.filtered(lambda profile: not profile.score_excluded)
        self.env["cpm.scorecard"].sudo()._run_profiles(scored)
        return True

    def action_view_scores(self):
        """Open the score history of the customer."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "customer_plan_mgmt.cpm_score_action"
        )
        action["domain"] = [("profile_id", "=", self.id)]
        action["context"] = {}
        return action
