"""Debian packages without touching the system: fetch, verify, unpack.

The mirror is the one the machine's own apt is configured with; state and
lists live in a private folder, so neither root nor a change of
``/etc/apt`` is needed, and apt checks the archive's signature as always.
"""

import os
import re
import shutil
from pathlib import Path

from .project import Project
from .ui import DevError, run

KEYRINGS = (
    "/usr/share/keyrings/debian-archive-keyring.gpg",
    "/usr/share/keyrings/debian-archive-keyring.pgp",
)
FORMAT = "$(REPO_URI) $(CODENAME) $(ORIGIN) $(LABEL)"
ROLLING = {"sid", "unstable", "testing", "experimental"}


def available() -> bool:
    """Tell whether apt and dpkg-deb are on this machine."""
    return bool(shutil.which("apt-get") and shutil.which("dpkg-deb"))


def parse_index_targets(text: str) -> tuple[str, str] | None:
    """Find (mirror, codename) of the main archive in ``indextargets`` output."""
    for line in text.splitlines():
        fields = line.split()
        if len(fields) == 4 and fields[2:] == ["Debian", "Debian"]:
            if "-" not in fields[1]:
                return fields[0], fields[1]
    return None


def parse_print_uris(text: str) -> tuple[str, str] | None:
    """Find (mirror, suite) in ``apt-get update --print-uris`` output."""
    for mirror, suite in re.findall(r"^'(\S+/)dists/([a-z]+)/InRelease'", text, re.M):
        if mirror.rstrip("/").endswith("/debian"):
            return mirror, suite
    return None


def mirror() -> tuple[str, str]:
    """Return the machine's Debian mirror and release, from apt's configuration."""
    options = {"check": False, "capture_output": True, "text": True}
    command = ["apt-get", "indextargets", "--format", FORMAT, "Created-By: Packages"]
    found = parse_index_targets(run(command, **options).stdout)
    # Before the first "apt-get update" no index is listed, only configured.
    found = found or parse_print_uris(
        run(["apt-get", "update", "--print-uris"], **options).stdout
    )
    if not found:
        raise DevError("apt on this machine is not configured with a Debian mirror.")
    return found


class PrivateApt:
    """apt with its own state folder, reading the given suites of the mirror."""

    def __init__(self, folder: Path, extra_suite: str | None = None):
        self.folder = folder
        self.debs = folder / "debs"
        self.uri, own_suite = mirror()
        self.stable = "stable" if own_suite in ROLLING else own_suite
        self.suites = list(dict.fromkeys(filter(None, (extra_suite, self.stable))))
        self.env = {**os.environ, "APT_CONFIG": str(folder / "apt.conf"), "LC_ALL": "C"}

    def update(self) -> None:
        """Write the configuration and fetch the package lists."""
        for name in ("lists/partial", "cache/archives/partial", "debs"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        (self.folder / "status").touch()
        keyring = next((path for path in KEYRINGS if Path(path).exists()), None)
        option = f"[signed-by={keyring}] " if keyring else ""
        (self.folder / "sources.list").write_text(
            "".join(f"deb {option}{self.uri} {suite} main\n" for suite in self.suites)
        )
        (self.folder / "apt.conf").write_text(
            f'Dir::State "{self.folder}";\n'
            f'Dir::State::lists "{self.folder}/lists";\n'
            f'Dir::State::status "{self.folder}/status";\n'
            f'Dir::Cache "{self.folder}/cache";\n'
            f'Dir::Etc::sourcelist "{self.folder}/sources.list";\n'
            'Dir::Etc::sourceparts "-";\n'
            'Acquire::Languages "none";\n'
            'APT::Sandbox::User "root";\n'
        )
        self._apt("update", "--error-on=any")

    def version(self, package: str) -> str | None:
        """Return the version a plain ``download`` would fetch."""
        result = run(
            ["apt-cache", "policy", package],
            env=self.env,
            capture_output=True,
            text=True,
        )
        match = re.search(r"Candidate: (\S+)", result.stdout)
        return match[1] if match and match[1] != "(none)" else None

    def download(self, *packages: str) -> list[Path]:
        """Fetch packages (``name`` or ``name/suite``) and return their files."""
        self._apt("download", *packages, cwd=self.debs)
        return sorted(self.debs.iterdir())

    def close(self) -> None:
        """Remove the lists and the packages, which have served their purpose."""
        shutil.rmtree(self.folder)

    def _apt(self, *arguments, cwd=None) -> None:
        run(
            ["apt-get", "-q", *arguments],
            env=self.env,
            cwd=cwd,
            log=f"apt-{arguments[0]}",
            what=f"apt-get {arguments[0]} from the Debian mirror",
        )


def unpack(packages: list[Path], root: Path) -> None:
    """Unpack packages into a folder without installing them."""
    root.mkdir(parents=True, exist_ok=True)
    for package in packages:
        run(["dpkg-deb", "-x", package, root])


def pip_wheel(project: Project) -> Path:
    """Return pip's wheel from the Debian package, for a python3 without pip."""
    root = project.dev / "pip"
    pattern = "usr/share/python-wheels/pip-*.whl"
    if not list(root.glob(pattern)):
        if not available():
            raise DevError(
                "This Python has no pip. Install it (python -m ensurepip) first."
            )
        apt = PrivateApt(project.dev / "apt")
        apt.update()
        unpack(apt.download("python3-pip-whl"), root)
        apt.close()
    return next(root.glob(pattern))


def install(packages: list[str], why: str) -> None:
    """Install packages into the system (root only)."""
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    options = ["-y", "-q", "--no-install-recommends", "-o", "DPkg::Lock::Timeout=300"]
    command = ["apt-get", "install", *options, *packages]
    if run(command, env=env, check=False, log="apt-install").returncode:
        # The package lists are missing or old: fetch them and try once more.
        run(["apt-get", "update", "-q"], env=env, log="apt-update-system", check=False)
        run(command, env=env, log="apt-install", what=f"Installing {why} with apt-get")
