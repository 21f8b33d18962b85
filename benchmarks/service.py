"""What promises cost: deadlines, new feedback, the scheduled action, calendars."""

import random
import time
from datetime import datetime, timedelta

import pytz

from odoo import Command

from . import harness, service_breach, service_calendar, service_create
from .harness import Statements, clock

DEADLINES = 100_000
CALENDARS = 5
HOLIDAYS = 50
COMPARED = 2_500
ZONES = ("UTC", "Asia/Shanghai", "Europe/Berlin", "America/New_York", "Asia/Kolkata")
SPLIT = ((8, 12), (13, 17))


def run(options, report, empty):
    """Measure in copies of ``empty``, a database with the module and nothing else."""
    database = harness.Database(f"{options.prefix}_service").copy_from(empty)
    report.head("Promises: deadlines")
    _deadlines(database, options, report)
    report.head("Promises: new feedback")
    service_create.run(database, options, report)
    report.head("Promises: the scheduled action")
    service_breach.run(database, options, report)
    report.head("Promises: working hours change")
    service_calendar.run(database, options, report)
    if not options.keep:
        database.drop()


def _make_calendars(env):
    """Return calendars with two shifts a day and holidays all over the year."""
    calendars = env["resource.calendar"].create(
        [
            {
                "name": zone,
                "tz": zone,
                "attendance_ids": [
                    Command.create(
                        {
                            "name": "Shift",
                            "dayofweek": str(day),
                            "hour_from": begin,
                            "hour_to": end,
                            "day_period": "morning" if begin < 12 else "afternoon",
                        }
                    )
                    for day in range(5)
                    for begin, end in SPLIT
                ],
            }
            for zone in ZONES
        ]
    )
    first = datetime(2024, 1, 1)
    env["resource.calendar.leaves"].create(
        [
            {
                "name": "Holiday",
                "calendar_id": calendar.id,
                "date_from": first + timedelta(days=7 * number, hours=3),
                "date_to": first + timedelta(days=7 * number + 1, hours=10),
            }
            for calendar in calendars
            for number in range(HOLIDAYS)
        ]
    )
    return calendars


def _requests(calendars):
    """Return ``(calendar, moment, hours)``, the same in every run."""
    chance = random.Random(1)
    first = datetime(2024, 1, 1)
    return [
        (
            calendars[number % CALENDARS],
            first + timedelta(seconds=chance.randrange(300 * 86400)),
            chance.choice((4, 8, 16, 40, 80)) - chance.randrange(3600) / 3600,
        )
        for number in range(DEADLINES)
    ]


def _promises(calendars):
    from odoo.addons.customer_plan_mgmt.models.service.promises import Promise

    return lambda calendar, hours: Promise(
        id=1,
        standard_id=1,
        kind="resolution",
        filters=(),
        amount=hours,
        unit="working_hours",
        calendar_id=calendar,
        count_receipt=False,
        warning=None,
        steps=(),
    )


def _deadlines(database, options, report):
    from odoo.addons.customer_plan_mgmt.models.service.promises import Clocks
    from odoo.addons.customer_plan_mgmt.tools.working_time import moment

    with database.env() as env:
        calendars = _make_calendars(env)
        env.cr.commit()
        company = env.company
        promise = _promises(calendars)
        requests = _requests(calendars)
        plain = [
            (promise(calendar.id, hours), moment(begin))
            for calendar, begin, hours in requests
        ]
        seconds, queries, found = [], 0, []
        for _round in range(options.rounds):
            env.registry.clear_cache()
            env.invalidate_all()
            with Statements() as statements, clock() as taken:
                clocks = Clocks(env)
                found = [
                    clocks.moments(item, company, begin).deadline
                    for item, begin in plain
                ]
            seconds.append(taken[0])
            queries = len(statements.log)
        chosen = random.Random(2).sample(range(DEADLINES), COMPARED)
        wanted, each = _plan_hours(requests, chosen)
    ours = sorted(seconds)[len(seconds) // 2]
    report.add(
        "100k",
        "deadlines over 5 calendars, 50 holidays: queries",
        queries,
        40,
        exact=True,
    )
    report.add(
        "100k",
        "time of plan_hours for each record that it takes",
        100 * ours / (each * DEADLINES),
        0.5,
        unit="%",
        note=f"{ours:.2f} s, plan_hours {each * 1000:.2f} ms each: "
        f"{each * DEADLINES / ours:.0f} times as fast",
    )
    differing = sum(found[index] != wanted[index] for index in chosen)
    report.add(
        "100k",
        f"deadlines that differ from plan_hours, of {COMPARED}",
        differing,
        0,
        exact=True,
    )


def _plan_hours(requests, chosen):
    """Return ``{index: deadline}`` by Odoo's own method, and the seconds of one."""
    from odoo.addons.customer_plan_mgmt.tools.working_time import moment

    wanted = {}
    begun = time.perf_counter()
    for index in chosen:
        calendar, begin, hours = requests[index]
        wanted[index] = calendar.plan_hours(
            hours, pytz.utc.localize(begin), compute_leaves=True
        )
    each = (time.perf_counter() - begun) / len(chosen)
    half = timedelta(milliseconds=500)  # it counts in fractions of hours
    return {
        index: moment((value.astimezone(pytz.utc) + half).replace(tzinfo=None))
        for index, value in wanted.items()
    }, each
