"""The churn probability in the back-test."""

from odoo import models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..engine.score import Score
from ..tools import fit

SIGNAL = "model"


class CpmBacktest(models.Model):
    _inherit = "cpm.backtest"

    def _signal_names(self):
        return {**super()._signal_names(), SIGNAL: self.env._("Churn probability")}

    def _signals(self):
        """Put the probability in front: the rivals are measured against it."""
        own = {
            "code": SIGNAL,
            "name": self._signal_names()[SIGNAL],
            "is_rival": False,
            "rule": self.env["cpm.warning.rule"],
        }
        return [own, *super()._signals()]

    def _signal_sql(self, code, facts, rule=None):
        if code != SIGNAL:
            return super()._signal_sql(code, facts, rule)
        return self._sql_model(facts)

    def _sql_model(self, facts):
        """Return what a model says that was trained up to the day of observation, for
        the horizon of the test; the model in use knows more and is not asked."""
        churn = self.env["cpm.churn.model"]
        company = self.company_id.sudo()
        try:
            seen = churn._see(company, facts.as_of, self.horizon_days)
            fitted = fit.fit(seen, company._cpm_churn_limits())
        except fit.TooLittle as reason:
            raise UserError(
                churn._refusal_words({"code": reason.code, **reason.facts})
            ) from None
        metric = company._cpm_loss_metric().with_env(facts.env)
        score = Score(facts, fitted.intercept, fitted.terms, metric)
        return SQL(
            """SELECT profile_id, probability AS score,
                      probability >= %s::float8 AS is_warned, probability
               FROM (%s) told""",
            company.cpm_churn_high_from,
            score.select(),
        )
