"""Genotypes and phenotypes that a server has, fetched by a storage plugin of Snakemake."""

import functools
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest
from tests.e2e.conftest import command, snakemake

from dnngp.base.tables import read_table

pytest.importorskip(
    "snakemake_storage_plugin_http", reason="an optional plugin: envs/requirements-test.lock has it"
)

SAMPLES = [f"p{number}" for number in range(12)]


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture
def served(tmp_path):
    """The address of a folder that holds genotypes and phenotypes."""
    folder = tmp_path / "served"
    folder.mkdir()
    rows = [f"{name},{number % 3},{number % 2},{1 - number % 2}" for number, name in enumerate(SAMPLES)]
    (folder / "g.csv").write_text("id,m1,m2,m3\n" + "\n".join(rows) + "\n")
    (folder / "y.csv").write_text("id,yield\n" + "".join(f"{name},{k}.5\n" for k, name in enumerate(SAMPLES)))
    with ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=folder)) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_files_are_fetched_and_read(tmp_path, served):
    dataset = {
        "name": "far",
        "genotypes": f"{served}/g.csv",
        "phenotypes": f"{served}/y.csv",
        "traits": ["yield"],
    }
    config = {"datasets": [dataset], "methods": ["mean"], "cv": {"folds": 3, "schemes": ["random"]}}
    folder = tmp_path / "run"
    done = snakemake(folder, config, "results/far/yield/phenotype.tsv")
    assert done.returncode == 0, done.stdout + done.stderr
    assert read_table(folder / "results/far/yield/phenotype.tsv")["sample"].tolist() == SAMPLES
    # For the next job and run.
    kept = folder / ".snakemake" / "storage" / "http" / served.removeprefix("http://")
    assert sorted(file.name for file in kept.iterdir()) == ["g.csv", "y.csv"]
    checked = command(folder, "check", "config.yaml")
    assert checked.returncode == 0, checked.stdout
    assert f"{served}/g.csv (122 bytes)" in checked.stdout
    assert "Not checked" in checked.stdout
    (tmp_path / "served" / "g.csv").unlink()
    checked = command(folder, "check", "config.yaml")
    assert checked.returncode == 1
    assert f"1 problem:\n  - far: {served}/g.csv answers 404" in checked.stdout
