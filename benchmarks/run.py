#!/usr/bin/env python3
"""Measures what the design promises about speed; run by ``./dev bench``.

Prints one row per result with its bound. Bounds on the number of queries and
of rows written are exact: breaking one makes the exit code 1. Bounds on time only
mark a row as over, unless ``--strict`` is given.
"""

import argparse
import math
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks import harness  # noqa: E402
from benchmarks.report import Report  # noqa: E402

SIZES = {"10k": 10_000, "100k": 100_000, "1m": 1_000_000}


def arguments():
    parser = argparse.ArgumentParser(prog="./dev bench", description=__doc__)
    parser.add_argument(
        "--size",
        action="append",
        choices=SIZES,
        help="how many customers; may be given several times (default: 10k and 100k)",
    )
    parser.add_argument(
        "--only",
        choices=("scoring", "partners", "service", "plans", "warnings", "churn"),
        help="one part only",
    )
    parser.add_argument(
        "--churn",
        action="store_const",
        dest="only",
        const="churn",
        help="the churn probability on the public CDNOW purchases (as --only churn)",
    )
    parser.add_argument(
        "--choice",
        action="store_true",
        help="with --churn: the rivals of its method, judged without the test date",
    )
    parser.add_argument("--rounds", type=int, default=3, help="default: 3")
    parser.add_argument("--strict", action="store_true", help="time bounds fail too")
    parser.add_argument(
        "--statements", action="store_true", help="print the slowest statements"
    )
    parser.add_argument(
        "--prefix", default="bench", help="of the databases made (default: bench)"
    )
    parser.add_argument("--keep", action="store_true", help="leave the databases")
    parser.add_argument(
        "--reuse",
        action="store_true",
        help="take the empty databases left by --keep instead of installing",
    )
    options = parser.parse_args()
    options.size = sorted(set(options.size or ["10k", "100k"]), key=SIZES.get)
    return options


def empty_database(options):
    """Return a database with the module and nothing else, to be copied."""
    database = harness.Database(f"{options.prefix}_empty")
    if not (options.reuse and database.exists()):
        database.create(["customer_plan_mgmt"])
    return database


def bench_scoring(options, report):
    from benchmarks import crash, scoring

    empty = empty_database(options)
    report.head("Scoring")
    seconds = {}
    for size in options.size:
        database = harness.Database(f"{options.prefix}_{size}").copy_from(empty)
        bench = scoring.ScoringBench(
            database,
            SIZES[size],
            size,
            report,
            rounds=options.rounds,
            statements=options.statements,
        )
        seconds[size] = bench.run()
        if size == options.size[0]:
            crash.run(database, SIZES[size], bench.today, size, report)
        if not options.keep:
            database.drop()
    for small, large in zip(options.size, options.size[1:], strict=False):
        add_growth(report, seconds, small, large)
    if not options.keep:
        empty.drop()


def add_growth(report, seconds, small, large):
    """Report the exponent with which the time grows between two sizes."""
    step = math.log(SIZES[large] / SIZES[small])
    for case in seconds[small]:
        exponent = math.log(seconds[large][case] / seconds[small][case]) / step
        report.add(large, f"growth from {small}, {case}", exponent, 1.1)


def bench_partners(options, report):
    from benchmarks import partners

    partners.run(options, report)


def bench_service(options, report):
    from benchmarks import service

    empty = empty_database(options)
    service.run(options, report, empty)
    if not options.keep:
        empty.drop()


def bench_plans(options, report):
    from benchmarks import plans

    empty = empty_database(options)
    plans.run(options, report, empty)
    if not options.keep:
        empty.drop()


def bench_warnings(options, report):
    from benchmarks import warning_rules

    empty = empty_database(options)
    warning_rules.run(options, report, empty, SIZES)
    if not options.keep:
        empty.drop()


def bench_churn(options, report):
    from benchmarks import churn

    churn.run(options, report)


def main():
    options = arguments()
    harness.boot()
    report = Report()
    if options.only in (None, "scoring"):
        bench_scoring(options, report)
    if options.only in (None, "partners"):
        bench_partners(options, report)
    if options.only in (None, "service"):
        bench_service(options, report)
    if options.only in (None, "plans"):
        bench_plans(options, report)
    if options.only in (None, "warnings"):
        bench_warnings(options, report)
    if options.only == "churn":
        bench_churn(options, report)
    return report.exit_code(options.strict)


if __name__ == "__main__":
    sys.exit(main())
