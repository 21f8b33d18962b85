"""How good a signal of churn was: discrimination, calibration and lift.

Plain Python without the ORM. Outcomes are true for a customer who left; a higher
score, or probability, means “more likely to leave”. What cannot be said (a share of
nothing, an order of customers who all did the same) is None and never zero.
"""

import math
from collections.abc import Iterable, Sequence

# Bins of a calibration curve, of equal width
BINS = 10


def share(part: float, whole: float) -> float | None:
    """Return ``part`` / ``whole``, None of nothing.

    >>> share(1, 4), share(0, 4), share(0, 0)
    (0.25, 0.0, None)
    """
    return part / whole if whole else None


def precision(warned_lost: int, warned: int) -> float | None:
    """Return the share of the warned customers who left.

    >>> precision(71, 100), precision(0, 0)
    (0.71, None)
    """
    return share(warned_lost, warned)


def recall(warned_lost: int, lost: int) -> float | None:
    """Return the share of the customers who left that were warned of.

    >>> recall(71, 142), recall(0, 0)
    (0.5, None)
    """
    return share(warned_lost, lost)


def _ties(scores: Sequence[float], outcomes: Sequence[bool]):
    """Return ``(customers, of whom left)`` per score, the highest score first."""
    counts = {}
    for score, lost in zip(scores, outcomes, strict=True):
        count, left = counts.get(score, (0, 0))
        counts[score] = (count + 1, left + bool(lost))
    return [counts[score] for score in sorted(counts, reverse=True)]


def auc(scores: Sequence[float], outcomes: Sequence[bool]) -> float | None:
    """Return the area under the ROC curve: how often, of one customer who left and one
    who stayed, the one who left has the higher score; ties count half.

    The statistic of Mann and Whitney over the product of both numbers (Hanley and
    McNeil 1982, Radiology 143, 29–36). None when all left or none did.

    >>> auc([3, 2, 1], [True, True, False]), auc([1, 2, 3], [True, True, False])
    (1.0, 0.0)
    >>> auc([5, 5, 5, 5], [True, False, True, False])
    0.5
    >>> auc([4, 3, 3, 1], [True, True, False, False])
    0.875
    >>> auc([1, 2], [True, True]) is None
    True
    """
    lost = sum(map(bool, outcomes))
    stayed = len(outcomes) - lost
    won, stayed_below = 0.0, stayed
    for count, left in _ties(scores, outcomes):
        stayed_below -= count - left
        won += left * (stayed_below + (count - left) / 2)
    return share(won, lost * stayed)


def expected_lost(ties: Iterable[tuple[int, int]], room: float) -> float:
    """Return how many who left are among the first ``room`` customers. Where the
    border falls among equal scores: the number to expect in no particular order.

    :param ties: ``(customers, of whom left)`` per score, the highest score first

    >>> expected_lost([(2, 2), (10, 5)], 2), expected_lost([(2, 2), (10, 5)], 4)
    (2.0, 3.0)
    """
    found = 0.0
    for count, left in ties:
        taken = min(room, count)
        found += left * taken / count
        room -= taken
    return found


def captured(
    scores: Sequence[float], outcomes: Sequence[bool], part: float
) -> float | None:
    """Return the share of those who left found in the ``part`` (0–1) of all customers
    with the highest scores: a point of the gain curve (see :func:`expected_lost`).

    >>> captured([4, 3, 2, 1], [True, False, True, False], 0.5)
    0.5
    >>> captured([1, 1, 1, 1], [True, False, True, False], 0.25)
    0.25
    """
    found = expected_lost(_ties(scores, outcomes), len(scores) * part)
    return share(found, sum(map(bool, outcomes)))


def lift(
    scores: Sequence[float], outcomes: Sequence[bool], part: float = 0.1
) -> float | None:
    """Return how many times more often than on average those with the highest scores
    left; 1 is no better than chance.

    >>> lift([9, 8, 1, 1, 1, 1, 1, 1, 1, 1], [True, True] + [False] * 8)
    5.0
    >>> lift([1, 1, 1, 1], [True, False, True, False])
    1.0
    """
    found = captured(scores, outcomes, part)
    return None if found is None else found / part


def brier(probabilities: Sequence[float], outcomes: Sequence[bool]) -> float | None:
    """Return the mean squared error of the probabilities (Brier 1950, Monthly Weather
    Review 78, 1–3): 0 is perfect; saying 0.5 of everybody gives 0.25.

    >>> brier([1.0, 0.0], [True, False]), brier([0.5, 0.5], [True, False])
    (0.0, 0.25)
    >>> brier([], []) is None
    True
    """
    errors = math.fsum(
        (probability - bool(lost)) ** 2
        for probability, lost in zip(probabilities, outcomes, strict=True)
    )
    return share(errors, len(probabilities))


def bin_of(probability: float, bins: int = BINS) -> int:
    """Return the bin of ``probability``: 0 is the lowest; 1.0 belongs to the highest.

    >>> bin_of(0.0), bin_of(0.1), bin_of(0.999), bin_of(1.0)
    (0, 1, 9, 9)
    """
    return min(int(probability * bins), bins - 1)


def curve(
    probabilities: Sequence[float], outcomes: Sequence[bool], bins: int = BINS
) -> list[dict]:
    """Return the calibration curve: for every bin with customers its borders
    (``low``, ``high``), ``count``, ``lost`` and the mean probability ``predicted``.

    >>> curve([0.12, 0.18, 0.9], [False, True, True])
    ... # doctest: +NORMALIZE_WHITESPACE
    [{'low': 0.1, 'high': 0.2, 'count': 2, 'lost': 1, 'predicted': 0.15},
     {'low': 0.9, 'high': 1.0, 'count': 1, 'lost': 1, 'predicted': 0.9}]
    """
    members = {}
    for probability, lost in zip(probabilities, outcomes, strict=True):
        members.setdefault(bin_of(probability, bins), []).append((probability, lost))
    return [
        curve_point(
            number,
            len(pairs),
            sum(bool(lost) for _probability, lost in pairs),
            math.fsum(probability for probability, _lost in pairs),
            bins,
        )
        for number, pairs in sorted(members.items())
    ]


def curve_point(
    number: int, count: int, lost: int, total: float, bins: int = BINS
) -> dict:
    """Return one bin of a calibration curve.

    :param number: of the bin, from 0
    :param count: customers in it
    :param lost: of whom left
    :param total: sum of their probabilities
    """
    return {
        "low": number / bins,
        "high": (number + 1) / bins,
        "count": count,
        "lost": lost,
        "predicted": total / count,
    }


def expected_calibration_error(points: Iterable[dict]) -> float | None:
    """Return by how much, on average over the customers, the probabilities of a bin
    miss the share that really left (Naeini, Cooper and Hauskrecht 2015, AAAI).

    :param points: a :func:`curve`

    >>> expected_calibration_error([
    ...     {"count": 10, "lost": 2, "predicted": 0.25},
    ...     {"count": 30, "lost": 27, "predicted": 0.8},
    ... ])
    0.0875
    >>> expected_calibration_error([]) is None
    True
    """
    points = list(points)
    missed = math.fsum(
        abs(point["predicted"] * point["count"] - point["lost"]) for point in points
    )
    return share(missed, sum(point["count"] for point in points))
