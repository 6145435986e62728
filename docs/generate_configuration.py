"""Write what follows from the groups of options: the reference page, and the schema that editors read.

python docs/generate_configuration.py          write both
python docs/generate_configuration.py --check  exit 1 if one is out of date
"""

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "workflow" / "scripts"))

from dnngp.config.schema import groups, json_schema, referred  # noqa: E402

SCHEMA = ROOT / "workflow" / "schemas" / "config.schema.yaml"
PAGE = ROOT / "docs" / "reference" / "configuration.md"

HEAD = """# Configuration

Every option, written by `docs/generate_configuration.py` from the groups of options in
[`workflow/scripts/dnngp/config/sections`](../../workflow/scripts/dnngp/config/sections). A dash means that an
option has no default. Threads, memory and the cluster are no part of it: they belong to Snakemake's profile.
"""

NAMES = {"null": "empty", "object": "mapping", "array": "list"}
BOUNDS = {"minimum": "≥", "exclusiveMinimum": ">", "maximum": "≤", "exclusiveMaximum": "<"}


def page() -> str:
    """The whole page: a table of each group, the groups within it below; one used twice stands once."""
    parts, shortest = [HEAD], {}
    for place, group in groups("", json_schema()):
        shortest[id(group)] = min(shortest.get(id(group), place), place, key=lambda one: one.count("."))
    for place, group in groups("", json_schema()):
        if shortest[id(group)] == place:
            title = f"`{place}`" if place else "Top level"
            parts += [f"\n## {title}\n", "| option | type | default | meaning |", "| --- | --- | --- | --- |"]
            parts += list(rows(group))
    return "\n".join(parts) + "\n"


def rows(group: Mapping[str, Any]) -> Iterator[str]:
    """One row of the table for each option of a group."""
    for name, option in group["properties"].items():
        within = referred(option, json_schema())
        default = f"`{json.dumps(option['default'], ensure_ascii=False)}`" if "default" in option else "–"
        if within is not option and "default" not in option:
            default = "see below"
        required = " **Required.**" if name in group.get("required", []) else ""
        meaning = " ".join(option.get("description", within.get("description", "")).split())
        yield f"| `{name}` | {kind(option)} | {default} | {meaning}{required} |"


def kind(option: Mapping[str, Any]) -> str:
    """The type of an option with its bounds, in words."""
    option = referred(option, json_schema())
    choices = [*option.get("anyOf", ()), *option.get("oneOf", ())]
    if choices:
        return " or ".join(dict.fromkeys(map(kind, choices)))
    if "const" in option or "enum" in option:
        return " or ".join(f"`{value}`" for value in option.get("enum", [option.get("const")]))
    text = NAMES.get(option["type"], option["type"])
    if "enum" in option.get("items", {}):
        text += " of " + ", ".join(f"`{value}`" for value in option["items"]["enum"])
    bounds = [f"{sign} {option[key]:g}" for key, sign in BOUNDS.items() if key in option]
    return f"{text} ({', '.join(bounds)})" if bounds else text


def schema_text() -> str:
    """The schema as a file."""
    head = "# Written by docs/generate_configuration.py from the groups of options, for editors.\n"
    return head + yaml.safe_dump(
        json_schema(), sort_keys=False, allow_unicode=True, width=110, default_flow_style=None
    )


if __name__ == "__main__":
    written = {PAGE: page(), SCHEMA: schema_text()}
    if "--check" in sys.argv:
        stale = [
            path.name for path, text in written.items() if not path.is_file() or path.read_text() != text
        ]
        sys.exit(f"{', '.join(stale)}: out of date" if stale else 0)
    for path, text in written.items():
        path.write_text(text)
