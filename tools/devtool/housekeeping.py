"""Cleaning up: what ``./dev`` made for this checkout, and the shared cache."""

import shutil

from . import cluster
from .project import Project
from .ui import say, step


def clean(project: Project, cache: bool) -> int:
    """Stop PostgreSQL and delete ``.dev/``; with ``cache`` also the downloads."""
    with step("Removing the databases and environments of this checkout"):
        cluster.remove(project)
        shutil.rmtree(project.dev, ignore_errors=True)
        shutil.rmtree(project.tools / "js" / "node_modules", ignore_errors=True)
    if cache:
        with step(f"Removing the downloads in {project.cache}"):
            shutil.rmtree(project.cache)
    else:
        say(f"downloads stay in {project.cache} (./dev clean --cache removes them)")
    return 0
