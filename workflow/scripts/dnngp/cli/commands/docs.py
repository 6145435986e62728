"""Build the documentation of a checkout."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import typer

from dnngp.base.errors import UserError
from dnngp.base.workflow_files import checkout
from dnngp.cli.command import Command, say

#: The script that writes the tables of a page from a folder of results, where it is not the common one.
SCRIPTS = {
    **dict.fromkeys(("lines-and-markers", "learning-curve-input"), "generate_experiments"),
    "transfer": "generate_transfer",
}


def docs(
    results: list[Path] = typer.Argument(
        None, help="Folders of finished examples (results/real): their tables go into the pages."
    ),
    gallery: bool = typer.Option(False, "--gallery", help="Run examples, too: reports in site/gallery/."),
) -> int:
    """Build the documentation of this checkout as a site in site/."""
    folder = checkout()
    if folder is None:
        raise UserError(
            "the documentation is not installed.", remedy="Clone the repository and use ./run docs."
        )
    pages = folder / "docs"
    of_results = {"generate_results", *SCRIPTS.values()}
    commands = [[str(path)] for path in sorted(pages.glob("generate_*.py")) if path.stem not in of_results]
    for one in results or []:
        script = pages / f"{SCRIPTS.get(one.resolve().name, 'generate_results')}.py"
        commands.append([str(script), str(one.resolve())])
    commands.append(["-m", "mkdocs", "build", "--strict", "--quiet"])
    if gallery:
        commands.append([str(pages / "make_gallery.py")])
    for command in commands:
        environment = os.environ | {"NO_MKDOCS_2_WARNING": "1"}
        status = subprocess.run([sys.executable, *command], cwd=folder, env=environment).returncode
        if status:
            return status
    say(f"Documentation: {folder / 'site' / 'index.html'}")
    return 0


COMMAND = Command(docs, order=11)
