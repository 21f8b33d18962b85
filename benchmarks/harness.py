"""Databases, cursors and clocks the benchmarks share."""

import os
import resource
import statistics
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path

import psycopg2

import odoo.tools.config
from odoo import SUPERUSER_ID, api, sql_db
from odoo.modules.registry import Registry

ODOO = Path(sys.executable).with_name("odoo")


def boot():
    """Read Odoo's configuration, as a process without workers and schedule."""
    odoo.tools.config.parse_config(
        ["-c", os.environ["ODOO_RC"], "--no-http", "--max-cron-threads=0"]
        + ["--log-level=warn"]
    )


class Database:
    """One database and Odoo's registry on it."""

    def __init__(self, name):
        self.name = name

    # ------------------------------------------------------------- Life cycle

    def create(self, modules):
        """Make the database with ``modules`` from nothing."""
        self.drop()
        return self.install(modules)

    def install(self, modules):
        """Install ``modules``, in a process of its own: it takes memory that must not
        be counted later."""
        self.close()
        command = [sys.executable, ODOO, "server", "-c", os.environ["ODOO_RC"]]
        command += ["-d", self.name, "-i", ",".join(modules), "--stop-after-init"]
        command += ["--no-http", "--max-cron-threads=0", "--log-level=warn"]
        subprocess.run(list(map(str, command)), check=True)
        return self

    def copy_from(self, other):
        """Make the database as a copy of ``other``, files of attachments excepted."""
        self.drop()
        other.close()
        self._on_server(f'CREATE DATABASE "{self.name}" TEMPLATE "{other.name}"')
        return self

    def drop(self):
        self.close()
        self._on_server(f'DROP DATABASE IF EXISTS "{self.name}"')

    def exists(self):
        with sql_db.db_connect("postgres").cursor() as cr:
            cr.execute("SELECT 1 FROM pg_database WHERE datname = %s", [self.name])
            return bool(cr.rowcount)

    def close(self):
        Registry.delete(self.name)
        sql_db.close_db(self.name)

    def _on_server(self, statement):
        with self._autocommit("postgres") as cr:
            cr.execute(statement)

    @contextmanager
    def _autocommit(self, name):
        info = sql_db.connection_info_for(name)[1]
        connection = psycopg2.connect(**info)
        try:
            connection.autocommit = True
            with connection.cursor() as cr:
                yield cr
        finally:
            connection.close()

    # ----------------------------------------------------------------- Access

    @contextmanager
    def env(self, user=SUPERUSER_ID, commit=True):
        """Yield an environment in a transaction of its own."""
        with Registry(self.name).cursor() as cr:
            yield api.Environment(cr, user, {})
            if not commit:
                cr.rollback()

    def query(self, statement, *parameters):
        """Return the rows of ``statement`` outside any transaction of ours."""
        with self._autocommit(self.name) as cr:
            cr.execute(statement, parameters or None)
            return cr.fetchall() if cr.description else []

    def vacuum(self, *tables):
        """Leave ``tables`` as a night's autovacuum would."""
        with self._autocommit(self.name) as cr:
            cr.execute(f"VACUUM (ANALYZE) {', '.join(tables)}")

    def written(self, tables):
        """Return how many rows were ever inserted, updated or deleted in ``tables``.

        A session that is kept open for later reports what it did up to ten seconds
        late, and would add the work of the case before to this one; all of them
        report when they end.
        """
        sql_db.close_db(self.name)
        with self._autocommit(self.name) as cr:
            for _attempt in range(100):
                cr.execute(
                    """SELECT 1 FROM pg_stat_activity
                       WHERE datname = current_database() AND pid != pg_backend_pid()
                         AND backend_type = 'client backend'"""
                )
                if not cr.rowcount:
                    break
                time.sleep(0.1)
            else:
                raise AssertionError("Other sessions work in the measured database")
            cr.execute(
                """SELECT relname, n_tup_ins + n_tup_upd + n_tup_del
                   FROM pg_stat_user_tables WHERE relname = ANY(%s)""",
                [list(tables)],
            )
            return dict(cr.fetchall())


class Statements:
    """Remembers how long each statement of this thread takes, while active."""

    def __init__(self):
        self.log = []

    def __enter__(self):
        threading.current_thread().query_hooks = [self._hook]
        return self

    def __exit__(self, *exc_info):
        threading.current_thread().query_hooks = []

    def _hook(self, cr, query, params, start, delay):
        self.log.append((delay, " ".join(str(query).split())))

    @property
    def longest(self):
        return max((delay for delay, _query in self.log), default=0.0)

    def show(self, limit=12):
        """Print the slowest statements: seconds and beginning."""
        for delay, query in sorted(self.log, reverse=True)[:limit]:
            print(f"    {delay:8.3f} s  {query[:110]}")


@contextmanager
def clock():
    """Yield a list that holds the seconds spent inside when the block is left."""
    seconds = []
    begun = time.perf_counter()
    yield seconds
    seconds.append(time.perf_counter() - begun)


def peak_memory():
    """Return the highest memory this process ever used, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def interleave(rounds, before, contenders, last=()):
    """Time several ways to do the same work, side by side.

    :param before: ``function(round number)`` that prepares the work, untimed
    :param contenders: ``{name: function}``; their order turns round by round, so
        that none always finds the caches warmed by the other
    :param last: the same for those that need what the others have done
    :return: ``{name: [seconds per round]}``
    """
    contenders, last = dict(contenders), dict(last)
    times = {name: [] for name in (*contenders, *last)}
    for number in range(rounds):
        before(number)
        names = list(contenders)
        if number % 2:
            names.reverse()
        for name in (*names, *last):
            with clock() as seconds:
                (contenders | last)[name]()
            times[name].append(seconds[0])
    return times


def ratio(times, name, base):
    """Return the median of the paired ratios of two contenders."""
    return statistics.median(
        one / other for one, other in zip(times[name], times[base], strict=True)
    )


def median(times, name):
    return statistics.median(times[name])
