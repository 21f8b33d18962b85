"""A pytest plugin for the addons' tests, loaded by ``./dev test``.

* Odoo skips browser tests when it finds no browser; here that is a failure.
* Odoo's test tags are honoured: what is not ``standard`` (tests that belong to
  the linters, slow ones) runs only when asked for with ``--odoo-tag``.
* The slowest test classes are listed at the end.
"""

import re
from collections import defaultdict

import pytest

BROWSER = re.compile(r"chrome|websocket-client|dev ?tools", re.IGNORECASE)
SLOWEST = 10
seconds_per_class: dict = defaultdict(float)


def pytest_addoption(parser):
    parser.addoption(
        "--odoo-tag",
        default="standard",
        help="run tests with this Odoo tag (default: standard; 'all' for every test)",
    )


def pytest_collection_modifyitems(config, items):
    wanted = config.getoption("--odoo-tag")
    if wanted == "all":
        return
    chosen, others = [], []
    for item in items:
        tags = getattr(getattr(item, "cls", None), "test_tags", None)
        method_tags = getattr(getattr(item, "function", None), "test_tags", set())
        fits = tags is None or wanted in tags or wanted in method_tags
        (chosen if fits else others).append(item)
    if others:
        config.hook.pytest_deselected(items=others)
        items[:] = chosen


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    report = (yield).get_result()
    seconds_per_class[item.nodeid.rpartition("::")[0]] += report.duration
    reason = (
        report.longrepr[2]
        if report.skipped and isinstance(report.longrepr, tuple)
        else ""
    )
    if BROWSER.search(reason):
        report.outcome = "failed"
        report.longrepr = f"A browser test may not be skipped. {reason}"


def pytest_terminal_summary(terminalreporter):
    ranking = sorted(seconds_per_class.items(), key=lambda item: -item[1])[:SLOWEST]
    if ranking:
        terminalreporter.section(f"slowest {len(ranking)} test classes")
        for name, seconds in ranking:
            terminalreporter.write_line(f"{seconds:7.2f}s {name}")
