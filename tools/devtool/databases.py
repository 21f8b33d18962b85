"""Databases: creating, installing and updating modules, opening a shell."""

import os
import re
import socket

from . import checklog, odoo_source
from .environment import Environment
from .project import CORE
from .ui import DevError, Settings, detail, log_path, run, say, step

NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_.-]*")
DEFAULT_PORT = 8069
#: Odoo's options for work that ends by itself.
BATCH = ("--stop-after-init", "--no-http", "--max-cron-threads=0")


def check_name(name: str) -> str:
    """Return a database name that Odoo and PostgreSQL accept unquoted."""
    if not NAME.fullmatch(name):
        raise DevError(
            f"{name!r} is no database name: use letters, digits, '_', '.' and '-'."
        )
    return name


def exists(env: Environment, name: str) -> bool:
    return bool(env.query("SELECT 1 FROM pg_database WHERE datname = %s", [name]))


def installed(env: Environment, name: str) -> set:
    """Return the installed modules; an empty set for a database without Odoo."""
    if not env.query("SELECT to_regclass('ir_module_module')", database=name)[0][0]:
        return set()
    rows = env.query(
        "SELECT name FROM ir_module_module WHERE state IN ('installed', 'to upgrade')",
        database=name,
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
    folders = [*odoo_source.addons_paths(env.odoo_root), env.project.root]
    missing = [
        name
        for name in modules
        if not any((folder / name / "__manifest__.py").exists() for folder in folders)
    ]
    if missing:
        raise DevError(
            f"No such module: {', '.join(missing)}.\nLooked in:\n  "
            + "\n  ".join(map(str, folders))
        )


def init(
    env: Environment, name: str, modules: list, demo: bool = False, languages: str = ""
) -> None:
    """Create the database, or install and update modules in an existing one."""
    check_name(name)
    check_modules(env, modules)
    present = installed(env, name) if exists(env, name) else set()
    if demo and present and not demo_loaded(env, name):
        raise DevError(
            f"Database {name!r} was made without demo data, and Odoo decides that "
            f"only once. Drop it first: ./dev drop --db {name}"
        )
    missing = ",".join(module for module in modules if module not in present)
    update = ",".join(module for module in modules if module in present)
    arguments = ["-i", missing] if missing else []
    arguments += ["-u", update] if update else []
    arguments += ["--with-demo"] if demo and not present else []
    arguments += ["--load-language", languages] if languages else []
    title = f"installing {missing}" if missing else f"updating {update}"
    log = f"init-{name}"
    with step(f"Database {name}: {title}"):
        command = ["server", "-c", env.project.conf, "-d", name, *BATCH, *arguments]
        env.odoo(*command, log=log, what=f"Odoo ({title})")
    absent = set(modules) - installed(env, name)
    if absent:
        names = ", ".join(sorted(absent))
        raise DevError(f"Not installed: {names}. See {log_path(log)}")
    if found := checklog.problems_in(log_path(log)):
        say(f"note: {len(found)} warning(s) or error(s) in {log_path(log)}")


def demo_loaded(env: Environment, name: str) -> bool:
    return bool(
        env.query(
            "SELECT 1 FROM ir_module_module WHERE name = 'base' AND demo", database=name
        )
    )


def shell_command(env: Environment, name: str, level: str = "info") -> list:
    """Return the command line of Odoo's shell; Odoo logs to standard error."""
    command = [
        env.project.python,
        env.project.odoo_bin,
        "shell",
        "-c",
        env.project.conf,
        "-d",
        name,
    ]
    command += ["--no-http", "--max-cron-threads=0", "--shell-interface=python"]
    return [*map(str, command), f"--log-level={level}"]


def shell(env: Environment, name: str, stdin=None, extra: dict | None = None) -> int:
    """Open Odoo's shell: interactive, or the script on standard input.

    The exit code is not zero when the script raises; what the script does not
    commit is rolled back.
    """
    require(env, check_name(name))
    level = "info" if Settings.verbose else "warn"
    variables = {**env.variables, **(extra or {})}
    return run(
        shell_command(env, name, level), env=variables, check=False, stdin=stdin
    ).returncode


def run_script(
    env: Environment, name: str, script: str, extra: dict | None = None
) -> str:
    """Run a script in Odoo's shell and return what it prints."""
    command = shell_command(env, name, "error")
    result = run(
        command,
        env={**env.variables, **(extra or {})},
        input=script,
        text=True,
        capture_output=True,
        what="A script in Odoo's shell",
    )
    return result.stdout


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
    raise DevError(
        f"Port {wanted} is taken. Name another one with --port, or leave it out."
    )


def server_command(env: Environment, name: str, port: int) -> list:
    """Return the command line that serves one database."""
    command = [
        env.project.python,
        env.project.odoo_bin,
        "server",
        "-c",
        env.project.conf,
    ]
    command += ["-d", name, f"--db-filter=^{re.escape(name)}$", f"--http-port={port}"]
    return list(map(str, command))


def serve(env: Environment, name: str, port: int | None = None) -> int:
    """Run Odoo in the foreground on one database."""
    require(env, check_name(name))
    port = free_port(port)
    say(f"Odoo on http://127.0.0.1:{port}/odoo (database {name}); stop with Ctrl-C")
    command = server_command(env, name, port)
    os.chdir(env.project.root)
    os.execve(command[0], command, env.variables)
    raise AssertionError("execve returned")
