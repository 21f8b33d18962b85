"""``./dev demo``: the example company, running, with the logins printed."""

import signal
import subprocess
import time
import urllib.error
import urllib.request

from . import browser, databases, environment, testdb
from .environment import Environment
from .project import Project
from .ui import DevError, detail, log_path, say, tail

# The first one is what everybody starts with
LANGUAGES = "en_US,zh_CN"
START_SECONDS = 180


def run(project: Project, name: str, port: int | None) -> int:
    """Make or update the demonstration database and serve it in the foreground."""
    env = environment.prepare(project)
    browser.ensure_pdf(project)
    addons = testdb.available_addons(project, env.odoo_root)
    kind = testdb.kinds(project, env.odoo_root)["full"]
    wanted = testdb.content_hash(
        [addon.path for addon in addons], skip={"tests", "__pycache__"}
    )
    stamp = project.stamp(f"demo-{name}")
    if not (databases.exists(env, name) and stamp.fresh(wanted)):
        databases.init(env, name, kind.modules, demo=True, languages=LANGUAGES)
        stamp.write(wanted)
    else:
        detail(f"database {name} is up to date")
    return serve(env, name, databases.free_port(port))


def logins(env: Environment, name: str) -> list:
    """Give the demo users passwords and return (login, name, role) rows."""
    script = env.project.tools / "demo_logins.py"
    result = databases.run_script(env, name, script.read_text(encoding="utf-8"))
    return [line.split("\t") for line in result.splitlines()]


def serve(env: Environment, name: str, port: int) -> int:
    """Start Odoo, wait until it answers, print how to get in, and stay."""
    rows = logins(env, name)
    log = log_path(f"serve-{name}")
    command = databases.server_command(env, name, port)
    with log.open("w", encoding="utf-8") as stream:
        process = subprocess.Popen(
            command,
            env=env.variables,
            cwd=env.project.root,
            stdout=stream,
            stderr=subprocess.STDOUT,
        )
    signal.signal(signal.SIGTERM, lambda *_: process.terminate())
    try:
        wait_for(f"http://127.0.0.1:{port}/web/login", process, log)
        announce(name, port, rows)
        return abs(process.wait())
    except KeyboardInterrupt:
        say("stopping Odoo")
        return 0
    finally:
        process.terminate()
        process.wait()


def wait_for(url: str, process, log) -> None:
    """Wait until the page is served, or explain why it is not."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=START_SECONDS) as answer:
                if answer.status == 200:
                    return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.5)
    raise DevError(
        f"Odoo does not answer on {url}. Its log ({log}) ends with:\n{tail(log)}"
    )


def announce(name: str, port: int, rows: list) -> None:
    """Print the address and the logins on standard output."""
    width = max((len(row[0]) for row in rows), default=5)
    print(f"\nOdoo is running:  http://127.0.0.1:{port}/odoo   (database {name})\n")
    print(f"  {'login'.ljust(width)}  {'password'.ljust(width)}  who")
    for login, person, role in rows:
        print(f"  {login.ljust(width)}  {login.ljust(width)}  {person} ({role})")
    print("\nLanguages: English and 简体中文 (user menu > My Preferences).")
    print("Stop with Ctrl-C.\n", flush=True)
