"""Learning the churn probability from past days.

Every customer is seen on several past days (cut-offs), each with several spans of
time that have passed since: within how many days did the customer come back? The log
odds of having left are taken as linear in the transformed metrics and in the
logarithm of the span: the proportional-odds (log-logistic) survival model fitted as
one pooled logistic regression (Bennett 1983, Statistics in Medicine 2, 273–277;
Efron 1988, JASA 83, 414–425). That carries spans that have passed to a horizon that
has not, as a step on the logarithmic scale. Where days lie far enough back to know
the horizon itself, the level is set by them.

scikit-learn and numpy are imported inside the functions: a web worker that never
trains does not pay for them.
"""

import math
from dataclasses import dataclass, field, replace

from .formula import CLAMP
from .grid import STEPS, Grid, labels

# A metric is learned from when it is known for at least this share of the customers …
KNOWN_AT_LEAST = 0.02
# … and for about as many on the past days as now: a metric that has only just begun
# would be judged by the few who had it first
KNOWN_DRIFT = 0.3
# Strength of the ridge (scikit-learn's C) on standardised columns; the rows of all
# days and spans together weigh as much as the customers, so that few of them are
# believed less
RIDGE = 1.0
# Newton steps for the level; it converges in a handful
NEWTON_STEPS = 50


class TooLittle(Exception):
    """There is not enough to learn from.

    :ivar code: what is missing, see ``cpm.churn.model._refusal_text``
    :ivar facts: numbers of the sentence
    """

    def __init__(self, code: str, **facts):
        super().__init__(code)
        self.code = code
        self.facts = facts


@dataclass
class Seen:
    """The customers on the days of a grid.

    :ivar grid: :class:`Grid`
    :ivar last: per day an array with the last sign of life of every customer as a day
        number, NaN where there was none yet
    :ivar values: per day a matrix customers × terms, NaN where missing
    :ivar terms: :class:`Term` without coefficients, in the order of the columns
    """

    grid: Grid
    last: list
    values: list
    terms: list


@dataclass(frozen=True)
class Limits:
    """From when on it makes sense to learn.

    :ivar customers: at least so many
    :ivar events: at least so many who left, and who stayed
    :ivar stretch: the horizon may be so many times the longest span known
    """

    customers: int
    events: int
    stretch: float


@dataclass
class Fitted:
    """What was learned."""

    grid: Grid
    intercept: float
    terms: list
    span_slope: float
    customers: int
    left: int
    stayed: int
    rows: int
    cutoffs: list = field(default_factory=list)
    left_out: list = field(default_factory=list)
    is_levelled: bool = False


def fit(seen: Seen, limits: Limits, end: int = 0, steps: int = STEPS) -> Fitted:
    """Learn from what was known on the day ``end`` of the grid.

    :param steps: the horizon in steps of the grid (``STEPS``: the horizon itself)
    :raise TooLittle: with what is missing
    """
    import numpy as np

    usable = _usable_cutoffs(seen, limits, end)
    _check_reach(seen, limits, usable, end, steps)
    pairs = labels(usable, end, steps)
    terms, left_out = _choose_terms(seen, usable, end)
    known = {k: ~np.isnan(seen.last[k]) for k in range(end, usable + 1)}
    blocks = [
        _block(seen, terms, known[cutoff], cutoff, verdict, steps)
        for cutoff, verdict in pairs
    ]
    left, stayed = _check_events(blocks, limits)
    x = np.vstack([block[0] for block in blocks])
    y = np.concatenate([block[1] for block in blocks])
    intercept, weights = _regress(x, y, int(known[end].sum()))
    coefficients = weights[: len(weights) - 1]
    fitted = Fitted(
        grid=seen.grid,
        intercept=intercept,
        terms=_weighted_terms(seen, terms, coefficients, known[end], end),
        span_slope=float(weights[-1]),
        customers=int(known[end].sum()),
        left=left,
        stayed=stayed,
        rows=len(y),
        cutoffs=_cutoff_facts(seen, known, usable, end, steps),
        left_out=left_out,
    )
    return _level(fitted, blocks, pairs, coefficients, steps)


def predict(fitted: Fitted, seen: Seen, day: int):
    """Return the probabilities of the customers known on a day of the grid."""
    import numpy as np

    known = ~np.isnan(seen.last[day])
    places = {term.metric: place for place, term in enumerate(seen.terms)}
    z = np.full(int(known.sum()), fitted.intercept)
    for term in fitted.terms:
        x, absent = _columns(seen.values[day][known, places[term.metric]], term)
        z += term.coefficient * x + term.missing_coefficient * absent
    return 1 / (1 + np.exp(-np.clip(z, -CLAMP, CLAMP)))


def outcome(seen: Seen, day: int, end: int = 0):
    """Return which customers known on ``day`` gave no sign of life up to ``end``."""
    import numpy as np

    known = ~np.isnan(seen.last[day])
    return seen.last[end][known] == seen.last[day][known]


def contributions(fitted: Fitted, seen: Seen, day: int):
    """Return per term an array of what it adds to the log odds of each customer known
    on ``day``, against the average."""
    import numpy as np

    known = ~np.isnan(seen.last[day])
    places = {term.metric: place for place, term in enumerate(seen.terms)}
    result = []
    for term in fitted.terms:
        x, absent = _columns(seen.values[day][known, places[term.metric]], term)
        result.append(
            term.coefficient * (x - term.mean)
            + term.missing_coefficient * (absent - term.missing_mean)
        )
    return result


# ----------------------------------------------------------------- What to use


def _usable_cutoffs(seen, limits, end):
    """Return the last cut-off on which enough customers were known: as many as it
    takes at all, and half of those known now."""
    import numpy as np

    now = int((~np.isnan(seen.last[end])).sum())
    if now < limits.customers:
        raise TooLittle("few_customers", found=now, needed=limits.customers)
    usable = end
    for cutoff in range(end + 1, len(seen.last)):
        known = int((~np.isnan(seen.last[cutoff])).sum())
        if known < max(limits.customers, now / 2):
            break
        usable = cutoff
    return usable


def _check_reach(seen, limits, usable, end, steps):
    horizon = round(seen.grid.horizon_days * steps / STEPS)
    longest = seen.grid.span(usable, end)
    if longest * limits.stretch < horizon:
        raise TooLittle(
            "short_history",
            horizon=horizon,
            longest=longest,
            most=int(longest * limits.stretch),
        )


def _choose_terms(seen, usable, end):
    """Return the terms to learn from and, for the others, why not."""
    import numpy as np

    chosen, left_out = [], []
    past = range(end + 1, usable + 1)
    count = sum(int((~np.isnan(seen.last[k])).sum()) for k in past)
    now = ~np.isnan(seen.last[end])
    for place, term in enumerate(seen.terms):
        known = [seen.values[k][~np.isnan(seen.last[k]), place] for k in past]
        column = np.concatenate(known)
        column = column[~np.isnan(column)]
        then = len(column) / count
        today = float((~np.isnan(seen.values[end][now, place])).mean())
        reason = _reason_against(term, then, today, len(np.unique(column)) < 2)
        if reason:
            facts = {"metric": term.metric, "reason": reason, "then": round(then, 4)}
            left_out.append({**facts, "now": round(today, 4)})
        else:
            chosen.append(term)
    if not chosen:
        raise TooLittle("no_features")
    return chosen, left_out


def _reason_against(term, then, today, is_same):
    """Return why not to learn from a metric, None when nothing speaks against it.

    :param then: share of the customers with a value on the past days
    :param today: the same now
    :param is_same: all values are the same
    """
    if then < KNOWN_AT_LEAST:
        return "rare"
    if is_same and then == 1:
        return "same"
    if term.missing == "apart" and abs(today - then) > KNOWN_DRIFT:
        return "drift"
    return None


# ------------------------------------------------------------------- Learning


def _columns(values, term):
    """Return ``(t(values), 1 where missing)`` as arrays; see ``formula.columns``."""
    import numpy as np

    missing = np.isnan(values)
    x = np.where(missing, 0.0, values)
    if term.transform == "log":
        x = np.copysign(np.log1p(np.abs(x)), x)
    absent = missing.astype(float)
    if term.missing != "apart":
        absent = np.zeros(len(values))
    return x, absent


def _block(seen, terms, known, cutoff, verdict, steps):
    """Return what one cut-off teaches about one span: columns (two per term and the
    logarithm of the span), whether the customer had left, and who it was."""
    import numpy as np

    places = {term.metric: place for place, term in enumerate(seen.terms)}
    columns = []
    for term in terms:
        columns += _columns(seen.values[cutoff][known, places[term.metric]], term)
    ratio = seen.grid.span(cutoff, verdict) * STEPS / (seen.grid.horizon_days * steps)
    columns.append(np.full(int(known.sum()), math.log(ratio)))
    left = seen.last[verdict][known] == seen.last[cutoff][known]
    return np.column_stack(columns), left, np.flatnonzero(known)


def _check_events(blocks, limits):
    """Return how many customers were ever seen to leave, and how many to stay."""
    import numpy as np

    left = len(np.unique(np.concatenate([who[gone] for _x, gone, who in blocks])))
    stayed = len(np.unique(np.concatenate([who[~gone] for _x, gone, who in blocks])))
    if not left or not stayed:
        raise TooLittle("one_class", left=left, stayed=stayed)
    if min(left, stayed) < limits.events:
        raise TooLittle("few_events", left=left, stayed=stayed, needed=limits.events)
    return left, stayed


def _regress(x, y, customers):
    """Return intercept and coefficients in the units of the columns of ``x``."""
    import numpy as np
    from sklearn.linear_model import LogisticRegression

    mean, spread = x.mean(axis=0), x.std(axis=0)
    varies = spread > 1e-9
    scaled = (x[:, varies] - mean[varies]) / spread[varies]
    model = LogisticRegression(C=RIDGE, max_iter=1000)
    model.fit(scaled, y, sample_weight=np.full(len(y), customers / len(y)))
    weights = np.zeros(x.shape[1])
    weights[varies] = model.coef_[0] / spread[varies]
    return float(model.intercept_[0] - weights @ mean), weights


def _weighted_terms(seen, terms, coefficients, known, end):
    """Return the terms with coefficients, and with the average of the day ``end``."""
    places = {term.metric: place for place, term in enumerate(seen.terms)}
    result = []
    for number, term in enumerate(terms):
        x, absent = _columns(seen.values[end][known, places[term.metric]], term)
        result.append(
            replace(
                term,
                coefficient=float(coefficients[2 * number]),
                missing_coefficient=float(coefficients[2 * number + 1]),
                mean=float(x.mean()),
                missing_mean=float(absent.mean()),
            )
        )
    return result


def _cutoff_facts(seen, known, usable, end, steps):
    """Return per cut-off its day, the customers known then and the longest span."""
    return [
        {
            "day": seen.grid.day(cutoff).isoformat(),
            "customers": int(known[cutoff].sum()),
            "days": seen.grid.span(cutoff, max(end, cutoff - steps)),
        }
        for cutoff in range(end + 1, usable + 1)
    ]


def _level(fitted, blocks, pairs, coefficients, steps):
    """Shift the intercept so that, over the cut-offs whose horizon has passed, as many
    are foretold to leave as did. Without such cut-offs the level stays carried."""
    import numpy as np

    whole = [
        block
        for block, (cutoff, verdict) in zip(blocks, pairs, strict=True)
        if cutoff - verdict == steps
    ]
    if not whole:
        return fitted
    z = np.concatenate([x[:, :-1] @ coefficients for x, _left, _who in whole])
    share = float(np.concatenate([left for _x, left, _who in whole]).mean())
    if not 0 < share < 1:
        return fitted
    intercept = fitted.intercept
    for _step in range(NEWTON_STEPS):
        p = 1 / (1 + np.exp(-np.clip(z + intercept, -CLAMP, CLAMP)))
        step = (float(p.mean()) - share) / max(float((p * (1 - p)).mean()), 1e-9)
        intercept -= max(-1.0, min(1.0, step))
        if abs(step) < 1e-10:
            break
    return replace(fitted, intercept=intercept, is_levelled=True)
