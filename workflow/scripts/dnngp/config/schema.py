"""The schema of the configuration: what it finds wrong, in words, and the defaults it fills in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from dnngp.base.errors import nearest
from dnngp.genotypes.file_formats import FORMAT_CHOICES
from dnngp.validation.schemes import SCHEMES


def read_schema(path: str | Path) -> dict[str, Any]:
    """The schema, with the choices that are found by scanning a package put in."""
    schema = yaml.safe_load(Path(path).read_text())
    for section in schema["$defs"].values():
        if "format" in section.get("properties", {}):
            section["properties"]["format"]["enum"] = list(FORMAT_CHOICES)
    schema["properties"]["cv"]["properties"]["schemes"]["items"]["enum"] = list(SCHEMES)
    return schema


def without_empty(value: Any) -> Any:
    """Drop keys that YAML left empty (``qc:`` and nothing behind it)."""
    if isinstance(value, Mapping):
        return {key: without_empty(inner) for key, inner in value.items() if inner is not None}
    if isinstance(value, list):
        return [without_empty(item) for item in value]
    return value


def schema_problems(config: Any, schema: Mapping[str, Any]) -> Iterator[str]:
    """What the schema forbids, in the order of the places where it was found."""
    errors = Draft202012Validator(schema).iter_errors(config)
    for error in sorted(errors, key=lambda error: list(map(str, error.absolute_path))):
        yield from _explain(error)


def with_defaults(value: Any, schema: Mapping[str, Any], root: Mapping[str, Any]) -> Any:
    """Copy ``value`` with the schema's defaults filled in at every depth, keys in the order of the schema.

    The order matters to Snakemake, which compares parameters as text.
    """
    if "$ref" in schema:
        return with_defaults(value, _referred(schema["$ref"], root), root)
    if isinstance(value, Mapping):
        properties = schema.get("properties", {})
        others = schema.get("additionalProperties")
        filled = {}
        for key, inner_schema in properties.items():
            if key in value:
                filled[key] = with_defaults(value[key], inner_schema, root)
            elif "default" in inner_schema:
                filled[key] = with_defaults(deepcopy(inner_schema["default"]), inner_schema, root)
        for key in [key for key in value if key not in properties]:
            filled[key] = with_defaults(value[key], others if isinstance(others, Mapping) else {}, root)
        return filled
    if isinstance(value, list):
        return [with_defaults(item, schema.get("items", {}), root) for item in value]
    return value


def _referred(reference: str, root: Mapping[str, Any]) -> Mapping[str, Any]:
    node: Any = root
    for part in reference.removeprefix("#/").split("/"):
        node = node[part]
    return node


def _explain(error: ValidationError) -> Iterator[str]:
    place = ""
    for part in error.absolute_path:
        place += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if place else str(part)
    prefix = f"{place}: " if place else ""
    if error.validator == "additionalProperties":
        known = error.schema.get("properties", {})
        for key in error.instance:
            if key not in known:
                yield f"{prefix}unknown key {key!r}. {nearest(key, known)}"
    elif error.validator == "oneOf" and {"required": ["simulate"]} in error.validator_value:
        yield f"{prefix}needs both `genotypes` and `phenotypes`, or `simulate` or `preset` instead of them."
    elif error.validator == "oneOf" and [one.get("type", "all") for one in error.validator_value] == [
        "all",
        "array",
    ]:
        yield f"{prefix}{error.instance!r} is no list: write `[{error.instance}]`, or `all` for all of them."
    elif error.validator == "required":
        missing = [key for key in error.validator_value if key not in error.instance]
        yield f"{prefix}{', '.join(missing)} is missing."
    elif error.validator == "pattern":
        yield f"{prefix}{error.instance!r} is no folder name: use letters, digits, '.', '_' and '-'."
    elif error.validator == "not":
        yield f"{prefix}{error.instance!r} has a meaning of its own. Use another name."
    elif error.validator == "enum":
        yield f"{prefix}{error.instance!r} is unknown. {nearest(str(error.instance), error.validator_value)}"
    else:
        yield f"{prefix}{error.message}."
