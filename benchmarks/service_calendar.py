"""Working hours change while very many promises are open: what the person who changes
them waits for, and when the last deadline is right; killed half way, and twice at
once. Run as a module this file is the process that gets killed."""

import subprocess
import sys
import time
from pathlib import Path

from . import harness
from .harness import Statements, clock, median

CASES = 25_000  # with two promises each
OPEN = 2 * CASES
SLICE = 500
READY = "second batch written"

FEEDBACK = """
    INSERT INTO cpm_feedback (
        name, number, active, company_id, partner_id, type, channel, complexity,
        severity, stage, received_at, create_date, write_date
    )
    SELECT 'Open', 'CLOCK' || n, TRUE, %(company)s, %(partner)s, 'enquiry', 'phone',
           'ordinary', '1', 'new',
           now() AT TIME ZONE 'UTC' - interval '1 day' * (n %% 5),
           now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC'
    FROM generate_series(1, %(count)s) n
"""
# Both tables, as little as can be written: what every deadline that moves costs
FLOOR = """
    WITH moved AS (
        UPDATE cpm_sla_timer t
        SET deadline = t.deadline + v.shift, warn_at = t.warn_at + v.shift,
            budget = t.budget + 60
        FROM (SELECT id, interval '1 minute' AS shift FROM cpm_sla_timer) v
        WHERE v.id = t.id AND t.done_at IS NULL
    )
    UPDATE cpm_feedback
    SET sla_deadline = sla_deadline + interval '1 minute',
        sla_warn_at = sla_warn_at + interval '1 minute'
"""


STALE = "SELECT count(*) FROM cpm_sla_timer WHERE is_stale"
DEADLINES = """
    SELECT count(*), md5(string_agg(
        id || ':' || COALESCE(deadline::text, '') || state, ';' ORDER BY id
    )) FROM cpm_sla_timer
"""


def run(database, options, report):
    _fill(database)
    _time(database, options, report)
    _two_at_once(database, report)
    _kill(database, report)


def _time(database, options, report):
    times = {"user": [], "all": [], "floor": []}
    longest = []
    for number in range(options.rounds):
        database.vacuum("cpm_sla_timer", "cpm_feedback")
        with clock() as seconds, database.env(commit=False) as env:
            env.cr.execute(FLOOR)
        times["floor"].append(seconds[0])
        database.vacuum("cpm_sla_timer", "cpm_feedback")
        with Statements() as statements:
            with clock() as seconds:
                _change_hours(database, 16.0 + number % 2 / 2)
            queries = len(statements.log)
            times["user"].append(seconds[0])
            with clock() as more:
                _follow(database)
            times["all"].append(seconds[0] + more[0])
        longest.append(statements.longest)
        if options.statements:
            statements.show()
    floor = median(times, "floor")
    report.add(
        "50k",
        "hours changed: the person waits, s",
        median(times, "user"),
        2,
        note=f"{queries} queries; one UPDATE of as many deadlines {floor:.2f} s",
    )
    report.add(
        "50k", "hours changed: the last deadline is right, s", median(times, "all")
    )
    report.add("50k", "the same: longest statement, s", max(longest))
    _nothing_left(database, report, "hours changed")


def _nothing_left(database, report, what):
    """Nobody waits, and whoever works all out once more finds the same."""
    report.add(
        "50k", f"{what}: left undone", database.query(STALE)[0][0], 0, exact=True
    )
    before = database.query(DEADLINES)
    with database.env() as env:
        env.cr.execute("UPDATE cpm_sla_timer SET is_stale = TRUE WHERE done_at IS NULL")
    _follow(database)
    differing = int(before != database.query(DEADLINES))
    report.add("50k", f"{what}: other deadlines", differing, 0, exact=True)


def _two_at_once(database, report):
    """While one run holds a batch, another one does the rest."""
    _change_hours(database, 15.5)
    with database.env() as env:
        timers = env["cpm.sla.timer"]
        done, _left = timers._recalculate_batch()
        _follow(database)
        report.add(
            "50k",
            "two runs at once: left to the first",
            database.query(STALE)[0][0] - done,
            0,
            exact=True,
        )
    _nothing_left(database, report, "two runs at once")


def _kill(database, report):
    """``kill -9`` while the second batch is written but not committed."""
    _change_hours(database, 16.5)
    process = subprocess.Popen(
        [sys.executable, "-m", __name__, database.name],
        cwd=Path(__file__).resolve().parent.parent,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        line = process.stdout.readline().strip()
        process.kill()
    if line != READY:
        raise AssertionError(f"The run to be killed ended by itself: {line!r}")
    waiting = database.query(STALE)[0][0]
    report.add("50k", "killed in the second batch: still marked", waiting)
    for _attempt in range(20):
        # The server may need a moment to notice that the client is gone
        _follow(database)
        if not database.query(STALE)[0][0]:
            break
        time.sleep(0.5)
    _nothing_left(database, report, "killed and run again")


def _fill(database):
    with database.env() as env:
        env.cr.execute("DELETE FROM cpm_sla_timer")
        env.cr.execute("DELETE FROM cpm_feedback")
        partner = env["res.partner"].create({"name": "Asker of much"})
        env.flush_all()
        values = {"company": env.company.id, "partner": partner.id, "count": CASES}
        env.cr.execute(FEEDBACK, values)
        feedback = env["cpm.feedback"].search([], order="id").ids
    for begin in range(0, CASES, SLICE):
        with database.env() as env:
            some = env["cpm.feedback"].browse(feedback[begin : begin + SLICE])
            some._cpm_sla_sync(created=True)


def _change_hours(database, hour):
    """Let the desk close at another hour, as the form saves it."""
    from odoo import Command

    with database.env() as env:
        calendar = env.company.resource_calendar_id
        lines = calendar.attendance_ids.filtered(lambda item: item.hour_to > 15)
        changes = [Command.update(line.id, {"hour_to": hour}) for line in lines]
        calendar.write({"attendance_ids": changes})


def _follow(database):
    with database.env() as env:
        env["cpm.sla.timer"]._cron_follow()


def _wait_to_be_killed(name):
    with harness.Database(name).env() as env:
        timers = env["cpm.sla.timer"]
        timers._recalculate_batch()
        env.cr.commit()
        timers._recalculate_batch()
        env.flush_all()
        print(READY, flush=True)
        time.sleep(600)


if __name__ == "__main__":
    harness.boot()
    _wait_to_be_killed(sys.argv[1])
