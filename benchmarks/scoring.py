"""The scoring run against the floor: first fill, changes, incremental nights."""

import math
from datetime import date, timedelta

from odoo.addons.customer_plan_mgmt.models.scoring.engine.writer import BATCH

from . import data, floor, scenario
from .harness import Statements, clock, interleave, median, peak_memory, ratio

OURS = ("cpm_profile", "cpm_score", "cpm_metric_value", "cpm_tier_change")
WATCHED = (*OURS, "res_partner", "mail_message")
# Name of the case: (per mille of the customers, bound of the ratio)
CHANGES = {"5 %": (50, 1.6), "100 %": (1000, 3.0)}
NIGHT_PER_MILLE = 20


class ScoringBench:
    """All measurements of one size, in one database.

    :param database: :class:`harness.Database` with the module and without customers
    :param label: how the size is called in the report
    :param rounds: how often each contender runs
    :param statements: print the slowest statements of each case
    """

    def __init__(self, database, customers, label, report, *, rounds, statements):
        self.database = database
        self.customers = customers
        self.label = label
        self.report = report
        self.rounds = rounds
        self.statements = statements
        self.today = date.today()
        self.results = []
        self.seconds = {}

    def run(self):
        """Fill the database and measure everything; return ``{case: seconds}``."""
        self._prepare()
        self._first_fill()
        self._unchanged("cpm.transaction")
        for case, (per_mille, bound) in CHANGES.items():
            self._changed(case, per_mille, bound)
        self._nights()
        self._unchanged("cpm.purchase")
        self._shipped()
        return self.seconds

    # ------------------------------------------------------------ Contenders

    def _run_ours(self, as_of=None, full=True):
        """One run as the scheduled action does it, in its own transactions."""
        statements = Statements()
        with statements, self.database.env(commit=False) as env:
            results = env["cpm.scorecard"]._run(
                as_of=as_of or self.today, dry_run=False, full=full, commit=True
            )
        (result,) = results.values()
        self.results.append((result, statements))
        return result

    def _run_floor(self):
        return floor.run(self.database, self.today, self.company)

    def _catch_up(self):
        """Bring all contenders to the same state, untimed."""
        self._run_ours()
        self._run_floor()
        self.writing.run(self.today, self.company)

    def _race(self, case, before, bound):
        """Let the floors and the run do the same work; report the ratios."""
        self.results = []
        memory = peak_memory()
        times = interleave(
            self.rounds,
            before,
            {"floor": self._run_floor, "ours": self._run_ours},
            last={"writing": lambda: self.writing.run(self.today, self.company)},
        )
        memory = peak_memory() - memory
        self._check_same_scores()
        self.seconds[case] = median(times, "ours")
        self._add(
            f"{case}: run / floor",
            ratio(times, "ours", "floor"),
            bound,
            note=f"floor {median(times, 'floor'):.2f} s, run {self.seconds[case]:.2f} s",
        )
        self._add(
            f"{case}: run / floor with the same rows",
            ratio(times, "ours", "writing"),
            note=f"this floor {median(times, 'writing'):.2f} s",
        )
        self._add_run_facts(case, memory)

    def _add_run_facts(self, case, memory):
        if self.statements:
            print(f"    slowest statements of “{case}”")
            self.results[-1][1].show()
        queries = max(result.queries for result, _s in self.results)
        batches = max(math.ceil(result.changed / BATCH) for result, _s in self.results)
        self._add(
            f"{case}: queries",
            queries,
            60 + 6 * batches,
            exact=True,
            note=f"{batches} batches; {self.results[-1][0].changed:,} changed",
        )
        self._add(
            f"{case}: longest statement",
            max(statements.longest for _r, statements in self.results),
            30.0,
            "s",
        )
        self._add(f"{case}: growth of peak memory", memory, 32.0, "MiB")

    def _add(self, what, value, bound=None, unit="", **kwargs):
        return self.report.add(self.label, what, value, bound, unit, **kwargs)

    def _vacuum(self):
        self.database.vacuum(*data.TABLES, *OURS, floor.TABLE, *self.writing.tables)

    # ----------------------------------------------------------------- Cases

    def _prepare(self):
        with clock() as seconds:
            data.fill(self.database, self.customers, self.today)
        with self.database.env() as env:
            scenario.use_rfm(env)
            env.cr.execute(floor.CREATE)
            for table in OURS:
                env.cr.execute(f"ALTER TABLE {table} SET (autovacuum_enabled = false)")
            self.company = env.company.id
        self.writing = floor.WritingFloor(self.database)
        # The first run in a process also fills Odoo's own caches
        with self.database.env(commit=False) as env:
            profile = env["cpm.profile"].search([], limit=1)
            env["cpm.scorecard"]._run_profiles(profile)
        self._add("making the data", seconds[0], unit="s")

    def _first_fill(self):
        def forget(number):
            with self.database.env() as env:
                env.cr.execute(scenario.FORGET)
                env.cr.execute(floor.RESET)
                self.writing.forget(env.cr)
            rewritten = ("cpm_profile", floor.TABLE, *self.writing.tables)
            self.database.query(f"VACUUM FULL {', '.join(rewritten)}")
            self._vacuum()

        self._race("first fill", forget, 3.0)
        self._vacuum()

    def _unchanged(self, source):
        with self.database.env() as env:
            scenario.use_rfm(env, source)
        self._catch_up()
        before = self.database.written(WATCHED)
        self._race(f"0 % of {source}", lambda number: None, 1.3)
        after = self.database.written(WATCHED)
        written = sum(after[table] - before[table] for table in WATCHED)
        self._add(f"0 % of {source}: rows written", written, 0, exact=True)

    def _changed(self, case, per_mille, bound):
        # Purchases come in one round and go in the next: the data do not grow
        label = f"case {case}"

        def change(number):
            with self.database.env() as env:
                values = {"per_mille": per_mille, "day": self.today, "label": label}
                statement = scenario.UNDO if number % 2 else scenario.BUY
                env.cr.execute(statement, values)
            self._vacuum()

        history = self._count("cpm_score")
        self._race(f"{case} changed", change, bound)
        history = self._count("cpm_score") - history
        self._add(f"{case} changed: history rows a run", history // self.rounds)
        with self.database.env() as env:
            env.cr.execute(scenario.UNDO, {"label": label})
        self._vacuum()
        self._catch_up()

    def _nights(self):
        """Nights of the same kind, by turns as an incremental and as a full run; after
        an incremental one a full pass looks for what it missed, and finds nothing."""
        times = {"night": [], "full": [], "idle": []}
        left, self.results, nights = 0, [], []
        for number in range(1, 2 * self.rounds + 1):
            day, label = self.today + timedelta(days=number), f"night {number}"
            with self.database.env() as env:
                values = {"per_mille": NIGHT_PER_MILLE, "day": day, "label": label}
                env.cr.execute(scenario.BUY, values)
            self._vacuum()
            # The order turns: full, night; night, full; full, night …
            full = number % 4 in (1, 0)
            seconds, result = self._night(day, full)
            times["full" if full else "night"].append(seconds)
            if not full:
                nights.append(self.results[-1])
                seconds, result = self._night(day, True)
                times["idle"].append(seconds)
                left += result.changed
            with self.database.env() as env:
                env.cr.execute(scenario.AGE, {"label": label})
        self.results = nights
        self.seconds["night"] = median(times, "night")
        looked_at = nights[-1][0].looked_at
        for what, name in (
            ("full pass over such a night", "full"),
            ("full pass that finds nothing", "idle"),
        ):
            self._add(
                f"night, 2 % touched / {what}",
                ratio(times, "night", name),
                0.5,
                note=f"night {median(times, 'night'):.2f} s, "
                f"full {median(times, name):.2f} s, {looked_at:,} looked at",
            )
        self._add_run_facts("incremental night", 0.0)
        self._add("full pass after a night: rows changed", left, 0, exact=True)
        self.today += timedelta(days=2 * self.rounds)
        self._catch_up()

    def _night(self, day, full):
        with clock() as seconds:
            result = self._run_ours(day, full)
        assert result.full is full
        return seconds[0], result

    def _shipped(self):
        with self.database.env() as env:
            scenario.use_shipped(env)
        self.results = []
        times = []
        for _number in range(2):
            with clock() as seconds:
                self._run_ours()
            times.append(seconds[0])
        if self.statements:
            for _result, statements in self.results:
                statements.show()
        self._add("shipped rules after a change of rules", times[0], unit="s")
        self._add("shipped rules, nothing changed", times[1], unit="s")

    # ---------------------------------------------------------------- Checks

    def _count(self, table):
        return self.database.query(f"SELECT count(*) FROM {table}")[0][0]

    def _check_same_scores(self):
        """The floor is only a floor when it comes to the same scores."""
        rows = self.database.query(
            f"""SELECT count(*) FROM cpm_profile p
                JOIN {floor.TABLE} s ON s.partner_id = p.partner_id
                WHERE s.score IS DISTINCT FROM p.value_score"""
        )
        if rows[0][0]:
            raise AssertionError(f"{rows[0][0]} scores differ from the floor's")
