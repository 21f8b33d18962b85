"""The arithmetic of promised time against an oracle that walks minute by minute."""

import doctest
import random
from datetime import datetime, timedelta

import pytz

from odoo.tests import BaseCase, tagged

from odoo.addons.customer_plan_mgmt.tools import public_holidays, working_time
from odoo.addons.customer_plan_mgmt.tools.working_time import (
    COUNTED,
    HOLIDAY,
    OUTSIDE,
    PAUSED,
    WAITING,
    OutOfHorizonError,
    WorkingTime,
    moment,
)

MINUTE = 60
# Split shifts with lunch breaks, nights, and whole days
SHIFTS = (
    [(9, 12), (13, 18)],
    [(8, 12), (12.5, 17), (18, 20)],
    [(0, 24)],
    [(0, 2), (22, 24)],
    [(10, 14)],
)
# Where clocks change, where they never do, at half hours and at midnight
ZONES = {
    "UTC": "2024-03-20",
    "Asia/Shanghai": "2024-03-20",
    "Asia/Kolkata": "2024-03-20",
    "Europe/Berlin": "2024-03-25",
    "Europe/London": "2024-10-21",
    "America/New_York": "2024-10-28",
    "Australia/Lord_Howe": "2024-04-01",
    "America/Sao_Paulo": "2018-10-29",
    "America/Havana": "2024-10-28",
}
DAYS = 21


class World:
    """A random calendar around a change of the clocks, minute by minute."""

    def __init__(self, seed, zone, begin):
        self.random = random.Random(seed)
        self.tz = pytz.timezone(zone)
        self.first = datetime.fromisoformat(begin)
        # Two weeks that differ; some days are free
        self.weeks = [
            [
                self.random.choice(SHIFTS) if self.random.random() < 0.75 else []
                for _day in range(7)
            ]
            for _week in range(2)
        ]
        self.low = self._moment(0, 0)
        self.high = self._moment(DAYS, 0)
        self.off = sorted(self._leaves())
        shifts = [
            (self._moment(day, begin), self._moment(day, end))
            for day in range(DAYS)
            for begin, end in self.weeks[day // 7 % 2][day % 7]
        ]
        self.shifts = [(begin, end) for begin, end in shifts if begin < end]
        self.clock = WorkingTime(
            working_time.without(self.shifts, self.off),
            self.low,
            self.high,
            self.tz,
            working_time.common(self.shifts, self.off),
        )
        self.kinds = [OUTSIDE] * ((self.high - self.low) // MINUTE)
        for begin, end in self.shifts:
            for value in range(begin, end, MINUTE):
                is_off = any(start <= value < stop for start, stop in self.off)
                kind = HOLIDAY if is_off else COUNTED
                self.kinds[(value - self.low) // MINUTE] = kind
        self.last = {}  # local day: end of its last working minute
        for value, kind in self.walk(self.low, ()):
            if kind == COUNTED:
                day = self._local(value).date().toordinal()
                self.last[day] = value + MINUTE

    def _moment(self, day, hours):
        local = self.first + timedelta(days=day, hours=hours)
        return moment(self.tz.localize(local).astimezone(pytz.utc).replace(tzinfo=None))

    def _leaves(self):
        for _number in range(3):
            day = self.random.randrange(DAYS)
            begin, end = self.random.choice([(0, 24), (0, 12), (12, 24)])
            yield self._moment(day, begin), self._moment(day, end)

    def _local(self, value):
        return pytz.utc.localize(datetime.utcfromtimestamp(value)).astimezone(self.tz)

    def pick(self, low=None, high=None):
        """Return a random minute."""
        low = self.low if low is None else low
        high = self.high if high is None else high
        return low + self.random.randrange(max(1, (high - low) // MINUTE)) * MINUTE

    def stops(self, begin):
        """Return up to four stops after ``begin``."""
        ends = sorted(self.pick(begin) for _number in range(8))
        pairs = list(zip(ends[::2], ends[1::2], strict=True))
        kinds = [self.random.choice([PAUSED, WAITING]) for _pair in pairs]
        some = self.random.randrange(5)
        return [(*pair, kind) for pair, kind in zip(pairs, kinds, strict=True)][:some]

    def walk(self, begin, stops):
        """Yield ``(moment, kind)`` of every minute from ``begin`` on."""
        for value in range(begin, self.high, MINUTE):
            kind = self.kinds[(value - self.low) // MINUTE]
            for start, end, name in stops:
                if start <= value < end:
                    kind = name
            yield value, kind

    def deadline(self, begin, seconds, stops):
        """Return when ``seconds`` are used up, None when never."""
        used = 0
        for value, kind in self.walk(begin, stops):
            used += MINUTE if kind == COUNTED else 0
            if used >= seconds:
                return value + MINUTE
        return None

    def day_end(self, begin, days, count_receipt):
        """Return when the last working minute of the n-th working day ends."""
        receipt = self._local(begin).date().toordinal()
        counted = [
            end
            for day, end in self.last.items()
            if day > receipt or (count_receipt and day == receipt and end > begin)
        ]
        return counted[days - 1] if len(counted) >= days else None


@tagged("post_install", "-at_install")
class TestServiceWorkingTime(BaseCase):
    def _worlds(self, count=4):
        for zone, begin in ZONES.items():
            for seed in range(count):
                with self.subTest(zone=zone, seed=seed):
                    yield World(f"{zone} {seed}", zone, begin)

    def test_examples_in_the_documentation(self):
        for module in (working_time, public_holidays):
            self.assertFalse(doctest.testmod(module).failed)

    def test_deadlines_are_those_of_the_oracle(self):
        """Shifts, breaks, two weeks, holidays, half days, zones, clocks, stops."""
        for world in self._worlds():
            for _number in range(6):
                begin = world.pick(high=world.high - 5 * 86400)
                stops = world.stops(begin)
                seconds = world.random.randrange(1, 40 * 60) * MINUTE
                wanted = world.deadline(begin, seconds, stops)
                try:
                    found = working_time.deadline(begin, seconds, world.clock, stops)
                except OutOfHorizonError:
                    found = None
                self.assertEqual(found, wanted)

    def test_working_days_are_those_of_the_oracle(self):
        for world in self._worlds():
            for _number in range(6):
                begin = world.pick()
                days = world.random.randrange(1, 6)
                for count_receipt in (False, True):
                    wanted = world.day_end(begin, days, count_receipt)
                    try:
                        found = world.clock.day_end(begin, days, count_receipt)
                    except OutOfHorizonError:
                        found = None
                    self.assertEqual(found, wanted)

    def test_ledgers_are_those_of_the_oracle_and_have_no_gaps(self):
        for world in self._worlds(3):
            begin = world.pick()
            until = world.pick(begin)
            stops = world.stops(begin)
            pieces = working_time.ledger(begin, until, world.clock, stops)
            ends = [begin, *(end for _start, end, _kind in pieces)]
            self.assertEqual([start for start, _end, _kind in pieces], ends[:-1])
            self.assertEqual(ends[-1], max(begin, until))
            self.assertTrue(all(start < end for start, end, _kind in pieces))
            kinds = {
                value: kind
                for start, end, kind in pieces
                for value in range(start, end, MINUTE)
            }
            wanted = dict(pair for pair in world.walk(begin, stops) if pair[0] < until)
            self.assertEqual(kinds, wanted)
            counted = sum(end - start for start, end, kind in pieces if kind == COUNTED)
            used = working_time.consumed(begin, until, world.clock, stops)
            self.assertEqual(counted, used)

    def test_at_the_deadline_the_budget_is_used_up_to_the_second(self):
        for world in self._worlds(3):
            begin = world.pick(high=world.high - 10 * 86400) + 17
            stops = world.stops(begin)
            seconds = world.random.randrange(1, 86400)
            try:
                end = working_time.deadline(begin, seconds, world.clock, stops)
            except OutOfHorizonError:
                continue
            used = [
                working_time.consumed(begin, value, world.clock, stops)
                for value in (end - 1, end)
            ]
            self.assertEqual(used, [seconds - 1, seconds])

    def test_calendar_days_keep_the_time_on_the_wall(self):
        berlin = working_time.AroundTheClock(pytz.timezone("Europe/Berlin"))
        for begin, hours in (("2024-03-30 11:00", 23), ("2024-10-26 10:00", 25)):
            seconds = working_time.budget(
                "calendar_days", 1, moment(datetime.fromisoformat(begin)), berlin
            )
            self.assertEqual(seconds, hours * 3600)

    def test_a_stop_that_lasts_has_no_deadline_unless_time_ran_out_before(self):
        clock = working_time.AroundTheClock()
        self.assertIsNone(working_time.deadline(0, 100, clock, [(50, None, PAUSED)]))
        self.assertEqual(working_time.deadline(0, 50, clock, [(50, None, PAUSED)]), 50)

    def test_tiny_amounts_never_end_before_they_begin(self):
        night = moment(datetime(2024, 1, 1, 3))
        desk = WorkingTime([(night - 36000, night - 18000)], night - 99999, night + 9)
        seconds = working_time.budget("minutes", 0.0001, night, desk)
        self.assertEqual(seconds, 1)
        with self.assertRaises(OutOfHorizonError):
            desk.reach(night, seconds)
