"""Types of traits: what the values of a phenotype are."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Tag, model_validator

from dnngp.config.option_types import Options, SomeNames, Text, tagged

#: Kinds of trait that need no more than their name.
KINDS = ("continuous", "count", "binary")


class Classes(Options):
    """A trait whose values are classes."""

    type: Literal["binary", "ordinal"]
    """Two classes, or several that are ordered."""

    order: SomeNames
    """Words or numbers that stand for them, from the lowest, or the class that is not looked for, on:
    `[R, MR, MS, S]`, `[healthy, diseased]`.
    """

    @model_validator(mode="after")
    def _enough(self) -> Self:
        if self.type == "binary" and len(self.order) != 2:
            raise ValueError(f"a binary trait has two classes, not {len(self.order)}.")
        if len(self.order) < 3 and self.type == "ordinal":
            raise ValueError("an ordinal trait has three classes at least; of two, it is `binary`.")
        return self


def _kind(name: str) -> str:
    if name == "ordinal":
        raise ValueError("'ordinal' needs its classes: write `{type: ordinal, order: [1, 2, 3]}`.")
    if name not in KINDS:
        raise ValueError(f"{name!r} is unknown. Use one of: {', '.join(KINDS)}; or `{{type: ordinal, ...}}`.")
    return name


TraitType = Annotated[
    Annotated[Text, AfterValidator(_kind), Tag("<string>")] | Annotated[Classes, Tag("<object>")],
    tagged(string=str, object=dict),
]
