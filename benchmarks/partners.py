"""What the module costs on the screens of other apps, and a tier set by hand."""

from odoo import Command, fields

from . import harness
from .harness import Statements, interleave, median, ratio
from .specs import read_spec, without

ROWS = 80
ROUNDS = 40
OTHERS = ["contacts", "project", "sale", "partnership"]
OURS = "cpm_"


def run(options, report):
    """Measure with a database that lacks the module beside one that has it."""
    others = harness.Database(f"{options.prefix}_others")
    if not (options.reuse and others.exists()):
        others.create(OTHERS)
    plain = harness.Database(f"{options.prefix}_plain").copy_from(others)
    ours = harness.Database(f"{options.prefix}_ours").copy_from(others)
    ours.install(["customer_plan_mgmt"])
    report.head("Screens of contacts and orders (queries, one request each)")
    for database in (plain, ours):
        _make_customers(database)
    with ours.env() as env:
        env["cpm.scorecard"]._run()
    without_module, with_module = _count(plain), _count(ours)
    for what in ("list", "form", "order confirmation"):
        extra = with_module[what] - without_module[what]
        note = f"{without_module[what]} without the module"
        report.add("", f"{what}, nothing shown: extra", extra, 0, exact=True, note=note)
    for what, bound in (("list", 2), ("form", 4)):
        extra = with_module[f"{what} with ours"] - with_module[what]
        report.add(
            "", f"{what} with our fields: extra queries", extra, bound, exact=True
        )
    for what in ("list", "form"):
        _time_fields(ours, what, report)
    _set_tiers(ours, report)
    if not options.keep:
        for database in (ours, plain, others):
            database.drop()


def _make_customers(database):
    """Make customers with purchases, a user of all apps, and one order to confirm."""
    with database.env() as env:
        env["res.users"].create(
            {
                "name": "Benchmark",
                "login": "benchmark",
                "group_ids": [
                    Command.link(env.ref(name).id)
                    for name in (
                        "base.group_partner_manager",
                        "sales_team.group_sale_manager",
                        "customer_plan_mgmt.group_cpm_manager",
                    )
                    if env.ref(name, raise_if_not_found=False)
                ],
            }
        )
        partners = env["res.partner"].create(
            [
                {"name": f"Customer {n}", "email": f"c{n}@example.com"}
                for n in range(200)
            ]
        )
        product = env["product.product"].create({"name": "Thing", "type": "service"})
        env["sale.order"].create(
            [
                {
                    "partner_id": partner.id,
                    "order_line": [
                        Command.create({"product_id": product.id, "price_unit": 100})
                    ],
                }
                for partner in partners[:4]
            ]
        )
        if "cpm.transaction" in env:
            env["cpm.transaction"].create(
                [
                    {
                        "partner_id": partner.id,
                        "date": fields.Date.today(),
                        "amount": number,
                        "reference": f"B{number}",
                        "source": "bench",
                    }
                    for number, partner in enumerate(partners)
                ]
            )


def _open(database, what, ours):
    """Return ``function(env)`` that does what the server does for a screen."""
    with database.env() as env:
        user = env["res.users"].search([("login", "=", "benchmark")])
        seen = env(user=user)
        spec = read_spec(seen, "res.partner", what)
        partner = seen["res.partner"].search([("name", "=", "Customer 7")]).id
    if not ours:
        spec = without(spec, OURS)
    if what == "list":
        domain = [("name", "like", "Customer")]
        return user.id, lambda env: env["res.partner"].web_search_read(
            domain, spec, limit=ROWS
        )
    return user.id, lambda env: env["res.partner"].browse(partner).web_read(spec)


def _count(database):
    """Return ``{screen: queries}`` of warm requests, each in its own transaction."""
    queries = {}
    for what in ("list", "form"):
        for name, ours in ((what, False), (f"{what} with ours", True)):
            user, call = _open(database, what, ours)
            for _number in range(2):  # the first one fills Odoo's caches
                with Statements() as statements, database.env(user) as env:
                    call(env)
            queries[name] = len(statements.log)
    user, _call = _open(database, "form", False)
    for number in range(2):
        with Statements() as statements, database.env(user) as env:
            env["sale.order"].search(
                [], order="id", limit=1, offset=number
            ).action_confirm()
            env.flush_all()
        queries["order confirmation"] = len(statements.log)
    return queries


def _time_fields(database, what, report):
    """Time the same request with and without our fields; for information, because
    the noise of a machine is larger than the difference."""
    contenders = {}
    for name, ours in (("without", False), ("with", True)):
        user, call = _open(database, what, ours)

        def request(user=user, call=call):
            with database.env(user) as env:
                call(env)

        contenders[name] = request
    times = interleave(ROUNDS, lambda number: None, contenders)
    report.add(
        "",
        f"{what}: time with / without our fields",
        ratio(times, "with", "without"),
        note=f"{median(times, 'without') * 1000:.1f} ms without",
    )


def _set_tiers(database, report):
    """Set a tier by hand, as the wizard does, beside the grade of ``partnership``."""
    user, _call = _open(database, "form", False)
    names = iter(range(10, 200))
    with database.env() as env:
        tiers = env["cpm.tier"].search([]).ids
        grades = env["res.partner.grade"].search([]).ids
    counted = {}

    def prepare(number):
        prepare.number = number
        prepare.name = f"Customer {next(names)}"

    def in_request(name, change):
        def request():
            with Statements() as statements, database.env(user) as env:
                partner = env["res.partner"].search([("name", "=", prepare.name)])
                change(partner)
                env.flush_all()
            counted[name] = len(statements.log)

        return request

    def set_grade(partner):
        partner.grade_id = grades[prepare.number % len(grades)]

    def set_tier(partner):
        profile = partner.cpm_profile_id
        others = [tier for tier in tiers if tier != profile.tier_id.id]
        profile._set_tier(
            partner.env["cpm.tier"].browse(others[prepare.number % len(others)]),
            origin="manual",
            reason="Benchmark",
        )

    notes = "SELECT count(*) FROM mail_message WHERE model = 'cpm.profile'"
    before = database.query(notes)[0][0]
    times = interleave(
        ROUNDS,
        prepare,
        {"grade": in_request("grade", set_grade), "tier": in_request("tier", set_tier)},
    )
    missing = ROUNDS - (database.query(notes)[0][0] - before)
    report.add(
        "",
        "one tier by hand / one grade of partnership",
        ratio(times, "tier", "grade"),
        1.2,
        note=f"{median(times, 'tier') * 1000:.1f} ms, {counted['tier']} queries; "
        f"grade {median(times, 'grade') * 1000:.1f} ms, {counted['grade']} queries",
    )
    report.add(
        "", "tiers by hand without a line in the chatter", missing, 0, exact=True
    )
