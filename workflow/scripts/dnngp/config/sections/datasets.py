"""The populations to predict in."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from dnngp.config.option_types import AllOrNames, FolderName, Names, Options, Section, Text
from dnngp.config.sections.choices import FormatName, IdMatch
from dnngp.config.sections.crosses import Crosses
from dnngp.config.sections.environments import Environments
from dnngp.config.sections.plots import Plots
from dnngp.config.sections.qc import QualityControl
from dnngp.config.sections.simulation import Simulation
from dnngp.config.sections.trait_types import TraitType
from dnngp.config.sections.weights import Weights


def _no_markers(name: str) -> str:
    if name == "markers":
        raise ValueError("'markers' has a meaning of its own. Use another name.")
    return name


LayerName = Annotated[FolderName, AfterValidator(_no_markers)]


def _no_missing_value(name: str) -> str:
    if name == "NA":
        raise ValueError("'NA' has a meaning of its own. Use another name.")
    return name


class OmicsLayer(Options):
    """One layer beside the markers."""

    file: Text
    """A table of numeric features, or genotypes in any format; lines are joined by id."""

    on_missing: Literal["drop", "impute"] = "drop"
    """Lines that this file lacks: without a value for every model, whether it reads the layer or not, so that
    all are compared on the same lines; or at the mean of the training lines.
    """

    format: FormatName = "auto"
    """As of a dataset, for the file of the layer."""

    field: Literal["GT", "DS", "GP"] = "GT"
    """Likewise."""

    multiallelic: Literal["skip", "split", "first"] = "skip"
    """Likewise."""

    filter: Literal["all", "pass"] = "all"
    """Sites of a VCF: all, or those that passed the filters of their caller (FILTER)."""

    no_reads: Literal["call", "missing"] = "call"
    """Calls 0/0 of a VCF without any reads, as GATK 4.2.3 to 4.5 and GLnexus write what they did not see:
    homozygous for REF, or missing.
    """

    samples_in: Literal["auto", "rows", "columns"] = "auto"
    """Likewise."""

    ploidy: int = Field(2, ge=1, le=8)
    """Likewise."""

    map: Text | None = None
    """Likewise."""

    qc: QualityControl = QualityControl()
    """Options of `qc` for this layer; the common ones are about markers and do not count here."""


class Dataset(Options):
    """One population."""

    name: FolderName
    """Folder name of the results; also the key from which folds are drawn."""

    species: Annotated[Text, AfterValidator(_no_missing_value)] = "unspecified"
    """Species, for the aggregated tables."""

    genotypes: Text | None = None
    """VCF, BCF or VCF Zarr (a folder), PLINK 1 (.bed) or 2 (.pgen), HapMap, BrAPI allele matrix (.json), a
    table of two-letter calls, dosages or any numeric features (.csv, .tsv, .parquet); detected from its
    content. Or its address (https://..., s3://...), for a storage plugin of Snakemake.
    """

    format: FormatName = "auto"
    """What the genotype file is, where it is not to be detected from its content (docs/reference/file-
    formats.md): `features` reads counts as plain numbers.
    """

    field: Literal["GT", "DS", "GP"] = "GT"
    """VCF: hard calls, dosages, or genotype probabilities (expected dosages)."""

    multiallelic: Literal["skip", "split", "first"] = "skip"
    """Sites of more than two alleles: leave out, a marker for every ALT allele, or the first ALT alone (calls
    of the others are missing). All are counted.
    """

    filter: Literal["all", "pass"] = "all"
    """Sites of a VCF: all, or those that passed the filters of their caller (FILTER)."""

    no_reads: Literal["call", "missing"] = "call"
    """Calls 0/0 of a VCF without any reads, as GATK 4.2.3 to 4.5 and GLnexus write what they did not see:
    homozygous for REF, or missing.
    """

    samples_in: Literal["auto", "rows", "columns"] = "auto"
    """Where a table has its lines."""

    map: Text | None = None
    """Table of the places of markers that a table of genotypes only names: columns `marker`, `chrom`, `pos`
    and, if known, `ref` and `alt` (or as such columns are called elsewhere).
    """

    impute: Literal["beagle"] | None = None
    """Fill missing calls of a VCF by Beagle before anything else (needs Beagle or `--sdm conda`; sees the
    genotypes of all lines). null leaves it to the encoding, fold by fold.
    """

    crosses: Crosses | None = None
    """Crosses of the genotyped lines, which take their place as samples: hybrids, tested or not."""

    phenotypes: Text | None = None
    """Table (.csv, .tsv, also .gz, or .xlsx), one row a sample, one column a trait; or its address, with
    `traits` listed.
    """

    sheet: Text | None = None
    """Sheet of `phenotypes`, where that is a workbook; null is the only one with content."""

    traits: AllOrNames = "all"
    """Columns of the phenotype table to predict, or `all` (every column but the id, `groups`, `time`,
    `covariates`, `weights` and `not_traits`).
    """

    not_traits: Names = []
    """Columns of the phenotype table that are no traits, where `traits` is `all`."""

    trait_types: dict[Text, TraitType] = {}
    """What the values of traits are: `continuous`, `count`, `binary` (0 and 1), or classes by their words or
    numbers from the lowest on, `{rust: {type: ordinal, order: [R, MR, MS, S]}}`. Traits that are not named
    are continuous; the check asks of those that look like classes.
    """

    better: dict[Text, Literal["higher", "lower"]] = {}
    """Which values of a trait are better, `{lodging: lower}`; of traits that are not named, higher ones.
    Candidates are ranked, scores of selection taken and weights of an index checked by it.
    """

    weights: Weights | None = None
    """Columns of the phenotype table that say how precisely each value was measured, `{kind: replicates,
    column: plots}`; they are no traits. null counts all values the same.
    """

    id_column: Text | None = None
    """Column of the phenotype table with the ids of the samples; null is the first."""

    ids: IdMatch = "ask"
    """How ids of phenotypes, folds, layers and lists of samples are brought together with those of the
    genotypes: `exact`; without regard to `case`, `separators` and the like; `fold` does without all of them.
    `ask` is exact and stops where more than a tenth of the samples would be lost for such a difference. Two
    ids never become one.
    """

    samples_file: Text | None = None
    """Table with a row a sample, its id in the first column, for `groups`, `time` and `covariates` that the
    phenotype table does not hold.
    """

    groups: Text | None = None
    """Column of the phenotype table or `samples_file` with family, population or year; used by
    `leave_group_out` and to colour plots.
    """

    time: Text | None = None
    """Column of the phenotype table or `samples_file` with the year, the cycle or a date (2019-05-31) of
    every sample; used by `forward`, no trait.
    """

    folds_file: Text | None = None
    """Table (.csv, .tsv, also .gz) of folds, used by `file`: the id, then a column for each repeat; or the
    id, `repeat` and the fold.
    """

    missing_values: Names | None = None
    """What stands for a missing value in the phenotype table beside NA, an empty cell and the like: `[-9]`.
    null stops at a number that repeats exactly far from all others, as such codes do; a list, be it empty,
    answers.
    """

    covariates: dict[Text, Literal["number", "factor"]] = {}
    """Columns of the phenotype table or `samples_file` to fit as fixed effects, `{sex: factor, age: number}`,
    by the methods that can; they are no traits.
    """

    environments: Environments | None = None
    """Environments that the samples were grown in, or traits that are treated as such; null is one."""

    plots: Plots | None = None
    """Where the rows of `phenotypes` are plots of field trials: how the trials were laid out."""

    ploidy: int = Field(2, ge=1, le=8)
    """Sets of chromosomes; dosages run from 0 to this."""

    qc: QualityControl | None = None
    """Options of `qc` that differ for this dataset."""

    omics: dict[LayerName, OmicsLayer] = {}
    """What else the lines were measured by - expression, spectral bands, ions, other markers - by name, for
    models that read them (`omics` of a model). The genotypes themselves are the layer `markers`.
    """

    labels: dict[Text, Text] = {}
    """Free labels carried into the tables."""

    simulate: Simulation | None = None
    """Simulate the dataset instead of reading it."""

    preset: Text | None = None
    """A public dataset of `workflow/resources/datasets.yaml`, instead of `genotypes` and `phenotypes`:
    fetched, or taken from the folder that the environment variable `DNNGP_MIRROR` names. Sets `ploidy` and
    `samples_in`.
    """

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        files = (self.genotypes is not None, self.phenotypes is not None)
        sources = [all(files), self.simulate is not None, self.preset is not None]
        if sum(sources) != 1 or any(files) != all(files):
            raise ValueError(
                "needs both `genotypes` and `phenotypes`, or `simulate` or `preset` instead of them."
            )
        if self.plots is not None and self.environments is not None and self.environments.column is None:
            raise ValueError("`plots` are rows, whose environments a column names (`environments.column`).")
        if self.plots is not None and self.weights is not None:
            raise ValueError("means of `plots` have errors of their own: leave `weights` out.")
        if self.crosses is not None and self.simulate is not None:
            raise ValueError("simulated crosses are those of `simulate.crosses`: leave `crosses` out.")
        if self.plots is not None and self.preset is not None:
            raise ValueError("a preset has no `plots`.")
        if self.plots is not None and self.weights is not None:
            raise ValueError("`plots` give their means weights of their own. Leave `weights` out.")
        return self


SECTION = Section(
    "datasets",
    Annotated[list[Dataset], Field(min_length=1)],
    "The populations to predict in, each with its own genotypes and phenotypes.",
    default=...,
    order=10,
)
