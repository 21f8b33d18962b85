"""Why the churn probability is learned the way it is: rivals of the method, judged
without the test date.

Each is trained on what was known on an earlier day and asked about the time from
that day to 1997-09-30, which is longer than anything it has seen. Nothing after
1997-09-30 is read. Run with ``./dev bench --churn --choice``.
"""

import math
import statistics
from dataclasses import replace
from datetime import date

import numpy as np
from sklearn.linear_model import LogisticRegression, PoissonRegressor

from odoo.tools import SQL

from odoo.addons.customer_plan_mgmt.models.warning.engine.loss import Loss
from odoo.addons.customer_plan_mgmt.tools import churn_statistics
from odoo.addons.customer_plan_mgmt_churn.tools import fit
from odoo.addons.customer_plan_mgmt_churn.tools.grid import STEPS, labels

LAST = date(1997, 9, 30)
DAYS = (
    date(1997, 4, 30),
    date(1997, 5, 15),
    date(1997, 5, 31),
    date(1997, 6, 15),
    date(1997, 6, 30),
    date(1997, 7, 15),
)
ORDERS = "the same, orders instead of days"


def run(database):
    """Print AUC, Brier score and error of the level of every method on every day."""
    methods = {
        "one label, not carried on": one_label,
        "pooled logistic, log of time (chosen)": chosen,
        "the same without items": without_items,
        "the same, slopes change with time": slopes_in_time,
        "piecewise exponential hazard": hazard,
    }
    table = {name: [] for name in methods}
    with database.env(commit=False) as env:
        limits = env.company._cpm_churn_limits()
        features = env["cpm.churn.feature"]._in_use()
        rival = with_orders(env, features)
        table[ORDERS] = []
        for day in DAYS:
            seen, left = look(env, day, rival)
            table[ORDERS].append(figures(chosen(seen, limits), left))
            seen, left = look(env, day, features)
            for name, method in methods.items():
                told = method(seen, limits)
                table[name].append(figures(told, left))
    print("observed on".ljust(40) + "".join(f"{day!s:>22}" for day in DAYS))
    print(
        "asked about (days)".ljust(40) + "".join(f"{(LAST - d).days:>22}" for d in DAYS)
    )
    for name, rows in table.items():
        cells = "".join(
            f"  {auc:.4f} {brier:.4f} {off:+.3f}" for auc, brier, off in rows
        )
        means = [statistics.fmean(column) for column in zip(*rows, strict=True)]
        print(f"{name:<40}{cells}   mean {means[0]:.5f} {means[1]:.5f}")


def with_orders(env, features):
    """Return the facts with the number of orders in place of the days with one."""
    days = env.ref("customer_plan_mgmt_churn.cpm_churn_feature_purchase_days")
    orders = days.copy(
        {"metric_id": env.ref("customer_plan_mgmt.cpm_metric_orders_total").id}
    )
    return (features - days | orders).sorted("sequence")


def look(env, day, features):
    """Return what was known up to ``day``, and who then left up to ``LAST``."""
    horizon = (LAST - day).days
    seen = env["cpm.churn.model"]._see(env.company, day, horizon, features)
    env.cr.execute(
        SQL(
            """SELECT known.is_lost FROM (%s) known JOIN cpm_churn_sample chosen
               ON chosen.partner_id = known.partner_id ORDER BY chosen.partner_id""",
            Loss(env, env.company).outcome(day, horizon),
        )
    )
    return seen, [is_lost for (is_lost,) in env.cr.fetchall()]


def figures(told, left):
    told = told.tolist()
    return (
        churn_statistics.auc(told, left),
        churn_statistics.brier(told, left),
        statistics.fmean(told) - statistics.fmean(left),
    )


# ------------------------------------------------------------------- Methods


def chosen(seen, limits):
    return fit.predict(fit.fit(seen, limits), seen, 0)


def without_items(seen, limits):
    """Leave out the number of items: the fourth fact of those shipped."""
    terms = [*seen.terms[:3], *seen.terms[4:]]
    values = [np.delete(matrix, 3, axis=1) for matrix in seen.values]
    return chosen(replace(seen, terms=terms, values=values), limits)


def one_label(seen, limits):
    """Learn from one past day, a third of the horizon ago, and take what came out for
    the whole horizon."""
    x, left, _span = block(seen, STEPS // 3, 0)
    model = LogisticRegression(max_iter=1000).fit(scaled(x), left)
    return model.predict_proba(scaled(x, matrix(seen, 0)))[:, 1]


def slopes_in_time(seen, limits):
    """Let every coefficient change with the logarithm of the time."""
    usable = fit._usable_cutoffs(seen, limits, 0)
    blocks = [block(seen, *pair) for pair in labels(usable)]
    time = np.concatenate([np.full(len(x), span) for x, _left, span in blocks])[:, None]
    x = np.vstack([x for x, _left, _span in blocks])
    left = np.concatenate([left for _x, left, _span in blocks])
    x = np.hstack([x, time, x * time])
    now = matrix(seen, 0)
    now = np.hstack([now, np.zeros((len(now), 1 + now.shape[1]))])
    model = LogisticRegression(max_iter=1000).fit(scaled(x), left)
    return model.predict_proba(scaled(x, now))[:, 1]


def hazard(seen, limits):
    """Learn the rate of coming back per step, as it changes with the logarithm of the
    time; Poisson regression of who came back in which step."""
    usable = fit._usable_cutoffs(seen, limits, 0)
    rows, came, exposure = [], [], []
    for cutoff in range(1, usable + 1):
        x, known = matrix(seen, cutoff), ~np.isnan(seen.last[cutoff])
        last = [seen.last[day][known] for day in range(cutoff + 1)]
        for day in range(cutoff - 1, -1, -1):
            silent = last[day + 1] == last[cutoff]
            event = (last[day] != last[cutoff])[silent]
            time = np.full((int(silent.sum()), 1), math.log(cutoff - day - 0.5))
            rows.append(np.hstack([x[silent], time]))
            came.append(event.astype(float))
            exposure.append(np.where(event, 0.5, 1.0))
    x, weight = np.vstack(rows), np.concatenate(exposure)
    model = PoissonRegressor(alpha=1e-6, max_iter=1000)
    model.fit(scaled(x), np.concatenate(came) / weight, sample_weight=weight)
    now, total = matrix(seen, 0), 0.0
    for step in range(STEPS):
        time = np.full((len(now), 1), math.log(step + 0.5))
        total = total + model.predict(scaled(x, np.hstack([now, time])))
    return np.exp(-total)


# ------------------------------------------------------------------- Columns


def matrix(seen, day):
    """Return the transformed metrics of the customers known on a day of the grid."""
    known = ~np.isnan(seen.last[day])
    columns = []
    for place, term in enumerate(seen.terms):
        columns += fit._columns(seen.values[day][known, place], term)
    return np.column_stack(columns)


def block(seen, cutoff, verdict):
    """Return the columns, who had left, and the logarithm of the share of the horizon
    that had passed."""
    known = ~np.isnan(seen.last[cutoff])
    left = seen.last[verdict][known] == seen.last[cutoff][known]
    span = seen.grid.span(cutoff, verdict) / seen.grid.horizon_days
    return matrix(seen, cutoff), left, math.log(span)


def scaled(learned, asked=None):
    """Return ``asked`` (by default ``learned``) in the scale of ``learned``; columns
    that are always the same say nothing."""
    mean, spread = learned.mean(axis=0), learned.std(axis=0)
    spread = np.where(spread > 1e-9, spread, np.inf)
    return ((learned if asked is None else asked) - mean) / spread
