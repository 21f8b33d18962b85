"""The table of results: measured beside the bound."""

from dataclasses import dataclass

WIDTHS = (8, 58, 12, 10)


@dataclass
class Row:
    """One result.

    ``bound`` is the highest value allowed (None: for information). A bound that is
    ``exact`` fails the benchmark; one on time marks the row as over, because a busy
    machine must not look like a mistake in the code.
    """

    size: str
    what: str
    value: float
    bound: float | None = None
    unit: str = ""
    exact: bool = False
    note: str = ""

    @property
    def is_over(self):
        return self.bound is not None and self.value > self.bound

    @property
    def verdict(self):
        if self.bound is None:
            return ""
        if not self.is_over:
            return "ok"
        return "FAILED" if self.exact else "over"


class Report:
    """Collects rows and prints each as soon as it is known."""

    def __init__(self):
        self.rows = []

    def head(self, title):
        print(f"\n{title}")
        columns = ("size", "what", "measured", "bound")
        print("".join(f"{c:<{w}}" for c, w in zip(columns, WIDTHS, strict=True)))

    def add(self, *args, **kwargs):
        row = Row(*args, **kwargs)
        self.rows.append(row)
        cells = (
            row.size,
            row.what,
            f"{_number(row.value)} {row.unit}".rstrip(),
            "" if row.bound is None else f"<= {_number(row.bound)}",
        )
        line = "".join(f"{c:<{w}}" for c, w in zip(cells, WIDTHS, strict=True))
        print(f"{line}{row.verdict:<8}{row.note}".rstrip(), flush=True)
        return row

    def exit_code(self, strict=False):
        """Return 1 when an exact bound fails (``strict``: or any bound)."""
        failed = [row for row in self.rows if row.is_over and (row.exact or strict)]
        over = [row for row in self.rows if row.is_over and row not in failed]
        print(f"\n{len(self.rows)} results, {len(failed)} failed, {len(over)} over.")
        return 1 if failed else 0


def _number(value):
    return f"{value:,}" if isinstance(value, int) else f"{value:,.2f}"
