"""The command line of ``./dev``: one function per verb."""

import argparse
import os
import sys
from pathlib import Path

from . import (
    browser,
    cluster,
    databases,
    demo,
    environment,
    housekeeping,
    i18n,
    javascript,
    linting,
    scripts,
    testing,
)
from .project import Project
from .ui import DevError, Settings, say

EPILOG = """\
environment variables:
  ODOO_SRC          a checkout or installation of Odoo 19.0 to use
  PGHOST, PGPORT …  libpq's variables: a PostgreSQL server instead of the embedded one
  CHROMIUM_BIN      the browser for the tests
  WKHTMLTOPDF_BIN   the program that prints PDF reports
  XDG_CACHE_HOME    where downloads are kept (default: ~/.cache)
"""


def do_demo(project: Project, options) -> int:
    """From nothing to a running Odoo with the example company."""
    return demo.run(project, databases.check_name(options.db), options.port)


def do_test(project: Project, options) -> int:
    """From nothing to a finished test run; other arguments go to pytest."""
    return testing.run_all(project, options.only, options.reuse, options.rest)


def do_setup(project: Project, options) -> int:
    """Install everything, start nothing."""
    environment.install(project)
    linting.install(project)
    javascript.ensure_packages(project, javascript.environment(project))
    browser.ensure_pdf(project)
    browser.ensure_chromium(project)
    say("setup is complete")
    return 0


def do_init(project: Project, options) -> int:
    """Create a database, or install and update modules in one."""
    modules = [name.strip() for name in options.modules.split(",") if name.strip()]
    env = environment.prepare(project)
    databases.init(env, options.db, modules, options.with_demo, options.languages)
    return 0


def do_serve(project: Project, options) -> int:
    """Run Odoo on a database."""
    return databases.serve(environment.prepare(project), options.db, options.port)


def do_shell(project: Project, options) -> int:
    """Odoo's Python shell, or the script on standard input ('env' is given)."""
    return databases.shell(environment.prepare(project), options.db)


def do_load_cdnow(project: Project, options) -> int:
    """Load the public CDNOW purchase history into a database."""
    return scripts.load_cdnow(project, databases.check_name(options.db))


def do_bench(project: Project, options) -> int:
    """Run the benchmarks; other arguments go to benchmarks/run.py."""
    return scripts.bench(project, options.rest)


def do_lint(project: Project, options) -> int:
    """Run the linters."""
    return linting.run_all(project, options.only, options.fast, options.fix)


def do_i18n(project: Project, options) -> int:
    """Export the .pot files, merge them into the .po files, count what is missing."""
    return i18n.update(project)


def do_drop(project: Project, options) -> int:
    """Drop a database."""
    databases.drop(environment.prepare(project), databases.check_name(options.db))
    return 0


def do_stop(project: Project, options) -> int:
    """Stop the embedded PostgreSQL."""
    say("PostgreSQL stopped" if cluster.stop(project) else "PostgreSQL was not running")
    return 0


def do_clean(project: Project, options) -> int:
    """Stop PostgreSQL and delete .dev/ with its databases."""
    return housekeeping.clean(project, options.cache)


def option(*names, **kwargs):
    """Return a function that adds this option to a parser."""
    return lambda parser: parser.add_argument(*names, **kwargs)


DB = option("--db", metavar="NAME", required=True, help="the database")
DEMO_DB = option("--db", metavar="NAME", default="demo", help="default: %(default)s")
PORT = option("--port", type=int, help="default: 8069, or the next free port")
MODULES = option("--modules", metavar="a,b", required=True, help="modules, by commas")
WITH_DEMO = option("--with-demo", action="store_true", help="load demo data")
LANGUAGES = option("--languages", metavar="zh_CN", default="", help="languages to load")
REUSE = option("--reuse", action="store_true", help="take the database as it was left")
KIND = option("--only", choices=("core", "full"), help="one of the two databases")
FAST = option("--fast", action="store_true", help="only checks without a database")
FIX = option("--fix", action="store_true", help="first mend what can be mended")
CACHE = option("--cache", action="store_true", help="delete the shared downloads too")
CHECK = option(
    "--only",
    action="append",
    default=[],
    metavar="CHECK",
    help="one of: " + ", ".join(linting.CHECKS),
)
VERBS = {
    "demo": (do_demo, DEMO_DB, PORT),
    "test": (do_test, KIND, REUSE),
    "setup": (do_setup,),
    "init": (do_init, DB, MODULES, WITH_DEMO, LANGUAGES),
    "serve": (do_serve, DB, PORT),
    "shell": (do_shell, DB),
    "load-cdnow": (do_load_cdnow, DB),
    "lint": (do_lint, CHECK, FAST, FIX),
    "i18n": (do_i18n,),
    "bench": (do_bench,),
    "drop": (do_drop, DB),
    "stop": (do_stop,),
    "clean": (do_clean, CACHE),
}
#: Verbs that hand arguments they do not know to another program.
PASSES_ON = {"test", "bench"}


def build_parser() -> argparse.ArgumentParser:
    """Return the parser with one sub-command for each verb."""
    raw = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(
        prog="./dev",
        description="Developer tooling of customer_plan_mgmt.",
        epilog=EPILOG,
        formatter_class=raw,
    )
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    for name, (function, *options) in VERBS.items():
        text = function.__doc__.rstrip(".")
        sub = verbs.add_parser(name, help=text, description=text, allow_abbrev=False)
        for add in options:
            add(sub)
        sub.add_argument("-v", "--verbose", action="store_true", help="show all output")
        sub.add_argument(
            "--db-host", metavar="HOST", help="PostgreSQL server ($PGHOST)"
        )
        sub.set_defaults(function=function)
    return parser


def main(root: Path, arguments: list | None = None) -> int:
    """Run one verb and return the exit code."""
    parser = build_parser()
    options, rest = parser.parse_known_args(arguments)
    options.rest = rest[1:] if rest[:1] == ["--"] else rest
    if options.rest and options.verb not in PASSES_ON:
        parser.error(f"unknown arguments: {' '.join(options.rest)}")
    project = Project(root)
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
