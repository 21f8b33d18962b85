"""The churn probability as a formula: a logistic regression over transformed metrics.

``probability = 1 / (1 + exp(-(intercept + Σ coefficient · t(value))))``; the scoring
in SQL must agree with this to the last digits.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

# Beyond, a probability is 0 or 1 to any reader, and exp() would overflow
CLAMP = 30.0


@dataclass(frozen=True)
class Term:
    """One metric in the formula.

    :param metric: id of the metric
    :param transform: ``log`` or ``plain``, see :func:`transformed`
    :param missing: ``zero``: no value counts as zero; ``apart``: customers without a
        value have a coefficient of their own
    """

    metric: int
    transform: str
    missing: str
    coefficient: float = 0.0
    missing_coefficient: float = 0.0
    mean: float = 0.0  # of t(value) over all customers, those without counted as 0
    missing_mean: float = 0.0  # share of the customers without a value

    def contribution(self, value: float | None) -> float:
        """Return by how much the metric moves the log odds against the average
        customer: coefficient × (value − mean).

        >>> term = Term(1, "plain", "apart", 2.0, 5.0, mean=3.0, missing_mean=0.5)
        >>> term.contribution(4.0), term.contribution(None)
        (-0.5, -3.5)
        """
        x, absent = columns(value, self)
        return self.coefficient * (x - self.mean) + self.missing_coefficient * (
            absent - self.missing_mean
        )


def transformed(value: float, transform: str) -> float:
    """Return the number that enters the formula.

    ``log`` is sign · ln(1 + |value|): differences among small values count more, and
    twice as much is always the same step.

    >>> transformed(0, "log"), transformed(-4, "plain"), round(transformed(-9, "log"), 4)
    (0.0, -4, -2.3026)
    """
    if transform == "plain":
        return value
    return math.copysign(math.log1p(abs(value)), value)


def columns(value: float | None, term: Term) -> tuple[float, float]:
    """Return ``(t(value), 1 when missing)``; what counts as zero is never missing."""
    if value is None:
        return 0.0, float(term.missing == "apart")
    return transformed(value, term.transform), 0.0


def probability(
    intercept: float, terms: Sequence[Term], values: Mapping[int, float | None]
) -> float:
    """Return the probability (0–1) that the customer leaves.

    :param values: ``{metric id: value}``, None or absent for missing

    >>> probability(0.0, [], {})
    0.5
    >>> round(probability(-1.0, [Term(7, "log", "zero", 1.0)], {7: math.e - 1}), 6)
    0.5
    """
    z = intercept
    for term in terms:
        x, absent = columns(values.get(term.metric), term)
        z += term.coefficient * x + term.missing_coefficient * absent
    return 1 / (1 + math.exp(-max(-CLAMP, min(CLAMP, z))))


def reasons(
    terms: Sequence[Term], values: Mapping[int, float | None], most: int = 3
) -> list[tuple[int, float]]:
    """Return ``[(metric id, contribution)]``, the strongest first, rounded to tenths;
    what rounds to nothing is no reason.

    >>> terms = [Term(1, "plain", "zero", 0.04), Term(2, "plain", "zero", -3.0)]
    >>> reasons(terms, {1: 1.0, 2: 1.0})
    [(2, -3.0)]
    """
    found = [
        (term.metric, round(term.contribution(values.get(term.metric)), 1))
        for term in terms
    ]
    found = [(metric, weight) for metric, weight in found if weight]
    return sorted(found, key=lambda pair: (-abs(pair[1]), pair[0]))[:most]
