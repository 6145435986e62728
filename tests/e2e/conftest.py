"""Whole runs of the workflow, in folders of their own."""

import fcntl
import os
import shutil
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]

SMALL = {
    "title": "Small run",
    "datasets": [
        {
            "name": "beans",
            "species": "bean",
            "groups": "population",
            "simulate": {
                "samples": 60,
                "markers": 200,
                "chromosomes": 2,
                "traits": {
                    "yield": {"h2": 0.8, "qtl": 10},
                    "Höhe (cm) ./x": {"h2": 0.5, "architecture": "epistatic", "qtl": 10},
                },
            },
        }
    ],
    "methods": ["mean", "gblup", "svr"],
    "models": {"tiny.net": {"method": "dnngp", "params": {"epochs": 3}}},
    "cv": {"folds": 3, "schemes": ["random"]},
    "experiments": {"learning_curve": {"samples": [20, "all"], "models": ["gblup"], "traits": ["yield"]}},
}

#: A population whose two traits are treated as environments.
PAIR = {
    "title": "Pair",
    "datasets": [
        {
            "name": "beans",
            "species": "bean",
            "simulate": SMALL["datasets"][0]["simulate"] | {"samples": 40, "markers": 80},
            "environments": {"traits": ["yield", "Höhe (cm) ./x"]},
        }
    ],
    "methods": ["gblup", "gblup_multi"],
    "cv": {"folds": 3, "schemes": ["CV1", "CV2star"]},
    "controls": False,
}


def snakemake(directory, config, *arguments, cores=2):
    """Run the workflow in ``directory`` with ``config`` (a dict, or None for the file there)."""
    directory.mkdir(parents=True, exist_ok=True)
    if config is not None:
        (directory / "config.yaml").write_text(yaml.safe_dump(config, allow_unicode=True, sort_keys=False))
    command = [
        sys.executable,
        "-m",
        "snakemake",
        "--snakefile",
        ROOT / "Snakefile",
        "--cores",
        cores,
        *arguments,
    ]
    return subprocess.run(
        list(map(str, command)),
        cwd=directory,
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1", "TERM": "dumb"},
        timeout=600,
    )


def command(directory, *arguments):
    """The command of this checkout (``./run``), in ``directory``."""
    return subprocess.run(
        [sys.executable, "-m", "dnngp.cli", *map(str, arguments)],
        cwd=directory,
        capture_output=True,
        text=True,
        env=os.environ
        | {"PYTHONPATH": str(ROOT / "workflow" / "scripts"), "DNNGP_PROGRAM": "./run", "TERM": "dumb"},
        timeout=600,
    )


@contextmanager
def alone(path):
    """One process of the test session at a time, however many workers there are."""
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@pytest.fixture(scope="session")
def finished_run(tmp_path_factory):
    """The small run, finished, in a folder whose path has spaces and a letter outside ASCII.

    The first worker that needs it makes it; each gets a copy, which Snakemake may lock.
    """
    base = tmp_path_factory.getbasetemp()
    made = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "made"
    made.mkdir(exist_ok=True)
    directory = made / "a räther long path" / "with space"
    with alone(made / "lock"):
        if not directory.exists():
            process = snakemake(directory, SMALL)
            (made / "told").write_text(process.stdout + process.stderr)
        assert (directory / "results" / "verdict.json").exists(), (made / "told").read_text()
    return shutil.copytree(directory, tmp_path_factory.mktemp("runs") / "a räther long path" / "with space")
