"""The test databases: what is in them, and how they are made quickly.

click-odoo-initdb installs the modules and keeps the result as a template
database, found again by a hash of every file of the addons. A second, coarser
hash leaves out what the database does not hold (tests, static files,
translations), so that editing a test starts from the template at once.
"""

import contextlib
import fcntl
import hashlib
import os
import sys
from dataclasses import dataclass
from pathlib import Path

from . import checklog, databases, odoo_source
from .environment import Environment
from .project import CORE, EXTRA_MODULES, Addon, Project, digest
from .ui import DevError, detail, log_path, run, say, step

#: Parts of an addon that never end up in a freshly installed database.
NOT_STORED = {"tests", "static", "i18n", "readme", "__pycache__"}
TEMPLATES_KEPT = "3"


@dataclass(frozen=True)
class Kind:
    """A test database: its modules, and which addons' tests run on it."""

    name: str
    addons: list
    modules: list
    demo: bool

    @property
    def prefix(self) -> str:
        return f"tpl{self.name}"


def available_addons(project: Project, odoo_root: Path) -> list[Addon]:
    """Return our addons whose dependencies are all present."""
    folders = odoo_source.addons_paths(odoo_root)
    addons = [
        addon for addon in project.addons() if addon.manifest.get("installable", True)
    ]
    names = {addon.name for addon in addons}
    present = []
    for addon in addons:
        missing = [
            name
            for name in addon.depends
            if name not in names
            and not any(
                (folder / name / "__manifest__.py").exists() for folder in folders
            )
        ]
        if missing:
            say(f"{addon.name} is left out, there is no {', '.join(missing)}")
        else:
            present.append(addon)
    return present


def kinds(project: Project, odoo_root: Path) -> dict[str, Kind]:
    """Return the test databases: the module alone, and everything."""
    addons = available_addons(project, odoo_root)
    core = [addon for addon in addons if addon.name == CORE]
    everything = [*(addon.name for addon in addons), *EXTRA_MODULES]
    return {
        "core": Kind("core", core, [CORE], demo=False),
        "full": Kind("full", addons, everything, demo=True),
        # For linters and translations: as in production, plus Odoo's linters.
        "lint": Kind("lint", addons, [*everything, "test_lint"], demo=False),
    }


def content_hash(folders: list, skip: set = frozenset(NOT_STORED)) -> str:
    """Return a hash of the files below some folders, by relative path and content."""
    result = hashlib.sha256()
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            relative = path.relative_to(folder)
            if (
                path.is_file()
                and not skip.intersection(relative.parts)
                and path.suffix != ".pyc"
            ):
                content = hashlib.sha256(path.read_bytes()).hexdigest()
                result.update(
                    f"{folder.name}/{relative.as_posix()} {content}\n".encode()
                )
    return result.hexdigest()


def stored_hash(env: Environment, kind: Kind) -> str:
    """Return the hash of everything that decides the database's content."""
    folders = [addon.path for addon in kind.addons]
    return digest(content_hash(folders), kind.modules, kind.demo, env.odoo_root)


@contextlib.contextmanager
def provide(env: Environment, kind: Kind, reuse: bool = False):
    """Yield the name of a fresh test database.

    A second run at the same time gets a database of its own, dropped at the end.
    """
    name = f"test_{kind.name}"
    locks = env.project.dev / "locks"
    locks.mkdir(exist_ok=True)
    with (locks / name).open("w") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            name = f"{name}_{os.getpid()}"
            say(f"another run uses the database; this one makes {name}")
        try:
            if not (reuse and databases.exists(env, name)):
                create(env, kind, name)
            yield name
        finally:
            if name.endswith(f"_{os.getpid()}"):
                databases.drop(env, name)


def create(env: Environment, kind: Kind, name: str) -> None:
    """Make the database anew, from a template when nothing stored has changed."""
    databases.drop(env, name)
    wanted = stored_hash(env, kind)
    stamp = env.project.stamp(f"template-{kind.name}")
    template = _newest_template(env, kind)
    if template and stamp.fresh(f"{wanted} {template}"):
        env.query(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        detail(f"database {name} copied from {template}")
        return
    content = ", ".join(kind.modules) + (" with demo data" if kind.demo else "")
    with step(f"Database {name} ({content})"):
        log = f"initdb-{name}"
        arguments = [
            "-n",
            name,
            "-m",
            ",".join(kind.modules),
            "--cache-max-size",
            TEMPLATES_KEPT,
        ]
        _initdb(env, kind, *arguments, "--demo" if kind.demo else "--no-demo", log=log)
    check(env, kind, name, log)
    stamp.write(f"{wanted} {_newest_template(env, kind)}")


def _newest_template(env: Environment, kind: Kind) -> str | None:
    pattern = kind.prefix + "-%"
    rows = env.query(
        "SELECT max(datname) FROM pg_database WHERE datname LIKE %s", [pattern]
    )
    return rows[0][0]


def _initdb(env: Environment, kind: Kind, *arguments, log: str) -> None:
    script = env.project.venv / "bin" / "click-odoo-initdb"
    command = [
        env.project.python,
        script,
        "-c",
        env.project.conf,
        "--log-level",
        "info",
    ]
    command += ["--cache-prefix", kind.prefix, *arguments]
    run(
        command,
        env=env.variables,
        cwd=env.project.root,
        log=log,
        what="click-odoo-initdb",
    )


def check(env: Environment, kind: Kind, name: str, log: str) -> None:
    """Raise when the installation's log is not clean or a module is missing."""
    found = checklog.problems_in(log_path(log))
    if absent := set(kind.modules) - databases.installed(env, name):
        found.append(f"not installed: {', '.join(sorted(absent))}")
    if not found:
        return
    # The template must go, or the next run would find it and not look again.
    _initdb(env, kind, "--cache-max-size", "0", log=f"{log}-purge")
    for problem in found:
        print(problem, file=sys.stderr)
    raise DevError(
        f"Installing database {kind.name} logged {len(found)} warning(s) or error(s), "
        f"shown above. The whole log: {log_path(log)}"
    )
