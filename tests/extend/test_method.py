"""One file adds a method: it is checked, run, in every table, the report and the documentation."""

import pandas as pd
import pytest
import yaml

NEIGHBOURS = '''"""The mean of the nearest samples."""

from sklearn.neighbors import KNeighborsRegressor

from dnngp.methods.declaration import Method

METHOD = Method(name="neighbours", estimator=KNeighborsRegressor, summary="The mean of the nearest samples.")
'''

CONFIG = {
    "title": "Extended",
    "datasets": [{"name": "peas", "simulate": {"samples": 40, "markers": 80, "chromosomes": 2}}],
    "methods": [],
    "models": {"near": {"method": "neighbours", "params": {"n_neighbors": 3}}},
    "controls": False,
    "cv": {"schemes": ["random"], "folds": 2},
}


def write(folder, config):
    (folder / "config.yaml").write_text(yaml.safe_dump(config))


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A copy of the project with one more method, and the folder of a finished run of it."""
    from tests.extend.conftest import copy_of_project

    folder = tmp_path_factory.mktemp("method")
    project = copy_of_project(folder / "project")
    project.add("methods/neighbours.py", NEIGHBOURS)
    write(folder, CONFIG)
    process = project.snakemake(folder)
    assert process.returncode == 0, process.stdout + process.stderr
    return project, folder


def test_it_is_in_every_table(run):
    results = run[1] / "results"
    accuracy = pd.read_csv(results / "accuracy.tsv", sep="\t")
    near = accuracy[accuracy["model"] == "near"]
    assert near["status"].tolist() == ["ok", "ok"]
    assert near["n_features"].gt(0).all()
    summary = pd.read_csv(results / "summary.tsv", sep="\t")
    assert summary["model"].tolist() == ["near"]


def test_it_is_in_the_report(run):
    page = (run[1] / "results" / "report" / "index.html").read_text()
    assert 'data-model="near"' in page or ">near<" in page


def test_it_is_in_the_documentation(run):
    page = run[0].page("methods")
    assert "| `neighbours` | The mean of the nearest samples. |" in page
    assert "| `n_neighbors` |" in page


def test_its_parameters_are_checked_before_anything_runs(run, tmp_path):
    wrong = {"near": {"method": "neighbours", "params": {"n_neighbors": -3, "weight": 1}}}
    write(tmp_path, CONFIG | {"models": wrong})
    process = run[0].snakemake(tmp_path, "--dry-run")
    told = process.stdout + process.stderr
    assert process.returncode != 0
    assert "models.near.params.n_neighbors must be an int in the range [1, inf)" in told
    assert "method 'neighbours' has no parameter 'weight'" in told
