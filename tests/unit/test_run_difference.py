"""What differs between two runs."""

import json

import pytest
import yaml

from dnngp.base.errors import UserError
from dnngp.report.run_difference import described, differences


def run(folder, *, r=0.5, verdict="better", folds=5, genotypes="g", numpy="2.0", models=("gblup",)):
    folder.mkdir()
    (folder / "config.yaml").write_text(
        yaml.safe_dump({"cv": {"folds": folds}, "datasets": [{"name": "peas", "ploidy": 2}]})
    )
    about = {"workflow": "0.2.0", "revision": "x", "python": "3.11", "versions": {"numpy": numpy}}
    (folder / "run.json").write_text(json.dumps(about))
    place = "dataset\ttrait\tscheme\tmodel\t"
    rows = [f"peas\tyield\trandom\t{model}\t" for model in models]
    tables = {
        "summary": (f"{place}environment\tpearson", [f"{row}NA\t{r}" for row in rows]),
        "comparisons": (
            f"{place}reference\tenvironment\tverdict",
            [f"{row}rkhs\tNA\t{verdict}" for row in rows],
        ),
        "provenance": (
            f"{place}repeat\tblock\tgenotypes_sha256\tphenotype_sha256\tsplits_sha256",
            [f"{row}1\t1\t{genotypes}\tp\ts" for row in rows],
        ),
    }
    for name, (head, lines) in tables.items():
        (folder / f"{name}.tsv").write_text("\n".join([head, *lines]) + "\n")
    return folder


def test_two_runs_that_are_the_same(tmp_path):
    found = differences(run(tmp_path / "a"), run(tmp_path / "b"))
    assert set(found) == {"data", "settings", "versions", "numbers", "verdicts"}
    assert not any(found.values())
    assert described(found)[0] == "data: the same"


def test_each_thing_that_differs_is_named(tmp_path):
    other = {"r": 0.56, "verdict": "worse", "folds": 10, "genotypes": "h", "numpy": "2.1"}
    found = differences(run(tmp_path / "a"), run(tmp_path / "b", **other, models=("gblup", "svr")))
    assert found == {
        "data": ["peas: other genotypes (yield)"],
        "settings": ["cv.folds: 5 -> 10"],
        "versions": ["numpy: 2.0 -> 2.1"],
        "numbers": [
            "peas, yield, random, svr: only in the new run",
            "peas, yield, random, gblup: r 0.500 -> 0.560 (+0.060)",
        ],
        "verdicts": ["peas, yield, random: gblup against rkhs: better -> worse"],
    }


def test_a_run_of_another_version_is_refused(tmp_path):
    old = run(tmp_path / "a")
    (old / "summary.tsv").write_text("dataset\ttrait\tscheme\tvariant\tpearson\n")
    with pytest.raises(UserError, match=r"no column 'model'\. Compare runs of the same version"):
        differences(old, run(tmp_path / "b"))


def test_a_folder_without_a_run_is_refused(tmp_path):
    with pytest.raises(UserError, match="holds no finished run"):
        differences(tmp_path, run(tmp_path / "b"))
