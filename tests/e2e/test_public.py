"""A public dataset from mirror to tables, and what is said when it cannot be had."""

import hashlib
import os
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
import yaml
from tests.e2e.conftest import snakemake
from tests.e2e.test_bad_input import LINES, phenotype_text
from tests.e2e.test_run import copy_workflow

GENOTYPES = "id,m1,m2\n" + "".join(f"{name},{number % 3},{number % 2}\n" for number, name in enumerate(LINES))
CONFIG = {
    "datasets": [{"name": "d", "preset": "made_up", "qc": {"maf": 0}}],
    "methods": ["mean"],
    "cv": {"folds": 2, "schemes": ["random"]},
}


@pytest.fixture
def workflow(tmp_path):
    """A copy of the workflow whose catalogue holds one made-up dataset at a server that has nothing."""

    class Nothing(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_error(404)

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Nothing)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    folder = tmp_path / "workflow copy"
    copy_workflow(folder)
    files = {
        name: {
            "url": f"http://127.0.0.1:{server.server_port}/{name}",
            "sha256": hashlib.sha256(content.encode()).hexdigest(),
        }
        for name, content in (("genotypes.csv", GENOTYPES), ("phenotypes.csv", phenotype_text()))
    }
    entry = {"species": "none", "lines": 24, "samples_in": "rows", "traits": ["yield"], "files": files}
    entry |= {"converter": "tables", "licence": "none", "citation": "none"}
    (folder / "workflow" / "resources" / "datasets.yaml").write_text(yaml.safe_dump({"made_up": entry}))
    yield folder / "Snakefile"
    server.shutdown()
    server.server_close()


def test_a_preset_is_read_from_a_mirror_or_says_where_to_put_it(workflow, tmp_path, monkeypatch):
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)
    study = tmp_path / "study"
    wanted = ("results/d/yield/phenotype.tsv", "--snakefile", workflow)
    process = snakemake(study, CONFIG, *wanted)
    assert process.returncode != 0
    text = process.stdout + process.stderr
    assert "/genotypes.csv answers 404" in text
    assert "put it into the folder that DNNGP_MIRROR names, as made_up/genotypes.csv" in text
    assert "Traceback" not in text

    mirror = tmp_path / "mirror" / "made_up"
    mirror.mkdir(parents=True)
    (mirror / "genotypes.csv").write_text(GENOTYPES)
    (mirror / "phenotypes.csv").write_text(phenotype_text())
    monkeypatch.setenv("DNNGP_MIRROR", str(mirror.parent))
    process = snakemake(study, CONFIG, *wanted)
    assert process.returncode == 0, process.stdout + process.stderr
    lines = (study / "results" / "d" / "yield" / "phenotype.tsv").read_text().splitlines()
    assert [line.split("\t")[0] for line in lines[1:]] == LINES
