"""Plots of field trials, from which stage one makes means of entries with their errors."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import model_validator

from dnngp.config.option_types import Options, SomeNames, Text
from dnngp.genotypes.plot_tables import PLACES


class Plots(Options):
    """Columns that say where a plot was. A mixed model of each environment turns plots into means of entries
    and their errors, which all methods then read.
    """

    replicate: Text | None = None
    """Column of the replicates (complete blocks); fixed effects."""

    block: Text | None = None
    """Column of the (incomplete) blocks, within replicates where there are those."""

    row: Text | None = None
    """Column of the rows of the field."""

    column: Text | None = None
    """Column of the columns of the field."""

    design: SomeNames | None = None
    """Terms of the model beside the entries, `[replicate, replicate:block]`: `replicate` is fixed, others are
    random. null takes what the columns describe, and says it as a formula.
    """

    spatial: Literal["none", "splines", "ar1", "auto"] = "none"
    """Trend in the field: a smooth surface of row and column (`splines`), errors that neighbours share
    (`ar1`), or the one of all with the least AIC (`auto`).
    """

    error: Literal["full", "diagonal", "none"] = "full"
    """Error variance by which means are weighted: of what a mean does not share with others (`full`), of all
    of it (`diagonal`, SE^2), or `none`: all means count the same.
    """

    stage_one: Literal["once", "within_folds"] = "once"
    """Means from the plots of all entries, made `once`; or for the fits of each fold from those of its
    training entries alone (`within_folds`), while test entries are judged by their means of all plots.
    """

    @model_validator(mode="after")
    def _described(self) -> Self:
        there = [name for name in PLACES if getattr(self, name) is not None]
        for term in self.design or ():
            for name in term.split(":"):
                if name not in there:
                    known = ", ".join(there) or "none of " + ", ".join(PLACES)
                    raise ValueError(f"`design` has the term {term!r}, and the columns are {known}.")
        if self.spatial != "none" and not {"row", "column"} <= set(there):
            raise ValueError(f"`spatial: {self.spatial}` needs `row` and `column`.")
        return self
