"""Learning from a company's own past."""

import math

from odoo import Command, api, models

from odoo.addons.customer_plan_mgmt.tools import churn_statistics

from ..engine.history import History
from ..tools import fit
from ..tools.grid import SPANS, STEPS, Grid


class CpmChurnModel(models.Model):
    _inherit = "cpm.churn.model"

    @api.model
    def _train(self, company, observed_on=None):
        """Learn what can be learned up to a day and put it to use.

        Everything is written at once, in the caller's transaction: the new model with
        its coefficients, and that the one before is replaced. Where there is too little
        to learn from, the refusal is written and the model before stays in use.

        :param observed_on: date; today where the company is by default
        :return: the new ``cpm.churn.model``
        """
        company = company.sudo()
        day = observed_on or company._cpm_today()
        vals = {
            "company_id": company.id,
            "observed_on": day,
            "horizon_days": company._cpm_loss_days(),
            "loss_metric_id": company._cpm_loss_metric().id,
        }
        try:
            seen = self._see(company, day, vals["horizon_days"])
            fitted = fit.fit(seen, company._cpm_churn_limits())
        except fit.TooLittle as reason:
            vals["refusal"] = {"code": reason.code, **reason.facts}
            return self.sudo().create(vals)
        vals |= self._learned_vals(fitted, seen)
        vals |= self._holdout_vals(seen, company._cpm_churn_limits())
        self._active(company).write({"state": "replaced"})
        self.env.flush_all()  # one model in use at any moment
        return self.sudo().create({**vals, "state": "active"})

    @api.model
    def _see(self, company, day, horizon_days, features=None):
        """Return the :class:`Seen` of ``company`` up to ``day``."""
        if features is None:
            features = self.env["cpm.churn.feature"]._in_use()
        if not features:
            raise fit.TooLittle("no_features")
        grid = Grid(day, horizon_days)
        most = company.sudo().cpm_churn_max_customers
        return History(self.env, company, grid, features, most).look()

    @api.model
    def _learned_vals(self, fitted, seen):
        spreads = self._spreads(fitted, seen)
        return {
            "intercept": fitted.intercept,
            "span_slope": fitted.span_slope,
            "is_levelled": fitted.is_levelled,
            "customer_count": fitted.customers,
            "left_count": fitted.left,
            "stayed_count": fitted.stayed,
            "longest_days": max(cutoff["days"] for cutoff in fitted.cutoffs),
            "cutoffs": fitted.cutoffs,
            "left_out": fitted.left_out,
            "coefficient_ids": [
                Command.create(
                    {
                        "metric_id": term.metric,
                        "transform": term.transform,
                        "missing": term.missing,
                        "coefficient": term.coefficient,
                        "missing_coefficient": term.missing_coefficient,
                        "mean": term.mean,
                        "missing_mean": term.missing_mean,
                        "weight": spread,
                    }
                )
                for term, spread in zip(fitted.terms, spreads, strict=True)
            ],
        }

    @api.model
    def _spreads(self, fitted, seen):
        """Return per term how far its contributions lie apart (standard deviation)."""
        return [
            float(values.std()) for values in fit.contributions(fitted, seen, day=0)
        ]

    @api.model
    def _holdout_vals(self, seen, limits):
        """Learn once more up to an earlier day, and judge by what happened since.

        The day lies as far back as leaves twice as much past before it, at most the
        horizon. Without such a day the figures stay empty.
        """
        last = len(seen.last) - 1
        for steps in sorted(SPANS, reverse=True):
            if steps > STEPS or 2 * steps > last:
                continue
            try:
                fitted = fit.fit(seen, limits, end=steps, steps=steps)
            except fit.TooLittle:
                continue
            return self._judged_vals(fitted, seen, steps)
        return {}

    @api.model
    def _judged_vals(self, fitted, seen, day):
        probabilities = fit.predict(fitted, seen, day).tolist()
        left = fit.outcome(seen, day).tolist()
        curve = churn_statistics.curve(probabilities, left)
        figures = {
            "auc": churn_statistics.auc(probabilities, left),
            "brier": churn_statistics.brier(probabilities, left),
            "calibration_error": churn_statistics.expected_calibration_error(curve),
        }
        return {
            "holdout_on": seen.grid.day(day),
            "holdout_days": seen.grid.days_back(day),
            "holdout_customers": len(left),
            "holdout_share": sum(left) / len(left),
            "holdout_predicted": math.fsum(probabilities) / len(left),
            "curve": curve,
            **{name: number or 0.0 for name, number in figures.items()},
        }
