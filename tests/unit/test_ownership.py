"""Results of another configuration in the same folder are noticed, not overwritten."""

from dataclasses import replace

import pytest
import yaml

from dnngp.config import read_configuration
from dnngp.config.ownership import OWNER, claim


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def configuration(*datasets, file="config.yaml", **settings):
    """A configuration in a file: what :func:`claim` is told of it."""
    raw = {"datasets": [{"name": name, "simulate": {"samples": 30, "markers": 40}} for name in datasets]}
    raw |= {"methods": ["mean"], **settings}
    with open(file, "w") as handle:
        yaml.safe_dump(raw, handle)
    return "results", read_configuration(raw), [file]


def test_settings_and_datasets_of_a_file_may_change():
    assert claim(*configuration("a", "b")) is None
    assert claim(*configuration("a", "c", seed=3)) is None
    assert claim(*configuration("c", seed=3)) is None


@pytest.mark.parametrize(
    "other",
    [
        {"file": "other.yaml", "seed": 2},
        {"datasets": ["c"], "file": "other.yaml"},
        {"datasets": ["c"]},
    ],
    ids=["settings of another file", "datasets of another file", "all datasets of a file"],
)
def test_another_configuration_is_refused(other, tmp_path):
    assert claim(*configuration("a", "b")) is None
    before = (tmp_path / "results" / OWNER).read_bytes()
    problem = claim(*configuration(*other.pop("datasets", ["a", "b"]), **other))
    assert "another configuration, config.yaml (datasets a, b)" in problem
    assert "pathvars: {results: results/NAME}" in problem
    assert (tmp_path / "results" / OWNER).read_bytes() == before
    (tmp_path / "results" / OWNER).unlink()
    assert claim(*configuration("c", file="other.yaml")) is None


def test_results_are_not_written_among_the_files_of_the_user(tmp_path):
    _, config, files = configuration("a")
    config = replace(config, datasets={"a": replace(config.datasets["a"], phenotypes="data/p.csv")})
    assert "the results would lie in data among your own files (data/p.csv)" in claim("data", config, files)
    assert not (tmp_path / "data").exists()
    assert claim("data/results", config, files) is None


def test_a_copy_and_the_configuration_that_a_run_leaves_are_the_same():
    assert claim(*configuration("a")) is None
    assert claim(*configuration("a", file="copy.yaml")) is None
    assert claim(*configuration("a", file="results/config.yaml", seed=5)) is None


def test_a_moved_folder_is_the_same(tmp_path, monkeypatch):
    (tmp_path / "old").mkdir()
    monkeypatch.chdir(tmp_path / "old")
    assert claim(*configuration("a")) is None
    (tmp_path / "old").rename(tmp_path / "new")
    monkeypatch.chdir(tmp_path / "new")
    assert claim(*configuration("a", seed=4)) is None
