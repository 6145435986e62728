"""A folder of results belongs to one configuration: another one that would overwrite it is refused.

Within a configuration file everything may change, and only what depends on a change runs again. The tables
over all datasets and the report would be overwritten by those of another file, or of other datasets, without
a word.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from dnngp.base.errors import some
from dnngp.base.seeds import digest
from dnngp.base.tables.whole_files import read_json, write_json
from dnngp.config import Configuration

#: What a folder of results says of the configuration that writes to it.
OWNER = ".configuration.json"


def claim(results: str | Path, config: Configuration, files: Sequence[str | Path]) -> str | None:
    """Take note of the configuration that writes to a folder of results; the problem if it is another's.

    Parameters
    ----------
    results
        The folder.
    config, files
        The configuration, and the files that it was read from. The one that a run leaves among its results
        stands for that run.
    """
    inputs = [path for one in config.datasets.values() for path in (*one.files, one.phenotypes)]
    if among := [path for path in inputs if Path(path).resolve().parent == Path(results).resolve()]:
        return (
            f"the results would lie in {results} among your own files ({among[0]}) and could overwrite some. "
            "Give them a folder of their own (in the configuration, pathvars: {results: results/NAME})."
        )
    note = Path(results, OWNER)
    mine = _identity(config, files)
    if note.exists():
        owner = read_json(note)
        own = any(Path(file).resolve().is_relative_to(Path(results).resolve()) for file in files)
        if own or owner["settings"] == mine["settings"]:
            return None
        if owner["files"] != mine["files"] or not set(owner["datasets"]) & set(mine["datasets"]):
            return (
                f"the results in {results} are those of another configuration, {some(owner['files'])} "
                f"(datasets {some(owner['datasets'])}), and would be overwritten. Give this one a folder of "
                "its own (in the configuration, pathvars: {results: results/NAME}; or --directory). If they "
                f"are to be overwritten, delete {note} and run the same command."
            )
    write_json(mine, note)
    return None


def _identity(config: Configuration, files: Sequence[str | Path]) -> dict[str, Any]:
    """Files as seen from here, as the folder may be moved as a whole; names of datasets; all settings."""
    return {
        "files": [_from_here(file) for file in files],
        "datasets": list(config.datasets),
        "settings": digest(json.dumps(config.resolved, sort_keys=True, default=str)),
    }


def _from_here(file: str | Path) -> str:
    path = Path(file).resolve()
    return os.path.relpath(path) if path.is_relative_to(Path.cwd()) else str(path)
