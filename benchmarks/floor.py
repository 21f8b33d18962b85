"""The least PostgreSQL has to do for the same scores: one statement.

The floor computes what the scenario of :mod:`scenario` computes: recency of all
time, number and sum of the purchases of 12 months up to a day, added up over the
contacts of each company, turned into points and one weighted score. It writes them
into a narrow side table where something differs.

It does *not*: see to it that every customer has a profile and that nobody else
has; convert currencies; leave out customers who refused scoring; classify into
tiers and lifecycle stages; keep a history or a breakdown; tell anybody; find out
which metric is at fault when one fails; commit in between. All of that is the
run's own cost, shown by the ratio.
"""

from datetime import timedelta

# Metric code: (weight, {limit: points}); recency counts days, fewer are better
BANDS = {
    "days_since_last": (30, {0: 100, 31: 80, 91: 50, 181: 20, 366: 0}),
    "orders_12m": (30, {0: 0, 1: 20, 2: 40, 3: 60, 5: 80, 8: 100}),
    "revenue_12m": (40, {0: 0, 50: 20, 150: 40, 300: 60, 600: 80, 1200: 100}),
}
PERIOD = 365
TABLE = "bench_side"

# As narrow as a table of Odoo can be: an id and the customer, each with an index
CREATE = f"""
    CREATE TABLE {TABLE} (
        id serial PRIMARY KEY, partner_id integer NOT NULL UNIQUE,
        last_day date, orders integer, revenue numeric, score float8
    ) WITH (autovacuum_enabled = false);
    INSERT INTO {TABLE} (partner_id) SELECT partner_id FROM cpm_profile ORDER BY id
"""

# Back to the state before the first run
RESET = (
    f"UPDATE {TABLE} SET last_day = NULL, orders = NULL, revenue = NULL, score = NULL"
)


def _points(code, value):
    weight, bands = BANDS[code]
    cases = " ".join(
        f"WHEN {value} >= {limit} THEN {weight * points}"
        for limit, points in sorted(bands.items(), reverse=True)
    )
    return f"CASE {cases} ELSE 0 END"


UPDATE = f"""
    UPDATE {TABLE} side
    SET last_day = now.last_day, orders = now.orders, revenue = now.revenue,
        score = now.score
    FROM (
        SELECT known.id, facts.*,
               round(({_points("days_since_last", "%(as_of)s - facts.last_day")}
                      + {_points("orders_12m", "facts.orders")}
                      + {_points("revenue_12m", "facts.revenue")}) / 100.0, 2)::float8
               * CASE WHEN facts.partner_id IS NOT NULL THEN 1 END AS score
        FROM {TABLE} known
        LEFT JOIN (
            SELECT COALESCE(c.commercial_partner_id, t.partner_id) AS partner_id,
                   max(t.date) AS last_day,
                   count(*) FILTER (WHERE t.date >= %(first)s) AS orders,
                   COALESCE(sum(t.amount) FILTER (WHERE t.date >= %(first)s), 0) AS revenue
            FROM cpm_transaction t
            LEFT JOIN (SELECT id, commercial_partner_id FROM res_partner
                       WHERE commercial_partner_id != id) c ON c.id = t.partner_id
            WHERE t.company_id = %(company)s AND t.date <= %(as_of)s
              AND t.partner_id IS NOT NULL
            GROUP BY 1
        ) facts ON facts.partner_id = known.partner_id
    ) now
    WHERE now.id = side.id
      AND (side.last_day, side.orders, side.revenue, side.score)
          IS DISTINCT FROM (now.last_day, now.orders, now.revenue, now.score)
"""


def run(database, as_of, company_id):
    """Run the floor in a transaction of its own; return the rows it changed."""
    with database.env() as env:
        return _score(env.cr, as_of, company_id)


def _score(cr, as_of, company_id, table=TABLE):
    cr.execute(
        UPDATE.replace(TABLE, table),
        {
            "as_of": as_of,
            "first": as_of - timedelta(days=PERIOD - 1),
            "company": company_id,
        },
    )
    return cr.rowcount


class WritingFloor:
    """The floor, and besides it every row the run has just written.

    The scores are worked out once, as above. Then what the run wrote is copied, with
    one plain statement for each kind of change, into copies of its tables that have the
    same indexes and foreign keys. That is what PostgreSQL takes to keep these rows at
    all; the run above it is left with working out what to write, with commits and
    with being put together from rules.

    Must follow the run: it copies its rows.
    """

    SIDE = "bench_side_2"
    PROFILE = "cpm_profile"
    VALUE = "cpm_metric_value"
    APPENDED = ("cpm_score", "cpm_tier_change")
    PROFILE_COLUMNS = (
        "value_score",
        "value_level",
        "tier_id",
        "tier_origin",
        "tier_since",
        "lifecycle_stage_id",
        "lifecycle_since",
        "lifecycle_origin",
        "metric_state",
    )
    VALUE_COLUMNS = ("number", "event_date", "date")

    def __init__(self, database):
        self.database = database
        tables = (self.PROFILE, self.VALUE, *self.APPENDED)
        self.tables = [self.SIDE, *map(_copy_of, tables)]
        with database.env() as env:
            env.cr.execute(CREATE.replace(TABLE, self.SIDE))
            for table in tables:
                _make_copy(env.cr, table)

    def forget(self, cr):
        """Go back to the state before the first run."""
        cr.execute(RESET.replace(TABLE, self.SIDE))
        for table in (self.VALUE, *self.APPENDED):
            cr.execute(f"TRUNCATE {_copy_of(table)}")
        self._update(cr, self.PROFILE, "id", self.PROFILE_COLUMNS)

    def run(self, as_of, company_id):
        with self.database.env() as env:
            _score(env.cr, as_of, company_id, self.SIDE)
            self._copy(env.cr)

    def _copy(self, cr):
        self._update(cr, self.PROFILE, "id", self.PROFILE_COLUMNS)
        key = ("metric_id", "profile_id")
        copy = _copy_of(self.VALUE)
        same = " AND ".join(f"b.{name} = o.{name}" for name in key)
        cr.execute(
            f"""DELETE FROM {copy} b
                WHERE NOT EXISTS (SELECT 1 FROM {self.VALUE} o WHERE {same})"""
        )
        self._update(cr, self.VALUE, key, self.VALUE_COLUMNS)
        cr.execute(
            f"""INSERT INTO {copy} SELECT * FROM {self.VALUE} o
                WHERE NOT EXISTS (SELECT 1 FROM {copy} b WHERE {same})"""
        )
        for table in self.APPENDED:
            cr.execute(
                f"""INSERT INTO {_copy_of(table)} SELECT * FROM {table}
                    WHERE id > (SELECT COALESCE(max(id), 0) FROM {_copy_of(table)})"""
            )

    @staticmethod
    def _update(cr, table, key, columns):
        key = (key,) if isinstance(key, str) else key
        old, new = (
            ", ".join(f"{alias}.{name}" for name in columns) for alias in ("b", "o")
        )
        cr.execute(
            f"""UPDATE {_copy_of(table)} b SET ({", ".join(columns)}) = ROW({new})
                FROM {table} o
                WHERE {" AND ".join(f"b.{name} = o.{name}" for name in key)}
                  AND ({old}) IS DISTINCT FROM ({new})"""
        )


def _copy_of(table):
    return table.replace("cpm_", "bench_", 1)


def _make_copy(cr, table):
    """Copy ``table`` with its rows, indexes and foreign keys."""
    copy = _copy_of(table)
    cr.execute(
        f"""CREATE TABLE {copy} (LIKE {table} INCLUDING ALL)
            WITH (autovacuum_enabled = false);
            INSERT INTO {copy} SELECT * FROM {table}"""
    )
    cr.execute(
        """SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint
           WHERE conrelid = %s::regclass AND contype = 'f'""",
        [table],
    )
    for name, definition in cr.fetchall():
        cr.execute(f'ALTER TABLE {copy} ADD CONSTRAINT "b_{name}" {definition}')
