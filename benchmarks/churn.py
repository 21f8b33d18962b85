"""How well the churn probability foretells who leaves, on the public CDNOW purchases.

Observed on 1997-09-30, asked about the 273 days after it; everything the method may
know ends on the day of observation (see ``benchmarks/CHURN.md``).
"""

import os
import sys
from datetime import date
from pathlib import Path

from odoo.tools import SQL

from benchmarks import harness

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tools"))

import load_cdnow  # noqa: E402

OBSERVED_ON, HORIZON = date(1997, 9, 30), 273
AIM_AUC, AIM_BRIER = 0.772, 0.165
MODULES = ["customer_plan_mgmt", "customer_plan_mgmt_churn"]
SIGNALS = ("model", "silence", "rfm")


def run(options, report):
    """Load the purchases, back-test every signal on the day, print the table."""
    database = harness.Database(f"{options.prefix}_churn")
    if not (options.reuse and database.exists()):
        database.create(MODULES)
        load(database)
    print("\nChurn probability (CDNOW)")
    if options.choice:
        from benchmarks import churn_choice  # needs the packages of the addon

        churn_choice.run(database)
    else:
        judge(database, report)
    if not options.keep:
        database.drop()


def load(database):
    """Import customers and purchases as ``./dev load-cdnow`` does."""
    purchases = load_cdnow.read_purchases(os.environ["CDNOW_WHEEL"])
    with database.env() as env:
        env.ref(load_cdnow.USD).active = True
        env.cr.commit()
        load_cdnow.load_customers(env, purchases)
        load_cdnow.load_purchases(env, purchases)
        load_cdnow.check_totals("The database", *load_cdnow.stored_totals(env))
        env["cpm.profile"]._sync_profiles(env.company)
        # Rules are judged elsewhere; here only the probability and its rivals
        env["cpm.warning.rule"].search([]).active = False


def judge(database, report):
    with database.env() as env:
        model, seconds = train(env)
        print(f"trained in {seconds:.1f} s: {model.headline}\n{model.message}")
        print(model.holdout_text)
        for row in model.coefficient_ids:
            print(f"  {row.metric_id.name:<32}{row.weight:>6.2f}  {row.effect_text}")
        test = backtest(env)
        results = {result.signal: result for result in test.result_ids}
        print(f"\n{test.customer_count:,} customers, {test.lost_count:,} left")
        show(results)
        check_twice(env, test, results["model"])
        add_aims(report, results)
        env.cr.rollback()


def train(env):
    """Train as of the day of observation; return the model and the seconds."""
    env.company.cpm_loss_days = HORIZON
    with harness.clock() as seconds:
        model = env["cpm.churn.model"]._train(env.company, OBSERVED_ON)
    if model.state != "active":
        raise SystemExit(f"churn: {model.message}")
    return model, seconds[0]


def backtest(env):
    test = env["cpm.backtest"].create(
        {"date_observed": OBSERVED_ON, "horizon_days": HORIZON}
    )
    test._run()
    return test


def show(results):
    print(f"{'signal':<40}{'AUC':>8}{'Brier':>8}{'ECE':>8}{'lift of top tenth':>20}")
    for code in SIGNALS:
        result = results[code]
        if result.error:
            raise SystemExit(f"churn: {code}: {result.error}")
        figures = f"{result.auc:>8.4f}"
        if result.curve:
            figures += f"{result.brier:>8.4f}{result.calibration_error:>8.4f}"
        else:
            figures += f"{'–':>8}{'–':>8}"
        print(f"{result.signal_name:<40}{figures}{result.lift_top:>20.3f}")
    print(f"{'aim':<40}{f'>={AIM_AUC}':>8}{f'<={AIM_BRIER}':>8}\n")
    print(f"{'probability':<16}{'customers':>10}{'foretold':>10}{'left':>10}")
    for point in results["model"].curve:
        print(
            f"{point['low']:.1f} – {point['high']:.1f}{'':<7}{point['count']:>10,}"
            f"{point['predicted']:>10.3f}{point['lost'] / point['count']:>10.3f}"
        )


def check_twice(env, test, result):
    """Work out the figures once more, customer by customer in plain Python."""
    from odoo.addons.customer_plan_mgmt.models.warning.engine.facts import Facts
    from odoo.addons.customer_plan_mgmt.models.warning.engine.loss import Loss
    from odoo.addons.customer_plan_mgmt.tools import churn_statistics

    facts = Facts(env, env.company, OBSERVED_ON, past=True)
    facts.prepare()
    rows = env.execute_query(
        SQL(
            """SELECT told.probability, known.is_lost
               FROM (%s) told JOIN cpm_profile p ON p.id = told.profile_id
               JOIN (%s) known ON known.partner_id = p.partner_id""",
            test._signal_sql("model", facts),
            Loss(env, env.company).outcome(OBSERVED_ON, HORIZON),
        )
    )
    probabilities, left = zip(*rows, strict=True)
    auc = churn_statistics.auc(probabilities, left)
    brier = churn_statistics.brier(probabilities, left)
    print(f"\njudged again customer by customer: AUC {auc:.4f}, Brier {brier:.4f}")
    if abs(auc - result.auc) > 1e-6 or abs(brier - result.brier) > 1e-6:
        raise SystemExit("churn: the back-test gives other figures")


def add_aims(report, results):
    """Compare with the aims, in ten-thousandths. What the data decides (the AUC) is
    marked when it is missed; a level that is off, or a naive rival in front, fails."""
    model = results["model"]
    short = max(0, round(10_000 * (AIM_AUC - model.auc)))
    over = max(0, round(10_000 * (model.brier - AIM_BRIER)))
    report.head("Churn")
    report.add("cdnow", "AUC below the aim (1/10,000)", short, 0)
    report.add("cdnow", "Brier above the aim (1/10,000)", over, 0, exact=True)
    for rival in SIGNALS[1:]:
        behind = max(0, round(10_000 * (results[rival].auc - model.auc)))
        report.add(
            "cdnow",
            f"AUC behind {results[rival].signal_name} (1/10,000)",
            behind,
            0,
            exact=True,
        )
