"""What groups of options are declared with: their base class and the types of their values.

The Snakefile reads the groups at each start: standard library and pydantic, which Snakemake brings, alone.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from datetime import date
from typing import Annotated, Any, Literal, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
)
from pydantic_core import PydanticCustomError

T = TypeVar("T")


class Options(BaseModel):
    """A group of options: an attribute each, with type, default, bounds and, below it, what it means.

    Validators of pydantic that raise :class:`ValueError` say what types and bounds cannot.
    """

    model_config = ConfigDict(
        extra="forbid",
        strict=True,
        frozen=True,
        validate_default=True,
        use_attribute_docstrings=True,
        allow_inf_nan=False,
    )


@dataclass(frozen=True)
class Section:
    """A key at the top of the configuration.

    A module of :mod:`dnngp.config.sections` declares it as ``SECTION``, or several as ``SECTIONS``.

    Attributes
    ----------
    key
        As it is written.
    type
        :class:`Options`, or what else stands there.
    description
        Of the key; a group describes itself.
    default
        Where the key is absent: every option of a group at its default; ``...`` if it must be there.
    order
        Place on the reference page and in the configuration that a run leaves.
    """

    key: str
    type: Any
    description: str = ""
    default: Any = field(default_factory=dict)
    order: int = 100


def as_text(value: Any) -> Any:
    """Point out what YAML did not read as text: names of traits or chromosomes may look like numbers.

    :func:`dnngp.config.schema.filled` puts in what is written.
    """
    if isinstance(value, bool | int | float | date):
        words = {True: " the word yes, true or on", False: " the word no, false or off"}
        what = words[value] if isinstance(value, bool) else ""
        raise PydanticCustomError("read_as_other", f"YAML reads{what} as {value!s}. Write it in quotes.")
    return value


def distinct(values: list[T]) -> list[T]:
    """A list in which nothing stands twice."""
    for number, value in enumerate(values):
        if isinstance(value, Hashable) and value in values[:number]:
            raise ValueError(f"{value!r} is listed twice.")
    return values


def tagged(**forms: type | str) -> Discriminator:
    """Which of several forms a value has: by its type, or the one text it may be; others are refused.

    Each form has the tag ``<name>``.
    """

    def form(value: Any) -> str | None:
        for name, kind in forms.items():
            # What was an object is a group when it is written again.
            kinds = (dict, Options) if kind is dict else kind
            if value == kinds if isinstance(kinds, str) else isinstance(value, kinds):
                return f"<{name}>"
        return None

    names = [f"`{kind}`" if isinstance(kind, str) else f"'{name}'" for name, kind in forms.items()]
    return Discriminator(
        form, custom_error_type="form", custom_error_message=f"is not of type {', '.join(names)}"
    )


#: Text; numbers and words that YAML reads as something else are taken as they are written.
Text = Annotated[str, BeforeValidator(as_text)]

#: A name that becomes a folder.
FolderName = Annotated[str, BeforeValidator(as_text), Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")]

_UNIQUE = Field(json_schema_extra={"uniqueItems": True})

#: Names, each once.
Names = Annotated[list[Text], AfterValidator(distinct), _UNIQUE]
SomeNames = Annotated[list[Text], Field(min_length=1), AfterValidator(distinct), _UNIQUE]

#: Names, or all that there are.
AllOrNames = Annotated[
    Annotated[Literal["all"], Tag("<string>")] | Annotated[SomeNames, Tag("<array>")],
    tagged(string="all", array=list),
]


def _named(options: dict[str, Any]) -> dict[str, Any]:
    if not isinstance(options.get("name"), str):
        raise ValueError("needs a `name`, and its options beside it.")
    return options


#: An encoding by its name, or with options: an object with ``name``.
Encoding = Annotated[
    Annotated[Text, Tag("<string>")] | Annotated[dict[str, Any], AfterValidator(_named), Tag("<object>")],
    tagged(string=str, object=dict),
]
