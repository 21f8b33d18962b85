"""Translations: exporting the ``.pot`` files and keeping the ``.po`` complete."""

import difflib
import json
import os
import re
import tempfile
from pathlib import Path

from . import databases, environment, odoo_source, testdb
from .environment import Environment
from .project import Addon, Project
from .ui import run, say, step

#: Languages that every addon ships completely.
LANGUAGES = ("zh_CN",)
#: Header lines that differ between two exports of the same terms.
VOLATILE = re.compile(
    r'^"(Project-Id-Version|POT-Creation-Date|PO-Revision-Date): .*\n', re.M
)


def update(project: Project) -> int:
    """Write every ``.pot``, merge it into the ``.po`` files, report what is missing."""
    env = environment.prepare(project)
    kind = testdb.kinds(project, env.odoo_root)["lint"]
    with testdb.provide(env, kind) as database:
        templates = export(env, database, kind.addons)
    core = odoo_source.addons_paths(env.odoo_root)[0]
    missing = 0
    for addon in kind.addons:
        folder = addon.path / "i18n"
        folder.mkdir(exist_ok=True)
        pot = folder / f"{addon.name}.pot"
        if not pot.exists() or stable_text(templates[addon.name]) != stable_text(
            pot.read_text()
        ):
            pot.write_text(templates[addon.name], encoding="utf-8")
            say(f"{pot.relative_to(project.root)} rewritten")
        files = {folder / f"{language}.po" for language in LANGUAGES}
        paths = sorted({*files, *folder.glob("*.po")})
        for counts in po_files(project, "merge", pot, core, *paths):
            missing += counts["untranslated"] + counts["fuzzy"]
            print(describe(project, counts))
    say(
        f"{missing} terms wait for a translation"
        if missing
        else "everything is translated"
    )
    return 0


def describe(project: Project, counts: dict) -> str:
    """Return one line about a ``.po`` file."""
    name = Path(counts["file"]).relative_to(project.root)
    text = f"{name}: {counts['terms']} terms, {counts['untranslated']} untranslated"
    text += f", {counts['fuzzy']} fuzzy" if counts["fuzzy"] else ""
    return text + "".join(f"\n    {example!r}" for example in counts["examples"])


def export(env: Environment, database: str, addons: list[Addon]) -> dict[str, str]:
    """Return the text of each addon's ``.pot`` as Odoo exports it."""
    script = env.project.tools / "export_pot.py"
    with (
        tempfile.TemporaryDirectory() as folder,
        step("Exporting the terms to translate"),
    ):
        variables = {
            "POT_FOLDER": folder,
            "POT_ADDONS": ",".join(a.name for a in addons),
        }
        databases.run_script(
            env, database, script.read_text(encoding="utf-8"), variables
        )
        return {
            addon.name: Path(folder, f"{addon.name}.pot").read_text(encoding="utf-8")
            for addon in addons
        }


def stable_text(text: str) -> str:
    """Return a template without the header lines that always change."""
    return VOLATILE.sub("", text)


def po_files(project: Project, *arguments) -> list[dict]:
    """Run the polib helper in the environment and return what it counted."""
    result = run(
        [project.python, "-m", "devtool.po_files", *arguments],
        env={**os.environ, "PYTHONPATH": str(project.tools)},
        capture_output=True,
        text=True,
        what="Reading the translations",
    )
    return [json.loads(line) for line in result.stdout.splitlines()]


def incomplete(project: Project) -> list[str]:
    """Return what is missing in the translations that every addon ships."""
    found, files = [], []
    for addon in project.addons():
        for language in LANGUAGES:
            path = addon.path / "i18n" / f"{language}.po"
            if path.exists():
                files.append(path)
            elif (path.parent / f"{addon.name}.pot").exists():
                found.append(
                    f"{path.relative_to(project.root)} is missing (./dev i18n makes it)"
                )
    for counts in po_files(project, "count", *files) if files else ():
        if counts["untranslated"] or counts["fuzzy"]:
            found.append(describe(project, counts))
    return found


def drift(env: Environment, database: str, addons: list[Addon]) -> list[str]:
    """Return how the committed ``.pot`` files differ from a fresh export."""
    found = []
    for name, text in export(env, database, addons).items():
        path = env.project.root / name / "i18n" / f"{name}.pot"
        committed = path.read_text(encoding="utf-8") if path.exists() else ""
        lines = difflib.unified_diff(
            stable_text(committed).splitlines(),
            stable_text(text).splitlines(),
            lineterm="",
            n=1,
        )
        changes = [
            line
            for line in lines
            if line[:1] in "+-" and line[:3] not in ("+++", "---")
        ]
        if changes:
            found.append(f"{name}.pot is out of date (run ./dev i18n):")
            found += [f"    {line}" for line in changes[:20]]
    return found
