"""Parameters with type, range, choices and default: declared where they are used, checked before a run."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields, replace
from numbers import Integral, Real
from typing import Any


@dataclass(frozen=True)
class Parameter:
    """What values one parameter takes.

    Attributes
    ----------
    default
        Its value where none is given.
    kind
        ``int``, ``float``, ``bool``, ``str`` or ``object`` (anything).
    low, high
        Smallest and largest number.
    above, below
        Whether ``low`` and ``high`` themselves are left out.
    choices
        Words that it takes; of a number, in place of one.
    optional
        Whether it takes nothing (null).
    many
        ``no``, ``list`` (it takes a list of such values) or ``either`` (one or a list).
    """

    default: Any
    kind: type = object
    low: float | None = None
    high: float | None = None
    above: bool = False
    below: bool = False
    choices: tuple[str, ...] = ()
    optional: bool = False
    many: str = "no"

    def problem(self, value: Any) -> str | None:
        """What is wrong with a value, as ``must be ..., not ...``; None where nothing is."""
        if value is None and self.optional:
            return None
        listed = isinstance(value, (list, tuple))
        fits = (
            self.many != "no" and bool(value) and all(map(self._takes, value))
            if listed and self.kind is not object
            else self.many != "list" and self._takes(value)
        )
        return None if fits else f"must be {self.allowed}, not {value!r}"

    @property
    def allowed(self) -> str:
        """What it takes, in words."""
        words = f"one of {', '.join(self.choices)}" if self.choices else ""
        one = " or ".join(filter(None, [words, self._numbers()]))
        text = {"no": one, "list": f"a list, each {one}", "either": f"{one}, or a list of them"}[self.many]
        return f"{text}, or null" if self.optional else text

    def _takes(self, value: Any) -> bool:
        if self.kind is object:
            return True
        if isinstance(value, str) and self.choices:
            return value in self.choices
        if self.kind is bool or isinstance(value, bool):
            return self.kind is bool and isinstance(value, bool)
        if self.kind is str:
            return isinstance(value, str) and not self.choices
        if not isinstance(value, Real) or not math.isfinite(value):
            return False
        return (self.kind is float or isinstance(value, Integral)) and self._in_range(float(value))

    def _in_range(self, value: float) -> bool:
        high_enough = self.low is None or (value > self.low if self.above else value >= self.low)
        return high_enough and (
            self.high is None or (value < self.high if self.below else value <= self.high)
        )

    def _numbers(self) -> str:
        names = {
            bool: "true or false",
            int: "a whole number",
            float: "a number",
            str: "a text",
            object: "a value",
        }
        if self.kind is str and self.choices:
            return ""
        low = "" if self.low is None else f" {'above' if self.above else 'from'} {self.low:g}"
        ends = "and below" if self.below else "and at most" if self.above else "to"
        high = "" if self.high is None else f" {ends} {self.high:g}"
        return names[self.kind] + low + high


def whole(default: int | str | None, low: int | None = None, **options: Any) -> Parameter:
    """A whole number from ``low``; other options as of :class:`Parameter`."""
    return Parameter(default, int, low, optional=default is None, **options)


def number(default: float | str | None, low: float | None = None, **options: Any) -> Parameter:
    """A number from ``low``; other options as of :class:`Parameter`."""
    return Parameter(default, float, low, optional=default is None, **options)


def share(default: float | None, **options: Any) -> Parameter:
    """A number from 0 to 1; other options as of :class:`Parameter`."""
    return number(default, 0, high=1, **options)


def choice(default: str | None, *choices: str, **options: Any) -> Parameter:
    """One of some words; other options as of :class:`Parameter`."""
    return Parameter(default, str, choices=choices, optional=default is None, **options)


def switch(default: bool) -> Parameter:
    """True or false."""
    return Parameter(default, bool)


def setting(parameter: Parameter) -> Any:
    """A field of a dataclass that holds a parameter."""
    return field(default=parameter.default, metadata={"parameter": parameter})


def settings_of(cls: type) -> dict[str, Parameter]:
    """The parameters among the fields of a dataclass; a subclass may change the default of a field alone."""
    found: dict[str, Parameter] = {}
    for one in fields(cls):
        declared = next(
            (
                own[one.name].metadata["parameter"]
                for base in cls.__mro__
                if (own := base.__dict__.get("__dataclass_fields__", {}))
                and "parameter" in getattr(own.get(one.name), "metadata", {})
            ),
            None,
        )
        if declared is not None and one.default is not MISSING:
            found[one.name] = replace(declared, default=one.default)
    return found


def problems(declared: Mapping[str, Parameter], given: Mapping[str, Any]) -> dict[str, str]:
    """What is wrong with values, by name; names that are not declared are passed over."""
    found = {name: declared[name].problem(value) for name, value in given.items() if name in declared}
    return {name: problem for name, problem in found.items() if problem is not None}
