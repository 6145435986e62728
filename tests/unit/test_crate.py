"""What the description of a run says when a fit failed, and of files that went in."""

import base64

from dnngp.report.crate import run_crate

RUN = {"workflow": "1.2.3", "config_sha256": "0" * 64}


def described(tmp_path, failed):
    (tmp_path / "workflow.smk").write_text("rule all:\n")
    (tmp_path / "accuracy.tsv").write_text("r\n")
    file = {"name": "g.vcf.gz", "description": "Genotypes", "size": 5, "sha256": "ab" * 32}
    crate = run_crate(
        tmp_path,
        title="Title <b>",
        workflow="workflow.smk",
        inputs=[file],
        results={"accuracy.tsv": "Scores"},
        run=RUN,
        snakemake="9.0",
        ended="2026-01-01T00:00:00+00:00",
        failed=failed,
    )
    return {entity["@id"]: entity for entity in crate["@graph"]}


def test_a_run_with_failed_fits_is_described_as_failed(tmp_path):
    action = described(tmp_path, failed=2)["#run"]
    assert action["actionStatus"] == "http://schema.org/FailedActionStatus"
    assert action["error"] == "2 fits failed"
    assert "error" not in described(tmp_path, failed=0)["#run"]


def test_files_that_went_in_are_named_by_their_content(tmp_path):
    graph = described(tmp_path, failed=0)
    name = "ni:///sha-256;" + base64.urlsafe_b64encode(bytes.fromhex("ab" * 32)).decode().rstrip("=")
    assert graph[name]["contentSize"] == "5"
    assert graph[name]["encodingFormat"] == "application/gzip"
    assert {"@id": name} in graph["#run"]["object"]
    assert {"@id": name} in graph["./"]["hasPart"]
    assert str(tmp_path) not in str(graph)
