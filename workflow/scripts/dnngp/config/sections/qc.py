"""Quality control of markers and samples."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from dnngp.config.option_types import Names, Options, Section, Text


class Thinning(Options):
    """Fewer markers."""

    to: int = Field(ge=1)
    """Number of markers to keep."""

    how: Literal["random", "even"] = "random"
    """Drawn at random, or evenly spaced along the genome."""

    seed: int = 1
    """Seed of the random draw."""


class SampleThinning(Options):
    """Fewer samples."""

    to: int = Field(ge=1)
    """Number of lines to keep."""

    seed: int = 1
    """Seed of the random draw."""


class Pruning(Options):
    """Markers without those in linkage disequilibrium with one kept."""

    r2: float = Field(0.2, ge=0, le=1)
    """Largest squared correlation between two markers of a window."""

    window: float = Field(50, gt=0)
    """Size of the window."""

    unit: Literal["variants", "kb"] = "variants"
    """What `window` counts."""

    step: int = Field(5, ge=1)
    """Markers the window moves on by (`unit: variants`)."""


class QualityControl(Options):
    """Quality control of markers and lines."""

    strict: bool = True
    """Stop at a defect of a genotype file that could be passed over (a malformed call, say); false sets such
    cells to missing, counts them and lists them in the report. A truncated or damaged file always stops.
    """

    min_call_rate_marker: float = Field(0.8, ge=0, le=1)
    """Smallest share of lines with a call; markers below it are removed."""

    min_call_rate_sample: float = Field(0.5, ge=0, le=1)
    """Smallest share of markers with a call; lines below it are removed."""

    max_heterozygosity: float | None = Field(None, ge=0, le=1)
    """Largest share of heterozygous calls of a line; null keeps all."""

    min_inbreeding: float | None = Field(None, le=1)
    """Smallest inbreeding coefficient F of a line (diploids); null keeps all."""

    max_inbreeding: float | None = Field(None, le=1)
    """Largest inbreeding coefficient F of a line (diploids); null keeps all."""

    hwe: float | None = Field(None, ge=0, le=1)
    """Smallest p-value of the exact test for Hardy-Weinberg proportions (diploids); null, right for inbred
    lines, does not test.
    """

    drop_duplicate_markers: bool = True
    """Keep the first of several markers with the same chromosome, position and alleles."""

    near_duplicates: Literal["report", "drop", "together"] = "report"
    """Lines that share almost all alleles: list them, drop all but the best called, or keep them in one
    fold.
    """

    near_duplicates_above: float = Field(0.95, ge=0.5, le=1)
    """Share of alleles (identity by state) above which two lines are near-duplicates."""

    exclude_chromosomes: Names = []
    """Chromosomes to leave out, by name: sex chromosomes, organelles."""

    include_markers: Text | None = None
    """File of the only markers to use: an id, or a region `chrom:start-end`, a line; or BED."""

    exclude_markers: Text | None = None
    """File of markers or regions to leave out, in the same form."""

    include_samples: Text | None = None
    """File of the only lines to use, an id a line."""

    exclude_samples: Text | None = None
    """File of lines to leave out, an id a line."""

    thin: Thinning | None = None
    """Keep this many markers, `{to: 5000, how: even}`; null keeps all. A smaller random set lies inside a
    larger one.
    """

    thin_samples: SampleThinning | None = None
    """Keep this many lines, `{to: 500}`, for a first look at a large population; null keeps all. A smaller
    set lies inside a larger one.
    """

    prune: Pruning | None = None
    """Drop markers in linkage disequilibrium with one kept, `{r2: 0.2, window: 50}`; null keeps all. Looks at
    genotypes of all lines, never at phenotypes.
    """

    maf: float = Field(0.01, ge=0, le=0.5)
    """Smallest minor allele frequency, counted on the training lines of each fold."""

    mac: int = Field(0, ge=0)
    """Smallest count of the minor allele, counted on the training lines of each fold."""


SECTION = Section("qc", QualityControl, order=50)
