"""The linters. Each check returns its complaints; none hides the others."""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from . import environment, i18n, javascript, odoo_lint, pyenv, testdb
from .project import Project
from .ui import DevError, log_path, run, say


@dataclass
class Linter:
    """What a check needs: the checkout, the lint environment, and the mode."""

    project: Project
    fix: bool

    def tool(self, name: str) -> Path:
        """Return a program of the lint environment."""
        return self.project.dev / "lint-venv" / "bin" / name

    def addons(self) -> list[str]:
        return [addon.name for addon in self.project.addons()]

    def files(self, *suffixes: str) -> list[str]:
        """Return the addons' files with one of the suffixes."""
        paths = (
            path
            for name in self.addons()
            for path in (self.project.root / name).rglob("*")
        )
        files = [
            path
            for path in paths
            if path.suffix in suffixes and "lib" not in path.parts
        ]
        return sorted(str(path.relative_to(self.project.root)) for path in files)

    def call(self, command: list, log: str, env: dict | None = None) -> list[str]:
        """Run a linter; return its output as complaints when it is not content."""
        result = run(
            command, check=False, log=f"lint-{log}", env=env, cwd=self.project.root
        )
        if not result.returncode:
            return []
        return log_path(f"lint-{log}").read_text(
            errors="replace"
        ).strip().splitlines() or [f"exit code {result.returncode}"]


def ruff(lint: Linter) -> list[str]:
    """Python: mistakes and style."""
    options = ["--fix"] if lint.fix else []
    return lint.call([lint.tool("ruff"), "check", "--quiet", *options, "."], "ruff")


def ruff_format(lint: Linter) -> list[str]:
    """Python: formatting."""
    options = ["--quiet"] if lint.fix else ["--check"]
    return lint.call([lint.tool("ruff"), "format", *options, "."], "format")


def pylint(lint: Linter) -> list[str]:
    """pylint-odoo: errors, then matters of style."""
    found = []
    for name in (".pylintrc-mandatory", ".pylintrc"):
        command = [
            lint.tool("pylint"),
            "--rcfile",
            name,
            "--output-format",
            "text",
            *lint.addons(),
        ]
        found += lint.call(command, f"pylint{name[9:]}")
    return found


def oca(lint: Linter) -> list[str]:
    """OCA's checks of manifests, XML, CSV and translations."""
    options = ["--fix"] if lint.fix else []
    manifests = [f"{name}/__manifest__.py" for name in lint.addons()]
    command = [
        lint.tool("oca-checks-odoo-module"),
        "--config",
        ".oca_hooks.cfg",
        *options,
    ]
    found = lint.call([*command, *manifests], "oca-module")
    if translations := lint.files(".po", ".pot"):
        command = [lint.tool("oca-checks-po"), "--config", ".oca_hooks.cfg", *options]
        found += lint.call([*command, *translations], "oca-po")
    return found


def eslint(lint: Linter) -> list[str]:
    """JavaScript: mistakes and style."""
    files = lint.files(".js")
    if not files:
        return []
    env = javascript.environment(lint.project)
    folder = javascript.ensure_packages(lint.project, env)
    command = [
        "node",
        folder / "node_modules/eslint/bin/eslint.js",
        "--config",
        folder / "eslint.config.mjs",
    ]
    options = ["--fix"] if lint.fix else []
    return lint.call([*command, *options, *files], "eslint", env)


def prettier(lint: Linter) -> list[str]:
    """JavaScript, styles and XML: formatting."""
    files = lint.files(".js", ".scss", ".xml")
    if not files:
        return []
    env = javascript.environment(lint.project)
    folder = javascript.ensure_packages(lint.project, env)
    program = folder / "node_modules/prettier/bin/prettier.cjs"
    command = [
        "node",
        program,
        "--config",
        folder / "prettier.config.mjs",
        "--log-level",
        "warn",
    ]
    return lint.call(
        [*command, "--write" if lint.fix else "--check", *files], "prettier", env
    )


def translations(lint: Linter) -> list[str]:
    """Every addon's zh_CN.po is complete."""
    pyenv.ensure_venv(lint.project, "venv", environment.REQUIREMENTS)
    return i18n.incomplete(lint.project)


def odoo(lint: Linter) -> list[str]:
    """On a database: Odoo's own test_lint, and .pot files up to date."""
    env = environment.prepare(lint.project)
    kind = testdb.kinds(lint.project, env.odoo_root)["lint"]
    if not kind.addons:
        return []
    with testdb.provide(env, kind) as database:
        found = i18n.drift(env, database, kind.addons)
        return found + odoo_lint.complaints(env, database)


CHECKS: dict[str, Callable[[Linter], list[str]]] = {
    "ruff": ruff,
    "format": ruff_format,
    "pylint": pylint,
    "oca": oca,
    "eslint": eslint,
    "prettier": prettier,
    "translations": translations,
    "odoo": odoo,
}
#: Checks that need a database, left out by ``--fast``.
SLOW = {"odoo"}
#: With ``--fix`` the formatters run after everything else that rewrites files.
FIX_ORDER = ("oca", "eslint", "prettier", "ruff", "format")


def install(project: Project) -> None:
    """Make the environment with the linters for Python and Odoo."""
    with project.lock():
        pyenv.ensure_venv(project, "lint-venv", "requirements-lint.txt")


def run_all(project: Project, only: list, fast: bool, fix: bool) -> int:
    """Run the checks and return 1 when one of them complains."""
    unknown = set(only) - set(CHECKS)
    if unknown:
        raise DevError(
            f"No such check: {', '.join(sorted(unknown))}. "
            f"There are: {', '.join(CHECKS)}"
        )
    names = only or [name for name in CHECKS if not (fast and name in SLOW)]
    install(project)
    if fix:
        for name in FIX_ORDER:
            CHECKS[name](Linter(project, fix=True))
    failed = []
    for name in names:
        begin = time.monotonic()
        complaints = CHECKS[name](Linter(project, fix=False))
        seconds = f"{time.monotonic() - begin:.1f}s"
        if complaints:
            failed.append(name)
            print(os.linesep.join(complaints), flush=True)
        say(f"lint {name}: {'FAILED' if complaints else 'clean'} ({seconds})")
    if failed:
        say(f"lint failed: {', '.join(failed)}. Much of it ./dev lint --fix can mend.")
    return 1 if failed else 0
