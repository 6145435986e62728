"""The installed package: what is in the wheel, and that it works away from the checkout."""

import doctest
import os
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

from dnngp import methods
from dnngp.methods.registry import METHODS

ROOT = Path(__file__).parents[2]


def declared():
    return tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def test_the_distribution_needs_what_the_environment_of_a_run_has():
    project = declared()
    needed = [*project["dependencies"], *project["optional-dependencies"]["workflow"]]
    lines = (ROOT / "envs" / "requirements.in").read_text().splitlines()
    listed = [line.replace('"', "'") for line in lines if line and not line.startswith("#")]
    assert sorted(needed) == sorted(listed)


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """The wheel, built without a network from what git tracks, and the folder it was installed in."""
    folder = tmp_path_factory.mktemp("package")
    tracked = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True)
    for name in tracked.stdout.strip("\0").split("\0"):
        if name.startswith(("workflow/", "profiles/", "envs/", "packaging/")) or "/" not in name:
            target = folder / "source" / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes((ROOT / name).read_bytes())
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
    quick = ["--no-deps", "--no-build-isolation", "--no-index"]
    subprocess.run([*pip, "wheel", *quick, "-w", folder, folder / "source"], check=True)
    (wheel,) = folder.glob("*.whl")
    subprocess.run([*pip, "install", *quick, "--target", folder / "site", wheel], check=True)
    return wheel, folder / "site"


def python(site, code, directory):
    """Standard output of Python code that sees the installed package and not the checkout."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("DNNGP")}
    process = subprocess.run(
        [sys.executable, "-c", code],
        cwd=directory,
        env=environment | {"PYTHONPATH": str(site)},
        capture_output=True,
        text=True,
    )
    assert process.returncode == 0, process.stderr
    return process.stdout


@pytest.mark.slow
def test_the_wheel_holds_every_file_of_the_workflow(installed):
    names = set(zipfile.ZipFile(installed[0]).namelist())
    tracked = subprocess.run(
        ["git", "ls-files", "workflow", "profiles"], cwd=ROOT, capture_output=True, check=True, text=True
    )
    for name in tracked.stdout.splitlines():
        target = re.sub(r"^workflow/scripts/dnngp/", "", name)
        assert f"dnngp/{target}" in names, name
    assert not [name for name in names if name.endswith(".pyc") or name.startswith("tests")]


@pytest.mark.slow
def test_the_installed_package_finds_its_files(installed, tmp_path):
    code = """
import dnngp, dnngp.base.workflow_files as files
from dnngp.cost.estimates import COSTS
print(dnngp.__file__, files.checkout(), COSTS.is_file())
print((files.project_folder() / "profiles/default/profile.yaml").is_file())
"""
    out = python(installed[1], code, tmp_path)
    assert out.split() == [str(installed[1] / "dnngp" / "__init__.py"), "None", "True", "True"]


@pytest.mark.slow
def test_the_installed_command_lists_its_commands(installed, tmp_path):
    script = installed[1] / "bin" / "dnngp"
    environment = os.environ | {"PYTHONPATH": str(installed[1])}
    environment.pop("DNNGP_PROGRAM", None)
    process = subprocess.run(
        [script, "help"], cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
    )
    assert "Usage: dnngp [OPTIONS] COMMAND" in process.stdout
    assert "apply" in process.stdout


def test_the_examples_of_the_page_on_python_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    page = ROOT / "docs" / "how-to" / "use-from-python.md"
    outcome = doctest.testfile(str(page), module_relative=False, optionflags=doctest.NORMALIZE_WHITESPACE)
    assert outcome.attempted > 10
    assert outcome.failed == 0


def test_the_classes_of_all_methods_are_attributes_of_their_package():
    for method in METHODS.values():
        assert getattr(methods, method.estimator.__name__) is method.estimator
        assert method.estimator.__name__ in dir(methods)
    with pytest.raises(ImportError):
        from dnngp.methods import Nonsense  # noqa: F401


def test_the_documentation_builds_strictly(tmp_path):
    """Every link leads somewhere, nothing is fetched."""
    command = [
        sys.executable,
        "-m",
        "mkdocs",
        "build",
        "--strict",
        "--quiet",
        "--site-dir",
        tmp_path / "site",
    ]
    environment = os.environ | {"NO_MKDOCS_2_WARNING": "1"}
    process = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, env=environment)
    assert process.returncode == 0, process.stdout + process.stderr
    page = (tmp_path / "site" / "index.html").read_text()
    assert not re.search(r'(?:src|href)="https?://[^"]*\.(?:js|css|woff2?)"', page)
