"""Simulated datasets."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from dnngp.config.option_types import Options, Text


class SimulatedTrait(Options):
    """One trait of a simulated dataset."""

    h2: float = Field(0.5, ge=0, le=0.99)
    """Broad-sense heritability in the sample; 0 with `architecture: none`."""

    architecture: Literal["additive", "epistatic", "none"] = "additive"
    """How the trait is inherited."""

    qtl: int = Field(50, ge=1)
    """Number of causal markers."""

    epistasis: float = Field(0.5, ge=0, le=1)
    """Share of the genetic variance that is additive-by-additive (`epistatic` only)."""

    sca: float = Field(0.2, ge=0, le=1)
    """Of `crosses`: share of the genetic variance that is of specific combining ability; the rest is the
    general one of both sides in equal parts.
    """

    classes: list[Annotated[float, Field(gt=0)]] = []
    """Shares of ordered classes that the values are cut into, from the lowest, `[0.7, 0.3]`: the trait is the
    number of the class, from 0, and `h2` that of its liability. Say so in `trait_types`. Empty cuts nothing.
    """


class SimulatedPlots(Options):
    """A field trial of the samples; its columns are `replicate`, `block`, `row` and `column`."""

    replicates: int = Field(2, ge=2)
    """Plots of each sample; h2 of a trait is that of their mean where there is no trend."""

    columns: int = Field(20, ge=4)
    """Columns of the field."""

    block: int = Field(10, ge=2)
    """Samples in a block, beside a check."""

    trend: float = Field(1.0, ge=0)
    """Variance of a smooth trend in the field, in units of that of errors."""

    lost: float = Field(0.1, ge=0, le=0.5)
    """Share of the plots without values."""


class SimulatedCrosses(Options):
    """Crosses of the simulated lines: the first population has the females, the others have the males."""

    number: int = Field(200, ge=20)
    """Crosses, drawn from all of the two pools; `held_back` is of these."""


class Simulation(Options):
    """A simulated dataset, whose truth is known and shown beside the estimates."""

    samples: int = Field(200, ge=20)
    """Number of samples."""

    held_back: int = Field(0, ge=0)
    """Samples without a phenotype of any trait, to be predicted: their true genetic values are known."""

    markers: int = Field(1500, ge=20)
    """Number of markers."""

    chromosomes: int = Field(5, ge=1)
    """Chromosomes of 100 cM."""

    founders: int = Field(16, ge=2)
    """Founder haplotypes shared by all populations."""

    populations: int = Field(3, ge=1)
    """Subpopulations that drifted apart."""

    missing: float = Field(0.02, ge=0, le=0.5)
    """Share of missing calls."""

    inbred: bool = True
    """Inbred lines (no heterozygotes) or outbred individuals."""

    replicates: int = Field(1, ge=1)
    """Most replicates of a sample. Above 1 each has a number from 1 to this, which the column `replicates` of
    the phenotype table gives for `weights`; its values are means of so many, and h2 holds for a value of mean
    error variance.
    """

    seed: int = 1
    """Seed of the simulation."""

    plots: SimulatedPlots | None = None
    """The phenotypes as plots of a field trial, for `plots` of the dataset; null gives values of samples."""

    crosses: SimulatedCrosses | None = None
    """The phenotypes as those of crosses of the lines, which are inbred; null gives those of the lines."""

    traits: dict[Text, SimulatedTrait] = Field({"yield": SimulatedTrait()}, min_length=1)
    """Traits by name."""

    @model_validator(mode="after")
    def _one_kind_of_replicates(self) -> Self:
        if self.plots is not None and self.replicates > 1:
            raise ValueError("`plots` have `replicates` of their own (`plots.replicates`).")
        return self

    @model_validator(mode="after")
    def _crosses_of_two_pools(self) -> Self:
        if self.crosses is None:
            return self
        if self.populations < 2 or not self.inbred:
            raise ValueError("`crosses` are of inbred lines of two `populations` or more.")
        if any(trait.architecture == "epistatic" for trait in self.traits.values()):
            raise ValueError("traits of `crosses` have `sca` in the place of `architecture: epistatic`.")
        return self
