"""A group of options is one new file."""

import json

import yaml

BREEDING = '''
"""What a cycle of breeding looks like."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from dnngp.config.option_types import Options, Section


class Breeding(Options):
    """A cycle of breeding."""

    parents: int = Field(20, ge=2, le=500)
    """Samples that are crossed."""

    offspring: int = Field(200, ge=2)
    """Samples of the next cycle."""

    crosses: Literal["all", "best"] = "best"
    """Which parents are crossed with which."""

    @model_validator(mode="after")
    def _enough(self) -> Self:
        if self.offspring < self.parents:
            raise ValueError("`offspring` are fewer than `parents`.")
        return self


SECTION = Section("breeding", Breeding, order=65)
'''

ASK = """
import json, sys
from dnngp.base.errors import UserError
from dnngp.config import read_configuration
try:
    print(json.dumps(read_configuration(json.loads(sys.argv[1])).resolved))
except UserError as error:
    print(error)
"""


def test_a_group_of_options_is_one_file(project, tmp_path):
    project.add("config/sections/breeding.py", BREEDING)
    config = {"datasets": [{"name": "peas", "simulate": {}}], "methods": ["mean"]}

    def asked(**breeding):
        return project.python("-c", ASK, json.dumps(config | {"breeding": breeding})).stdout

    resolved = json.loads(asked(offspring=50))
    assert resolved["breeding"] == {"parents": 20, "offspring": 50, "crosses": "best"}
    assert list(resolved).index("breeding") == list(resolved).index("cv") + 1
    problems = asked(parents=1, ofspring=3, crosses="bst").splitlines()
    assert problems == [
        "The configuration has 3 problems:",
        "  - breeding.parents: 1 is less than the minimum of 2.",
        "  - breeding.crosses: 'bst' is unknown. Did you mean 'best'?",
        "  - breeding: unknown key 'ofspring'. Did you mean 'offspring'?",
    ]
    assert "breeding: `offspring` are fewer than `parents`." in asked(offspring=3)
    assert (
        "breeding: [1] is not of type 'object'."
        in project.python("-c", ASK, json.dumps(config | {"breeding": [1]})).stdout
    )

    page = project.page("configuration")
    assert "## `breeding`" in page
    assert "| `parents` | integer (≥ 2, ≤ 500) | `20` | Samples that are crossed. |" in page
    schema = yaml.safe_load((project.root / "workflow" / "schemas" / "config.schema.yaml").read_text())
    assert "breeding" in schema["properties"]

    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "config.yaml").write_text(yaml.safe_dump(config | {"breeding": {"parent": 3}}))
    process = project.snakemake(tmp_path / "run", "--dry-run")
    assert process.returncode == 1
    assert "breeding: unknown key 'parent'. Did you mean 'parents'?" in process.stdout + process.stderr
