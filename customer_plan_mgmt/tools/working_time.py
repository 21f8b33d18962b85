"""Arithmetic of promised time, without the ORM.

Moments are whole seconds since 1970-01-01 00:00 UTC (:func:`moment`); spans are
whole seconds. A *clock* says which seconds count: :class:`AroundTheClock` counts
all, :class:`WorkingTime` those inside working hours. A promise is a *budget* of
counted seconds (:func:`budget`) that starts running at one moment, does not run
during *stops*, and is used up at its deadline (:func:`deadline`). The
:func:`ledger` tells the same story interval by interval.

    >>> def at(text):
    ...     return moment(datetime.fromisoformat(text))
    >>> week = [  # Monday to Friday, 9 to 18 o'clock UTC, two weeks
    ...     (at(f"2024-01-{day:02} 09:00"), at(f"2024-01-{day:02} 18:00"))
    ...     for day in (1, 2, 3, 4, 5, 8, 9, 10, 11, 12)
    ... ]
    >>> desk = WorkingTime(week, at("2024-01-01"), at("2024-01-15"))
    >>> friday = at("2024-01-05 17:30")

"Within three working days" ends with the third working day after the day of
receipt, or one day earlier when the day of receipt counts:

    >>> seconds = budget("working_days", 3, friday, desk)
    >>> print(to_datetime(deadline(friday, seconds, desk)))
    2024-01-10 18:00:00
    >>> seconds = budget("working_days", 3, friday, desk, count_receipt=True)
    >>> print(to_datetime(deadline(friday, seconds, desk)))
    2024-01-09 18:00:00

A stop costs only what lies inside counted time; a whole night costs nothing:

    >>> night = [(at("2024-01-08 18:00"), at("2024-01-09 09:00"), "waiting")]
    >>> print(to_datetime(deadline(friday, seconds, desk, night)))
    2024-01-09 18:00:00
"""

from bisect import bisect_left, bisect_right
from datetime import date, datetime, time, timedelta, timezone

import pytz

#: Units of a promise and whether they count working time only.
UNITS = {
    "minutes": False,
    "clock_hours": False,
    "working_hours": True,
    "working_days": True,
    "calendar_days": False,
}
#: Units that only make sense in whole numbers.
DAY_UNITS = frozenset({"working_days", "calendar_days"})

# Kinds of intervals in a ledger
COUNTED = "counted"
OUTSIDE = "outside_hours"
HOLIDAY = "holiday"
PAUSED = "paused"
WAITING = "waiting"


class OutOfHorizonError(Exception):
    """The answer lies beyond the intervals the clock was given."""


def moment(value):
    """Return the seconds since 1970 of a naive UTC datetime."""
    return int(value.replace(tzinfo=timezone.utc, microsecond=0).timestamp())


def to_datetime(value):
    """Return the naive UTC datetime of a moment."""
    return datetime.fromtimestamp(value, timezone.utc).replace(tzinfo=None)


def local_day(value, tz):
    """Return the ordinal of the local date of a moment."""
    return pytz.utc.localize(to_datetime(value)).astimezone(tz).date().toordinal()


def local_midnight(ordinal, tz):
    """Return the moment the local date with this ordinal begins.

    Where the clocks are put forward at midnight, the day begins after the gap; where
    they are put back to it, midnight comes twice and the day begins with the first.
    """
    begin = datetime.combine(date.fromordinal(ordinal), time())
    both = [tz.normalize(tz.localize(begin, is_dst=is_dst)) for is_dst in (True, False)]
    return min(
        moment(value.astimezone(timezone.utc))
        for value in both
        if value.date() >= begin.date()
    )


class AroundTheClock:
    """Every second counts."""

    def __init__(self, tz=pytz.utc):
        self.tz = tz

    def counted(self, begin, end):
        """Return the counted seconds from ``begin`` to ``end``."""
        return max(0, end - begin)

    def reach(self, begin, seconds):
        """Return the first moment at which ``seconds`` are counted since ``begin``."""
        return begin + seconds

    def pieces(self, begin, end):
        """Return ``(from, to, kind)`` of the time from ``begin`` to ``end``."""
        return [(begin, end, COUNTED)] if end > begin else []


class WorkingTime(AroundTheClock):
    """Seconds inside working hours count.

    :param intervals: ``(from, to)`` moments of working time, holidays left out, in
        any order; overlapping and adjoining ones are united
    :param low: the intervals are complete from this moment ...
    :param high: ... to this one
    :param tz: time zone (``pytz``) in which days begin and end
    :param holidays: ``(from, to)`` moments that would be working time on other days
    """

    def __init__(self, intervals, low, high, tz=pytz.utc, holidays=()):
        super().__init__(tz)
        self.low, self.high = low, high
        self.starts, self.ends = _united(intervals)
        self.holiday_starts, self.holiday_ends = _united(holidays)
        self.sums = [0]  # counted seconds before each interval, and in all
        for begin, end in zip(self.starts, self.ends, strict=True):
            self.sums.append(self.sums[-1] + end - begin)
        self.days, self.day_ends = self._working_days()

    def _working_days(self):
        """Return the ordinals of the days with working time, and when that ends."""
        last = {}
        day, midnight = None, 0
        for begin, end in zip(self.starts, self.ends, strict=True):
            while begin < end:
                if day is None or begin >= midnight:
                    day = local_day(begin, self.tz)
                    midnight = local_midnight(day + 1, self.tz)
                begin = min(end, midnight)
                last[day] = begin
        return list(last), list(last.values())

    def _before(self, value):
        """Return the counted seconds from the first interval to the moment."""
        index = bisect_right(self.starts, value) - 1
        if index < 0:
            return 0
        return self.sums[index] + min(value, self.ends[index]) - self.starts[index]

    def counted(self, begin, end):
        if begin < self.low or end > self.high:
            raise OutOfHorizonError
        return max(0, self._before(end) - self._before(begin))

    def reach(self, begin, seconds):
        if begin < self.low:
            raise OutOfHorizonError
        wanted = self._before(begin) + seconds
        index = bisect_left(self.sums, wanted, lo=1) - 1
        if index >= len(self.ends):
            raise OutOfHorizonError
        return self.ends[index] - (self.sums[index + 1] - wanted)

    def day_end(self, begin, days, count_receipt=False):
        """Return the end of working time of the ``days``-th working day.

        :param begin: moment of receipt
        :param count_receipt: the day of receipt is the first one, if it has working
            time left then
        """
        if begin < self.low:
            raise OutOfHorizonError
        receipt = local_day(begin, self.tz)
        index = bisect_right(self.days, receipt)
        if (
            count_receipt
            and index
            and self.days[index - 1] == receipt
            and self.day_ends[index - 1] > begin
        ):
            index -= 1
        index += days - 1
        if index >= len(self.days):
            raise OutOfHorizonError
        return self.day_ends[index]

    def pieces(self, begin, end):
        if begin < self.low or end > self.high:
            raise OutOfHorizonError
        known = [
            *_clipped(self.starts, self.ends, begin, end, COUNTED),
            *_clipped(self.holiday_starts, self.holiday_ends, begin, end, HOLIDAY),
        ]
        pieces, reached = [], begin
        for start, stop, kind in sorted(known):
            if start > reached:
                pieces.append((reached, start, OUTSIDE))
            pieces.append((start, stop, kind))
            reached = stop
        if reached < end:
            pieces.append((reached, end, OUTSIDE))
        return pieces


def budget(unit, amount, begin, clock, count_receipt=False):
    """Return how many counted seconds a promise has.

    :param str unit: one of :data:`UNITS`
    :param amount: how many of them; whole for :data:`DAY_UNITS`
    :param begin: moment of receipt
    :param clock: :class:`WorkingTime` for units that count working time only
    :raise OutOfHorizonError: when the clock does not reach far enough
    """
    if unit == "minutes":
        return max(1, round(amount * 60))
    if unit in ("clock_hours", "working_hours"):
        return max(1, round(amount * 3600))
    if unit == "calendar_days":
        # The same time of the day by the clock on the wall, whatever the season
        local = pytz.utc.localize(to_datetime(begin)).astimezone(clock.tz)
        wall = local.replace(tzinfo=None) + timedelta(days=int(amount))
        end = clock.tz.normalize(clock.tz.localize(wall))
        return moment(end.astimezone(timezone.utc)) - begin
    return clock.counted(begin, clock.day_end(begin, int(amount), count_receipt))


def deadline(begin, seconds, clock, stops=()):
    """Return the moment at which the budget is used up.

    :param stops: ``(from, to, kind)`` in order, without overlap; ``to`` is None for
        a stop that still lasts
    :return: None while a stop lasts and the budget was not used up before it
    """
    left, reached = seconds, begin
    for start, end, _kind in stops:
        start = max(start, reached)
        used = clock.counted(reached, start)
        if used >= left:
            break
        left -= used
        if end is None:
            return None
        reached = max(end, start)
    return clock.reach(reached, left)


def consumed(begin, until, clock, stops=()):
    """Return the counted seconds from ``begin`` to ``until`` outside the stops."""
    return sum(
        end - start
        for start, end, kind in ledger(begin, until, clock, stops)
        if kind == COUNTED
    )


def ledger(begin, until, clock, stops=()):
    """Return what happened between two moments: ``(from, to, kind)`` in order,
    without gaps; adjoining intervals of one kind are united."""
    pieces, reached = [], begin
    for start, end, kind in stops:
        start = min(max(start, reached), until)
        end = until if end is None else min(max(end, start), until)
        pieces += clock.pieces(reached, start)
        if end > start:
            pieces.append((start, end, kind))
        reached = end
    if reached < until:
        pieces += clock.pieces(reached, until)
    result = []
    for start, end, kind in pieces:
        if result and result[-1][2] == kind and result[-1][1] == start:
            result[-1] = (result[-1][0], end, kind)
        else:
            result.append((start, end, kind))
    return result


def _united(intervals):
    """Return the starts and ends of intervals in order, overlaps united.

    >>> _united([(5, 9), (1, 3), (3, 4), (8, 8), (6, 12)])
    ([1, 5], [4, 12])
    """
    starts, ends = [], []
    for begin, end in sorted(intervals):
        if begin >= end:
            continue
        if ends and begin <= ends[-1]:
            ends[-1] = max(ends[-1], end)
        else:
            starts.append(begin)
            ends.append(end)
    return starts, ends


def _clipped(starts, ends, begin, end, kind):
    """Yield the parts of the intervals between two moments."""
    index = bisect_right(ends, begin)
    while index < len(starts) and starts[index] < end:
        yield max(starts[index], begin), min(ends[index], end), kind
        index += 1


def common(one, other):
    """Return what two lists of intervals have in common.

    >>> common([(1, 5), (7, 9)], [(4, 8)])
    [(4, 5), (7, 8)]
    """
    starts, ends = _united(other)
    return [
        (start, stop)
        for begin, end in zip(*_united(one), strict=True)
        for start, stop, _kind in _clipped(starts, ends, begin, end, None)
    ]


def without(one, other):
    """Return what is left of intervals when others are taken out.

    >>> without([(1, 5), (7, 9)], [(4, 8), (2, 3)])
    [(1, 2), (3, 4), (8, 9)]
    """
    starts, ends = _united(other)
    left = []
    for begin, end in zip(*_united(one), strict=True):
        for start, stop, _kind in _clipped(starts, ends, begin, end, None):
            left.append((begin, start))
            begin = stop
        left.append((begin, end))
    return [(begin, end) for begin, end in left if begin < end]
