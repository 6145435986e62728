"""Crosses of the genotyped lines."""

from __future__ import annotations

from typing import Literal

from dnngp.config.option_types import Options, Text


class Crosses(Options):
    """Crosses, whose parents the genotypes are of; the samples of the dataset are the crosses."""

    file: Text
    """Table (.csv, .tsv, also .gz, or .xlsx) with a row a cross: its id and its parents. A dosage of a cross
    is the mean of its parents', missing where either is.
    """

    id_column: Text | None = None
    """Column with the ids of the crosses, which the phenotypes have; null is the first."""

    female: Text = "female"
    """Column with the id of the female parent."""

    male: Text = "male"
    """Column with the id of the male parent."""

    heterozygous: Literal["expected", "missing"] = "expected"
    """Where a parent is heterozygous: the expected dosage of the cross, a fraction, or a missing call, which
    leaves whole dosages, as dominance needs.
    """
