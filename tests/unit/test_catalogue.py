"""The catalogue of public datasets: its form, and what a configuration makes of it."""

import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator

from dnngp.base.errors import UserError
from dnngp.config import read_configuration
from dnngp.config.public_datasets import catalogue, preset
from dnngp.genotypes.converters import CONVERTERS

ROOT = Path(__file__).parents[2]
SCHEMAS = ROOT / "workflow" / "schemas"
NAMES = sorted(catalogue())


def read(**entry):
    raw = {"datasets": [{"name": "d", **entry}]}
    return read_configuration(raw)


def test_the_catalogue_has_the_form_that_its_schema_says():
    schema = yaml.safe_load((SCHEMAS / "datasets.schema.yaml").read_text())
    Draft202012Validator.check_schema(schema)
    errors = [error.message for error in Draft202012Validator(schema).iter_errors(catalogue())]
    assert errors == []


def test_the_table_of_the_docs_is_up_to_date():
    check = subprocess.run([sys.executable, ROOT / "docs" / "generate_datasets.py", "--check"], check=False)
    assert check.returncode == 0, "run: python docs/generate_datasets.py"


@pytest.mark.parametrize("name", NAMES)
def test_every_preset_is_a_dataset_by_itself(name):
    dataset = read(preset=name).datasets["d"]
    entry = catalogue()[name]
    assert list(dataset.traits.values()) == entry["traits"]
    assert dataset.species == entry["species"]
    assert dataset.genotypes == f"<resources>/public/{name}/genotypes.csv.gz"
    assert entry["converter"] in {*CONVERTERS, "tables"}
    if entry["converter"] == "tables":
        assert set(entry["files"]) == {"genotypes.csv", "phenotypes.csv"}


def test_what_a_preset_decides_is_shown_in_the_resolved_configuration():
    config = read(preset="potato_gwaspoly", traits=["chip_color"], covariates={"Grp1": "number"})
    (entry,) = config.resolved["datasets"]
    assert (entry["species"], entry["ploidy"], entry["samples_in"]) == ("potato", 4, "columns")
    assert list(config.datasets["d"].traits) == ["chip_color"]
    again = read_configuration(config.resolved)
    assert again.resolved == config.resolved


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        (
            {"preset": "wheat600"},
            "there is no public dataset 'wheat600' (`preset`). Did you mean 'wheat599'?",
        ),
        ({"preset": "wheat599", "traits": ["yield"]}, "has no trait 'yield'. Did you mean 'yield_env"),
        ({"preset": "wheat599", "groups": "family"}, "has no column 'family' (`groups`); there is none."),
        (
            {"preset": "mice", "covariates": {"sex": "factor"}},
            "(`covariates`); there is 'GENDER', 'Litter', 'cage'",
        ),
        ({"preset": "wheat599", "impute": "beagle"}, "`impute` takes a VCF, and a preset is a table"),
        ({"preset": "wheat599", "simulate": {}}, "or `simulate` or `preset` instead of them"),
        ({}, "or `simulate` or `preset` instead of them"),
    ],
)
def test_what_cannot_be_is_told(entry, message):
    with pytest.raises(UserError) as caught:
        read(**entry)
    assert message in str(caught.value)


def test_a_preset_knows_its_files():
    files = preset("mouse_hs1940").files
    assert sorted(files) == ["mouse_hs1940.bed", "mouse_hs1940.bim", "mouse_hs1940.fam"]
    assert all(len(file["sha256"]) == 64 for file in files.values())
