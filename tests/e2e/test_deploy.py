"""The workflow used from elsewhere: as a module from git, with the network cut off, by snakedeploy."""

import json
import os
import re
import shutil
import subprocess
import sys

import pytest
import yaml
from tests.e2e.conftest import ROOT
from tests.e2e.test_bad_input import phenotype_text, vcf_text

SNAKEMAKE = [sys.executable, "-m", "snakemake"]
CONFIG = {
    "datasets": [{"name": "d", "genotypes": "data/geno.vcf", "phenotypes": "data/pheno.csv"}],
    "methods": ["mean"],
    "controls": False,
    "cv": {"folds": 2, "schemes": ["random"]},
    "pathvars": {"results": "out"},
}
MODULE = """
configfile: "config.yaml"

module prediction:
    snakefile: {snakefile}
    config: config["prediction"]
    prefix: "part one"

use rule * from prediction as prediction_*

rule all:
    default_target: True
    input: rules.prediction_all.input
"""
SNAKEDEPLOYED = """
configfile: "config/config.yaml"

module dnngp_workflow:
    snakefile: github("someone/dnngp-workflow", path="workflow/Snakefile", tag="v9")
    config: config

use rule * from dnngp_workflow
"""


def git(folder, *arguments):
    identity = ("-c", "user.name=n", "-c", "user.email=e@example.org")
    subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True)


@pytest.fixture(scope="module")
def repository(tmp_path_factory):
    """What git would hold of the project as it stands, in a repository of its own."""
    folder = tmp_path_factory.mktemp("hosted repositories") / "someone" / "dnngp-workflow"
    folder.mkdir(parents=True)
    for name in ("workflow", "envs", "profiles", "config"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("Snakefile", "config.yaml", "LICENSE"):
        shutil.copy(ROOT / name, folder)
    git(folder, "init", "--initial-branch", "main")
    git(folder, "add", ".")
    git(folder, "commit", "--message", "All")
    git(folder, "tag", "v9")
    return folder


@pytest.fixture
def study(tmp_path):
    """A folder with a space in its name, with data."""
    folder = tmp_path / "my study"
    (folder / "data").mkdir(parents=True)
    (folder / "data" / "geno.vcf").write_text(vcf_text())
    (folder / "data" / "pheno.csv").write_text(phenotype_text())
    return folder


def run(folder, *arguments, offline=False, env=None):
    command = [*SNAKEMAKE, "--cores", "2", *arguments]
    variables = os.environ | {"PYTHONDONTWRITEBYTECODE": "1", "TERM": "dumb"} | (env or {})
    if offline and can_cut_the_network():
        command = ["unshare", "--net", *command]
    elif offline:  # not allowed to: at least everything that asks for a proxy is led astray
        variables |= dict.fromkeys(["http_proxy", "https_proxy", "all_proxy"], "http://127.0.0.1:9")
    process = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, env=variables, timeout=600, check=False
    )
    assert process.returncode == 0, process.stdout + process.stderr
    return process.stdout + process.stderr


def can_cut_the_network():
    return (
        shutil.which("unshare") and not subprocess.run(["unshare", "--net", "true"], check=False).returncode
    )


@pytest.mark.slow
def test_a_module_from_a_git_repository_runs_whole_without_a_network(repository, study):
    (study / "config.yaml").write_text(yaml.safe_dump({"prediction": CONFIG}))
    (study / "Snakefile").write_text(
        MODULE.format(snakefile=f'"git+file://{repository}/workflow/Snakefile@v9"')
    )
    triggers = ["--rerun-triggers", "mtime", "params", "input", "software-env"]
    run(study, *triggers, offline=True)
    results = study / "part one" / "out"
    assert json.loads((results / "verdict.json").read_text())["failed"] == 0
    assert "<html" in (results / "report" / "index.html").read_text()
    made = {path.name for path in study.iterdir()} - {"Snakefile", "config.yaml", "data", ".snakemake"}
    assert made == {"part one"}
    assert "Nothing to be done" in run(study, "--dry-run", *triggers, offline=True)


def test_the_errors_of_a_module_are_repeated_at_the_end(study):
    genotypes = study / "data" / "geno.vcf"
    genotypes.write_text(genotypes.read_text() + "1\tcut off\n")
    (study / "config.yaml").write_text(yaml.safe_dump({"prediction": CONFIG}))
    (study / "Snakefile").write_text(MODULE.format(snakefile=f'"{ROOT}/workflow/Snakefile"'))
    command = [*SNAKEMAKE, "--cores", "1", "part one/out/d/genotypes"]
    process = subprocess.run(command, cwd=study, capture_output=True, text=True, timeout=600, check=False)
    assert process.returncode == 1
    line = len(genotypes.read_text().splitlines())
    assert process.stderr.splitlines()[-1].startswith(f"error: data/geno.vcf, line {line}: ")


def test_what_snakedeploy_writes_finds_every_rule(repository, study):
    """``github(...)``, led to the repository here by git's own rewriting of addresses."""
    shutil.copytree(repository / "config", study / "config")
    with open(study / "config" / "config.yaml", "a") as file:
        file.write("\ncv: {folds: 5}\n")  # the data have 24 samples, too few for the ten of the template
    (study / "data" / "geno.vcf").rename(study / "data" / "genotypes.vcf.gz")  # told by content, not by name
    (study / "data" / "pheno.csv").rename(study / "data" / "phenotypes.csv")
    (study / "workflow").mkdir()
    (study / "workflow" / "Snakefile").write_text(SNAKEDEPLOYED)
    rewriting = {
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": f"url.file://{repository.parents[1]}/.insteadOf",
        "GIT_CONFIG_VALUE_0": "https://github.com/",
        "XDG_CACHE_HOME": str(study / "cache"),
    }
    plan = run(study, "--dry-run", "all", env=rewriting)
    assert "results/verdict.json" in plan


def test_the_root_and_the_workflow_folder_give_the_same_plan(study):
    (study / "config.yaml").write_text(yaml.safe_dump(CONFIG))
    plans = [
        re.findall(r"^(\w+) +(\d+)$", run(study, "--dry-run", "--snakefile", str(ROOT / name)), re.MULTILINE)
        for name in ("Snakefile", "workflow/Snakefile")
    ]
    assert ("verdict", "1") in plans[0]
    assert plans[0] == plans[1]
