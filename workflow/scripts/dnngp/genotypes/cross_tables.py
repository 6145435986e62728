"""Tables of crosses: an id, the female and the male parent in each row, checked.

Read by the configuration before anything runs, so that it needs the standard library alone.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from dnngp.base.delimited import MISSING, id_position, table_rows
from dnngp.base.errors import UserError, nearest, some
from dnngp.genotypes.id_folding import ASK, folded, id_doubt

#: What to make of a heterozygous parent: its expected dosage, or a missing call.
EXPECTED, AS_MISSING = "expected", "missing"


class Cross(NamedTuple):
    """A row of a table: the ids of the cross and of its parents, and its line in the file."""

    id: str
    female: str
    male: str
    line: int


@dataclass(frozen=True)
class CrossTable:
    """A table of crosses, and how it is read.

    Attributes
    ----------
    file
        The table.
    id_column
        Column of the ids of the crosses; None is the first.
    female, male
        Columns of the parents.
    heterozygous
        :data:`EXPECTED` or :data:`AS_MISSING`.
    ids
        How ids of parents are brought together with those of the genotypes
        (:func:`dnngp.genotypes.id_folding.folded`).
    """

    file: str
    id_column: str | None = None
    female: str = "female"
    male: str = "male"
    heterozygous: str = EXPECTED
    ids: str = ASK

    def read(self, lines: Collection[str] | None = None, genotypes: object = None) -> list[Cross]:
        """The crosses, in the order of the file.

        Parameters
        ----------
        lines
            Ids of the genotyped lines; None where they are not known yet.
        genotypes
            Their file, for messages.

        Raises
        ------
        UserError
            A column that is not there; a cross without id or parent, there twice, with one line as both
            parents, or that is a parent or a genotyped line as well; parents that are not genotyped.
        """
        crosses = self._parents_folded(self._rows(), lines or ())
        self._refuse_repeated(crosses)
        self._refuse_parents_that_are_crosses(crosses)
        if lines is not None:
            self._refuse_genotyped_crosses(crosses, set(lines), genotypes)
            self._refuse_unknown_parents(crosses, lines, genotypes)
        return crosses

    def _rows(self) -> list[Cross]:
        rows = table_rows(self.file)
        _, header = next(rows)
        at = id_position(header, self.id_column, self.file)
        for option, column in (("female", self.female), ("male", self.male)):
            if column not in header:
                raise UserError(
                    f"there is no column {column!r}.",
                    file=self.file,
                    line=1,
                    remedy=f"Set `crosses.{option}` to one of: {', '.join(header)}.",
                )
        places = at, header.index(self.female), header.index(self.male)
        named = ((line, [cells[place].strip() for place in places]) for line, cells in rows)
        crosses = [Cross(id, female, male, line) for line, (id, female, male) in named]
        if not crosses:
            raise UserError("the table has no crosses.", file=self.file)
        for cross in crosses:
            for what, name in zip(("id", "female", "male"), cross, strict=False):
                if name in MISSING:
                    raise self._error(
                        f"the cross {cross.id!r} has no {what}.", cross, "Name both parents of every cross."
                    )
            if cross.female == cross.male:
                raise self._error(
                    f"the cross {cross.id!r} has {cross.female!r} as both parents: a selfing is no cross.",
                    cross,
                    "Leave the row out.",
                )
        return crosses

    def _parents_folded(self, crosses: list[Cross], lines: Collection[str]) -> list[Cross]:
        females, males = (
            folded([getattr(cross, side) for cross in crosses], list(lines), self.ids, self.file)
            for side in ("female", "male")
        )
        pairs = zip(crosses, females, males, strict=True)
        return [cross._replace(female=female, male=male) for cross, female, male in pairs]

    def _refuse_repeated(self, crosses: Sequence[Cross]) -> None:
        first: dict[str, int] = {}
        for cross in crosses:
            if cross.id in first:
                raise self._error(
                    f"the cross {cross.id!r} is there twice (before in line {first[cross.id]}).",
                    cross,
                    "Keep one row a cross.",
                )
            first[cross.id] = cross.line

    def _refuse_parents_that_are_crosses(self, crosses: Sequence[Cross]) -> None:
        line_of = {cross.id: cross.line for cross in crosses}
        for cross in crosses:
            for parent in cross[1:3]:
                if parent in line_of:
                    raise self._error(
                        f"{parent!r}, a parent of {cross.id!r}, is a cross itself (line {line_of[parent]}).",
                        cross,
                        "Crosses of crosses are not made: parents have genotypes and ids of their own.",
                    )

    def _refuse_genotyped_crosses(
        self, crosses: Iterable[Cross], lines: Collection[str], genotypes: object
    ) -> None:
        for cross in crosses:
            if cross.id in lines:
                raise self._error(
                    f"the cross {cross.id!r} is among the lines of {genotypes} as well.",
                    cross,
                    "The genotypes are those of the parents alone: rename one of the two, or leave the "
                    "genotypes of the cross out.",
                )

    def _refuse_unknown_parents(
        self, crosses: Sequence[Cross], lines: Collection[str], genotypes: object
    ) -> None:
        unknown = dict(_unknown(crosses, lines))
        if not unknown:
            return
        (name, cross), *_ = unknown.items()
        names = list(unknown)
        raise self._error(
            f"{len(names)} {'parent has' if len(names) == 1 else 'parents have'} no genotypes in {genotypes} "
            f"({some(names)}).",
            cross,
            (id_doubt(names, lines) if self.ids == ASK else None) or nearest(name, lines),
        )

    def _error(self, what: str, cross: Cross, remedy: str) -> UserError:
        return UserError(what, file=self.file, line=cross.line, remedy=remedy)


def _unknown(crosses: Iterable[Cross], lines: Collection[str]) -> Iterator[tuple[str, Cross]]:
    """Parents that are not among the lines, each with the last cross that names it."""
    known = set(lines)
    for cross in reversed(list(crosses)):
        yield from ((parent, cross) for parent in cross[1:3] if parent not in known)
