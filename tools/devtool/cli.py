"""The command line of ``./dev``."""

import argparse
import os
import sys
from pathlib import Path

from . import (
    cluster,
    databases,
    demo,
    environment,
    housekeeping,
    i18n,
    linting,
    scripts,
    testing,
)
from .project import Project
from .ui import DevError, Settings, say

#: Verbs that hand arguments they do not know to another program.
PASSES_ON = {"test", "bench"}


def build_parser() -> argparse.ArgumentParser:
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument(
        "-v", "--verbose", action="store_true", help="show the output of every program"
    )
    common.add_argument(
        "--db-host",
        help="PostgreSQL server to use (like $PGHOST) instead of the embedded one",
    )
    parser = argparse.ArgumentParser(
        prog="./dev", description="Developer tooling of customer_plan_mgmt."
    )
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")

    def verb(name, function, text, **kwargs):
        sub = verbs.add_parser(
            name, help=text, description=text, parents=[common], **kwargs
        )
        sub.set_defaults(function=function)
        return sub

    def database(sub, default=None):
        sub.add_argument(
            "--db",
            metavar="NAME",
            required=default is None,
            default=default,
            help="the database",
        )

    sub = verb(
        "demo", do_demo, "from nothing to a running Odoo with the example company"
    )
    database(sub, default="demo")
    sub.add_argument("--port", type=int, help="default: 8069, or the next free one")
    verb("setup", do_setup, "install everything, start nothing")
    sub = verb(
        "init", do_init, "create a database, or install and update modules in it"
    )
    database(sub)
    sub.add_argument(
        "--modules", required=True, metavar="a,b", help="modules to install or update"
    )
    sub.add_argument("--with-demo", action="store_true", help="load demo data")
    sub.add_argument(
        "--languages", default="", metavar="zh_CN,…", help="languages to load"
    )
    sub = verb("serve", do_serve, "run Odoo on a database")
    database(sub)
    sub.add_argument("--port", type=int, help="default: 8069, or the next free one")
    sub = verb(
        "shell", do_shell, "Odoo's Python shell, or the script on standard input"
    )
    database(sub)
    sub = verb("load-cdnow", do_load_cdnow, "load the public CDNOW purchase history")
    database(sub)
    verb(
        "bench",
        do_bench,
        "run the benchmarks; other arguments go to benchmarks/run.py",
        allow_abbrev=False,
    )
    sub = verb("drop", do_drop, "drop a database")
    database(sub)
    sub = verb(
        "test",
        do_test,
        "run the tests; other arguments go to pytest",
        allow_abbrev=False,
    )
    sub.add_argument(
        "--only", choices=("core", "full"), help="use one of the two test databases"
    )
    sub.add_argument(
        "--reuse", action="store_true", help="do not make the database anew"
    )
    sub = verb("lint", do_lint, "run the linters")
    sub.add_argument("--fast", action="store_true", help="only what needs no database")
    sub.add_argument("--fix", action="store_true", help="mend what can be mended first")
    checks = ", ".join(linting.CHECKS)
    sub.add_argument(
        "--only", action="append", default=[], metavar="CHECK", help=checks
    )
    verb("i18n", do_i18n, "export the .pot files and merge them into the .po files")
    sub = verb("clean", do_clean, "stop PostgreSQL and delete .dev/ with its databases")
    sub.add_argument(
        "--cache", action="store_true", help="delete the shared downloads too"
    )
    verb("stop", do_stop, "stop the embedded PostgreSQL")
    return parser


def do_setup(project, options):
    environment.install(project)
    say("setup is complete")
    return 0


def do_init(project, options):
    modules = [name.strip() for name in options.modules.split(",") if name.strip()]
    env = environment.prepare(project)
    databases.init(env, options.db, modules, options.with_demo, options.languages)
    return 0


def do_serve(project, options):
    return databases.serve(environment.prepare(project), options.db, options.port)


def do_shell(project, options):
    return databases.shell(environment.prepare(project), options.db)


def do_load_cdnow(project, options):
    return scripts.load_cdnow(project, databases.check_name(options.db))


def do_bench(project, options):
    return scripts.bench(project, options.rest)


def do_demo(project, options):
    return demo.run(project, databases.check_name(options.db), options.port)


def do_drop(project, options):
    databases.drop(environment.prepare(project), databases.check_name(options.db))
    return 0


def do_test(project, options):
    return testing.run_all(project, options.only, options.reuse, options.rest)


def do_lint(project, options):
    return linting.run_all(project, options.only, options.fast, options.fix)


def do_i18n(project, options):
    return i18n.update(project)


def do_clean(project, options):
    return housekeeping.clean(project, options.cache)


def do_stop(project, options):
    say("PostgreSQL stopped" if cluster.stop(project) else "PostgreSQL was not running")
    return 0


def main(root: Path, arguments=None) -> int:
    """Run one verb and return the exit code."""
    project = Project(root)
    parser = build_parser()
    options, options.rest = parser.parse_known_args(arguments)
    if options.rest and options.verb not in PASSES_ON:
        parser.error(f"unknown arguments: {' '.join(options.rest)}")
    Settings.verbose = options.verbose
    Settings.log_dir = project.dev / "logs"
    if options.db_host:
        os.environ["PGHOST"] = options.db_host
    try:
        return options.function(project, options)
    except DevError as error:
        print(f"\n./dev {options.verb}: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(f"\n./dev {options.verb}: interrupted", file=sys.stderr)
        return 130
