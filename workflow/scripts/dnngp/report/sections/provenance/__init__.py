"""What is needed to repeat the run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml

from dnngp.report.results import Results
from dnngp.report.section import Section


def context(results: Results) -> dict[str, Any]:
    """Versions and the configuration."""
    config = yaml.safe_dump(dict(results.config), sort_keys=False, allow_unicode=True)
    return {"run": _flat(results.json("run.json")), "config": config}


def _flat(run: Mapping[str, Any]) -> dict[str, str]:
    """Provenance as one list: versions by library, other groups with their name in front."""
    flat: dict[str, str] = {}
    for key, value in run.items():
        if isinstance(value, Mapping):
            prefix = "" if key == "versions" else f"{key} "
            flat |= {f"{prefix}{name}": str(inner) for name, inner in value.items()}
        else:
            flat[key] = str(value)
    return flat


SECTION = Section("provenance", "Provenance", 90, (), context)
