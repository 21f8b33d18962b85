"""Putting the pieces together: what a verb needs before it can start."""

import configparser
import os
import subprocess
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from . import cluster, odoo_source, postgres, pyenv
from .project import Project
from .ui import detail, run

REQUIREMENTS = "requirements.txt"
OPTIONS = {
    "http_interface": "127.0.0.1",
    "list_db": "True",
    "admin_passwd": "admin",
    "max_cron_threads": "1",
    "db_maxconn": "64",
    # Long work (imports, scoring of a million customers) is not to be cut off.
    "limit_time_cpu": "3600",
    "limit_time_real": "7200",
    "limit_memory_soft": "0",
    "limit_memory_hard": "0",
}


@dataclass(frozen=True)
class Environment:
    """A prepared checkout: Odoo, its Python and a PostgreSQL server."""

    project: Project
    odoo_root: Path
    server: postgres.Server

    @cached_property
    def variables(self) -> dict:
        """Return the environment in which Odoo runs."""
        env = self.server.environment()
        env["PATH"] = os.pathsep.join(
            (str(self.project.dev / "bin"), str(self.project.venv / "bin"), env["PATH"])
        )
        env["ODOO_RC"] = str(self.project.conf)
        return env

    def odoo(self, *arguments, **kwargs) -> subprocess.CompletedProcess:
        """Run an Odoo command (``server``, ``db``, ``i18n`` …) in this environment."""
        command = [self.project.python, self.project.odoo_bin, *arguments]
        kwargs.setdefault("what", f"odoo {arguments[0]}")
        return run(command, env=self.variables, cwd=self.project.root, **kwargs)

    def query(self, statement: str, parameters=(), database: str = "postgres") -> list:
        """Run one SQL statement and return its rows."""
        return postgres.query(
            self.project, self.server, statement, parameters, database
        )


def install(project: Project) -> Path:
    """Install Python, Odoo and the PostgreSQL binaries; return Odoo's folder."""
    with project.lock():
        pyenv.ensure_venv(project, "venv", REQUIREMENTS)
        root = odoo_source.find(project)
        odoo_source.link(project, root)
        if not postgres.external():
            cluster.install(project)
    return root


def prepare(project: Project) -> Environment:
    """Return the environment with PostgreSQL running and ``odoo.conf`` written."""
    root = install(project)
    server = postgres.connect(project)
    write_conf(project, root, server)
    return Environment(project, root, server)


def write_conf(project: Project, root: Path, server: postgres.Server) -> None:
    """Write ``.dev/odoo.conf``."""
    project.data_dir.mkdir(parents=True, exist_ok=True)
    folders = odoo_source.addons_paths(root)
    if project.addons():  # Odoo warns about a folder without any addon
        folders.append(project.root)
    options = {
        "addons_path": ",".join(map(str, folders)),
        "data_dir": str(project.data_dir),
        **OPTIONS,
    }
    for key in ("host", "port", "user", "password"):
        if value := getattr(server, key):
            options[f"db_{key}"] = value
    parser = configparser.RawConfigParser()
    parser["options"] = options
    project.conf.touch(mode=0o600)
    with project.conf.open("w", encoding="utf-8") as stream:
        stream.write("; Written by ./dev at every call: changes are lost.\n")
        parser.write(stream)
    detail(f"wrote {project.conf}")
