"""Plain values of the service standard: what is promised, to whom, by which clock.

Kept in the ORM's cache across transactions (``cpm.service.standard``), so nothing
here may refer to a record or a cursor.
"""

from dataclasses import dataclass, replace

from ...tools import working_time
from ...tools.working_time import OutOfHorizonError

# Years a clock may reach beyond the year of receipt before it is given up
REACHES = (1, 3, 10)


@dataclass(frozen=True)
class Step:
    """One step of an escalation; ``share`` of the budget or ``seconds`` after it."""

    id: int
    share: float
    seconds: int

    def budget(self, seconds):
        """Return the counted seconds after which the step is due."""
        return max(1, round(seconds * self.share) + self.seconds)


@dataclass(frozen=True)
class Promise:
    """One ``cpm.service.target`` as plain values.

    ``filters`` is ``((key, value), ...)`` of the filters that are set, ``warning``
    a :class:`Step` without id or None.
    """

    id: int
    standard_id: int
    kind: str
    filters: tuple
    amount: float
    unit: str
    calendar_id: int
    count_receipt: bool
    warning: Step
    steps: tuple

    def fits(self, facts):
        """Return whether the promise is made for a record with these facts."""
        return all(facts.get(key) == value for key, value in self.filters)

    def around_the_clock(self):
        """Return the promise to keep when its calendar has no working time."""
        unit = "calendar_days" if self.unit == "working_days" else "clock_hours"
        return replace(self, unit=unit)


def winner(promises, kind, facts):
    """Return the promise of a kind that applies, or None.

    :param promises: in the order of their sequence
    :param dict facts: values of the record by key (see ``const.FILTERS``)

    The one with the most filters wins; among equals the first.
    """
    fitting = [p for p in promises if p.kind == kind and p.fits(facts)]
    return max(fitting, key=lambda promise: len(promise.filters), default=None)


@dataclass
class Moments:
    """Result of :meth:`Clocks.moments`: moments are None while the clock stands.

    ``is_by_clock``: there is too little working time, the promise is kept around the
    clock.
    """

    budget: int
    deadline: int
    warn_at: int
    escalate_at: int = None
    is_by_clock: bool = False


class Clocks:
    """Clocks of the calendars, fetched once and extended when they end too early."""

    def __init__(self, env):
        self.env = env
        self._known = {}

    def _clock(self, calendar_id, company, first, reach):
        """Return the clock of some years, None for a calendar without working time."""
        calendar = self._calendar(calendar_id, company)
        if not calendar:
            return None
        clock = calendar._cpm_clock(company.id, first, first + reach)
        return clock if clock.days else None

    def _calendar(self, calendar_id, company):
        """Return the calendar of a promise, none for a company without working
        hours."""
        calendar_id = calendar_id or company.resource_calendar_id.id or []
        return self.env["resource.calendar"].sudo().browse(calendar_id)

    def solve(self, promise, company, begin, function, by_clock=False, reaches=REACHES):
        """Return ``function(promise, clock)`` with a clock that reaches far enough.

        When the calendar has too little working time the promise is kept around the
        clock, which is better than never.

        :param by_clock: it is known that there is too little
        """
        calendar_id = promise.calendar_id
        if working_time.UNITS[promise.unit]:
            year = working_time.to_datetime(begin).year
            for reach in () if by_clock else reaches:
                key = calendar_id, company.id, year, reach
                if key not in self._known:
                    self._known[key] = self._clock(calendar_id, company, year, reach)
                clock = self._known[key]
                if clock is None:
                    continue
                try:
                    return function(promise, clock)
                except OutOfHorizonError:
                    continue
            promise = promise.around_the_clock()
        key = calendar_id, company.id
        if key not in self._known:
            calendar = self._calendar(calendar_id, company)
            self._known[key] = calendar._cpm_wall_clock()
        return function(promise, self._known[key])

    def moments(self, promise, company, begin, stops=(), step=0):
        """Return the :class:`Moments` of a promise that began at a moment.

        :param stops: ``(from, to, kind)``, see ``working_time.deadline``
        :param step: how many escalation steps were taken already
        """

        def compute(item, clock):
            budget = working_time.budget(
                item.unit, item.amount, begin, clock, item.count_receipt
            )

            def after(seconds, stops=stops):
                return working_time.deadline(begin, seconds, clock, stops)

            if stops and stops[-1][1] is None:
                after(budget, stops[:-1])  # whether there is time for it later
            return Moments(
                budget=budget,
                deadline=after(budget),
                warn_at=item.warning and after(item.warning.budget(budget)),
                is_by_clock=item.unit != promise.unit,
            )

        moments = self.solve(promise, company, begin, compute)
        steps = sorted(item.budget(moments.budget) for item in promise.steps)[step:]
        if not steps:
            return moments

        def escalate(item, clock):
            # Later than any clock reaches: never, and no reason to move the deadline
            if (item.unit != promise.unit) != moments.is_by_clock:
                return None
            return working_time.deadline(begin, steps[0], clock, stops)

        moments.escalate_at = self.solve(
            promise, company, begin, escalate, moments.is_by_clock
        )
        return moments

    def ledger(self, promise, company, begin, until, stops=(), by_clock=False):
        """Return ``(from, to, kind)`` of the time from ``begin`` to ``until``.

        :param by_clock: what :meth:`moments` said of the promise
        """

        def compute(_promise, clock):
            return working_time.ledger(begin, until, clock, stops)

        # Open for longer than promises are looked ahead: that far back is known
        years = working_time.to_datetime(until).year
        years -= working_time.to_datetime(begin).year
        reaches = (*REACHES, years) if years > REACHES[-1] else REACHES
        return self.solve(promise, company, begin, compute, by_clock, reaches)
