"""The scheduled action over many open timers, beside one UPDATE; killed, and twice
at once. Run as a module this file is the process that gets killed."""

import subprocess
import sys
import time
from pathlib import Path

from . import harness
from .harness import Statements, interleave, median, ratio

OPEN = 50_000
DUE = 20  # every 20th, 5 percent
READY = "marked but not told"

# Feedback and timers as the module writes them, without owner: nobody to tell
FEEDBACK = """
    INSERT INTO cpm_feedback (
        name, number, active, company_id, partner_id, type, channel, complexity,
        severity, stage, received_at, create_date, write_date
    )
    SELECT 'Open', 'BENCH' || n, TRUE, %(company)s, %(partner)s, 'enquiry', 'phone',
           'ordinary', '1', 'new', now() AT TIME ZONE 'UTC' - interval '2 days',
           now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC'
    FROM generate_series(1, %(count)s) n
"""
TIMERS = """
    INSERT INTO cpm_sla_timer (
        res_model, res_id, company_id, target_id, standard_id, kind, round, start,
        budget, stops, deadline, warn_at, state, is_missed, escalation_step
    )
    SELECT 'cpm.feedback', f.id, f.company_id, %(target)s, %(standard)s, 'resolution',
           1, f.received_at, 86400, '[]',
           now() AT TIME ZONE 'UTC' + interval '30 days',
           now() AT TIME ZONE 'UTC' + interval '20 days', 'running', FALSE, 0
    FROM cpm_feedback f WHERE f.number LIKE 'BENCH%%'
"""
RESET = """
    UPDATE cpm_sla_timer
    SET state = 'running', is_missed = FALSE, warned_at = NULL, escalation_step = 0,
        escalate_at = NULL, user_id = NULL,
        deadline = now() AT TIME ZONE 'UTC'
            + CASE WHEN res_id %% %(due)s = 0 AND %(some)s THEN interval '-1 day'
                   ELSE interval '30 days' END
    WHERE res_model = 'cpm.feedback' AND budget = 86400
"""
FLOOR = """
    UPDATE cpm_sla_timer SET state = 'missed', is_missed = TRUE
    WHERE state = 'running' AND deadline < now() AT TIME ZONE 'UTC' RETURNING id
"""
MISSED = "SELECT count(*) FROM cpm_sla_timer WHERE state = 'missed' AND budget = 86400"
DIGESTS = """
    SELECT count(*) FROM mail_message WHERE subject LIKE 'Promises to customers%%'
"""


def run(database, options, report):
    _fill(database)
    _time(database, options, report)
    _nothing_due(database, report)
    _with_alerts(database, report)
    _two_at_once(database, report)
    _kill(database, report)


def _fill(database):
    with database.env() as env:
        env["cpm.feedback"].search([]).unlink()
        standard = env.ref("customer_plan_mgmt.service_standard")
        target = env.ref("customer_plan_mgmt.service_target_ordinary")
        values = {
            "company": env.company.id,
            "partner": env["res.partner"].search([("name", "=", "Asker")], limit=1).id,
            "count": OPEN,
            "target": target.id,
            "standard": standard.id,
        }
        env.flush_all()
        env.cr.execute(FEEDBACK, values)
        env.cr.execute(TIMERS, values)
    _reset(database, some=True)


def _reset(database, some, owner=None):
    with database.env() as env:
        env.cr.execute(RESET, {"due": DUE, "some": some})
        if owner:
            env.cr.execute("UPDATE cpm_sla_timer SET user_id = %s", [owner])
    database.vacuum("cpm_sla_timer")


def _follow(database):
    with database.env() as env:
        env["cpm.sla.timer"]._cron_follow()


def _time(database, options, report):
    """Flags only: nobody is told, as the floor tells nobody."""

    def floor():
        with database.env() as env:
            env.cr.execute(FLOOR)
            env.cr.fetchall()

    _follow(database)
    times = {"ours": [], "floor": []}
    for _round in range(max(5, options.rounds)):
        for name, function in (("ours", lambda: _follow(database)), ("floor", floor)):
            _reset(database, some=True)
            one = interleave(1, lambda number: None, {name: function})
            times[name] += one[name]
    missed = database.query(MISSED)[0][0]
    report.add(
        "50k", "breach run, 5 % due: missing marks", OPEN // DUE - missed, 0, exact=True
    )
    report.add(
        "50k",
        "breach run, 5 % due / one UPDATE",
        ratio(times, "ours", "floor"),
        3,
        note=f"{median(times, 'ours') * 1000:.0f} ms, floor "
        f"{median(times, 'floor') * 1000:.0f} ms",
    )


def _nothing_due(database, report):
    _reset(database, some=False)
    _follow(database)
    with Statements() as statements:
        _follow(database)
    report.add("50k", "nothing due: queries", len(statements.log), 5, exact=True)


def _with_alerts(database, report):
    """One owner is told of everything: one message."""
    with database.env() as env:
        owner = env.ref("base.user_admin").id
    _reset(database, some=True, owner=owner)
    before = database.query(DIGESTS)[0][0]
    with Statements() as statements, harness.clock() as seconds:
        _follow(database)
    sent = database.query(DIGESTS)[0][0] - before
    report.add("50k", "the same with an owner to tell: s", seconds[0])
    report.add("50k", "queries of it", len(statements.log))
    report.add(
        "50k", "messages to the owner of 2,500 missed promises", sent, 1, exact=True
    )


def _two_at_once(database, report):
    """While one run holds half of what is due, another one does the rest."""
    with database.env() as env:
        owner = env.ref("base.user_admin").id
    _reset(database, some=True, owner=owner)
    before = database.query(DIGESTS)[0][0]
    half = OPEN // DUE // 2
    with database.env() as env:
        timers = env["cpm.sla.timer"]
        events = timers._take_due(half)
        _follow(database)
        between = database.query(MISSED)[0][0]
        timers._tell(events)
    report.add(
        "50k", "two runs at once: marks of the second", between - half, 0, exact=True
    )
    left = OPEN // DUE - database.query(MISSED)[0][0]
    report.add("50k", "two runs at once: left undone", left, 0, exact=True)
    sent = database.query(DIGESTS)[0][0] - before
    report.add("50k", "two runs at once: messages", sent, 2, exact=True)


def _kill(database, report):
    """``kill -9`` between marking and telling, then another run."""
    with database.env() as env:
        owner = env.ref("base.user_admin").id
    _reset(database, some=True, owner=owner)
    before = database.query(DIGESTS)[0][0]
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
    report.add(
        "50k",
        "killed before telling: marks kept",
        database.query(MISSED)[0][0],
        0,
        exact=True,
    )
    for _attempt in range(20):
        # The server may need a moment to notice that the client is gone
        _follow(database)
        left = OPEN // DUE - database.query(MISSED)[0][0]
        if not left:
            break
        time.sleep(0.5)
    sent = database.query(DIGESTS)[0][0] - before
    report.add("50k", "killed and run again: left undone", left, 0, exact=True)
    report.add("50k", "killed and run again: messages", sent, 1, exact=True)


def _wait_to_be_killed(name):
    with harness.Database(name).env() as env:
        env["cpm.sla.timer"]._take_due(OPEN)
        print(READY, flush=True)
        time.sleep(600)


if __name__ == "__main__":
    harness.boot()
    _wait_to_be_killed(sys.argv[1])
