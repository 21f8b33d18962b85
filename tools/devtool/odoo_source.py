"""Finding Odoo 19.0: given, installed, cached, from Debian, or from git."""

import os
import shutil
import sys
from importlib.machinery import PathFinder
from pathlib import Path

from . import debian
from .project import Project
from .pyenv import site_packages
from .ui import DevError, detail, run, say, step

SERIES = "19.0"
REPOSITORY = "https://github.com/odoo/odoo.git"
PACKAGE = "odoo-19"
SUITE = "sid"
#: Packages whose files Debian's Odoo links to.
COMPANIONS = (
    "libjs-jquery",
    "libjs-jquery-form",
    "libjs-underscore",
    "fonts-roboto-unhinted",
    "fonts-montserrat",
    "fonts-inconsolata",
    "fonts-ocr-b",
)
#: Font Awesome 7 in sid lacks the files of 4.7 that Odoo links to.
FROM_STABLE = ("fonts-font-awesome",)
#: Left out of the package, but named in an asset bundle: without the file every
#: page logs an error in the browser's console, which fails every tour.
LEFT_OUT = ("mail/static/lib/selfie_segmentation/selfie_segmentation.js",)
#: Addons whose pages this product shows; a dangling link there is an error.
NEEDED = ("web", "mail", "portal", "project", "contacts", "rating", "sale")
COMPLETE = ".complete"


def package_root(path: Path) -> Path | None:
    """Return the folder holding the ``odoo`` package when it is Odoo 19.0."""
    for base in (path, path.parent):
        release = base / "odoo" / "release.py"
        if release.is_file():
            values: dict = {}
            exec(release.read_text(encoding="utf-8"), values)  # noqa: S102
            return base if values.get("series") == SERIES else None
    return None


def addons_paths(root: Path) -> list[Path]:
    """Return the addons folders of an Odoo source.

    A package has everything in ``odoo/addons`` (Debian's has an incomplete
    ``addons`` beside it), a git checkout only ``base`` and test addons there.
    """
    inner = root / "odoo" / "addons"
    return [inner] if (inner / "web").is_dir() else [root / "addons", inner]


def find(project: Project) -> Path:
    """Return the Odoo source, fetching it when it is nowhere on the machine."""
    if given := os.environ.get("ODOO_SRC"):
        root = package_root(Path(given).expanduser().resolve())
        if not root:
            raise DevError(
                f"$ODOO_SRC={given} holds no Odoo {SERIES} (expected odoo/release.py)."
            )
        return root
    for place in (_importable, _cached):
        if root := place(project):
            detail(f"Odoo: {root}")
            return root
    problems = []
    with project.lock(project.cache):
        if root := _cached(project):
            return root
        for fetch in (_from_debian, _from_git):
            try:
                return fetch(project)
            except DevError as error:
                problems.append(f"{fetch.__doc__.splitlines()[0]}\n  {error}")
                say(f"{problems[-1]}")
    raise DevError(
        f"Odoo {SERIES} could not be found or fetched:\n- "
        + "\n- ".join(problems)
        + "\nSet ODOO_SRC to a checkout of Odoo's branch 19.0 and try again."
    )


def _importable(project: Project) -> Path | None:
    """Odoo in the Python environment that runs ``./dev``."""
    own = str(project.dev)
    path = [entry for entry in sys.path if entry and not entry.startswith(own)]
    spec = PathFinder.find_spec("odoo", path)
    for location in (spec and spec.submodule_search_locations) or ():
        if root := package_root(Path(location).parent):
            return root
    return None


def _cached(project: Project) -> Path | None:
    """The copy in the user's cache directory."""
    for marker in sorted(project.cache.glob(f"odoo-*/{COMPLETE}"), reverse=True):
        relative = marker.read_text(encoding="utf-8").strip()
        if root := package_root(marker.parent / relative):
            return root
    return None


def _from_debian(project: Project) -> Path:
    """Odoo from Debian's package."""
    if not debian.available():
        raise DevError("apt-get and dpkg-deb are not on this machine.")
    with step(f"Fetching Odoo {SERIES} from the Debian archive (130 MB)"):
        apt = debian.PrivateApt(project.dev / "apt", SUITE)
        apt.update()
        version = apt.version(PACKAGE)
        if not version:
            raise DevError(f"{apt.uri} has no package {PACKAGE}.")
        packages = apt.download(
            PACKAGE,
            *(f"{name}/{SUITE}" for name in COMPANIONS),
            *(f"{name}/{apt.stable}" for name in FROM_STABLE),
        )
    final = project.cache / f"odoo-{version}"
    with step("Unpacking Odoo"):
        staging = project.cache / f".{final.name}.part"
        shutil.rmtree(staging, ignore_errors=True)
        shutil.rmtree(final, ignore_errors=True)
        debian.unpack(packages, staging)
        relative = next(
            staging.glob("usr/lib/python3*/dist-packages/odoo/release.py")
        ).parent.parent
        complete_tree(staging, relative / "odoo" / "addons")
        (staging / COMPLETE).write_text(str(relative.relative_to(staging)))
        staging.rename(final)
    apt.close()
    return _cached(project)


def complete_tree(root: Path, addons: Path) -> None:
    """Make links resolve inside ``root`` and supply the files left out."""
    for name in LEFT_OUT:
        path = addons / name
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("")
    dangling = []
    for folder, folders, files in os.walk(addons):
        for path in (Path(folder, name) for name in (*folders, *files)):
            if path.is_symlink() and not _repair(path, root):
                dangling.append(path.relative_to(addons))
    needed = [str(path) for path in dangling if path.parts[0] in NEEDED]
    if needed:
        raise DevError("links of the Odoo package lead nowhere: " + ", ".join(needed))
    for path in dangling:
        detail(f"dangling link in an addon that is not used here: {path}")


def _repair(link: Path, root: Path) -> bool:
    """Make an absolute link relative to ``root``; tell whether the link resolves."""
    target = Path(os.readlink(link))
    if target.is_absolute():
        inside = root / target.relative_to("/")
        link.unlink()
        link.symlink_to(os.path.relpath(inside, link.parent))
    return link.exists()


def _from_git(project: Project) -> Path:
    """Odoo from its public repository."""
    final = project.cache / f"odoo-{SERIES}-git"
    with step(f"Cloning Odoo {SERIES} (about 1 GB)"):
        staging = project.cache / ".odoo-git.part"
        shutil.rmtree(staging, ignore_errors=True)
        run(
            [
                "git",
                "clone",
                "--quiet",
                "--depth",
                "1",
                "--branch",
                SERIES,
                REPOSITORY,
                staging,
            ],
            env={**os.environ, "GIT_TERMINAL_PROMPT": "0"},
            log="odoo-git",
            what="git clone of Odoo's public repository",
        )
        (staging / COMPLETE).write_text(".")
        shutil.rmtree(final, ignore_errors=True)
        staging.rename(final)
    return _cached(project)


def link(project: Project, root: Path) -> None:
    """Make the environment import Odoo from ``root`` and give it a command."""
    (site_packages(project.venv) / "odoo-source.pth").write_text(
        f"{root}\n", encoding="utf-8"
    )
    project.odoo_bin.write_text(
        f"#!{project.python}\nimport odoo.cli\n\n"
        "if __name__ == '__main__':\n    odoo.cli.main()\n",
        encoding="utf-8",
    )
    project.odoo_bin.chmod(0o755)
