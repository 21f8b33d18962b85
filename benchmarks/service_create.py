"""New feedback in batches, with and without promises, beside OCA's helpdesk.

``odoo-addon-helpdesk-mgmt-sla`` is downloaded from PyPI and installed into a database
of its own. Where that is not possible its figures of an earlier measurement are used:
6.7 ms and 4 queries a ticket.
"""

import os
import subprocess
import sys
import tempfile
import zipfile
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from unittest.mock import patch

from odoo import Command

import odoo.addons

from . import harness
from .harness import Statements, interleave, median

BATCH = 500
PEER = ("odoo-addon-helpdesk-mgmt-sla==19.0.*", "odoo-addon-helpdesk-mgmt==19.0.*")
PEER_MS, PEER_QUERIES = 6.7, 4.0
WORK = Path(__file__).resolve().parent.parent / ".dev" / "peer"


def run(database, options, report):
    ours_ms, ours_queries = _ours(database, options)
    peer_ms, peer_queries, note = _peer(options)
    report.add("500", "SLA part of a new feedback, ms", ours_ms)
    report.add(
        "500", "SLA part of a ticket of helpdesk_mgmt_sla, ms", peer_ms, note=note
    )
    report.add("500", "SLA part: ours / helpdesk_mgmt_sla", ours_ms / peer_ms, 0.2)
    report.add("500", "SLA queries a feedback", ours_queries, 0.1, exact=True)
    report.add("500", "SLA queries a ticket of helpdesk_mgmt_sla", peer_queries)
    report.add(
        "1", "SLA queries of a single feedback, warm", _single(database), 1, exact=True
    )


def _measure(database, rounds, contenders):
    """Return ms and queries a record which ``with`` takes more than ``without``.

    :param contenders: ``{name: function(env)}`` for both
    """
    counted = {}

    def timed(name):
        def request():
            with Statements() as statements, database.env() as env:
                contenders[name](env)
                env.flush_all()
            counted[name] = len(statements.log)

        return request

    functions = {name: timed(name) for name in contenders}
    for function in functions.values():
        function()  # fills Odoo's caches
    times = interleave(rounds, lambda number: None, functions)
    extra = median(times, "with") - median(times, "without")
    queries = (counted["with"] - counted["without"]) / BATCH
    return extra * 1000 / BATCH, queries


def _create_feedback(env, count=BATCH):
    partner = env["res.partner"].search([("name", "=", "Asker")], limit=1)
    env["cpm.feedback"].create(
        [{"name": "Question", "partner_id": partner.id} for _number in range(count)]
    )


@contextmanager
def _switched_off(env):
    model = type(env["cpm.feedback"])
    with patch.object(model, "_cpm_sla_sync", lambda *args, **kwargs: None):
        yield


def _without_promises(env, count=BATCH):
    with _switched_off(env):
        _create_feedback(env, count)


def _prepare(env):
    """A customer, and a calendar in Shanghai with 50 holidays, for both contenders."""
    env["res.partner"].create({"name": "Asker"})
    calendar = env.company.resource_calendar_id
    calendar.tz = "Asia/Shanghai"
    today = datetime.now().replace(microsecond=0)
    env["resource.calendar.leaves"].create(
        [
            {
                "name": "Holiday",
                "calendar_id": calendar.id,
                "date_from": today + timedelta(days=7 * number),
                "date_to": today + timedelta(days=7 * number, hours=8),
            }
            for number in range(50)
        ]
    )


def _ours(database, options):
    with database.env() as env:
        _prepare(env)
    contenders = {"with": _create_feedback, "without": _without_promises}
    return _measure(database, max(5, options.rounds), contenders)


def _single(database):
    counts = {}
    for _number in range(2):
        for name, create in (
            ("with", _create_feedback),
            ("without", _without_promises),
        ):
            with Statements() as statements, database.env() as env:
                create(env, 1)
                env.flush_all()
            counts[name] = len(statements.log)
    return counts["with"] - counts["without"]


# ------------------------------------------------------------------------- Peer


def _peer(options):
    """Return ms, queries and a remark."""
    try:
        addons = _fetch()
        database = _install(addons, options)
    except (OSError, subprocess.CalledProcessError) as error:
        reason = getattr(error, "stderr", None) or str(error)
        return (
            PEER_MS,
            PEER_QUERIES,
            f"measured earlier; not now: {reason.strip()[-90:]}",
        )
    contenders = {
        name: lambda env, name=name: _create_tickets(env, name)
        for name in ("with", "without")
    }
    ms, queries = _measure(database, options.rounds, contenders)
    if not options.keep:
        database.drop()
    return ms, queries, "in the same run"


def _fetch():
    """Download the wheels and return the folder of their addons."""
    folder = WORK / "odoo" / "addons"
    if not (folder / "helpdesk_mgmt_sla").exists():
        WORK.mkdir(parents=True, exist_ok=True)
        python = getattr(sys, "_base_executable", sys.executable)
        command = [python, "-m", "pip", "download", "--quiet", "--no-deps"]
        command += ["--dest", str(WORK), *PEER]
        subprocess.run(command, check=True, capture_output=True, text=True)
        for wheel in WORK.glob("*.whl"):
            with zipfile.ZipFile(wheel) as content:
                content.extractall(WORK)
    return folder


def _install(addons, options):
    """Return a database with the peer, its addons known to this process too."""
    if str(addons) not in odoo.addons.__path__:
        odoo.addons.__path__.append(str(addons))
    text = Path(os.environ["ODOO_RC"]).read_text(encoding="utf-8")
    text = text.replace("addons_path = ", f"addons_path = {addons},", 1)
    database = harness.Database(f"{options.prefix}_peer")
    with tempfile.TemporaryDirectory() as folder:
        conf = Path(folder) / "odoo.conf"
        conf.write_text(text, encoding="utf-8")
        with patch.dict(os.environ, {"ODOO_RC": str(conf)}):
            database.create(["helpdesk_mgmt_sla"])
    with database.env() as env:
        _configure(env)
    return database


def _configure(env):
    """Two teams, one with a promise of 16 working hours and 50 holidays."""
    teams = env["helpdesk.ticket.team"].create(
        [
            {"name": "with", "use_sla": True},
            {"name": "without", "use_sla": False},
        ]
    )
    if "resource_calendar_id" in teams._fields:
        teams.resource_calendar_id = env.company.resource_calendar_id
    stage = env["helpdesk.ticket.stage"].search([("closed", "=", True)], limit=1)
    env["helpdesk.sla"].create(
        {
            "name": "16 hours",
            "hours": 16,
            "stage_id": stage.id,
            "team_ids": [Command.set(teams[0].ids)],
        }
    )
    _prepare(env)


def _create_tickets(env, name):
    team = env["helpdesk.ticket.team"].search([("name", "=", name)], limit=1)
    partner = env["res.partner"].search([("name", "=", "Asker")], limit=1)
    env["helpdesk.ticket"].create(
        [
            {
                "name": "Question",
                "description": "Where is it?",
                "partner_id": partner.id,
                "team_id": team.id,
            }
            for _number in range(BATCH)
        ]
    )
