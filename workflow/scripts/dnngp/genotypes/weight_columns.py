"""Columns of the phenotype table that say how precisely each value was measured."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from dnngp.base.delimited import MISSING, number
from dnngp.base.errors import UserError

#: What a column may hold, and the precision that a number means: residual variances are a common one over the
#: number of replicates; of a known error variance it is the reciprocal.
PRECISION: Mapping[str, Callable[[float], float]] = {
    "replicates": lambda given: given,
    "standard_error": lambda given: 1 / given**2,
    "variance": lambda given: 1 / given,
}


@dataclass(frozen=True)
class WeightColumns:
    """Columns of weights.

    Attributes
    ----------
    kind
        A key of :data:`PRECISION`.
    columns
        Of weights, by the column of the values that they are of.
    """

    kind: str = "replicates"
    columns: Mapping[str, str] = field(default_factory=dict)

    @property
    def known(self) -> bool:
        """Whether they give the error variance of each value."""
        return self.kind != "replicates"

    def given(
        self,
        cells: Sequence[str],
        values: Sequence[float],
        lines: Iterable[int],
        path: str | Path,
        column: str,
    ) -> list[float]:
        """What cells of a column say of values, NaN where there is no value.

        Parameters
        ----------
        cells, values
            The cells, and the value that each is about.
        lines, path, column
            For messages: the line of each cell, the file, the column of the cells.

        Raises
        ------
        UserError
            For the first value whose cell is no number above 0.
        """
        return [
            math.nan if math.isnan(value) else self._read(cell, line, path, column)
            for cell, value, line in zip(cells, values, lines, strict=True)
        ]

    def precisions(self, given: Iterable[float]) -> list[float]:
        """Precision of each value: residual variance is a common variance, or 1, over it."""
        return [PRECISION[self.kind](one) for one in given]

    def _read(self, cell: str, line: int, path: str | Path, column: str) -> float:
        try:
            value = number(cell)
        except ValueError:
            value = -math.inf
        if value > 0:
            return value
        what = "number of replicates" if self.kind == "replicates" else self.kind.replace("_", " ")
        found = f"there is no {what} of a value" if cell in MISSING else f"{cell!r} is no {what}"
        raise UserError(
            f"{found} (`weights`).",
            file=path,
            line=line,
            column=column,
            remedy="Write a number above 0, or NA in the place of the value.",
        )
