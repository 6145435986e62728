"""What can be seen of two files before they are configured: ids, ploidy, traits, groups, environments."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from dnngp.base.delimited import MISSING, number, table_rows
from dnngp.base.errors import UserError, some
from dnngp.base.remote import is_remote
from dnngp.genotypes.file_formats import genotype_format, ploidy, sample_ids

#: Columns of words with at most this share of different words among the samples are groups.
GROUPED = 1 / 3
YEARS = range(1900, 2101)
_TIME = re.compile(r"(^|_|\b)(year|date|season|cycle|generation)", re.IGNORECASE)
_ENVIRONMENT = re.compile(r"env|loc|site|trial|year|place|condition", re.IGNORECASE)


@dataclass
class FirstLook:
    """What two files look like.

    ``samples`` are the genotyped ids (None: only a reader can tell), ``ids`` those of the rows of the
    phenotypes. ``traits`` maps columns of numbers to the number of their values; ``times``, ``groups`` and
    ``words`` are other columns. ``environment`` is the column that tells rows with the same id apart.
    """

    format: str
    samples: list[str] | None
    ploidy: int
    id_column: str
    ids: list[str]
    traits: dict[str, int] = field(default_factory=dict)
    times: list[str] = field(default_factory=list)
    groups: list[str] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    environment: str | None = None

    @property
    def matched(self) -> int:
        """Number of ids in both files; in the phenotype table alone where the genotypes do not say."""
        ids = set(self.ids)
        return len(ids if self.samples is None else ids & set(self.samples))


def first_look(genotypes: Path, phenotypes: Path) -> FirstLook:
    """Look at a file of genotypes and a table of phenotypes.

    Raises
    ------
    UserError
        A file is not there or damaged, or no column of the phenotypes has an id of the genotypes.
    """
    for path in (genotypes, phenotypes):
        if is_remote(path):
            raise UserError(f"{path} is not here to be looked at.", remedy="Fetch the file and name it.")
        if not path.exists():
            raise UserError(f"the file {path} does not exist (seen from {Path.cwd()}).")
    kind = genotype_format(genotypes)
    samples = sample_ids(genotypes)
    rows = table_rows(phenotypes)
    _, header = next(rows)
    by_column = zip(header, zip(*(cells for _, cells in rows), strict=True), strict=False)
    columns = {name: [cell.strip() for cell in cells] for name, cells in by_column}
    if not columns:
        raise UserError("the table has a header and no rows.", file=phenotypes)
    id_column = _id_column(columns, samples, genotypes, phenotypes)
    look = FirstLook(kind, samples, ploidy(genotypes) or 2, id_column, columns.pop(id_column))
    for name, cells in columns.items():
        _sort_in(name, [cell for cell in cells if cell not in MISSING], look)
    look.environment = _environment(look, columns)
    return look


def _id_column(
    columns: dict[str, list[str]], samples: list[str] | None, genotypes: Path, phenotypes: Path
) -> str:
    """The column with most of the genotyped ids; the first where the genotypes do not say."""
    if samples is None:
        return next(iter(columns))
    known = set(samples)
    shared = {name: len(known & set(cells)) for name, cells in columns.items()}
    best = max(shared, key=lambda name: shared[name])
    if not shared[best]:
        first = next(iter(columns))
        raise UserError(
            f"no column has an id of {genotypes} ({some(samples)}); the first one has "
            f"{some(columns[first])}.",
            file=phenotypes,
            remedy="Ids are compared as text. Make them the same in both files.",
        )
    return best


def _sort_in(name: str, cells: Sequence[str], look: FirstLook) -> None:
    """Note what a column is by its cells that are not missing."""
    different = len(set(cells))
    numbers = _all_numbers(cells)
    if not cells:
        return
    if (numbers and _TIME.search(name)) or (numbers and all(float(cell) in YEARS for cell in cells)):
        look.times.append(name)
    elif numbers:
        look.traits[name] = len(cells)
    elif 1 < different <= GROUPED * len(cells):
        look.groups.append(name)
    else:
        look.words.append(name)


def _all_numbers(cells: Sequence[str]) -> bool:
    try:
        return bool([number(cell) for cell in cells])
    except ValueError:
        return False


def _environment(look: FirstLook, columns: dict[str, list[str]]) -> str | None:
    """The column that tells rows with the same id apart; None where no id is there twice."""
    if len(set(look.ids)) == len(look.ids):
        return None
    candidates = sorted([*look.groups, *look.times], key=lambda name: not _ENVIRONMENT.search(name))
    for name in candidates:
        if len(set(zip(look.ids, columns[name], strict=True))) == len(look.ids):
            return name
    often, count = Counter(look.ids).most_common(1)[0]
    raise UserError(
        f"the id {often!r} of the column {look.id_column!r} is there {count} times, and no other column "
        "tells its rows apart.",
        remedy="Average the replicates, or add a column with the environment.",
    )
