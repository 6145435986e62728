"""Environments of a dataset: where and when its samples were grown, or traits treated as such."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from dnngp.config.option_types import Options, SomeNames, Text


class EnvironmentCovariates(Options):
    """What is known of the environments."""

    file: Text
    """Table (.csv, .tsv, also .gz) with a row per environment."""

    id_column: Text | None = None
    """Column of the environments; null is the first."""

    columns: dict[Text, Literal["number", "factor"]] = Field(min_length=1)
    """Columns to use, `{rain: number, soil: factor}`."""

    group: Text | None = None
    """Column of years or places; CV0 and CV00 leave out whole groups."""


class Environments(Options):
    """Where the samples were grown: `column` of a long table, `columns` of a wide one, or `traits`."""

    column: Text | None = None
    """Column with the environment of each row: the phenotype table has a row per sample and environment.
    Several values of a sample in an environment are averaged.
    """

    names: SomeNames | None = None
    """Which environments of `column` to use, in this order; null takes all."""

    columns: SomeNames | None = None
    """Columns of the phenotype table that hold the values of one trait, an environment each."""

    trait: Text | None = None
    """What the values of `columns` are, `yield` say: the name of the trait in the results. Of `traits`, null
    calls them `all traits`.
    """

    traits: SomeNames | None = None
    """Columns of the phenotype table that hold different traits, which are treated as environments (CV1,
    CV2star).
    """

    covariates: EnvironmentCovariates | None = None
    """What is known of the environments; null is nothing."""

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        if sum(one is not None for one in (self.column, self.columns, self.traits)) != 1:
            raise ValueError("needs one of `column`, `columns` and `traits`.")
        if self.names is not None and self.column is None:
            raise ValueError("`names` is for `column`. Name the columns themselves.")
        if self.columns is not None and self.trait is None:
            raise ValueError("`columns` needs `trait`: say what their values are, `trait: yield`.")
        if self.column is not None and self.trait is not None:
            raise ValueError("`trait` is for `columns` and `traits`. List `traits` of the dataset.")
        if self.traits is not None and self.covariates is not None:
            raise ValueError("`covariates` describe environments, not `traits`.")
        for several in (self.names, self.columns, self.traits):
            if several is not None and len(several) < 2:
                raise ValueError(f"needs two at least, not {len(several)}.")
        return self
