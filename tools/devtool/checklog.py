"""The gate on Odoo's log: a WARNING or an ERROR while installing is a failure.

Odoo reports deprecated habits, failing demo data and missing access rules
only as warnings, so a clean log is a property worth testing.
"""

import re
from pathlib import Path

#: The one place where a line of the log is forgiven: (pattern, reason).
ALLOWED = (
    (
        r"odoo\.tools\.config: missing --http-interface",
        "Odoo's hint about its own default; our configuration sets it",
    ),
    (
        r"py\.warnings: .*site-packages/(?!odoo/).*(Deprecation|Syntax)Warning",
        "a library's warning about another library; nothing of ours is involved",
    ),
)
RECORD = re.compile(
    r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d+ \d+ "
    r"(?P<level>[A-Z]+) (?P<database>\S+) (?P<message>.*)$"
)
BAD_LEVELS = {"WARNING", "ERROR", "CRITICAL"}


def problems(text: str) -> list[str]:
    """Return the records (with their tracebacks) that the log should not hold."""
    found: list[list[str]] = []
    inside = False
    for line in text.splitlines():
        if match := RECORD.match(line):
            inside = match["level"] in BAD_LEVELS and not forgiven(match["message"])
            if inside:
                found.append([line])
        elif inside:
            found[-1].append(line)
    return ["\n".join(lines) for lines in found]


def forgiven(message: str) -> bool:
    """Tell whether a message matches a line of the allow-list."""
    return any(re.search(pattern, message) for pattern, _reason in ALLOWED)


def problems_in(path: Path) -> list[str]:
    """Return the problems of a log file."""
    return problems(path.read_text(encoding="utf-8", errors="replace"))
