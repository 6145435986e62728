"""What the description of a run says when a fit failed, and of files that went in."""

import base64

import pandas as pd
import pytest

from dnngp.base.seeds import file_sha256
from dnngp.base.tables import write_json, write_table
from dnngp.report.crate import run_crate


@pytest.fixture
def described(tmp_path):
    """Describes a run with so many failed fits; entities by their id."""

    def describe(failed):
        results = tmp_path / "results"
        folds = pd.DataFrame({"dataset": "d", "status": ["failed"] * failed + ["ok"]})
        write_table(folds, results / "accuracy.tsv")
        write_json({"workflow": "1.2.3", "config_sha256": "0" * 64}, results / "run.json")
        (results / "workflow.smk").write_text("rule all:\n")
        (tmp_path / "g.vcf.gz").write_bytes(b"12345")
        (tmp_path / "same").write_bytes(b"12345")
        crate = run_crate(
            results,
            title="Title <b>",
            workflow=results / "workflow.smk",
            inputs={str(tmp_path / "same"): "Genotypes", str(tmp_path / "g.vcf.gz"): "Genotypes"},
            results=[results / "accuracy.tsv", results / "run.json"],
            sources="1" * 16,
        )
        return {entity["@id"]: entity for entity in crate["@graph"]}

    return describe


def test_a_run_with_failed_fits_is_described_as_failed(described):
    action = described(2)["#run"]
    assert action["actionStatus"] == "http://schema.org/FailedActionStatus"
    assert action["error"] == "2 fits failed"
    assert "error" not in described(0)["#run"]


def test_files_that_went_in_are_named_by_their_content(described, tmp_path):
    graph = described(0)
    digest = bytes.fromhex(file_sha256(tmp_path / "g.vcf.gz"))
    name = "ni:///sha-256;" + base64.urlsafe_b64encode(digest).decode().rstrip("=")
    assert graph[name]["contentSize"] == "5"
    assert graph[name]["encodingFormat"] == "application/gzip"
    assert [one["@id"] for one in graph["#run"]["object"]] == [name, "config.yaml"]
    assert {"@id": name} in graph["./"]["hasPart"]
    assert str(tmp_path) not in str(graph)


def test_tables_are_described_as_the_catalogue_has_it(described):
    graph = described(0)
    assert graph["accuracy.tsv"]["description"] == "Scores of every fold"
    assert graph["run.json"]["description"] == "Versions, machine and digests"
