"""What an encoding of the markers is: what it declares, and one choice of its options.

Each encoding is a file of this folder that declares itself (``ENCODING``). Read by the configuration, so that
importing it needs nothing but the standard library.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

from dnngp.base.errors import UserError, nearest
from dnngp.base.parameters import Parameter, choice, problems
from dnngp.base.plugins import scan
from dnngp.base.problems import unknown_keys
from dnngp.encodings.omics import MARKERS, EncodingEntry, omics_layer_of

if TYPE_CHECKING:
    from dnngp.encodings.samples.arrays_and_kernels import Encoded
    from dnngp.encodings.samples.population import Selection, Source

#: What becomes of a missing call: the mean of the training samples, their most frequent genotype, that of the
#: nearest of them (:mod:`dnngp.encodings.imputation.imputers`), or nothing, so that it stays missing.
IMPUTE = ("mean", "mode", "knn", "none")


@dataclass(frozen=True, kw_only=True)
class EncodingKind:
    """Declaration of an encoding.

    Attributes
    ----------
    name
        Name in the configuration.
    meaning
        What a method sees, for the page of methods.
    options
        By name; ``impute`` is an option of every encoding.
    transformer
        The unfitted transformer of rows (n, p), from ploidy (None for features) and options.
    array
        Encodes a selection of training samples as rows of numbers; None: the transformer does.
    kernel
        Encodes it as cross products; None: there is no such kernel.
    streamed
        Encodes it as markers that are streamed; None: it has no such form.
    refusal
        Why it does not suit data of a ploidy (None: features) that are whole numbers or not, and the remedy;
        None where it does.
    channels
        Whether a marker has several columns.
    components
        Whether a column is made of all markers.
    passes_missing
        Whether ``impute: none`` is possible.
    citation
        Author, year, journal; empty where there is nothing to cite.
    like
        Another encoding: methods that list it take this one as well (but for ``listed_alone``).
    """

    name: str
    meaning: str
    options: Mapping[str, Parameter] = field(default_factory=dict)
    transformer: Callable[[int | None, Mapping[str, Any]], Any]
    array: Callable[[Selection, Mapping[str, Any]], Encoded] | None = None
    kernel: Callable[[Selection, Mapping[str, Any]], Encoded] | None = None
    streamed: Callable[[Selection | None, Mapping[str, Any]], Encoded] | None = None
    refusal: Callable[[int | None, bool], tuple[str, str] | None] = lambda ploidy, whole: None
    channels: bool = False
    components: bool = False
    passes_missing: bool = False
    citation: str = ""
    like: str = ""

    @property
    def parameters(self) -> dict[str, Parameter]:
        """All options, ``impute`` among them."""
        ways = IMPUTE if self.passes_missing else IMPUTE[:-1]
        return {**self.options, "impute": choice("mean", *ways)}


def whole_dosages_alone(ploidy: int | None, whole: bool, name: str, others: str) -> tuple[str, str] | None:
    """Refusal of an encoding that needs whole dosages, with the encodings to take instead."""
    if ploidy is not None and whole:
        return None
    kind = "features" if ploidy is None else "real-valued dosages"
    return f"the encoding {name} needs whole dosages, but this is a table of {kind}.", f"Use {others}."


@cache
def encoding_kinds() -> dict[str, EncodingKind]:
    """Every encoding by name."""
    return scan("dnngp.encodings", "ENCODING")


@dataclass(frozen=True)
class Encoding:
    """One choice of encoding and options, of one omics layer; equal choices are equal keys.

    Attributes
    ----------
    name
        Of an :class:`EncodingKind`.
    omics
        The layer that it reads.
    options
        Names and values, in order of the names.
    """

    name: str
    omics: str = MARKERS
    options: tuple[tuple[str, Any], ...] = ()

    @classmethod
    def of(cls, given: Mapping[str, Any] | Encoding) -> Encoding:
        """From ``name``, ``omics`` and options (:data:`dnngp.encodings.omics.EncodingEntry`)."""
        if isinstance(given, Encoding):
            return given
        options = {key: value for key, value in given.items() if key not in ("name", "omics")}
        return cls(given["name"], omics_layer_of(given), tuple(sorted(options.items())))

    @property
    def given(self) -> dict[str, Any]:
        """As the configuration would have it."""
        layer = {} if self.omics == MARKERS else {"omics": self.omics}
        return {"name": self.name, **dict(self.options), **layer}

    @property
    def kind(self) -> EncodingKind:
        """Its declaration.

        Raises
        ------
        UserError
            There is none.
        """
        kinds = encoding_kinds()
        if self.name not in kinds:
            raise UserError(f"there is no encoding {self.name!r}.", remedy=nearest(self.name, kinds))
        return kinds[self.name]

    @property
    def impute(self) -> str:
        """What becomes of missing calls."""
        return str(dict(self.options).get("impute", "mean"))

    @property
    def own(self) -> dict[str, Any]:
        """Options but ``impute``."""
        return {name: value for name, value in self.options if name != "impute"}

    def check(self, source: Source) -> None:
        """Whether it can be, and suits the data.

        Raises
        ------
        UserError
            It does not.
        """
        for problem in encoding_problems(self):
            raise UserError(problem)
        refusal = self.kind.refusal(source.genotypes.ploidy, source.integer)
        if refusal is None and self.impute in ("mode", "knn") and not source.genotypes.is_dosage:
            refusal = (
                f"`impute: {self.impute}` needs dosages, but this is a table of features.",
                "Use mean or none.",
            )
        if refusal is not None:
            raise UserError(refusal[0], remedy=refusal[1])


Choice = Encoding | EncodingEntry


def chosen(encoding: Choice | Sequence[Choice]) -> tuple[Encoding, ...]:
    """The encodings of a method, one an omics layer."""
    several = [encoding] if isinstance(encoding, (Encoding, Mapping)) else encoding
    return tuple(Encoding.of(one) for one in several)


def encoding_problems(given: Choice) -> Iterator[str]:
    """Sentences on an encoding that does not exist, options that it lacks, values that they do not take."""
    encoding = Encoding.of(given)
    if encoding.name not in encoding_kinds():
        yield f"the encoding {encoding.name!r} does not exist. {nearest(encoding.name, encoding_kinds())}"
        return
    kind, options = encoding.kind, dict(encoding.options)
    yield from unknown_keys(f"encoding {kind.name!r}", "option", options, kind.parameters)
    for name, problem in problems(kind.parameters, options).items():
        yield f"encoding {kind.name!r}: `{name}` {problem}."
    if "missing" in options and encoding.impute in ("mode", "knn"):
        yield f"encoding {kind.name!r}: `impute` leaves nothing to `missing`. Use one of the two."
    if {"components", "variance"} <= {name for name, value in options.items() if value is not None}:
        yield f"encoding {kind.name!r} takes `components` or `variance`, not both."
