"""Warning rules over all customers, beside plain SQL that finds the same ones.

The floors are written by hand against the very tables: what somebody would type who
wants that list once. A usual night has warned of almost everybody it finds; the first
one finds them all and keeps them back.
"""

from datetime import date, timedelta
from unittest.mock import patch

from odoo.addons.customer_plan_mgmt.models.warning.engine.facts import Facts

from . import data, harness
from .harness import Statements, clock, interleave, median, ratio

OURS = ("cpm_profile", "cpm_score", "cpm_metric_value", "cpm_tier_change", "cpm_warning")
RULES = (
    "overdue",
    "silence",
    "low_health",
    "revenue_drop",
    "key_contact",
    "missed_promises",
    "dissatisfied",
    "contract_ending",
)
# Of how many customers found a usual night has not warned yet
NEW = 500

# Contacts that bounce, contracts that end, promises and answers: some percent each
EVENTS = (
    """UPDATE res_partner SET message_bounce = 3
       WHERE id IN (SELECT partner_id FROM cpm_profile WHERE id %% 200 = 0)""",
    """UPDATE cpm_profile SET contract_end = %(today)s::date + (id %% 400)::integer
       WHERE id %% 20 = 0""",
    """INSERT INTO cpm_sla_timer (
           res_model, res_id, company_id, profile_id, partner_id, target_id, kind, round,
           start, deadline, state, is_missed, done_at)
       SELECT 'bench', n, p.company_id, p.id, p.partner_id, t.id, 'resolution', 1,
              now() - interval '40 days', now() - n %% 60 * interval '1 day',
              CASE WHEN p.id %% 3 = 0 THEN 'missed' ELSE 'met' END, p.id %% 3 = 0,
              CASE WHEN p.id %% 3 > 0 THEN now() - n %% 60 * interval '1 day 1 hour' END
       FROM generate_series(1, %(customers)s / 2) n
       JOIN cpm_profile p ON p.id = %(first)s + n %% (%(customers)s / 4)
       CROSS JOIN (SELECT min(id) AS id FROM cpm_service_target) t""",
    """INSERT INTO cpm_feedback (
           name, number, active, company_id, partner_id, type, channel, complexity,
           severity, stage, received_at)
       SELECT 'Asked', 'BENCH', TRUE, company_id, partner_id, 'enquiry', 'phone',
              'ordinary', '1', 'new', now() AT TIME ZONE 'UTC'
       FROM cpm_profile ORDER BY id LIMIT 1""",
    """INSERT INTO cpm_satisfaction (
           feedback_id, company_id, partner_id, sent_at, expires_at, answered_at, rating,
           score)
       SELECT f.id, p.company_id, p.partner_id, now() - interval '90 days', now(),
              now() - n %% 80 * interval '1 day', (1 + n %% 5)::text, 1 + n %% 5
       FROM generate_series(1, %(customers)s / 4) n
       JOIN cpm_profile p ON p.id = %(first)s + n
       CROSS JOIN (SELECT min(id) AS id FROM cpm_feedback) f""",
)
# Who is found by a rule and has no warning of it gets one, but for the last ones
WARN = """
    INSERT INTO cpm_warning (
        name, active, company_id, profile_id, partner_id, rule_id, severity, raised_on,
        state, create_date)
    SELECT 'Bench', TRUE, p.company_id, p.id, p.partner_id, %(rule)s, '1', %(today)s,
           'new', now() AT TIME ZONE 'UTC'
    FROM (SELECT profile_id, row_number() OVER (ORDER BY profile_id DESC) AS place
          FROM bench_found) found
    JOIN cpm_profile p ON p.id = found.profile_id
    WHERE place > %(new)s
"""

WHO = """p.company_id = %(company)s AND p.active AND p.score_excluded IS NOT TRUE
    AND NOT EXISTS (
        SELECT 1 FROM cpm_warning w
        WHERE w.rule_id = %(rule)s AND w.profile_id = p.id
          AND (w.state IN ('new', 'working')
               OR w.raised_on > %(quiet)s OR w.closed_on > %(quiet)s))"""
DAYS = "(%(today)s::date - DATE '1970-01-01') - p.metric_state[{}]"
FLOORS = {
    "overdue": """SELECT p.id FROM cpm_profile p
        WHERE (DAYS_LAST) / NULLIF(p.metric_state[RHYTHM], 0) >= 2.5 AND WHO""",
    "silence": """SELECT p.id FROM cpm_profile p
        JOIN cpm_tier t ON t.id = p.tier_id AND t.contact_interval_days > 0
        WHERE COALESCE(LEAST(DAYS_LAST, DAYS_MESSAGE, DAYS_FEEDBACK),
                       %(today)s - p.create_date::date) > t.contact_interval_days
          AND WHO""",
    "low_health": "SELECT p.id FROM cpm_profile p WHERE p.health_score < 30 AND WHO",
    "revenue_drop": """SELECT p.id FROM cpm_profile p
        JOIN (SELECT c.commercial_partner_id AS id, sum(t.amount) AS revenue
              FROM cpm_transaction t JOIN res_partner c ON c.id = t.partner_id
              WHERE t.company_id = %(company)s
                AND t.date <= %(today)s::date - 90 AND t.date > %(today)s::date - 455
              GROUP BY 1) earlier ON earlier.id = p.partner_id
        WHERE earlier.revenue > 0
          AND (earlier.revenue - p.metric_state[REVENUE]) * 100
              >= 40 * earlier.revenue
          AND WHO""",
    "key_contact": """SELECT p.id FROM cpm_profile p
        LEFT JOIN cpm_profile_key_contact_rel k ON k.profile_id = p.id
        JOIN res_partner c ON c.id = COALESCE(k.partner_id, p.partner_id)
        WHERE (NOT c.active OR c.message_bounce >= 2
               OR c.commercial_partner_id != p.partner_id
               OR c.email_normalized IN (SELECT email FROM mail_blacklist WHERE active))
          AND WHO GROUP BY p.id""",
    "missed_promises": """SELECT p.id FROM cpm_profile p
        JOIN (SELECT profile_id FROM cpm_sla_timer
              WHERE is_missed AND deadline >= %(today)s::date - 29 AND deadline < now()
                AND state NOT IN ('exempt', 'cancelled')
              GROUP BY 1 HAVING count(*) >= 2) m ON m.profile_id = p.id
        WHERE WHO""",
    "dissatisfied": """SELECT p.id FROM cpm_profile p
        JOIN (SELECT DISTINCT c.commercial_partner_id AS id
              FROM cpm_satisfaction s JOIN res_partner c ON c.id = s.partner_id
              WHERE s.score <= 2 AND s.answered_at >= %(today)s::date - 13) s
          ON s.id = p.partner_id
        WHERE WHO""",
    "contract_ending": """SELECT p.id FROM cpm_profile p
        WHERE p.contract_end BETWEEN %(today)s AND %(today)s::date + 90 AND WHO""",
}


def run(options, report, empty, sizes):
    """Measure every size in a copy of ``empty``, a database with the module only."""
    report.head("Warning rules")
    for size in options.size:
        database = harness.Database(f"{options.prefix}_warn_{size}").copy_from(empty)
        WarningBench(database, sizes[size], size, options, report).run()
        if not options.keep:
            database.drop()


class WarningBench:
    """All measurements of one size.

    :param database: :class:`harness.Database` with the module and without customers
    """

    def __init__(self, database, customers, label, options, report):
        self.database = database
        self.customers = customers
        self.label = label
        self.options = options
        self.report = report
        self.today = date.today()
        self.found = {}

    def run(self):
        self._prepare()
        self._race("first night")
        self._storm()
        self._warn()
        self._race("usual night")
        self._nights()

    def _add(self, what, value, bound=None, unit="", **kwargs):
        self.report.add(self.label, what, value, bound, unit, **kwargs)

    # ------------------------------------------------------------ Preparation

    def _prepare(self):
        data.fill(self.database, self.customers, self.today)
        with self.database.env() as env:
            self.company = env.company.id
            env.company.cpm_warning_storm_limit = 0
            rules = env["cpm.warning.rule"].search([])
            self.rules = {rule.code: rule.id for rule in rules}
            self.quiet = {rule.code: rule.quiet_days for rule in rules}
            env.cr.execute("SELECT min(id) FROM cpm_profile")
            values = {
                "today": self.today,
                "customers": self.customers,
                "first": env.cr.fetchone()[0],
            }
            for statement in EVENTS:
                env.cr.execute(statement, values)
        with (
            clock() as seconds,
            self.database.env() as env,
            patch.object(type(env["cpm.warning.rule"]), "_evaluate_company"),
        ):
            env["cpm.scorecard"]._run(full=True)
        self._add("scoring them first", seconds[0], unit="s")
        self.database.vacuum("cpm_profile", "res_partner", "cpm_sla_timer", "cpm_score")
        self.database.vacuum("cpm_satisfaction", "cpm_transaction", "cpm_warning")
        with self.database.env() as env:
            stage = Facts(env, env.company, self.today).stage
            self.places = {
                code: stage.stored.ids.index(env.ref(f"customer_plan_mgmt.{name}").id) + 2
                for code, name in (
                    ("LAST", "cpm_metric_days_since_last"),
                    ("MESSAGE", "cpm_metric_days_since_message"),
                    ("FEEDBACK", "cpm_metric_days_since_feedback"),
                    ("RHYTHM", "cpm_metric_rhythm_days"),
                    ("REVENUE", "cpm_metric_revenue_12m"),
                )
            }

    def _floor(self, code):
        statement = FLOORS[code].replace("WHO", WHO)
        for name in ("LAST", "MESSAGE", "FEEDBACK"):
            days = DAYS.format(self.places[name])
            statement = statement.replace(f"DAYS_{name}", days)
        for name in ("RHYTHM", "REVENUE"):
            statement = statement.replace(name, str(self.places[name]))
        return statement

    def _values(self, code):
        return {
            "company": self.company,
            "today": self.today,
            "rule": self.rules[code],
            "quiet": self.today - timedelta(days=self.quiet[code]),
        }

    # ------------------------------------------------------------------ Races

    def _find(self, code):
        """Find the customers of one rule as the evaluation does."""
        with self.database.env() as env:
            rule = env["cpm.warning.rule"].browse(self.rules[code])
            facts = Facts(env, env.company, self.today)
            env.cr.execute(rule._hits(facts))
            self.found[code] = {row[0] for row in env.cr.fetchall()}

    def _find_plain(self, code):
        with self.database.env() as env:
            env.cr.execute(self._floor(code), self._values(code))
            self.plain = {row[0] for row in env.cr.fetchall()}

    def _race(self, night):
        ours = floor = 0
        for code in RULES:
            times = interleave(
                self.options.rounds,
                lambda number: None,
                {
                    "ours": lambda code=code: self._find(code),
                    "floor": lambda code=code: self._find_plain(code),
                },
            )
            self._add(
                f"{night}, {code}: found by one only",
                len(self.found[code] ^ self.plain),
                0,
                exact=True,
                note=f"{len(self.plain):,} found",
            )
            self._add(
                f"{night}, {code} / plain SQL",
                ratio(times, "ours", "floor"),
                3,
                note=f"{median(times, 'ours'):.2f} s, "
                f"plain {median(times, 'floor'):.2f} s",
            )
            ours += median(times, "ours")
            floor += median(times, "floor")
        self._add(
            f"{night}, {len(RULES)} rules / plain SQL",
            ours / floor,
            3,
            note=f"{ours:.2f} s, plain {floor:.2f} s",
        )

    # ----------------------------------------------------------------- Nights

    def _evaluate(self):
        with self.database.env() as env, Statements() as statements, clock() as seconds:
            raised = env["cpm.warning.rule"]._evaluate_company(env.company)
            env.flush_all()
        return raised, len(statements.log), seconds[0]

    def _storm(self):
        """Nothing is confirmed yet: everything is kept back."""
        memory = harness.peak_memory()
        raised, queries, seconds = self._evaluate()
        self._add("first night: raised without confirmation", raised, 0, exact=True)
        self._add("first night: whole evaluation", seconds, unit="s")
        self._add("first night: queries", queries)
        grown = harness.peak_memory() - memory
        self._add("first night: growth of peak memory", grown, 32.0, "MiB")

    def _warn(self):
        """Warn of everybody found but for the last ones, and confirm the rules."""
        with self.database.env() as env:
            rules = env["cpm.warning.rule"].search([])
            env["cpm.warning.rule.state"]._of(rules, env.company)._confirm()
            for code in RULES:
                env.cr.execute("CREATE TEMP TABLE bench_found (profile_id integer)")
                env.cr.execute(
                    "INSERT INTO bench_found SELECT unnest(%s::integer[])", [list(self.found[code])]
                )
                values = {"rule": self.rules[code], "today": self.today, "new": NEW}
                env.cr.execute(WARN, values)
                env.cr.execute("DROP TABLE bench_found")
        self.database.vacuum("cpm_warning")

    def _nights(self):
        raised, queries, seconds = self._evaluate()
        self._add("usual night: raised", raised, unit="warnings")
        self._add("usual night: whole evaluation", seconds, unit="s")
        self._add(
            "usual night: queries a warning", queries / max(raised, 1), 0.5, exact=True
        )
        raised, queries, seconds = self._evaluate()
        self._add("the same again: raised", raised, 0, exact=True)
        self._add("the same again: whole evaluation", seconds, unit="s")
        self._add("the same again: queries", queries, 100, exact=True)
