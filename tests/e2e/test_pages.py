"""The commands of the pages that a new user follows first, typed one after the other into a fresh copy.

- A page is followed from its top: a YAML block that begins with ``# NAME.yaml`` is that file, one that begins
  with ``# at the end of NAME.yaml`` is added to it, and every shell block is run. What an earlier page had is
  done already.
- Before a command, each configuration is made small (:func:`small`), so that all pages take a minute.
- A block below ``<!-- not run: WHY -->`` is not run.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from tests.e2e.conftest import ROOT

PAGES = (
    "docs/tutorial.md",
    "README.md",
    "docs/index.md",
    "docs/how-to/your-own-data.md",
    "docs/how-to/predict-new-lines.md",
    "docs/how-to/troubleshooting.md",
)
BLOCK = re.compile(r"^(<!-- not run: .+ -->\n)?```(bash|yaml)\n(.*?)^```", re.MULTILINE | re.DOTALL)
#: Left out of the copy: what other runs made, and the packages.
MADE = (".git", ".venv", ".snakemake", "__pycache__", "build", "site", "results", "resources", "logs", "data")


def steps(page):
    """Commands, and configurations with their file, in the order of a page."""
    for mark, language, text in BLOCK.findall((ROOT / page).read_text(encoding="utf-8")):
        if mark:
            continue
        if language == "yaml":
            if file := re.match(r"# (at the end of )?(\S+\.yaml)\n", text):
                yield file[2], "a" if file[1] else "w", text
        else:
            for line in text.replace("\\\n", " ").splitlines():
                if command := line.partition(" #")[0].strip():
                    yield command, None, None


def small(config):
    """GBLUP, three random folds, no controls; the demo: one trait, 70 samples, no predictions."""
    for dataset in config["datasets"]:
        if simulate := dataset.get("simulate"):
            (trait, design), *_ = simulate["traits"].items()
            design["qtl"] = min(design["qtl"], 50)
            simulate |= {"samples": 70, "held_back": 10, "markers": 150, "traits": {trait: design}}
            config.pop("predict", None)
    config.pop("models", None)
    return config | {"methods": ["gblup"], "controls": False, "cv": {"folds": 3, "schemes": ["random"]}}


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    """A copy of the checkout whose environment is that of the tests."""
    folder = tmp_path_factory.mktemp("pages") / "checkout"
    top = shutil.ignore_patterns(*MADE)
    shutil.copytree(ROOT, folder, ignore=lambda path, names: top(path, names) if Path(path) == ROOT else ())
    (folder / ".venv" / "bin").mkdir(parents=True)
    python = folder / ".venv" / "bin" / "python"
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    python.chmod(0o755)
    shutil.copy(folder / "envs" / "requirements-test.lock", folder / ".venv" / "requirements-test.installed")
    return folder


def make_small(folder):
    """Make every configuration of a folder small."""
    for path in folder.glob("*.yaml"):
        config = yaml.safe_load(path.read_text(encoding="utf-8"))
        if "datasets" in config:
            path.write_text(yaml.safe_dump(small(config), sort_keys=False), encoding="utf-8")


def typed(command, folder):
    """The process of a command that was typed in a folder."""
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"} | {"TERM": "dumb"}
    return subprocess.run(
        ["bash", "-c", command], cwd=folder, env=environment, capture_output=True, text=True, timeout=1200
    )


def test_every_command_of_the_first_pages_runs(checkout):
    done = set()
    for page in PAGES:
        for step, mode, text in steps(page):
            if (step, text) in done:
                continue
            done.add((step, text))
            if mode:
                with (checkout / step).open(mode, encoding="utf-8") as file:
                    file.write(text)
            else:
                make_small(checkout)
                process = typed(step, checkout)
                assert process.returncode == 0, f"{page}: {step}\n{process.stdout}{process.stderr}"
    for made in (
        "results/report/index.html",
        "results/my_population/report/index.html",
        "results/my_population/predict/untested/predictions.tsv",
        "results/my_population/predict/untested/selected.tsv",
        "ranked.tsv",
    ):
        assert (checkout / made).is_file(), made
