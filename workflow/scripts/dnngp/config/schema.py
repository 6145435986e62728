"""The whole configuration as one model of its groups: what is wrong in it, in words, and its defaults."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError, create_model
from pydantic.json_schema import GenerateJsonSchema

from dnngp.base.errors import nearest
from dnngp.base.plugins import scan
from dnngp.config.option_types import Options, Section
from dnngp.config.renamed import MOVED, RENAMED
from dnngp.config.written import Place, keys_at, text_at
from dnngp.methods.registry import METHODS

#: The error of a text that YAML read as something else.
READ_AS_OTHER = "read_as_other"

#: How much of a key must be that of another to be taken for it, rather than for one of another group.
MISSPELT = 0.85

#: The package whose modules declare sections.
SECTIONS = "dnngp.config.sections"

#: Kinds of values, as JSON has them, by the first word of an error of pydantic.
KINDS = {
    **{"int": "integer", "float": "number", "bool": "boolean", "string": "string"},
    **{"list": "array", "dict": "object", "model": "object"},
}

#: Errors about bounds, in words; what they are compared with is in the error.
BOUNDS = {
    "greater_than_equal": ("ge", "is less than the minimum of"),
    "greater_than": ("gt", "is not above"),
    "less_than_equal": ("le", "is greater than the maximum of"),
    "less_than": ("lt", "is not below"),
}


def found_sections() -> list[Section]:
    """The keys of the configuration in their order, of every module of :mod:`dnngp.config.sections`."""
    declared = list(scan(SECTIONS, "SECTION").values())
    declared += [one for several in scan(SECTIONS, "SECTIONS").values() for one in several]
    return sorted(declared, key=lambda section: section.order)


@cache
def configuration_model() -> type[Options]:
    """All sections as one model."""
    fields: dict[str, Any] = {}
    for section in found_sections():
        group = isinstance(section.type, type) and issubclass(section.type, Options)
        description = section.description or (section.type.__doc__ if group else "")
        if group:
            options = Field(default_factory=section.type, description=description)
        else:
            options = Field(section.default, description=description)
        fields[section.key] = (section.type, options)
    return create_model("Configuration", __base__=Options, **fields)


def filled(given: dict[str, Any], files: Sequence[str | Path] = ()) -> dict[str, Any]:
    """A configuration with every default, keys in the order of the groups.

    The order matters to Snakemake, which compares parameters as text.

    Parameters
    ----------
    given
        What is configured. Where text is wanted and YAML read something else, what is written is put in.
    files
        What it was read from.

    Raises
    ------
    pydantic.ValidationError
        :func:`problems_of` tells it in words.
    """
    model = configuration_model()
    try:
        return model.model_validate(given).model_dump()
    except ValidationError as error:
        others = [one["loc"] for one in error.errors() if one["type"] == READ_AS_OTHER]
        if not sum(_write_out(given, location, files) for location in others):
            raise
    return model.model_validate(given).model_dump()


def _write_out(given: Any, location: Place, files: Sequence[str | Path]) -> bool:
    """Put in what is written at a place, of a key or a value; whether that is known."""
    place = _place(location)
    *outer, last = place
    node = given
    for part in outer:
        node = node[part]
    if location[-1] == "[key]":
        # Names in the order of the file; what did not come from one is written as Python writes it.
        written = keys_at(tuple(outer), files)
        names = written if len(written) == len(node) else [str(key) for key in node]
        entries = dict(zip(names, list(node.values()), strict=True))
        node.clear()
        node.update(entries)
        return True
    text = text_at(place, files)
    if text is None and isinstance(node[last], bool):
        return False
    node[last] = str(node[last]) if text is None else text
    return True


def problems_of(error: ValidationError) -> Iterator[str]:
    """What is wrong with a configuration, a sentence each, with its place in front."""
    schema = json_schema()
    for place, problem in _problems(error, schema):
        yield f"{_written(place)}: {problem}" if place else problem


def without_empty(value: Any) -> Any:
    """Drop keys that YAML left empty (``qc:`` and nothing behind it)."""
    if isinstance(value, Mapping):
        return {key: without_empty(inner) for key, inner in value.items() if inner is not None}
    if isinstance(value, list):
        return [without_empty(item) for item in value]
    return value


class _WithoutTitles(GenerateJsonSchema):
    def field_title_should_be_set(self, schema: Any) -> bool:
        """The names of options say what a title would."""
        return False


@cache
def json_schema() -> dict[str, Any]:
    """The schema that editors complete and check a configuration by."""
    schema = configuration_model().model_json_schema(schema_generator=_WithoutTitles)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def fields_at(place: Place, schema: Mapping[str, Any]) -> dict[str, Any]:
    """The options of the group at a place, by name; none where no group stands."""
    if "members" in place:  # of a stack, each of which is chosen as a model is
        place = place[: place.index("params")]
    node: Mapping[str, Any] = schema
    for part in place:
        node = _group_of(node, schema)
        if isinstance(part, int):
            node = node.get("items", {})
        else:
            node = node.get("properties", {}).get(part) or node.get("additionalProperties") or {}
            node = node if isinstance(node, Mapping) else {}
    return _group_of(node, schema).get("properties", {})


def groups(place: str, node: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Place and schema of every group of options, from the outside in."""
    node = referred(node, json_schema())
    if "properties" in node:
        yield place, node
        for name, inner in node["properties"].items():
            yield from groups(f"{place}.{name}".lstrip("."), inner)
    for one in (*node.get("anyOf", ()), *node.get("oneOf", ())):
        yield from groups(place, one)
    if "items" in node:
        yield from groups(f"{place}[]", node["items"])
    for inner in entries(node):
        yield from groups(f"{place}.<name>", inner)


def entries(node: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Schemas of the values of a mapping whose keys are names."""
    yield from node.get("patternProperties", {}).values()
    if isinstance(node.get("additionalProperties"), Mapping):
        yield node["additionalProperties"]


def referred(node: Mapping[str, Any], schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """What a node of a schema refers to, or the node itself."""
    return schema["$defs"][node["$ref"].rpartition("/")[2]] if "$ref" in node else node


def _group_of(node: Mapping[str, Any], schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """A node behind references and alternatives, of which the one with options or entries counts."""
    node = referred(node, schema)
    for one in [*node.get("anyOf", []), *node.get("oneOf", [])]:
        inner = _group_of(one, schema)
        if inner.keys() & {"properties", "items", "additionalProperties", "patternProperties"}:
            return inner
    patterns = node.get("patternProperties")
    return {**node, "additionalProperties": next(iter(patterns.values()))} if patterns else node


def _problems(error: ValidationError, schema: Mapping[str, Any]) -> Iterator[tuple[Place, str]]:
    """Place and sentence of each problem."""
    for one in error.errors():
        place = _place(one["loc"])
        kind, value, context = one["type"], one["input"], one.get("ctx", {})
        if kind == "extra_forbidden":
            yield place[:-1], _unknown(str(place[-1]), fields_at(place[:-1], schema))
        elif kind == "missing":
            yield place[:-1], f"{place[-1]} is missing."
        elif kind == "value_error":
            yield place, str(context["error"])
        elif kind == READ_AS_OTHER:
            yield place, one["msg"]
        elif kind == "form":
            hint = f"is not a list: write `[{value}]`, or `all` for all of them."
            wants_array = "'array'" in one["msg"]
            yield place, f"{value!r} {hint}" if wants_array else f"{value!r} {one['msg']}."
        elif kind == "list_type" and isinstance(value, str):
            yield place, f"{value!r} is not a list: write `[{value}]`."
        elif kind == "literal_error":
            expected = re.findall("'([^']*)'", context["expected"])
            yield place, f"{value!r} is unknown. {_instead(str(value), expected)}"
        elif kind == "string_pattern_mismatch":
            yield place[:-1], f"{value!r} is not a valid name: use letters, digits, '.', '_' and '-'."
        elif kind == "too_short":
            yield place, f"{value!r} should be non-empty."
        elif kind == "finite_number":
            yield place, f"{value!r} is not a number that is finite."
        elif kind in BOUNDS:
            key, words = BOUNDS[kind]
            yield place, f"{value!r} {words} {context[key]}."
        else:
            yield place, _no_type(value, kind, one["msg"])


def _place(location: Place) -> Place:
    """A location of pydantic without what it says of alternatives and of keys."""
    return tuple(part for part in location if part != "[key]" and not str(part).startswith("<"))


def _written(place: Place) -> str:
    text = ""
    for part in place:
        text += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text


def _instead(name: str, known: Iterable[str]) -> str:
    """What to write in place of a name that is not known, as a sentence."""
    new = [one for one in RENAMED.get(name, ()) if one in known]
    if new:
        return f"Since 0.2.0 it is called {new[0]!r}."
    return MOVED.get(name) or nearest(name, known)


def _unknown(key: str, known: Mapping[str, Any]) -> str:
    """A key that its group does not have: what to write in its place, or where."""
    if "params" in known and any(key in method.parameters for method in METHODS.values()):
        hint = "It is a parameter: write it below `params:`, indented."
    elif key in {*RENAMED, *MOVED} or difflib.get_close_matches(key, known, n=1, cutoff=MISSPELT):
        hint = _instead(key, known)
    else:
        hint = _elsewhere(key) or nearest(key, known)
    return f"unknown key {key!r}. {hint}"


def _elsewhere(key: str) -> str:
    """Where a key belongs, as a sentence; empty if no group has it."""
    places = [place for place, group in groups("", json_schema()) if key in group["properties"]]
    if not places:
        return ""
    *_, of, last = ["", *min(places, key=lambda place: place.count(".")).split(".")]
    if last == "":
        return "It belongs to the left, at the level of `datasets:`."
    if last.endswith("[]"):
        return f"It belongs to an entry of `{last[:-2]}:`, indented like its `name:`."
    if last == "<name>":
        return f"It belongs below a name of `{of}:`, indented."
    return f"It belongs below `{last}:`, indented."


def _no_type(value: Any, kind: str, message: str) -> str:
    name = KINDS.get(kind.partition("_")[0])
    return f"{value!r} is not of type {name!r}.{_form(name, value)}" if name else f"{value!r}: {message}."


def _form(name: str, value: Any) -> str:
    """How to write a list where a group was found, and a group where something else was."""
    if name == "array" and isinstance(value, dict) and value:
        first, inner = next(iter(value.items()))
        entry = f"name: {first}" if isinstance(inner, dict) else f"{first}: {inner}"
        return f" Begin each entry of a list with a dash: `- {entry}`."
    return " Write `key: value`, a line each, below it." if name == "object" else ""
