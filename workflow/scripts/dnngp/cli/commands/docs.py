"""Build the documentation of a checkout."""

from __future__ import annotations

import os
import subprocess
import sys

from dnngp.base.errors import UserError
from dnngp.base.workflow_files import checkout
from dnngp.cli.command import Command, say


def docs() -> int:
    """Build the documentation of this checkout as a site in site/."""
    folder = checkout()
    if folder is None:
        raise UserError(
            "the documentation is not installed.", remedy="Clone the repository and use ./run docs."
        )
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet"]
    status = subprocess.run(command, cwd=folder, env=os.environ | {"NO_MKDOCS_2_WARNING": "1"}).returncode
    if status == 0:
        say(f"Documentation: {folder / 'site' / 'index.html'}")
    return status


COMMAND = Command(docs, order=11)
