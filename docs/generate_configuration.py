"""Write docs/reference/configuration.md from the schema of the configuration.

python docs/generate_configuration.py          write the page
python docs/generate_configuration.py --check  exit 1 if the page is out of date
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "workflow" / "scripts"))

from dnngp.config.schema import read_schema  # noqa: E402

SCHEMA = ROOT / "workflow" / "schemas" / "config.schema.yaml"
PAGE = ROOT / "docs" / "reference" / "configuration.md"

EXPERIMENTS = ("learning_curve", "encodings", "ablation")

HEAD = """# Configuration

Every option, generated from [`config.schema.yaml`](../../workflow/schemas/config.schema.yaml)
by `docs/generate_configuration.py`. A dash means that an option has no default.
Threads, memory and the cluster are no part of it: they belong to Snakemake's profile.
"""


def page() -> str:
    """The whole page."""
    schema = read_schema(SCHEMA)
    definitions = schema["$defs"]
    qc = definitions["qc"]
    experiments = schema["properties"]["experiments"]
    traits = definitions["simulation"]["properties"]["traits"]
    sections = [
        ("Top level", schema),
        ("`datasets` (each entry)", definitions["dataset"]),
        ("`datasets[].simulate`", definitions["simulation"]),
        (
            "`datasets[].simulate.traits` (each entry)",
            traits["additionalProperties"],
        ),
        ("`datasets[].layers` (each entry)", definitions["layer"]),
        ("`models` (each entry)", definitions["model"]),
        ("`models[].tune`", definitions["model"]["properties"]["tune"]),
        ("`qc`", qc),
        ("`qc.thin`", qc["properties"]["thin"]),
        ("`qc.prune`", qc["properties"]["prune"]),
        ("`cv`", schema["properties"]["cv"]),
        ("`experiments`", experiments),
        *((f"`experiments.{name}`", experiments["properties"][name]) for name in EXPERIMENTS),
        ("`compare`", schema["properties"]["compare"]),
        ("`trials` (each entry)", definitions["trial"]),
        *(
            (f"`trials.<name>.{name}`", definitions["trial"]["properties"][name])
            for name in ("records", "covariates")
        ),
        ("`predict` (each entry)", definitions["prediction"]),
        ("`predict.<name>.select`", definitions["prediction"]["properties"]["select"]),
    ]
    parts = [HEAD]
    for title, section in sections:
        parts += [f"\n## {title}\n", "| option | type | default | meaning |", "| --- | --- | --- | --- |"]
        parts += list(rows(section))
    return "\n".join(parts) + "\n"


def rows(section: dict[str, Any]) -> Iterator[str]:
    """One row of the table for each property of a section."""
    for name, option in section["properties"].items():
        if "$ref" in option:
            yield f"| `{name}` | section | – | {option.get('description', 'See below.')} |"
            continue
        default = f"`{json.dumps(option['default'], ensure_ascii=False)}`" if "default" in option else "–"
        if default == "`{}`" and option.get("additionalProperties") is False:
            default = "see below"
        required = " **Required.**" if name in section.get("required", []) else ""
        yield f"| `{name}` | {kind(option)} | {default} | {option['description'].strip()}{required} |"


def kind(option: dict[str, Any]) -> str:
    """The type of an option with its bounds, in words."""
    if "enum" in option:
        return " or ".join("empty" if value is None else f"`{value}`" for value in option["enum"])
    if "oneOf" in option:
        return " or ".join(dict.fromkeys(kind(choice) for choice in option["oneOf"]))
    if "const" in option:
        return f"`{option['const']}`"
    names = option["type"] if isinstance(option["type"], list) else [option["type"]]
    text = " or ".join(
        "empty" if name == "null" else {"object": "mapping", "array": "list"}.get(name, name)
        for name in names
    )
    bounds = [f"{sign} {option[key]}" for key, sign in (("minimum", "≥"), ("maximum", "≤")) if key in option]
    if "array" in names and "enum" in option.get("items", {}):
        text += " of " + ", ".join(f"`{value}`" for value in option["items"]["enum"])
    return f"{text} ({', '.join(bounds)})" if bounds else text


if __name__ == "__main__":
    if "--check" in sys.argv:
        sys.exit(0 if PAGE.is_file() and PAGE.read_text() == page() else f"{PAGE.name} is out of date")
    PAGE.write_text(page())
