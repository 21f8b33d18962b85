"""PostgreSQL: the server that libpq's variables name, or the embedded one."""

import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from . import cluster
from .cluster import SUPERUSER
from .project import Project
from .pyenv import python_output
from .ui import DevError

#: Odoo refuses to work as the role "postgres".
ROLE = "odoo"
#: Part of the name of the embedded server's socket; nothing listens on it.
PORT = "5432"


@dataclass
class Server:
    """How to reach a PostgreSQL server (empty values: libpq's defaults)."""

    host: str = ""
    port: str = ""
    user: str = ""
    password: str = ""
    bin: Path | None = None

    def environment(self) -> dict:
        """Return this process's environment with libpq's variables set."""
        env = dict(os.environ)
        values = {
            "PGHOST": self.host,
            "PGPORT": self.port,
            "PGUSER": self.user,
            "PGPASSWORD": self.password,
        }
        env.update({key: value for key, value in values.items() if value})
        if self.bin:
            env["PATH"] = f"{self.bin}{os.pathsep}{env.get('PATH', '')}"
        return env


def external() -> bool:
    """Tell whether the person named a server through libpq's variables."""
    return any(
        os.environ.get(name) for name in ("PGHOST", "PGHOSTADDR", "PGSERVICE", "PGPORT")
    )


def connect(project: Project) -> Server:
    """Return the server to use, with a role that Odoo accepts."""
    if not external():
        return _connect_embedded(project)
    server = Server(user=os.environ.get("PGUSER", ""))
    if query(project, server, "SELECT current_user")[0][0] != SUPERUSER:
        return server
    secret = project.dev / "pg-password"
    if not secret.exists():
        secret.touch(mode=0o600)
        secret.write_text(secrets.token_urlsafe(18))
    _create_role(project, server)
    query(project, server, f"ALTER ROLE \"{ROLE}\" PASSWORD '{secret.read_text()}'")
    return Server(user=ROLE, password=secret.read_text())


def _connect_embedded(project: Project) -> Server:
    """Start the embedded server; the role is made the first time."""
    sockets, binaries = cluster.start(project)
    marker = cluster.home(project) / ".role"
    if not marker.exists():
        _create_role(project, Server(str(sockets), PORT, SUPERUSER, bin=binaries))
        marker.touch()
    return Server(str(sockets), PORT, ROLE, bin=binaries)


def _create_role(project: Project, admin: Server) -> None:
    if not query(project, admin, "SELECT 1 FROM pg_roles WHERE rolname = %s", [ROLE]):
        query(project, admin, f'CREATE ROLE "{ROLE}" LOGIN CREATEDB')


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


def query(
    project: Project,
    server: Server,
    statement: str,
    parameters=(),
    database: str = "postgres",
) -> list:
    """Run one statement outside a transaction and return its rows."""
    env = {**server.environment(), "PGDATABASE": database}
    argument = json.dumps([statement, list(parameters)])
    try:
        return json.loads(python_output(project, QUERY, arguments=[argument], env=env))
    except DevError as error:
        place = server.host or os.environ.get("PGHOST", "local server")
        raise DevError(f"PostgreSQL ({place}): {error}") from error
