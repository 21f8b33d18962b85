"""A run that is killed half way, and the run after it.

The same customers are scored twice: in one database undisturbed, in its copy by a
process that is killed (``kill -9``) while the second batch is written but not
committed, and then again. Both must come to the same rows.

Run as a module this file is the process that gets killed.
"""

import subprocess
import sys
import time
from datetime import date
from pathlib import Path
from unittest.mock import patch

from odoo.exceptions import UserError

from . import harness, scenario

PARTS = 5
READY = "second batch written"
# What a run leaves behind, without the ids and moments that differ by nature
LEFT_BEHIND = {
    "cpm_profile": """
        SELECT partner_id, active, value_score, value_level, health_score, health_level,
               loyalty_score, loyalty_level, tier_id, tier_origin, tier_since,
               lifecycle_stage_id, lifecycle_since, lifecycle_origin, metric_state
        FROM cpm_profile""",
    "cpm_score": """
        SELECT profile_id, purpose, scorecard_id, date, score, level, breakdown
        FROM cpm_score""",
    "cpm_metric_value": """
        SELECT profile_id, metric_id, number, event_date, date FROM cpm_metric_value""",
    "cpm_tier_change": """
        SELECT profile_id, from_tier_id, to_tier_id, score, origin, reason, state,
               effective_date
        FROM cpm_tier_change""",
    "mail_message": """
        SELECT model, res_id, body FROM mail_message WHERE model = 'cpm.profile'""",
}


def run(database, customers, as_of, label, report):
    """Measure in ``database`` and a copy of it; both are changed."""
    with database.env() as env:
        scenario.use_rfm(env)
        env.cr.execute(scenario.FORGET)
    batch = -(-customers // PARTS)
    quiet = harness.Database(f"{database.name}_quiet").copy_from(database)
    _score(quiet, as_of, batch)
    _kill_half_way(database, as_of, batch)
    written = database.query(
        "SELECT count(*) FROM cpm_profile WHERE metric_state IS NOT NULL"
    )[0][0]
    report.add(label, "killed in the second batch: customers written", written)
    _score(database, as_of, batch)
    differing = [
        table
        for table, rows in LEFT_BEHIND.items()
        if _checksum(quiet, rows) != _checksum(database, rows)
    ]
    report.add(
        label,
        "after a kill and another run: tables that differ",
        len(differing),
        0,
        exact=True,
        note=", ".join(differing),
    )
    doubled = database.query(
        """SELECT count(*) FROM (
               SELECT FROM cpm_score GROUP BY profile_id, purpose, date
               HAVING count(*) > 1
           ) doubled"""
    )[0][0]
    report.add(label, "doubled rows of history", doubled, 0, exact=True)
    quiet.drop()


def _checksum(database, rows):
    return database.query(
        f"""SELECT count(*), md5(string_agg(line, ';' ORDER BY line))
            FROM (SELECT kept::text AS line FROM ({rows}) kept) lines"""
    )


def _score(database, as_of, batch, before_commit=None):
    """Run in batches of ``batch``."""
    from odoo.addons.customer_plan_mgmt.models.scoring.engine import run as engine

    if before_commit:
        _watch(engine.Writer, before_commit)
    with patch.object(engine, "BATCH", batch):  # what is measured next has its own
        _score_when_free(database, as_of)


def _score_when_free(database, as_of):
    """Run as soon as no other run holds the lock."""
    for attempt in range(20):
        try:
            with database.env(commit=False) as env:
                env["cpm.scorecard"]._run(as_of=as_of, dry_run=False, commit=True)
            return
        except UserError:
            # The server may need a moment to notice that the client is gone
            if attempt == 19:
                raise
            time.sleep(0.5)


def _watch(writer, before_commit):
    """Call ``before_commit`` with the number of each batch once it is written."""
    write_batch, count = writer.write_batch, iter(range(1, sys.maxsize))

    def watched(self, first, last):
        written = write_batch(self, first, last)
        before_commit(next(count))
        return written

    writer.write_batch = watched


def _kill_half_way(database, as_of, batch):
    database.close()
    process = subprocess.Popen(
        [sys.executable, "-m", __name__, database.name, as_of.isoformat(), str(batch)],
        cwd=Path(__file__).resolve().parent.parent,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        line = process.stdout.readline().strip()
        process.kill()
    if line != READY:
        raise AssertionError(f"The run to be killed ended by itself: {line!r}")


def _wait_to_be_killed(number):
    if number == 2:
        print(READY, flush=True)
        time.sleep(600)


if __name__ == "__main__":
    harness.boot()
    _score(
        harness.Database(sys.argv[1]),
        date.fromisoformat(sys.argv[2]),
        int(sys.argv[3]),
        _wait_to_be_killed,
    )
