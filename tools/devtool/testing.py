"""Running the tests: the tooling's own, then the addons' on two databases.

``core`` has the module alone and no demo data; ``full`` has every bridge of
this repository, the applications they need, and demo data.
"""

import os
from pathlib import Path

from . import browser, environment, testdb
from .environment import Environment
from .project import Project
from .testdb import Kind
from .ui import DevError, Settings, detail, run, say

TOOL_TESTS = "tools/tests"
#: A test that takes longer hangs.
TEST_SECONDS = 300
#: Pytest's code for "no test was collected".
NOTHING_COLLECTED = 5


def run_all(project: Project, only: str | None, reuse: bool, arguments: list) -> int:
    """Run the tests and return an exit code: pytest's first failure, if any."""
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
        kinds = testdb.kinds(project, env.odoo_root)
        for kind in (kinds["core"], kinds["full"]):
            if only in (None, kind.name):
                try:
                    code = run_kind(env, kind, options, paths, reuse)
                except DevError as error:  # the other database may still tell more
                    say(f"FAILED: {error}")
                    code = 1
                codes += [] if code is None else [code]
    failures = [code for code in codes if code not in (0, NOTHING_COLLECTED)]
    if failures:
        return failures[0]
    return 0 if 0 in codes else NOTHING_COLLECTED


def split_arguments(root: Path, arguments: list) -> tuple[list, list]:
    """Split into pytest's options and paths (``file.py::Class``) below the root."""
    options, paths = [], []
    for argument in arguments:
        name, colons, node = argument.partition("::")
        if not argument.startswith("-") and Path(name).exists():
            paths.append(os.path.relpath(name, root) + colons + node)
        else:
            options.append(argument)
    return options, paths


def run_tool_tests(project: Project, arguments: list) -> int:
    """Run the unit tests of this tooling with plain pytest."""
    say("tests of the tooling")
    command = [project.python, "-m", "pytest", "-p", "no:odoo", "-q"]
    return run(
        [*command, *(arguments or [TOOL_TESTS])], check=False, cwd=project.root
    ).returncode


def test_paths(kind: Kind, project: Project, chosen: list) -> list:
    """Return the paths to run on a database: chosen ones that belong there, or all."""
    names = {addon.name for addon in kind.addons}
    if chosen:
        return [path for path in chosen if Path(path).parts[0] in names]
    folders = [
        addon.path / part for addon in kind.addons for part in ("tests", "tools")
    ]
    return [str(path.relative_to(project.root)) for path in folders if path.is_dir()]


def run_kind(
    env: Environment, kind: Kind, options: list, chosen: list, reuse: bool
) -> int | None:
    """Run the addons' tests on one database; None when there is nothing to run."""
    paths = test_paths(kind, env.project, chosen)
    if not paths:
        detail(f"nothing to test on database {kind.name}")
        return None
    with testdb.provide(env, kind, reuse) as name:
        names = ", ".join(addon.name for addon in kind.addons)
        say(f"tests on database {name}: {names}")
        command = [env.project.python, "-m", "pytest", "-p", "devtool.pytest_plugin"]
        command += [
            "--odoo-database",
            name,
            "--odoo-config",
            env.project.conf,
            "--odoo-http",
        ]
        command += ["--timeout", str(TEST_SECONDS), "--doctest-modules"]
        command += ["-v" if Settings.verbose else "--verbosity=0"]
        variables = {**env.variables, "PYTHONPATH": str(env.project.tools)}
        return run(
            [*command, *options, *paths],
            env=variables,
            check=False,
            cwd=env.project.root,
        ).returncode
