"""Trials: several environments, or several traits."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from dnngp.config.option_types import AllOrNames, FolderName, Options, Section, SomeNames, Text, distinct

TrialSchemes = Annotated[
    list[Literal["CV1", "CV2", "CV2*", "CV0", "CV00"]], Field(min_length=1), AfterValidator(distinct)
]


class TrialRecords(Options):
    """A long table with a row per sample and environment."""

    file: Text
    """Table (.csv, .tsv, also .gz). Several values of a line in an environment are averaged."""

    id_column: Text | None = None
    """Column of the line ids; null is the first."""

    environment: Text
    """Column of the environments."""

    value: Text
    """Column of the values."""


class TrialCovariates(Options):
    """What is known of the environments."""

    file: Text
    """Table (.csv, .tsv, also .gz) with a row per environment."""

    id_column: Text | None = None
    """Column of the environments; null is the first."""

    columns: dict[Text, Literal["number", "factor"]] = Field(min_length=1)
    """Columns to use, `{rain: number, soil: factor}`."""

    group: Text | None = None
    """Column of years or places; CV0 and CV00 leave out whole groups."""


class Trial(Options):
    """Samples in several environments, or with several traits."""

    dataset: Text
    """Name of the dataset whose lines were grown."""

    kind: Literal["environments", "traits"] = "environments"
    """What the conditions are that a line has values in."""

    conditions: AllOrNames = "all"
    """Which to use: traits of the dataset or, with `records`, names of environments."""

    records: TrialRecords | None = None
    """A long table with a row per line and environment; null takes the traits of the dataset as
    conditions.
    """

    covariates: TrialCovariates | None = None
    """What is known of the environments; null is nothing."""

    schemes: (
        Annotated[
            list[Literal["CV1", "CV2", "CV2*", "CV0", "CV00"]], Field(min_length=1), AfterValidator(distinct)
        ]
        | None
    ) = None
    """`CV1`: new lines. `CV2`: lines known in other environments. `CV0`: a new environment. `CV00`: new lines
    in a new environment. `CV2*`: one trait of lines whose other traits are known. null is `CV1` and `CV2`,
    or `CV1` alone for traits.
    """

    methods: SomeNames | None = Field(None)
    """Methods for records; each runs in the schemes that it can be used in. null takes those that suit."""

    params: dict[Text, dict[str, Any]] = {}
    """Parameters of methods by name, `{dnngp: {epochs: 50}}`: `components`, `n_estimators`, `learning_rate`,
    `num_leaves` of `lightgbm`; `components`, `epochs`, `learning_rate`, `members` of networks.
    """

    reference: Text | None = None
    """Method that the others are compared with; null is the first that is not `mean`."""

    folds: int = Field(5, ge=2)
    """Folds of lines, and the most folds of environments."""

    repeats: int = Field(1, ge=1)
    """Repeats, each with its own folds of lines."""


SECTION = Section(
    "trials",
    dict[FolderName, Trial],
    "Lines in several environments, or with several traits, made by `./run trials` and with everything else. "
    "The name becomes a folder.",
    order=100,
)
