"""Odoo shell script: write the ``.pot`` of each addon into a folder.

The addons and the folder come from the environment variables ``POT_ADDONS``
(separated by commas) and ``POT_FOLDER``. One registry serves every addon.
"""

import os
from pathlib import Path

from odoo.tools.translate import trans_export

env = env  # noqa: F821, PLW0127 (given by Odoo's shell)

folder = Path(os.environ["POT_FOLDER"])
for addon in os.environ["POT_ADDONS"].split(","):
    with (folder / f"{addon}.pot").open("wb") as stream:
        if not trans_export(None, [addon], stream, "po", env):
            print(addon, "has nothing to translate")
