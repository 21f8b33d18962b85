"""Many plans from one template, beside plain SQL that inserts the same rows."""

import math
import statistics

from odoo import Command

from . import harness
from .harness import Statements, clock, interleave, median, ratio

SIZES = (50, 500)
GOALS, TASKS, NEEDS, CHECKS, COSTS = 10, 20, 5, 5, 3
LINES = GOALS + TASKS + NEEDS + CHECKS + COSTS
# What a plan is kept in; the last has no id of its own
TABLES = (
    "cpm_plan",
    "cpm_plan_goal",
    "cpm_plan_goal_value",
    "cpm_plan_need",
    "cpm_plan_cost",
    "cpm_plan_check",
    "project_task",
    "project_task_user_rel",
    "mail_followers",
)
SUBTYPES = "mail_followers_mail_message_subtype_rel"
MARK = "Benchmark"


def run(options, report, empty):
    """Measure in a copy of ``empty``, a database with the module and nothing else."""
    database = harness.Database(f"{options.prefix}_plans").copy_from(empty)
    report.head(f"Plans from a template: {GOALS} goals, {TASKS} tasks, {LINES} lines")
    _prepare(database)
    for way in (_at_once, _in_the_background):
        seconds = [way(database, size, options, report) for size in SIZES]
        growth = math.log(seconds[1] / seconds[0]) / math.log(SIZES[1] / SIZES[0])
        # People can have at most some twenty made at once
        bound = 1.1 if way == _in_the_background else None
        report.add(str(SIZES[1]), f"growth from {SIZES[0]}", growth, bound)
    if not options.keep:
        database.drop()


def _prepare(database):
    """Customers with values of ten metrics, an account manager, whoever makes the
    plans, and the template."""
    with database.env() as env:
        _maker, manager = (
            env["res.users"].create(
                {
                    "name": name,
                    "login": name,
                    "group_ids": [
                        Command.link(env.ref("customer_plan_mgmt.group_cpm_manager").id)
                    ],
                }
            )
            for name in (MARK, "Account manager")
        )
        env["res.partner"].create(
            [
                {"name": f"{MARK} {number}", "is_company": True}
                for number in range(max(SIZES))
            ]
        )
        env["cpm.profile"]._sync_profiles(env.company)
        profiles = _customers(env, max(SIZES))
        profiles.manager_id = manager
        metrics = env["cpm.metric"].create(
            [
                {"name": f"{MARK} {number}", "code": f"m{number}", "source": "manual"}
                for number in range(GOALS)
            ]
        )
        env["cpm.metric.value"].create(
            [
                {"profile_id": profile.id, "metric_id": metric.id, "number": 40}
                for profile in profiles
                for metric in metrics
            ]
        )
        _make_template(env, metrics)


def _make_template(env, metrics):
    staff = env.ref("customer_plan_mgmt.plan_cost_staff")
    env["cpm.plan.template"].create(
        {
            "name": MARK,
            "goal_ids": [
                Command.create({"name": "Goal", "metric_id": metric.id, "change": 15})
                for metric in metrics
            ],
            "task_ids": [
                Command.create({"name": "Task", "offset_days": 5 * number})
                for number in range(TASKS)
            ],
            "need_ids": [Command.create({"name": "Need"}) for _n in range(NEEDS)],
            "check_ids": [Command.create({"name": "Check"}) for _n in range(CHECKS)],
            "cost_ids": [
                Command.create({"category_id": staff.id, "budget": 100})
                for _n in range(COSTS)
            ],
        }
    )


def _customers(env, size):
    return env["cpm.profile"].search(
        [("partner_id.name", "like", f"{MARK} %")], limit=size, order="id"
    )


def _template(env):
    return env["cpm.plan.template"].search([("name", "=", MARK)], limit=1)


def _user(database):
    [(user,)] = database.query("SELECT id FROM res_users WHERE login = %s", MARK)
    return user


# ---------------------------------------------------------------------- At once


class _Round:
    """Plans made in a transaction that is undone, and their rows inserted again."""

    def __init__(self, database, size):
        self.database, self.size = database, size
        self.queries = 0

    def begin(self, _number):
        self.end()
        self.scope = self.database.env(user=_user(self.database), commit=False)
        self.env = self.scope.__enter__()
        self.cr = self.env.cr
        self.template = _template(self.env)
        self.customers = _customers(self.env, self.size)
        self.template._create_plans(self.customers[:1])  # fills Odoo's caches
        self.env.flush_all()
        self.env.invalidate_all()
        self.last = {table: self._last_id(table) for table in TABLES}

    def end(self):
        if hasattr(self, "scope"):
            self.scope.__exit__(None, None, None)
            del self.scope

    def _last_id(self, table):
        self.cr.execute(f"SELECT COALESCE(max(id), 0) FROM {table}")
        return self.cr.fetchone()[0]

    def make(self):
        with Statements() as statements:
            plans = self.template._create_plans(self.customers)
            self.env.flush_all()
        self.queries = len(statements.log)
        assert len(plans) == self.size
        assert len(plans.goal_ids) == self.size * GOALS

    def copy_tables(self):
        for table in (*TABLES, SUBTYPES):
            _make_copy(self.cr, table)

    def insert(self):
        """One plain statement for each table."""
        for table in TABLES:
            self.cr.execute(
                f"INSERT INTO bench_{table} SELECT * FROM {table} WHERE id > %s",
                [self.last[table]],
            )
        self.cr.execute(
            f"""INSERT INTO bench_{SUBTYPES} SELECT * FROM {SUBTYPES}
                WHERE mail_followers_id > %s""",
            [self.last["mail_followers"]],
        )
        self.cr.execute("SET CONSTRAINTS ALL IMMEDIATE")

    def count(self):
        """Return how many rows were inserted."""
        rows = 0
        for table in (*TABLES, SUBTYPES):
            self.cr.execute(f"SELECT count(*) FROM bench_{table}")
            rows += self.cr.fetchone()[0]
        return rows


def _make_copy(cr, table):
    """Make an empty copy of ``table`` with its indexes and foreign keys."""
    cr.execute(f"CREATE TABLE bench_{table} (LIKE {table} INCLUDING ALL)")
    cr.execute(
        """SELECT pg_get_constraintdef(oid) FROM pg_constraint
           WHERE conrelid = %s::regclass AND contype = 'f'""",
        [table],
    )
    for (definition,) in cr.fetchall():
        cr.execute(f"ALTER TABLE bench_{table} ADD {definition}")


def _at_once(database, size, options, report):
    """Report what ``size`` plans cost; return the seconds."""
    once = _Round(database, size)

    def begin(number):
        once.begin(number)
        once.copy_tables()

    times = interleave(
        options.rounds, begin, {"plans": once.make}, last={"rows": once.insert}
    )
    rows = once.count()
    once.end()
    label, seconds = str(size), median(times, "plans")
    report.add(label, "plans made in one transaction, seconds", seconds, 60)
    report.add(label, "milliseconds a plan", seconds / size * 1000)
    report.add(label, "queries a plan", once.queries / size, 3, exact=True)
    report.add(label, "queries a line", once.queries / size / LINES, 0.1, exact=True)
    floor = median(times, "rows")
    note = f"{rows:,} rows, one statement a table: {floor:.2f} s"
    report.add(label, "plans / the same rows", ratio(times, "plans", "rows"), note=note)
    return seconds


# ---------------------------------------------------------------- In the background


def _in_the_background(database, size, options, report):
    """Order the plans and let the scheduled action make them, commits included; return
    the seconds."""
    times, queries = [], 0
    for _round in range(options.rounds):
        with database.env(user=_user(database)) as env:
            batch = env["cpm.plan.batch"]._start(
                _template(env),
                _customers(env, size),
                env["res.users"],
                env.company._cpm_today(),
            )
        with Statements() as statements, clock() as seconds, database.env() as env:
            env["cpm.plan.batch"]._cron_work()
        times += seconds
        queries = len(statements.log)
    label, seconds = str(size), statistics.median(times)
    report.add(label, "ordered, made in the background, seconds", seconds, 60)
    report.add(label, "milliseconds a plan", seconds / size * 1000)
    report.add(label, "queries a plan", queries / size, 10, exact=True)
    wrong = size - _with_one_plan(database, batch.id)
    report.add(label, "customers without exactly one plan", wrong, 0, exact=True)
    return seconds


def _with_one_plan(database, batch_id):
    """Return how many customers of an order have a plan of their own."""
    [(count,)] = database.query(
        """SELECT count(DISTINCT plan.id)
           FROM cpm_plan_batch_line line
           JOIN cpm_plan plan ON plan.id = line.plan_id
                             AND plan.profile_id = line.profile_id
           WHERE line.batch_id = %s AND line.state = 'done'""",
        batch_id,
    )
    return count
