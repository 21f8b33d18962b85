"""The scoring rules once more: slow, plain Python, one customer at a time.

Written from the descriptions of the fields, not from the SQL, so that a mistake in
one of the two shows as a difference.
"""

from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal
from statistics import median


def as_number(value):
    """Return ``value`` as PostgreSQL turns a float into an exact number."""
    return Decimal(f"{value:.15g}")


def rounded(value, digits):
    step = Decimal(1).scaleb(-digits)
    return float(as_number(value).quantize(step, ROUND_HALF_UP))


# ------------------------------------------------------------------------ Metrics


def measure(name, records, as_of, period=0):
    """Return one measure over ``records``, None when missing.

    :param records: ``(day, quantity)`` of one customer, quantity None when not set
    :param period: days, 0 for all time
    """
    known = [record for record in records if record[0] <= as_of]
    if not known:
        return None

    def window(first, last):
        """Records from ``first`` (older) to ``last`` days ago."""
        if not period:
            return known
        return [record for record in known if last <= (as_of - record[0]).days < first]

    inside = window(period, 0)
    days = sorted({day for day, _quantity in inside})
    quantities = [quantity for _day, quantity in inside if quantity is not None]
    if name == "count":
        return len(inside)
    if name == "sum":
        return sum(quantities)
    if name == "average":
        return sum(quantities) / len(quantities) if quantities else None
    if name == "minimum":
        return min(quantities, default=None)
    if name == "maximum":
        return max(quantities, default=None)
    if name == "count_distinct":
        return len(set(quantities))
    if name == "days_since_last":
        return (as_of - days[-1]).days if days else None
    if name == "days_since_first":
        return (as_of - days[0]).days if days else None
    if name == "active_months":
        return len({(day.year, day.month) for day in days})
    if name == "median_interval_days":
        gaps = [
            (after - before).days for before, after in zip(days, days[1:], strict=False)
        ]
        return median(gaps) if gaps else None
    if name == "growth":
        before = window(2 * period, period)
        past = sum(quantity for _day, quantity in before if quantity is not None)
        if past <= 0:
            return None
        return (sum(quantities) - past) * 100 / past
    raise ValueError(name)


def ratio(numerator, denominator):
    if numerator is None or not denominator:
        return None
    return numerator / denominator


# ------------------------------------------------------------------------- Points


def threshold_points(value, bands):
    """:param bands: ``{from value: points}``"""
    if value is None:
        return None
    reached = [limit for limit in bands if value >= limit]
    return bands[max(reached)] if reached else 0.0


def linear_points(value, low, high):
    if value is None:
        return None
    return min(100.0, max(0.0, 100 * (value - low) / (high - low)))


def percentile_points(value, others, higher_is_better=True):
    """:param others: values of all customers of the scorecard, this one included"""
    if value is None:
        return None
    known = [other for other in others if other is not None]
    if len(known) == 1:
        return 0.0
    worse = sum(other < value if higher_is_better else other > value for other in known)
    return rounded(100 * (worse / (len(known) - 1)), 0)


def weighted_score(lines):
    """:param lines: ``(points, weight)`` in the order of the scorecard"""
    present = [(points, weight) for points, weight in lines if points is not None]
    total = sum(weight for _points, weight in present)
    if not total:
        return None
    return rounded(sum(points * weight for points, weight in present) / total, 2)


def level(score, high_from, medium_from):
    if score is None:
        return None
    if score >= high_from:
        return "high"
    return "medium" if score >= medium_from else "low"


# -------------------------------------------------------------------------- Tiers


def tier(score, current, tiers, since, as_of, locked=False):
    """Return the tier the rule gives.

    :param current: key of the present tier or None
    :param tiers: ``(key, promotion, demotion, minimum stay)``, the highest first
    """
    if score is None or (locked and current is not None):
        return current
    keys = [item[0] for item in tiers]
    place = keys.index(current) if current in keys else None
    for index, (_key, promotion, demotion, _stay) in enumerate(tiers):
        above_or_own = place is not None and index >= place
        if score >= (demotion if above_or_own else promotion):
            wanted = index
            break
    else:
        wanted = len(tiers)
    if place is not None and wanted > place:
        stay = tiers[place][3]
        if stay and since + timedelta(days=stay) > as_of:
            return current
    return keys[wanted] if wanted < len(keys) else None


# ---------------------------------------------------------------------- Lifecycle


def holds(rule, facts):
    """Whether a rule in prefix notation holds for certain.

    :param facts: ``{name: value or None}``
    """
    return _evaluate(iter(rule), facts, True) is True if len(rule) else True


def _evaluate(tokens, facts, first=False):
    """Three values: True, False, None for "cannot be told"."""
    results = []
    while True:
        token = next(tokens, None)
        if token is None:
            break
        if token == "!":
            inner = _evaluate(tokens, facts)
            results.append(None if inner is None else not inner)
        elif token in ("&", "|"):
            left, right = _evaluate(tokens, facts), _evaluate(tokens, facts)
            results.append(_combine(token, left, right))
        else:
            results.append(_compare(facts.get(token[0]), *token[1:]))
        if not first:
            return results[0]
    combined = results[0]
    for result in results[1:]:  # conditions side by side must all hold
        combined = _combine("&", combined, result)
    return combined


def _combine(operator, left, right):
    decisive = operator == "|"
    if decisive in (left, right):
        return decisive
    return None if None in (left, right) else not decisive


def _compare(value, operator, wanted):
    if wanted is False:
        return (value is None) == (operator == "=")
    if value is None:
        return None
    return {
        "=": lambda: value == wanted,
        "!=": lambda: value != wanted,
        "<": lambda: value < wanted,
        "<=": lambda: value <= wanted,
        ">": lambda: value > wanted,
        ">=": lambda: value >= wanted,
        "in": lambda: value in wanted,
        "not in": lambda: value not in wanted,
    }[operator]()
