"""Experiments beside the comparison."""

from __future__ import annotations

from typing import Annotated, Literal, get_args

from pydantic import AfterValidator, Field, Tag

from dnngp.config.option_types import (
    Encoding,
    FolderName,
    Names,
    Options,
    Section,
    SomeNames,
    distinct,
    tagged,
)
from dnngp.config.sections.models import Model

NumbersOfSamples = Annotated[
    list[
        Annotated[
            Annotated[Literal["all"], Tag("<string>")] | Annotated[int, Field(ge=10), Tag("<integer>")],
            tagged(string="all", integer=int),
        ]
    ],
    Field(min_length=1),
    AfterValidator(distinct),
]
NumbersOfMarkers = Annotated[
    list[
        Annotated[
            Annotated[Literal["all"], Tag("<string>")] | Annotated[int, Field(ge=1), Tag("<integer>")],
            tagged(string="all", integer=int),
        ]
    ],
    Field(min_length=1),
    AfterValidator(distinct),
]


class LearningCurve(Options):
    """Accuracy, time and memory against the numbers of training samples and of markers."""

    samples: NumbersOfSamples = ["all"]
    """Training lines of each fold; `all` takes as many as the smallest fold has. The test lines are the same
    at every size, and a smaller set of training lines lies inside a larger one.
    """

    markers: NumbersOfMarkers = ["all"]
    """Markers, before the filters of each fold; a smaller set lies inside a larger one."""

    marker_order: Literal["random", "even", "pruned"] = "random"
    """Which markers come first: at random, spread over the genome, or what pruning by linkage disequilibrium
    keeps longest (sees the genotypes of all lines).
    """

    models: SomeNames | None = Field(None)
    """Methods or named choices to run; null takes those of the comparison."""

    folds: int | None = Field(None, ge=1)
    """How many folds of a repeat to run, the first ones; null runs all."""

    repeats: int | None = Field(None, ge=1)
    """How many repeats to run, no more than `cv.repeats`; null runs all."""

    datasets: SomeNames | None = Field(None)
    """Datasets by name; null takes all."""

    traits: SomeNames | None = Field(None)
    """Traits by name, where a dataset has them; null takes all."""


class EncodingComparison(Options):
    """The same methods with other encodings."""

    models: Names = []
    """Methods or named choices beside ridge; their encoding is replaced."""

    encodings: Annotated[list[Encoding], Field(min_length=1)] = [
        *("additive", "onehot"),
        *({"name": "pca", "components": components} for components in (10, 50)),
        *({"name": "pca", "variance": variance} for variance in (0.95, 0.99)),
    ]
    """Input forms; a method goes without those that it does not take."""

    datasets: SomeNames | None = Field(None)
    """Datasets by name; null takes all."""

    traits: SomeNames | None = Field(None)
    """Traits by name, where a dataset has them; null takes all."""


Design = Literal["cdmean", "pevmean", "stratified"]

Part = Literal["early stopping", "batch normalisation", "dropout", "depth"]


class Ablation(Options):
    """DNNGP without each of its parts."""

    models: SomeNames = ["dnngp"]
    """Models of `dnngp` to take parts from."""

    parts: Annotated[list[Part], AfterValidator(distinct)] = list(get_args(Part))
    """What to change: early stopping off; one batch normalisation or none; all dropout off; one or two
    convolutions.
    """

    relatives: Names = ["deepgs", "dlgwas"]
    """Other methods to set beside it."""

    datasets: SomeNames | None = Field(None)
    """Datasets by name; null takes all."""

    traits: SomeNames | None = Field(None)
    """Traits by name, where a dataset has them; null takes all."""


class TrainingSets(Options):
    """Whether a chosen training set predicts better than a random one of its size."""

    samples: Annotated[list[Annotated[int, Field(ge=10)]], Field(min_length=1), AfterValidator(distinct)]
    """Lines to choose from the training lines of each fold; the others are left out of training."""

    designs: Annotated[list[Design], Field(min_length=1), AfterValidator(distinct)] = list(get_args(Design))
    """How to choose them: by CDmean or PEVmean of the test lines, or from clusters by their sizes. Random
    sets are always among them.
    """

    clusters: int | None = Field(None, ge=2)
    """Clusters of `stratified`; null makes two for each of `cv.folds`."""

    folds: int | None = Field(None, ge=1)
    """How many folds of a repeat to run, the first ones; null runs all."""

    repeats: int | None = Field(None, ge=1)
    """How many repeats to run, no more than `cv.repeats`; null runs all."""

    datasets: SomeNames | None = Field(None)
    """Datasets by name; null takes all that have one record a line."""

    traits: SomeNames | None = Field(None)
    """Traits by name, where a dataset has them; null takes all that are continuous."""


class Experiments(Options):
    """Studies beside the comparison, each with tables of its own below `results/experiments`."""

    models: dict[FolderName, Model] = {}
    """Named choices as in `models`, for studies alone; the comparison does not run them."""

    learning_curve: LearningCurve | None = None
    """Accuracy, time and memory against the numbers of training lines and of markers, on random folds; null
    leaves it out.
    """

    encodings: EncodingComparison | None = None
    """The same methods with other input forms, on the folds of the comparison; null leaves it out. Ridge
    regression is always among them: what a reduction keeps of the linear signal is measured by it.
    """

    ablation: Ablation | None = None
    """DNNGP without each of its parts, on the folds of the comparison; null leaves it out."""

    training_sets: TrainingSets | None = None
    """Whether training lines chosen by CDmean, PEVmean or clusters predict better than random ones, on random
    folds; null leaves it out.
    """


SECTION = Section("experiments", Experiments, order=70)
