"""Merging and counting ``.po`` files; run by the environment's Python (polib).

``python -m devtool.po_files merge POT ADDONS PO…`` brings the terms of each file up
to date, with Odoo's own translation of general words ("Created by") taken from the
addons folder; ``… count PO…`` only looks. Both print one JSON object per file.
"""

import json
import sys
from pathlib import Path

import polib

WRAP = 78
PLURALS = {"zh_CN": "nplurals=1; plural=0;"}
#: Addons of Odoo whose words mean the same everywhere.
COMPENDIUM = ("base", "web", "mail")


def known_words(addons: Path, language: str) -> dict[str, str]:
    """Return Odoo's own translations of its general words."""
    words = {}
    for name in reversed(COMPENDIUM):
        path = addons.joinpath(name, "i18n", f"{language}.po")
        # base is one of the inner addons in a git checkout of Odoo
        inner = addons.parent.joinpath("odoo", "addons", name, "i18n", path.name)
        for source in filter(Path.exists, (path, inner)):
            entries = polib.pofile(str(source)).translated_entries()
            words.update({entry.msgid: entry.msgstr for entry in entries})
    return words


def merge(pot: polib.POFile, addons: Path, path: Path) -> polib.POFile:
    """Update a translation: add new terms, drop vanished ones, keep the rest."""
    if path.exists():
        po = polib.pofile(str(path), wrapwidth=WRAP)
    else:
        po = polib.POFile(wrapwidth=WRAP)
        po.metadata = {
            **pot.metadata,
            "Language": path.stem,
            "Content-Transfer-Encoding": "8bit",
            "Plural-Forms": PLURALS.get(path.stem, ""),
        }
    before = str(po)
    po.merge(pot)
    for entry in po.obsolete_entries():
        po.remove(entry)
    if untranslated := po.untranslated_entries():
        words = known_words(addons, path.stem)
        for entry in untranslated:
            entry.msgstr = words.get(entry.msgid, "")
    order = {entry.msgid: number for number, entry in enumerate(pot)}
    po.sort(key=lambda entry: order[entry.msgid])
    if str(po) != before or not path.exists():
        po.save(str(path), newline="\n")
    return po


def count(po: polib.POFile) -> dict:
    """Return the number of terms without a usable translation, and a few of them."""
    fuzzy = po.fuzzy_entries()
    missing = [entry for entry in po.untranslated_entries() if not entry.obsolete]
    return {
        "terms": len([entry for entry in po if not entry.obsolete]),
        "untranslated": len(missing),
        "fuzzy": len(fuzzy),
        "examples": [entry.msgid[:80] for entry in (missing + fuzzy)[:5]],
    }


def main(verb: str, *names: str) -> None:
    """Do the work and print the counts."""
    paths = [Path(name) for name in names]
    if verb == "merge":
        pot = polib.pofile(str(paths.pop(0)))
        addons = paths.pop(0)
        files = {path: merge(pot, addons, path) for path in paths}
    else:
        files = {path: polib.pofile(str(path)) for path in paths}
    for path, po in files.items():
        print(json.dumps({"file": str(path), **count(po)}, ensure_ascii=False))


if __name__ == "__main__":
    main(*sys.argv[1:])
