"""Every result table of a run: where it lies, what a row is, what its columns mean.

Every module of this folder declares tables as ``TABLES``. ``ORDER`` says where they stand among the others,
``BESIDE`` behind which module's tables they stand on the reference page, where they have no place of their
own.

Readers (which columns are text), the report, the RO-Crate, docs/reference/results.md and tests derive from
it. Standard library only, so that the Snakefile may read it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path

from dnngp.base.plugins import module_names
from dnngp.base.tables.table_declaration import Table

#: Parts of the catalogue, in the order of the reference page.
PARTS = sorted(map(import_module, module_names(__name__)), key=lambda part: getattr(part, "ORDER", 100))

TABLES: Mapping[str, Table] = {name: table for part in PARTS for name, table in part.TABLES.items()}


def table_of(path: str | Path) -> Table | None:
    """The table that a path is one of, None for other files.

    Of several the one that fits the whole path, as one below the results does, else that which fixes most.
    """
    end = Path(path).as_posix()
    fitting = [table for table in TABLES.values() if table.pattern.search(end)]
    return max(
        fitting,
        key=lambda table: (table.pattern.match(end) is not None, len(re.sub(r"\{\w+\}", "", table.path))),
        default=None,
    )


def undeclared(results: Path) -> Iterator[str]:
    """What no table declares: files ending in ``.tsv`` below ``results``, and columns of those declared."""
    for path in sorted(results.rglob("*.tsv")):
        name = path.relative_to(results).as_posix()
        table = table_of(name)
        if table is None:
            yield name
            continue
        with path.open() as lines:
            for column in table.undeclared(lines.readline().rstrip("\n").split("\t")):
                yield f"{name}: {column}"
