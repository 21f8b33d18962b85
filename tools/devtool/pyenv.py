"""The Python environments: ``.dev/venv`` (Odoo, tests) and ``.dev/lint-venv``.

``uv`` comes from PyPI as a wheel and makes the environments from a cache of
wheels, so that a second one takes seconds. Where PyPI is (an index of the
company, a certificate) is read from pip's own configuration at run time.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from . import debian
from .project import Project, digest
from .ui import DevError, detail, run, step

UV = "uv==0.13.9"
SUPPORTED = ((3, 10), (3, 13))


def interpreter() -> str:
    """Return the Python that Odoo will run on: this one when it fits."""
    if SUPPORTED[0] <= sys.version_info[:2] <= SUPPORTED[1]:
        return getattr(sys, "_base_executable", sys.executable)
    for minor in range(SUPPORTED[1][1], SUPPORTED[0][1] - 1, -1):
        path = shutil.which(f"python3.{minor}")
        # A version manager may put launchers on PATH that only explain themselves.
        if path and not run([path, "-V"], check=False, capture_output=True).returncode:
            return path
    raise DevError(
        "Odoo 19.0 runs on Python 3.10 to 3.13, and none of them is on PATH "
        f"(this is {sys.version.split()[0]})."
    )


def pip_command(project: Project) -> tuple[list, dict]:
    """Return a command that runs pip, and the environment it needs."""
    if (
        run(
            [sys.executable, "-m", "pip", "--version"], check=False, capture_output=True
        ).returncode
        == 0
    ):
        return [sys.executable, "-m", "pip"], dict(os.environ)
    # A bare Debian python3 has no pip: its wheel lies in a package of its own.
    wheel = debian.pip_wheel(project)
    return [sys.executable, "-m", "pip"], {**os.environ, "PYTHONPATH": str(wheel)}


def pip_settings(project: Project) -> dict:
    """Return pip's configuration (index, certificate) as a dictionary."""
    command, env = pip_command(project)
    listing = run(
        [*command, "config", "list"],
        env=env,
        check=False,
        capture_output=True,
        text=True,
    )
    settings = {}
    for line in listing.stdout.splitlines():
        key, _, value = line.partition("=")
        settings[key.rpartition(".")[2]] = value.strip("'\"")
    return settings


def uv_environment(project: Project) -> dict:
    """Return the environment in which uv finds the index that pip would use."""
    env = dict(os.environ)
    env["UV_CACHE_DIR"] = str(project.cache / "uv")
    env["UV_NO_PROGRESS"] = "1"
    env.setdefault("UV_HTTP_TIMEOUT", "180")
    env.pop("VIRTUAL_ENV", None)
    settings = pip_settings(project)
    if index := settings.get("index-url"):
        env.setdefault("UV_DEFAULT_INDEX", index)
    if certificate := settings.get("cert"):
        env.setdefault("SSL_CERT_FILE", certificate)
    return env


def uv(project: Project) -> Path:
    """Return uv, fetched once into the user's cache."""
    target = project.cache / UV.replace("==", "-")
    binary = target / "bin" / "uv"
    if not binary.exists():
        with project.lock(project.cache), step("Fetching uv from PyPI"):
            shutil.rmtree(target, ignore_errors=True)
            command, env = pip_command(project)
            run(
                [*command, "install", "-q", "--no-deps", "--target", target, UV],
                env=env,
                log="uv",
                what="Fetching uv with pip (is PyPI reachable?)",
            )
    return binary


def pip_install(project: Project, target: Path, *arguments) -> None:
    """Install packages into a plain folder (used for packaged binaries)."""
    run(
        [
            uv(project),
            "pip",
            "install",
            "--link-mode",
            "copy",
            "--target",
            target,
            *arguments,
        ],
        env=uv_environment(project),
        log="pip-target",
        what="Installing " + " ".join(map(str, arguments)),
    )


def ensure_venv(project: Project, name: str, requirements: str) -> Path:
    """Make ``.dev/<name>`` hold exactly what the requirements file pins."""
    path = project.dev / name
    source = project.tools / requirements
    python = interpreter()
    wanted = digest(source, python, sys.version, UV, str(path))
    stamp = project.stamp(name)
    if stamp.fresh(wanted) and (path / "bin" / "python").exists():
        detail(f"{name} is up to date")
        return path
    with step(f"Python environment .dev/{name} ({requirements})"):
        env = uv_environment(project)
        run(
            [uv(project), "venv", "-q", "--clear", "--python", python, path],
            env=env,
            log=f"{name}-create",
        )
        run(
            [uv(project), "pip", "sync", "--python", path / "bin" / "python", source],
            env=env,
            log=name,
            what=f"Installing {requirements} from PyPI",
        )
    stamp.write(wanted)
    return path


def site_packages(venv: Path) -> Path:
    """Return the ``site-packages`` folder of an environment."""
    return next((venv / "lib").glob("python3.*/site-packages"))


def last_error(traceback: str) -> str:
    """Return the message of the exception that ends a traceback."""
    frames = re.split(r"^Traceback .*\n(?:  .*\n)+", traceback, flags=re.M)
    return " ".join(frames[-1].split()) or "Python failed without a word."


def python_output(project: Project, code: str, arguments=(), **kwargs) -> str:
    """Run a few lines with the environment's Python and return what they print."""
    command = [project.python, "-c", code, *arguments]
    result = subprocess.run(
        command, capture_output=True, text=True, check=False, **kwargs
    )
    if result.returncode:
        raise DevError(last_error(result.stderr))
    return result.stdout
