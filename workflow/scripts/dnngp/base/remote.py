"""Files that are not here: addresses such as https://... in the place of a path, which Snakemake fetches.

Its storage plugins do that, one for each kind of address. Read by the configuration, so that it needs nothing
but the standard library.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from importlib.util import find_spec
from pathlib import Path

from dnngp.base.errors import nearest

#: Plugin of Snakemake for each kind of address.
PLUGINS = {"https": "http", "http": "http", "s3": "s3", "gs": "gcs"}

_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:/")


def is_remote(path: str | Path) -> bool:
    """Whether a path is an address; one that went through :class:`Path` has lost a slash."""
    return _ADDRESS.match(str(path)) is not None


def unreachable(named: Iterable[tuple[str, str]]) -> Iterator[str]:
    """A sentence for each address that cannot be fetched here, from pairs of option and address."""
    for option, address in named:
        kind = address.partition(":")[0].lower()
        if kind not in PLUGINS:
            yield f"{address} (`{option}`): {kind}:// cannot be fetched. {nearest(kind, PLUGINS)}"
        elif find_spec(f"snakemake_storage_plugin_{PLUGINS[kind]}") is None:
            package = f"snakemake-storage-plugin-{PLUGINS[kind]}"
            yield (
                f"{address} (`{option}`) is fetched by a plugin of Snakemake that is not installed. Fetch "
                f"the file and name it, or install the plugin: python -m pip install {package} (./run: with "
                ".venv/bin/python)."
            )
