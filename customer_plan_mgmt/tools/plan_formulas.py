"""The arithmetic of customer plans: progress, status, evaluation, freshness.

Plain Python without the ORM. What is missing is None and never zero: a goal nobody
measured yet has no progress and takes no part in any mean.
"""

from collections.abc import Iterable
from datetime import date

# A status is one of these, the best first
STATUSES = ("on_track", "at_risk", "off_track")
# Percentages beyond say nothing and would make infinities of tiny denominators
MOST = 1e6
# Digits of a percentage: 0.1 + 0.2 is 0.3 for everybody but a computer
DIGITS = 6


def _percent(part: float, whole: float) -> float:
    """Return ``part`` in percent of ``whole``, within what anybody can read.

    >>> _percent(1, 3), _percent(1e15, 1e-300), _percent(-1e15, 5e-324)
    (33.333333, 1000000.0, -1000000.0)
    """
    share = part / whole * 100.0
    # + 0.0: no “minus zero” on any screen
    return round(min(max(share, -MOST), MOST), DIGITS) + 0.0


def is_there(value: float, target: float, higher_is_better: bool = True) -> bool:
    """Whether ``value`` has nothing left to reach.

    >>> is_there(5, 5), is_there(6, 5), is_there(4, 5), is_there(4, 5, False)
    (True, True, False, True)
    """
    return value >= target if higher_is_better else value <= target


def progress(
    baseline: float,
    target: float,
    current: float | None,
    higher_is_better: bool = True,
) -> float | None:
    """Return how much of the way from ``baseline`` to ``target`` is done, in percent.

    ``(current - baseline) / (target - baseline) * 100``, which works in both
    directions: less than 0 when things moved the wrong way, more than 100 when the
    target was passed. A goal that wants to keep a value (target = baseline) is either
    reached, 100, or not, 0.

    >>> progress(100, 200, 150), progress(100, 200, 250), progress(100, 200, 80)
    (50.0, 150.0, -20.0)
    >>> progress(10, 4, 7), progress(10, 4, 10), progress(10, 4, 4)
    (50.0, 0.0, 100.0)
    >>> progress(5, 5, 5), progress(5, 5, 4), progress(5, 5, 4, higher_is_better=False)
    (100.0, 0.0, 100.0)
    >>> progress(100, 200, None) is None
    True
    >>> progress(0, 0.1 + 0.2, 0.3)
    100.0
    """
    if current is None:
        return None
    if target == baseline:
        return 100.0 if is_there(current, target, higher_is_better) else 0.0
    return _percent(current - baseline, target - baseline)


def counted(share: float) -> float:
    """Return ``share`` as it counts in a mean: no less than 0 and no more than 100, so
    that one goal passed by far does not hide another one missed.

    >>> counted(150), counted(-20), counted(40)
    (100.0, 0.0, 40.0)
    """
    return float(min(max(share, 0.0), 100.0))


def weighted_progress(goals: Iterable[tuple[float | None, float]]) -> float | None:
    """Return the mean progress of goals, in percent.

    :param goals: ``(progress or None, weight)`` each
    :return: None when no goal with a weight was measured

    >>> weighted_progress([(100, 1), (0, 3)])
    25.0
    >>> weighted_progress([(200, 1), (None, 5)])
    100.0
    >>> weighted_progress([(50, 0)]) is None
    True
    """
    known = [
        (counted(share), weight)
        for share, weight in goals
        if share is not None and weight > 0
    ]
    total = sum(weight for _share, weight in known)
    if not total:
        return None
    return sum(share * weight for share, weight in known) / total


def elapsed(start: date, end: date, today: date) -> float:
    """Return how much of a period is over at the end of ``today``, in percent; both
    days belong to the period.

    >>> from datetime import date
    >>> elapsed(date(2024, 1, 1), date(2024, 1, 10), date(2024, 1, 5))
    50.0
    >>> elapsed(date(2024, 1, 1), date(2024, 1, 10), date(2023, 12, 31))
    0.0
    >>> elapsed(date(2024, 1, 1), date(2024, 1, 1), date(2024, 1, 1))
    100.0
    """
    days = (end - start).days + 1
    return counted(((today - start).days + 1) / days * 100.0) if days > 0 else 100.0


def status(
    share: float | None, expected: float, at_risk: float, off_track: float
) -> str | None:
    """Return the status of a goal from its progress against the time that is over.

    :param share: progress in percent, None when nothing was measured
    :param expected: progress the time that is over asks for, in percent
    :param at_risk: points behind from which a goal is at risk
    :param off_track: points behind from which a goal is off track
    :return: one of :data:`STATUSES`, None without a measurement

    >>> status(50, 59, 10, 25), status(50, 60, 10, 25), status(50, 75, 10, 25)
    ('on_track', 'at_risk', 'off_track')
    >>> status(120, 100, 0, 0)
    'on_track'
    >>> status(None, 50, 10, 25) is None
    True
    """
    if share is None:
        return None
    behind = expected - share
    if share >= 100 or (behind < at_risk and behind < off_track):
        return "on_track"
    return "off_track" if behind >= off_track else "at_risk"


def satisfaction_points(csat: float | None) -> float | None:
    """Return a mean satisfaction of 1 to 5 as 0 to 100 points.

    >>> satisfaction_points(5), satisfaction_points(3), satisfaction_points(1)
    (100.0, 50.0, 0.0)
    """
    return None if csat is None else counted((csat - 1) / 4 * 100)


def cost_benefit_points(benefit: float | None, cost: float) -> float | None:
    """Return how a benefit stands to what it cost, as 0 to 100 points: the share of the
    benefit in benefit and cost together. 50: the plan earned what it cost.

    >>> cost_benefit_points(100, 100), cost_benefit_points(300, 100)
    (50.0, 75.0)
    >>> cost_benefit_points(-5, 100), cost_benefit_points(10, 0)
    (0.0, 100.0)
    >>> cost_benefit_points(0, 0) is None and cost_benefit_points(None, 5) is None
    True
    """
    if benefit is None:
        return None
    cost = max(cost, 0.0)
    if benefit <= 0:
        return 0.0 if cost or benefit < 0 else None
    return benefit / (benefit + cost) * 100.0


def change_percent(before: float | None, now: float | None) -> float:
    """Return by how many percent a fact moved, whatever the direction. From nothing to
    something counts as 100 %.

    >>> change_percent(200, 150), change_percent(0, 3), change_percent(5, 5)
    (25.0, 100.0, 0.0)
    >>> change_percent(None, 3), change_percent(-10, -20)
    (100.0, 100.0)
    """
    if before == now or now is None:
        return 0.0
    if not before:
        return 100.0
    return _percent(abs(now - before), abs(before))
