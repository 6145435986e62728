"""The command on a small population: what a user sees of a run that goes well, fails, or is stopped."""

import gzip
import os
import signal
import subprocess
import sys
import time

import pytest
import yaml
from tests.e2e.conftest import ROOT, SMALL, command

FIT = "results/beans/yield/random/gblup/r1b1.folds.tsv"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with a configuration, in which one fit was made."""
    folder = tmp_path_factory.mktemp("command")
    config = {"datasets": SMALL["datasets"], "methods": ["mean", "gblup"], "cv": SMALL["cv"]}
    (folder / "beans.yaml").write_text(yaml.safe_dump(config, allow_unicode=True))
    return folder


@pytest.fixture(scope="module")
def fitted(folder):
    return command(folder, "beans.yaml", "--cores", "2", FIT)


def test_a_fit_is_shown_with_its_score_and_nothing_of_snakemake(fitted, folder):
    assert fitted.returncode == 0, fitted.stderr
    assert (folder / FIT).is_file()
    assert "beans, yield, random" in fitted.stderr
    assert " gblup            r = 0." in fitted.stderr
    assert "Building DAG" not in fitted.stdout + fitted.stderr


def test_a_second_run_says_that_there_is_nothing_to_do(fitted, folder):
    process = command(folder, "beans.yaml", FIT)
    assert (process.returncode, process.stdout) == (0, "")
    assert process.stderr == "Nothing to do: every result is there.\n"


def test_predict_without_predictions_says_so(fitted, folder):
    process = command(folder, "predict", "beans.yaml")
    assert process.returncode == 0
    assert process.stderr.startswith("Nothing to do: the configuration has no `predict`")


def test_a_failure_ends_with_its_error_alone(fitted, folder):
    vcf = folder / "resources" / "beans" / "genotypes.vcf.gz"
    (folder / "cut.vcf").write_bytes(gzip.decompress(vcf.read_bytes())[:-40])
    dataset = {"name": "cut", "genotypes": "cut.vcf", "phenotypes": "resources/beans/phenotypes.csv"}
    config = {"datasets": [dataset | {"traits": ["yield"]}], "methods": ["mean", "gblup"]}
    (folder / "cut.yaml").write_text(yaml.safe_dump(config))
    process = command(folder, "cut.yaml")
    assert "the results in results are those of another configuration, beans.yaml" in process.stderr
    config["pathvars"] = {"results": "results/second"}
    (folder / "cut.yaml").write_text(yaml.safe_dump(config))
    process = command(folder, "cut.yaml", "results/second/cut/qc/filter_summary.tsv")
    assert process.returncode != 0
    assert process.stderr.splitlines()[-1].startswith("error: cut.vcf, line ")
    assert "Traceback" not in process.stderr


def test_a_target_that_nothing_makes_is_one_line(folder):
    process = command(folder, "beans.yaml", "results/nothing.tsv")
    assert process.returncode == 1
    (line,) = process.stderr.splitlines()
    assert line.startswith("error: nothing makes results/nothing.tsv. Is it the path of a result?")


def test_an_interrupted_run_loses_nothing(folder):
    environment = os.environ | {"PYTHONPATH": str(ROOT / "workflow" / "scripts"), "TERM": "dumb"}
    arguments = [sys.executable, "-m", "dnngp.cli", "beans.yaml", "--cores", "1", "--forceall"]
    process = subprocess.Popen(arguments, cwd=folder, env=environment, stderr=subprocess.PIPE, text=True)
    logs = folder / "logs" / "beans"
    deadline, before = time.monotonic() + 120, max(path.stat().st_mtime for path in logs.rglob("*.log"))
    while time.monotonic() < deadline and max(path.stat().st_mtime for path in logs.rglob("*.log")) <= before:
        time.sleep(0.2)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=120)
    assert process.returncode == 130
    assert err.splitlines()[-1] == (
        "Stopped by you. Nothing is lost: the same command goes on where this one ended."
    )
    assert command(folder, "beans.yaml", FIT).returncode == 0
