"""Cross-validation."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

from dnngp.config.option_types import Options, Section, distinct
from dnngp.config.sections.choices import SchemeName


class CrossValidation(Options):
    """Cross-validation. Every method reads the same table of folds."""

    schemes: Annotated[list[SchemeName], Field(min_length=1), AfterValidator(distinct)] = [
        "random",
        "cluster_out",
    ]
    """What is predicted by what (docs/reference/validation.md)."""

    folds: int = Field(10, ge=2)
    """Folds of a repeat; the most, where groups, clusters or times are fewer."""

    repeats: int = Field(1, ge=1)
    """Repeats of the `random` scheme, each with its own folds."""

    clusters: int | None = Field(None, ge=2)
    """Clusters that `cluster_out` cuts the lines into, packed in folds of about the same size; null makes two
    a fold.
    """

    selected_fraction: float = Field(0.1, le=0.5, gt=0)
    """Part of the lines that would be selected; the scores `ndcg`, `coincidence`, `response` and `mnv` are
    about it.
    """

    folds_per_job: int | None = Field(None, ge=1)
    """Cut a repeat into jobs of this many folds; null keeps it whole. Results do not depend on it."""

    marker_jobs: int | None = Field(None, ge=1)
    """Cut the markers into this many jobs, each for all folds and traits, of models that take them in blocks
    (`block_ridge`); null leaves them to the fits. Results do not depend on it.
    """


SECTION = Section("cv", CrossValidation, order=60)
