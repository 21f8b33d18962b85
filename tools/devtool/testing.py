"""Running the tests: the tooling's own, then the addons' on two databases.

``core`` has the module alone and no demo data, ``full`` has every bridge of
this repository, the applications they need and demo data. The databases come
from click-odoo-initdb, which keeps templates by a hash of the addons' content.
"""

import contextlib
import fcntl
import os
import sys
from dataclasses import dataclass
from pathlib import Path

from . import browser, checklog, databases, environment, odoo_source
from .environment import Environment
from .project import CORE, EXTRA_MODULES, Addon, Project
from .ui import DevError, Settings, detail, log_path, run, say, step

TOOL_TESTS = "tools/tests"
#: Pytest's code for "no test was collected".
NOTHING_COLLECTED = 5


@dataclass(frozen=True)
class Kind:
    """One of the two test databases."""

    name: str
    addons: list
    modules: list
    demo: bool


def available_addons(project: Project, odoo_root: Path) -> list[Addon]:
    """Return our addons whose dependencies are all present."""
    folders = odoo_source.addons_paths(odoo_root)
    addons = [addon for addon in project.addons() if addon.manifest.get("installable", True)]
    names = {addon.name for addon in addons}
    present = []
    for addon in addons:
        missing = [
            name
            for name in addon.depends
            if name not in names and not any((folder / name / "__manifest__.py").exists() for folder in folders)
        ]
        if missing:
            say(f"{addon.name} is left out: it depends on {', '.join(missing)}, not found")
        else:
            present.append(addon)
    return present


def kinds(project: Project, odoo_root: Path) -> list[Kind]:
    """Return the test databases: the module alone, and everything."""
    addons = available_addons(project, odoo_root)
    core = [addon for addon in addons if addon.name == CORE]
    everything = [addon.name for addon in addons] + list(EXTRA_MODULES)
    return [
        Kind("core", core, [CORE], demo=False),
        Kind("full", addons, everything, demo=True),
    ]


def run_all(project: Project, only: str | None, reuse: bool, arguments: list) -> int:
    """Run the tests and return pytest's worst exit code."""
    options, paths = split_arguments(project.root, arguments)
    own = [path for path in paths if path.startswith(TOOL_TESTS)]
    paths = [path for path in paths if path not in own]
    env = environment.prepare(project)
    codes = []
    if own or not (paths or only):
        codes.append(run_tool_tests(project, [*options, *own] if own else []))
    if paths or not own:
        browser.ensure_chromium(project)
        browser.ensure_pdf(project)
        for kind in kinds(project, env.odoo_root):
            if only in (None, kind.name):
                code = run_kind(env, kind, options, paths, reuse)
                codes += [] if code is None else [code]
    failures = [code for code in codes if code not in (0, NOTHING_COLLECTED)]
    if failures:
        return failures[0]
    return 0 if 0 in codes else NOTHING_COLLECTED


def split_arguments(root: Path, arguments: list) -> tuple[list, list]:
    """Tell pytest's options from paths of tests (``file.py::Class::test``)."""
    paths = []
    for argument in arguments:
        path = Path(argument.partition("::")[0])
        if not argument.startswith("-") and (Path.cwd() / path).exists():
            relative = os.path.relpath(Path.cwd() / path, root)
            paths.append(relative + argument[len(str(path)) :])
    chosen = [argument for argument in arguments if not _is_path(argument)]
    return chosen, paths


def _is_path(argument: str) -> bool:
    return not argument.startswith("-") and (Path.cwd() / argument.partition("::")[0]).exists()


def run_tool_tests(project: Project, arguments: list) -> int:
    """Run the unit tests of this tooling with plain pytest."""
    say("tests of the tooling")
    command = [project.python, "-m", "pytest", "-p", "no:odoo", "-q"]
    return run([*command, *(arguments or [TOOL_TESTS])], check=False, cwd=project.root).returncode


def test_paths(kind: Kind, project: Project, chosen: list) -> list:
    """Return the paths to run on a database: chosen ones that belong there, or all."""
    names = {addon.name for addon in kind.addons}
    if chosen:
        return [path for path in chosen if Path(path).parts[0] in names]
    folders = [addon.path / part for addon in kind.addons for part in ("tests", "tools")]
    return [str(path.relative_to(project.root)) for path in folders if path.is_dir()]


def run_kind(env: Environment, kind: Kind, options: list, chosen: list, reuse: bool) -> int | None:
    """Run the addons' tests on one database; None when there is nothing to run."""
    paths = test_paths(kind, env.project, chosen)
    if not paths or not kind.addons:
        detail(f"nothing to test on database {kind.name}")
        return None
    with database(env, kind, reuse) as name:
        say(f"tests on database {name}: {', '.join(addon.name for addon in kind.addons)}")
        command = [env.project.python, "-m", "pytest", "-p", "devtool.pytest_plugin"]
        command += ["--odoo-database", name, "--odoo-config", env.project.conf, "--odoo-http"]
        command += ["--doctest-modules", "--durations=10", "--durations-min=1"]
        command += ["-v"] if Settings.verbose else []
        variables = {**env.variables, "PYTHONPATH": str(env.project.tools)}
        return run([*command, *options, *paths], env=variables, check=False, cwd=env.project.root).returncode


@contextlib.contextmanager
def database(env: Environment, kind: Kind, reuse: bool):
    """Provide a test database; a second run at the same time gets its own."""
    name = f"test_{kind.name}"
    locks = env.project.dev / "locks"
    locks.mkdir(exist_ok=True)
    with (locks / name).open("w") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            name = f"{name}_{os.getpid()}"
            say(f"another test run uses the database; this one makes {name}")
        temporary = name.endswith(f"_{os.getpid()}")
        try:
            if not (reuse and databases.exists(env, name)):
                create(env, kind, name)
            yield name
        finally:
            if temporary:
                databases.drop(env, name)


def create(env: Environment, kind: Kind, name: str) -> None:
    """Make the database with click-odoo-initdb and check the log of the installation."""
    databases.drop(env, name)
    prefix = f"tpl{kind.name}"
    script = env.project.venv / "bin" / "click-odoo-initdb"
    base = [env.project.python, script, "-c", env.project.conf, "--cache-prefix", prefix]
    log = f"initdb-{name}"
    with step(f"Database {name} ({', '.join(kind.modules)}{' with demo data' if kind.demo else ''})"):
        command = [*base, "-n", name, "-m", ",".join(kind.modules), "--log-level", "info", "--cache-max-size", "3"]
        command.append("--demo" if kind.demo else "--no-demo")
        run(command, env=env.variables, cwd=env.project.root, log=log, what="click-odoo-initdb")
    found = checklog.problems_in(log_path(log))
    absent = set(kind.modules) - databases.installed(env, name)
    if absent:
        found.append(f"not installed: {', '.join(sorted(absent))}")
    if found:
        # The template must go, or the next run would find it and not look again.
        run([*base, "--cache-max-size", "0"], env=env.variables, log=f"{log}-purge")
        for problem in found:
            print(problem, file=sys.stderr)
        raise DevError(
            f"The installation on database {kind.name} logged {len(found)} warning(s) or error(s), "
            f"shown above; the whole log: {log_path(log)}"
        )
