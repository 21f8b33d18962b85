"""Odoo's own linters (the addon ``test_lint``), counting only what is ours."""

import re

from . import checklog
from .environment import Environment
from .ui import log_path, say, step

CLASSES = (
    "TestIndex",
    "TestNaming",
    "TestLintOverrideSignatures",
    "RoutesLinter",
    "ManifestLinter",
    "TestTestHoles",
    "TestDunderinit",
)
#: Odoo repeats at the end that something failed.
SUMMARY = re.compile(r"odoo\.(tests\.result|modules\.loading): ")
OURS = re.compile(r"\bcpm[._]|customer_plan_mgmt")


def complaints(env: Environment, database: str) -> list[str]:
    """Run the linters on a database where ``test_lint`` is installed."""
    tags = ",".join(f"/test_lint:{name}" for name in CLASSES)
    log = "test-lint"
    with step("Odoo's test_lint"):
        arguments = [
            "server",
            "-c",
            env.project.conf,
            "-d",
            database,
            "-u",
            "test_lint",
        ]
        arguments += [
            "--test-tags",
            tags,
            "--stop-after-init",
            "--no-http",
            "--max-cron-threads=0",
        ]
        env.odoo(*arguments, log=log, check=False)
    text = log_path(log).read_text(encoding="utf-8", errors="replace")
    if " tests when loading database" not in text and "post-tests in" not in text:
        return [f"test_lint did not run; see {log_path(log)}"]
    found = [
        problem for problem in checklog.problems(text) if not SUMMARY.search(problem)
    ]
    ours = [problem for problem in found if concerns_us(problem, env)]
    if len(ours) < len(found):
        say(
            f"note: {len(found) - len(ours)} complaint(s) about others in {log_path(log)}"
        )
    return ours


def concerns_us(problem: str, env: Environment) -> bool:
    """Tell whether a failure names one of our addons or models.

    The folders of Odoo and of this checkout may carry the product's name too,
    so they are taken out first.
    """
    text = problem.replace(str(env.odoo_root), "").replace(f"{env.project.root}/", "/")
    return bool(OURS.search(text))
