"""The screen of a back-test: its answer in words, and the curves."""

from odoo import api, fields, models
from odoo.tools import formatLang

from ...tools import churn_statistics as statistics

# A difference in AUC below is no difference worth a remark
EVEN = 0.005


class CpmBacktest(models.Model):
    _inherit = "cpm.backtest"

    headline = fields.Text(string="Result", compute="_compute_summary")
    remark = fields.Text(string="Comparison", compute="_compute_summary")
    is_beaten = fields.Boolean(
        compute="_compute_summary", export_string_translation=False
    )
    chart = fields.Json(compute="_compute_chart", export_string_translation=False)
    has_probability = fields.Boolean(
        compute="_compute_summary", export_string_translation=False
    )
    has_error = fields.Boolean(
        compute="_compute_summary", export_string_translation=False
    )
    best_auc = fields.Float(string="Best AUC", compute="_compute_summary")

    # ----------------------------------------------------------------- Words

    @api.depends("state", "result_ids", "customer_count", "lost_count")
    @api.depends_context("lang")
    def _compute_summary(self):
        for test in self:
            main, rival = test._main_result(), test._best_rival()
            test.has_probability = any(test.result_ids.mapped("has_probability"))
            test.has_error = any(test.result_ids.mapped("error"))
            test.best_auc = max(test._tested().mapped("auc"), default=0)
            test.is_beaten = bool(main and rival and rival.auc > main.auc + EVEN)
            if test.state != "done":
                test.headline = test.remark = False
                continue
            test.headline = " ".join(
                filter(None, [test._sentence_base(), test._sentence_main(main)])
            )
            test.remark = test._sentence_comparison(main, rival)

    def _tested(self):
        return self.result_ids.filtered(lambda result: not result.error)

    def _main_result(self):
        """Return the result of the signal the naive rivals are measured against."""
        return self._tested().filtered(lambda r: not r.is_rival and not r.rule_id)[:1]

    def _best_rival(self):
        return self._tested().filtered("is_rival").sorted("auc", reverse=True)[:1]

    def _percent(self, part):
        return f"{formatLang(self.env, 100 * (part or 0), digits=0)} %"

    def _number(self, value, digits=0):
        return formatLang(self.env, value, digits=digits)

    def _sentence_base(self):
        words = {
            "count": self._number(self.customer_count),
            "day": self._format_day(self.date_observed),
            "lost": self._number(self.lost_count),
            "share": self._percent(self.lost_share),
            "days": self.horizon_days,
        }
        return self.env._(
            "Of %(count)s customers known on %(day)s, %(lost)s (%(share)s) left within "
            "%(days)s days.",
            **words,
        )

    def _sentence_main(self, main):
        if not main:
            return self.env._("There was no rule or model to test.")
        if not main.warned_count:
            return self.env._(
                "%(signal)s would have warned of nobody.", signal=main.display_name
            )
        return self.env._(
            "%(signal)s would have warned of %(warned)s; %(hit)s of them left "
            "(%(precision)s), which is %(recall)s of all that left.",
            signal=main.display_name,
            warned=self._number(main.warned_count),
            hit=self._number(main.warned_lost_count),
            precision=self._percent(main.precision),
            recall=self._percent(main.recall),
        )

    def _sentence_comparison(self, main, rival):
        """Say honestly who orders the customers better."""
        if not main or not rival:
            return False
        words = {
            "signal": main.display_name,
            "auc": self._number(main.auc, 3),
            "rival": rival.display_name,
            "rival_auc": self._number(rival.auc, 3),
        }
        if rival.auc > main.auc + EVEN:
            return self.env._(
                "A naive list would have been better: “%(rival)s” orders the customers "
                "with an AUC of %(rival_auc)s, “%(signal)s” with %(auc)s. Trust the "
                "list, or mend the rules.",
                **words,
            )
        if main.auc > rival.auc + EVEN:
            return self.env._(
                "“%(signal)s” orders the customers better (AUC %(auc)s) than the best "
                "naive list, “%(rival)s” (%(rival_auc)s).",
                **words,
            )
        return self.env._(
            "“%(signal)s” (AUC %(auc)s) and the naive list “%(rival)s” (%(rival_auc)s) "
            "are about even.",
            **words,
        )

    # ---------------------------------------------------------------- Curves

    @api.depends("state", "result_ids.gains", "result_ids.curve")
    @api.depends_context("lang")
    def _compute_chart(self):
        for test in self:
            results = test._tested().filtered(lambda result: not result.rule_id)
            test.chart = {
                "gains": [
                    {
                        "name": result.display_name,
                        "is_rival": result.is_rival,
                        "values": result.gains,
                    }
                    for result in results
                ],
                "calibration": [
                    {"name": result.display_name, "points": test._points(result)}
                    for result in results.filtered("has_probability")
                ],
            }

    @api.model
    def _points(self, result):
        """Return the calibration curve with the share that really left."""
        return [
            {
                "predicted": point["predicted"],
                "left": statistics.share(point["lost"], point["count"]),
                "count": point["count"],
            }
            for point in result.curve
        ]
