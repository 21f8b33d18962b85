"""Programs beside Python: Chromium (tours), wkhtmltopdf (PDF), a Chinese font.

Root on Debian gets them from apt; otherwise a variable may name the program.
Odoo looks programs up on PATH, so a given one is offered there through a
small launcher in ``.dev/bin``.
"""

import os
import shlex
import shutil
from dataclasses import dataclass

from . import debian
from .project import Project
from .ui import DevError, is_root, run, say, step


@dataclass(frozen=True)
class Program:
    """A program that Odoo starts, and where it may come from."""

    title: str
    variable: str
    names: tuple
    package: str
    #: The name under which Odoo looks for it first.
    launcher: str


CHROMIUM = Program(
    "Chromium",
    "CHROMIUM_BIN",
    ("google-chrome", "chromium", "chromium-browser", "google-chrome-stable"),
    "chromium",
    "google-chrome",
)
WKHTMLTOPDF = Program(
    "wkhtmltopdf", "WKHTMLTOPDF_BIN", ("wkhtmltopdf",), "wkhtmltopdf", "wkhtmltopdf"
)
FONT_PACKAGE = "fonts-wqy-microhei"


def may_install() -> bool:
    """Tell whether apt may be asked: root on a Debian-like machine."""
    return is_root() and debian.available()


def find(project: Project, program: Program) -> str | None:
    """Return the program's path: from its variable, or from PATH."""
    launcher = project.dev / "bin" / program.launcher
    given = os.environ.get(program.variable)
    if given:
        path = shutil.which(given)
        if not path:
            raise DevError(
                f"${program.variable}={given} is no program that can be run."
            )
        launcher.parent.mkdir(parents=True, exist_ok=True)
        launcher.write_text(
            f'#!/bin/sh\nexec {shlex.quote(os.path.abspath(path))} "$@"\n'
        )
        launcher.chmod(0o755)
        return path
    launcher.unlink(missing_ok=True)
    return next(filter(None, map(shutil.which, program.names)), None)


def has_chinese_font() -> bool:
    """Tell whether fontconfig knows a font with Chinese glyphs."""
    if not shutil.which("fc-list"):
        return False
    listing = run(
        ["fc-list", ":lang=zh-cn", "family"],
        check=False,
        capture_output=True,
        text=True,
    )
    return bool(listing.stdout.strip())


def ensure_chromium(project: Project) -> str:
    """Return Chromium's path; without it no browser test can run."""
    path = find(project, CHROMIUM)
    if not path and may_install():
        with step("Installing Chromium"):
            debian.install([CHROMIUM.package], CHROMIUM.title)
        path = find(project, CHROMIUM)
    if not path:
        raise DevError(
            "Chromium is needed for the browser tests and is not on PATH.\n"
            "Install Chromium or Google Chrome, or set CHROMIUM_BIN to its path."
        )
    return path


def ensure_pdf(project: Project) -> None:
    """Provide wkhtmltopdf and a Chinese font where that is possible.

    Only printing depends on them, so that a machine without them (newer
    releases of Debian have no wkhtmltopdf) is told and may go on.
    """
    if may_install():
        if not find(project, WKHTMLTOPDF):
            _try_to_install(WKHTMLTOPDF.package)
        if not has_chinese_font():
            _try_to_install("fontconfig", FONT_PACKAGE)
    if not find(project, WKHTMLTOPDF):
        say(
            "note: no wkhtmltopdf, so reports are shown as HTML, not printed as PDF. "
            "Set WKHTMLTOPDF_BIN to its path when you have one."
        )
    if not has_chinese_font():
        say(
            "note: no Chinese font found, so Chinese text shows as boxes "
            f"(Debian: {FONT_PACKAGE})."
        )


def _try_to_install(*packages: str) -> None:
    title = " and ".join(packages)
    with step(f"Installing {title}"):
        try:
            debian.install(list(packages), title)
        except DevError as error:
            say(f"{str(error).splitlines()[0]} Going on without.")
