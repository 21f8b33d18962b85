"""Talking to the person at the terminal, and running programs.

Everything the tool says goes to standard error, so that the standard output
of ``./dev shell`` holds nothing but what the script printed.
"""

import contextlib
import os
import re
import shlex
import subprocess
import sys
import time
from collections import deque
from pathlib import Path

START = time.monotonic()
TAIL_LINES = 40
#: Seconds between two signs of life of a program whose output goes to a log.
HEARTBEAT = 15
WIDTH = 90


class DevError(Exception):
    """Something the person has to know: what failed and what to do about it."""


class Settings:
    """Switches of this run that every part may read."""

    verbose = False
    log_dir: Path | None = None


def say(message: str) -> None:
    """Print one line of progress with the seconds since the start."""
    elapsed = time.monotonic() - START
    print(f"[{elapsed:6.1f}s] {message}", file=sys.stderr, flush=True)


def detail(message: str) -> None:
    """Print a line that only ``--verbose`` shows."""
    if Settings.verbose:
        say(message)


@contextlib.contextmanager
def step(title: str):
    """Announce a piece of work and report how long it took."""
    say(f"{title} …")
    begin = time.monotonic()
    yield
    say(f"{title}: done in {time.monotonic() - begin:.1f}s")


def tail(path: Path, lines: int = TAIL_LINES) -> str:
    """Return the last lines of a text file."""
    with path.open(encoding="utf-8", errors="replace") as stream:
        return "".join(deque(stream, lines))


def run(
    command,
    *,
    log: str | None = None,
    check: bool = True,
    env: dict | None = None,
    what: str | None = None,
    **kwargs,
) -> subprocess.CompletedProcess:
    """Run a program without a shell.

    With ``log`` its output goes to ``.dev/logs/<log>.log`` (and to the
    terminal under ``--verbose``); the end of that file is shown when the
    program fails.
    """
    command = [str(part) for part in command]
    detail("$ " + shlex.join(command))
    if log is None:
        result = subprocess.run(command, env=env, check=False, **kwargs)
        output = (kwargs.get("capture_output") and result.stderr) or ""
    else:
        path = log_path(log)
        with path.open("w", encoding="utf-8") as stream:
            result = _run_logged(command, stream, env=env, **kwargs)
        output = tail(path) if result.returncode else ""
        output += f"(whole log: {path})\n" if output else ""
    if check and result.returncode:
        what = what or Path(command[0]).name
        raise DevError(
            f"{what} failed with exit code {result.returncode}.\n"
            f"command: {shlex.join(command)}\n{output}".rstrip()
        )
    return result


def _run_logged(command, stream, **kwargs) -> subprocess.CompletedProcess:
    """Run with the output in ``stream``, and show that something happens."""
    kwargs = {"stdin": subprocess.DEVNULL, **kwargs}
    if not Settings.verbose:
        with subprocess.Popen(
            command, stdout=stream, stderr=subprocess.STDOUT, **kwargs
        ) as process:
            while True:
                try:
                    return subprocess.CompletedProcess(command, process.wait(HEARTBEAT))
                except subprocess.TimeoutExpired:
                    say("  " + last_words(Path(stream.name)))
    kwargs.update(
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
    )
    with subprocess.Popen(command, **kwargs) as process:
        for line in process.stdout:
            stream.write(line)
            sys.stderr.write(line)
    return subprocess.CompletedProcess(command, process.returncode)


def last_words(path: Path) -> str:
    """Return the end of a log as a short sign of life."""
    words = tail(path, 1).strip() or "still working"
    # Odoo's records begin with time, process, level and database.
    words = re.sub(r"^[-\d]+ [:,\d]+ \d+ [A-Z]+ \S+ \S+: ", "", words)
    return words if len(words) <= WIDTH else words[: WIDTH - 2] + " …"


def log_path(name: str) -> Path:
    """Return the path of a log file, making its folder."""
    Settings.log_dir.mkdir(parents=True, exist_ok=True)
    return Settings.log_dir / f"{name}.log"


def is_root() -> bool:
    """Tell whether packages may be installed into the system."""
    return os.geteuid() == 0
