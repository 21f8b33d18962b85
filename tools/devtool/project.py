"""Where things are: the checkout, its addons, ``.dev/`` and the user's cache."""

import ast
import contextlib
import fcntl
import hashlib
import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from .ui import DevError, say

CORE = "customer_plan_mgmt"
#: Applications that the demonstration and the full test database install too.
EXTRA_MODULES = ("sale",)
#: Folders whose lock this process holds.
_locked: set[Path] = set()


@dataclass(frozen=True)
class Addon:
    """One addon of this repository, with what its manifest says."""

    name: str
    path: Path
    manifest: dict

    @property
    def depends(self) -> list:
        return self.manifest.get("depends", [])


@dataclass(frozen=True)
class Project:
    """The paths of one checkout."""

    root: Path

    @property
    def dev(self) -> Path:
        return self.root / ".dev"

    @property
    def venv(self) -> Path:
        return self.dev / "venv"

    @property
    def python(self) -> Path:
        return self.venv / "bin" / "python"

    @property
    def odoo_bin(self) -> Path:
        return self.venv / "bin" / "odoo"

    @property
    def conf(self) -> Path:
        return self.dev / "odoo.conf"

    @property
    def data_dir(self) -> Path:
        return self.dev / "data"

    @property
    def tools(self) -> Path:
        return self.root / "tools"

    @cached_property
    def cache(self) -> Path:
        """Downloads shared by every checkout of this user."""
        base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
        path = Path(base) / "customer_plan_mgmt"
        path.mkdir(parents=True, exist_ok=True)
        return path

    def addons(self) -> list[Addon]:
        """Return the addons at the root of the repository, sorted by name."""
        found = []
        for manifest in sorted(self.root.glob("*/__manifest__.py")):
            content = ast.literal_eval(manifest.read_text(encoding="utf-8"))
            found.append(Addon(manifest.parent.name, manifest.parent, content))
        return found

    def stamp(self, name: str) -> "Stamp":
        return Stamp(self.dev / "stamps" / name)

    @contextlib.contextmanager
    def lock(self, folder: Path | None = None):
        """Keep a second ``./dev`` from preparing the same folder at once.

        Inside the lock of a folder, asking for it again changes nothing.
        """
        folder = (folder or self.dev).resolve()
        if folder in _locked:
            yield
            return
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / ".lock").open("w") as stream:
            try:
                fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                say(f"waiting for another ./dev that prepares {folder}")
                fcntl.flock(stream, fcntl.LOCK_EX)
            _locked.add(folder)
            try:
                yield
            finally:
                _locked.remove(folder)


@dataclass(frozen=True)
class Stamp:
    """Remembers for which input a piece of set-up was last finished."""

    path: Path

    def fresh(self, value: str) -> bool:
        return self.path.is_file() and self.path.read_text(encoding="utf-8") == value

    def write(self, value: str) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.write_text(value, encoding="utf-8")


def digest(*parts) -> str:
    """Return a short hash of texts and of the content of files."""
    result = hashlib.sha256()
    for part in parts:
        is_file = isinstance(part, Path) and part.is_file()
        data = part.read_bytes() if is_file else str(part).encode()
        result.update(b"%d:" % len(data) + data)
    return result.hexdigest()[:16]


def require(path: Path, hint: str) -> Path:
    """Return ``path`` or raise with a hint when it is missing."""
    if not path.exists():
        raise DevError(f"{path} does not exist. {hint}")
    return path
