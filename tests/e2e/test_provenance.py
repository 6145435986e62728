"""Every result says what it was made from, for people and for machines."""

import json
import re

import pytest
import yaml
from rocrate.rocrate import ROCrate
from tests.e2e.conftest import ROOT

from dnngp.base.seeds import digest, file_sha256
from dnngp.base.tables import read_table

SHA256 = re.compile(r"[0-9a-f]{64}")


@pytest.fixture(scope="module")
def results(finished_run):
    return finished_run / "results"


def test_every_row_leads_to_what_it_was_made_from(results, finished_run):
    accuracy = read_table(results / "accuracy.tsv")
    metas = [json.loads(path.read_text()) for path in results.rglob("r*b*.meta.json")]
    folder_of = {"yield": "yield", "Höhe (cm) ./x": "Hohe_cm_._x"}
    vcf = finished_run / "resources" / "beans" / "genotypes.vcf.gz"
    for row in accuracy.itertuples():
        found = [
            meta
            for meta in metas
            if (meta["dataset"], meta["trait"], meta["scheme"], meta["model"])
            == (row.dataset, folder_of[row.trait], row.scheme, row.model)
            and f"r{row.repeat}f{row.fold}" in meta["seeds"]
        ]
        assert len(found) == 1, row
        (meta,) = found
        cell = results / row.dataset / folder_of[row.trait]
        assert meta["genotypes"]["sha256"] == file_sha256(vcf)
        assert meta["phenotype_sha256"] == file_sha256(cell / "phenotype.tsv")
        assert meta["splits_sha256"] == file_sha256(cell / row.scheme / "splits.tsv")
        assert meta["seeds"][f"r{row.repeat}f{row.fold}"] == row.seed
        assert re.fullmatch(r"[0-9a-f]{16}", meta["code"])
        assert meta["threads"] == 1
        assert meta["cpu_s"] > 0
        assert meta["peak_mb"] > 50
        assert meta["host"].keys() == {"name", "system", "machine", "processor", "cores", "memory_mb"}
        assert {"python", "numpy", "scikit-learn"} <= meta["versions"].keys()


def test_fits_of_a_size_study_tell_the_same(results):
    one, *_ = results.glob("beans/yield/experiments/*/gblup/r1.meta.json")
    ordinary = json.loads((results / "beans/yield/random/gblup/r1b1.meta.json").read_text())
    told = json.loads(one.read_text())
    assert ordinary.keys() - told.keys() == {"scheme", "block", "layers", "timing", "ledger", "components"}
    assert told.keys() - ordinary.keys() == {"samples", "markers", "markers_sha256"}


def test_the_run_tells_configuration_lock_and_code(results):
    run = json.loads((results / "run.json").read_text())
    config = yaml.safe_load((results / "config.yaml").read_text())
    assert run["config_sha256"] == digest(yaml.safe_dump(config, sort_keys=True))
    assert run["lock_sha256"] == file_sha256(ROOT / "envs" / "requirements.lock")
    assert run["revision"] is None or re.fullmatch(r"[0-9a-f]{40}(-dirty)?", run["revision"])
    for name, found in run["tables_sha256"].items():
        assert found == file_sha256(results / f"{name}.tsv")


def test_the_crate_is_read_by_a_library_and_holds_what_it_says(results, finished_run):
    crate = ROCrate(results)
    assert crate.mainEntity.id == "workflow.smk"
    assert (results / "workflow.smk").read_text() == (ROOT / "workflow" / "Snakefile").read_text()
    profiles = {profile.id for profile in crate.root_dataset["conformsTo"]}
    assert "https://w3id.org/ro/wfrun/workflow/0.5" in profiles
    (action,) = [entity for entity in crate.contextual_entities if entity.type == "CreateAction"]
    assert action["instrument"].id == "workflow.smk"
    assert action["actionStatus"] == "http://schema.org/CompletedActionStatus"
    inside = [entity for entity in crate.data_entities if not entity.id.startswith("ni:")]
    outside = [entity for entity in crate.data_entities if entity.id.startswith("ni:")]
    for entity in inside:
        assert entity["sha256"] == file_sha256(results / entity.id)
    assert {entity["sha256"] for entity in outside} == {
        file_sha256(finished_run / "resources" / "beans" / name)
        for name in ("genotypes.vcf.gz", "phenotypes.csv")
    }
    assert {entity.id for entity in outside} | {"config.yaml"} == {entity.id for entity in action["object"]}
    made = {entity.id for entity in action["result"]}
    assert {"accuracy.tsv", "summary.tsv", "report/index.html", "beans/predictions.tsv"} <= made
    assert "config.yaml" not in made


def test_the_crate_refers_to_nothing_it_does_not_describe(results):
    graph = json.loads((results / "ro-crate-metadata.json").read_text())["@graph"]
    described = [entity["@id"] for entity in graph]
    assert len(described) == len(set(described))
    values = [value for entity in graph for value in entity.values()]
    referred = {
        reference["@id"]
        for value in values
        for reference in (value if isinstance(value, list) else [value])
        if isinstance(reference, dict)
    }
    external = {one for one in referred if one.startswith("https://") and one not in described}
    assert referred - external <= set(described)
    parts = {part["@id"] for part in graph[1]["hasPart"]}
    assert {entity["@id"] for entity in graph if "File" in entity["@type"]} == parts
    facts = {entity["name"]: entity["value"] for entity in graph if entity["@type"] == "PropertyValue"}
    assert facts.keys() == {"config_sha256", "lock_sha256", "code_sha256"}
    assert all(SHA256.fullmatch(value) for value in facts.values())
