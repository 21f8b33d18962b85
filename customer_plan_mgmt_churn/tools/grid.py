"""Past days at which the customers are looked at, and how far each can be judged.

The step between two days is a part of the horizon, so that a base that buys weekly
and one that buys yearly are looked at equally often.
"""

from dataclasses import dataclass
from datetime import date, timedelta

# The horizon is this many steps long
STEPS = 9
# Labels of these many steps are learned from: dense where little time has passed,
# sparse towards the horizon (a geometric series, rounded)
SPANS = (1, 2, 3, 4, 6, 9)
# Cut-offs before the day of observation: the horizon and once more as much
CUTOFFS = 2 * STEPS


@dataclass(frozen=True)
class Grid:
    """Days ``0`` (of observation), ``1`` … ``CUTOFFS`` steps before it.

    :param observed_on: nothing after this day is known
    :param horizon_days: days for which leaving is foretold
    """

    observed_on: date
    horizon_days: int

    def days_back(self, number: int) -> int:
        """Return how many days before the observation the cut-off ``number`` lies.

        >>> [Grid(date(1997, 9, 30), 273).days_back(k) for k in (0, 1, 2, 9)]
        [0, 30, 61, 273]
        >>> [Grid(date(2024, 1, 1), 1).days_back(k) for k in (0, 1, 2)]
        [0, 1, 2]
        """
        return max(number, round(number * self.horizon_days / STEPS))

    def day(self, number: int) -> date:
        """Return the cut-off ``number``.

        >>> Grid(date(1997, 9, 30), 273).day(9)
        datetime.date(1996, 12, 31)
        """
        return self.observed_on - timedelta(days=self.days_back(number))

    def span(self, cutoff: int, end: int) -> int:
        """Return the days from the cut-off ``cutoff`` to the later one ``end``."""
        return self.days_back(cutoff) - self.days_back(end)


def labels(cutoffs: int, end: int = 0, steps: int = STEPS) -> list[tuple[int, int]]:
    """Return ``(cut-off, day of the verdict)`` for everything to learn from when the
    cut-offs ``end + 1`` … ``cutoffs`` are usable and nothing after ``end`` is known.

    :param steps: length of the horizon in steps; longer labels are of no use

    >>> labels(3)
    [(1, 0), (2, 1), (2, 0), (3, 2), (3, 1), (3, 0)]
    >>> labels(4, end=2)
    [(3, 2), (4, 3), (4, 2)]
    >>> (12, 3) in labels(12), (12, 2) in labels(12), (12, 0) in labels(12, steps=12)
    (True, False, False)
    """
    return [
        (cutoff, cutoff - span)
        for cutoff in range(end + 1, cutoffs + 1)
        for span in SPANS
        if span <= steps and cutoff - span >= end
    ]
