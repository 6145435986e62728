"""What a method declares of itself, in the file that it lives in (``METHOD``)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from dnngp.base.parameters import Parameter, problems, settings_of
from dnngp.encodings.encoding import encoding_kinds
from dnngp.encodings.omics import MARKERS, PEDIGREE
from dnngp.genotypes.trait_types import TraitType
from dnngp.methods.regressor import Regressor
from dnngp.methods.sklearn_method import SklearnMethod, adapted


@dataclass(frozen=True)
class Span:
    """Values of a hyper-parameter from ``low`` to ``high``, both included.

    Attributes
    ----------
    log
        Whether values are drawn evenly on the log scale.
    whole
        Whether they are whole numbers.
    """

    low: float
    high: float
    log: bool = False
    whole: bool = False


#: Hyper-parameters to tune: a span of numbers, or the values to choose from.
Search = Mapping[str, Span | tuple[Any, ...]]

_NOTHING: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, kw_only=True)
class Method:
    """Declaration of one method.

    ``METHOD = Method(name="neighbours", estimator=KNeighborsRegressor)`` is enough for a regressor of
    scikit-learn.

    Attributes
    ----------
    name, label
        Name in the configuration; name in tables and figures.
    estimator
        Its class: a :class:`dnngp.methods.regressor.Regressor`, whose parameters are the fields of a
        dataclass, or any regressor of scikit-learn.
    encodings
        Encodings it reads, the default first, and those like them (:class:`EncodingKind`); none where it asks
        for what it needs.
    encoding_options
        Options of the default encoding.
    listed_alone
        Whether it reads no encodings but these, as what looks at neighbouring markers does.
    family
        ``control``, ``mixed model``, ``linear``, ``trees``, ``kernel machine``, ``network`` or ``ensemble``.
    deterministic
        Whether the seed makes no difference.
    summary, citation
        One sentence; author, year, journal.
    reads, fitted_by, cost
        What it sees and how it is fitted, for the page of methods; how the work of a fit grows with n
        training samples and p features.
    cheap
        Whether a fit on thousands of samples takes seconds: the control on permuted phenotypes takes all.
    weights
        Whether it takes a weight for each record.
    trait_types
        Kinds of trait that it predicts (:class:`dnngp.genotypes.trait_types.TraitType`).
    covariates
        Whether it fits covariates of the samples as fixed effects.
    environments
        Whether one fit takes records of several environments; else it is fitted on each environment alone.
    alone
        Whether it can be used with one environment; what models environments alone cannot.
    traits
        Whether its environments may be traits.
    new_environments
        Whether it predicts environments without training records.
    environment_covariates
        Whether it cannot do without covariates of environments.
    most_environments
        The most that it takes; 0 for any number.
    crosses
        Whether it reads the parents of crosses, and is for a dataset of them alone.
    priced_as
        The method of known cost (:mod:`dnngp.cost.estimates`) that it costs as much as; of a method for
        several environments, one for a single environment.
    importance
        How it says what markers add to a prediction: ``gradients`` (by the columns of its input), ``shares``
        (of the columns, as trees know them), ``kernels`` (slopes by its kernels) or ``members``; empty: it
        does not.
    omics
        Layers it reads where the configuration names none. One that reads a pedigree takes no layer of
        another kind in its place, and is trained on samples without markers as well.
    omics_options
        Options of the encoding of layers beside the markers.
    members
        Its parameter that lists other methods, as a stack has; empty for all others.
    in_blocks
        Whether jobs of their own can make a part of a fit from blocks of markers: it has ``block_size``,
        gives ``level_zero`` of a part of the markers, and takes those of all parts as ``prepared``.
    search
        Hyper-parameters that :mod:`dnngp.evaluation.tuning` draws.
    order
        Place in tables and figures.
    """

    name: str
    estimator: Any
    label: str = ""
    encodings: tuple[str, ...] = ("additive",)
    encoding_options: Mapping[str, Any] = field(default_factory=lambda: _NOTHING)
    listed_alone: bool = False
    family: str = "other"
    deterministic: bool = False
    summary: str = ""
    citation: str = ""
    reads: str = "markers"
    fitted_by: str = "-"
    cost: str = "unknown"
    cheap: bool = False
    weights: bool = False
    trait_types: tuple[str, ...] = ("continuous",)
    covariates: bool = False
    environments: bool = False
    alone: bool = True
    traits: bool = True
    new_environments: bool = True
    environment_covariates: bool = False
    most_environments: int = 0
    crosses: bool = False
    priced_as: str = ""
    importance: str = ""
    omics: tuple[str, ...] = (MARKERS,)
    omics_options: Mapping[str, Any] = field(default_factory=lambda: _NOTHING)
    members: str = ""
    in_blocks: bool = False
    search: Search = field(default_factory=lambda: _NOTHING)
    order: int = 1000

    def __post_init__(self) -> None:
        if not issubclass(self.estimator, Regressor):
            object.__setattr__(self, "estimator", adapted(self.estimator))
        self.estimator.WEIGHTS = self.weights
        alike = [name for name, kind in encoding_kinds().items() if kind.like in self.encodings]
        taken = dict.fromkeys((*self.encodings, *([] if self.listed_alone else alike)))
        object.__setattr__(self, "encodings", tuple(taken))
        object.__setattr__(self, "label", self.label or self.name)

    @property
    def default_encoding(self) -> dict[str, Any]:
        """The encoding used when the configuration names none."""
        return {"name": self.encodings[0], **self.encoding_options} if self.encodings else {"name": "own"}

    @property
    def reads_pedigree(self) -> bool:
        """Whether it cannot do without the relationships of a pedigree."""
        return PEDIGREE in self.omics

    @property
    def accepts_missing(self) -> bool:
        """Whether it takes missing values, so that nothing need be imputed."""
        return bool(self.estimator.ACCEPTS_MISSING)

    @property
    def module(self) -> str:
        """The module that it is declared in, which has its name."""
        return f"dnngp.methods.{self.name}"

    @property
    def stored(self) -> bool:
        """Whether a fit can be stored in a bundle."""
        return not issubclass(self.estimator, SklearnMethod)

    @property
    def parameters(self) -> dict[str, Parameter]:
        """Parameters that a configuration can set."""
        return settings_of(self.estimator)

    def problems(self, params: Mapping[str, Any]) -> dict[str, str]:
        """What is wrong with values of parameters, by name; unknown names are passed over."""
        return problems(self.parameters, params) | self.estimator.problems(params)

    def trait_problems(self, params: Mapping[str, Any], trait: TraitType) -> dict[str, str]:
        """What is wrong with values of parameters for a type of trait, by name."""
        found: dict[str, str] = self.estimator.trait_problems(params, trait)
        return found
