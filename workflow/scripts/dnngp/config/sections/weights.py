"""Weights of records: how precisely each value was measured."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import model_validator

from dnngp.config.option_types import Options, Text


class Weights(Options):
    """How precisely each value was measured: one `column` for all values of a row, or `columns`."""

    kind: Literal["replicates", "standard_error", "variance"]
    """What the columns hold. `replicates`: numbers of plots or the like that values are means of, or any
    numbers that precision grows with; the residual variance of a value is a common one, which is estimated,
    over its number. `standard_error` or `variance`: the error of each value, known from an analysis of its
    own; what else is not explained by markers is estimated beside it.
    """

    column: Text | None = None
    """Column of the phenotype table with the weight of all values of a row."""

    columns: dict[Text, Text] = {}
    """Column of weights of each column of values, `{yield: yield_se, height: height_se}`: a trait each, or an
    environment each of a wide table. Values of traits that are not named count the same.
    """

    confirmed: bool = False
    """Whether the check may take numbers for what `kind` says that look like something else."""

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        if (self.column is None) == (not self.columns):
            raise ValueError("needs either `column` or `columns`.")
        return self
