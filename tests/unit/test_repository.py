"""Promises that the repository makes beside its code."""

import re
import subprocess
from pathlib import Path

import pytest
import yaml

from dnngp import __version__

ROOT = Path(__file__).parents[2]
LOCKS = sorted((ROOT / "envs").glob("*.lock"))


def project_files(suffix: str) -> list[Path]:
    """Files of the project: those git tracks or would, else all outside hidden and made folders."""
    listing = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listing.returncode == 0:
        paths = [ROOT / name for name in listing.stdout.split("\0") if name]
    else:
        made = {"results", "resources", "logs"}
        paths = [
            path
            for path in ROOT.rglob("*")
            if not any(part.startswith(".") for part in path.relative_to(ROOT).parts)
            and path.relative_to(ROOT).parts[0] not in made
        ]
    return sorted(path for path in paths if path.suffix == suffix and path.is_file())


def locked_versions() -> dict[str, str]:
    text = (ROOT / "envs" / "requirements.lock").read_text()
    return dict(re.findall(r"^([a-z0-9_.-]+)==([^ \\]+)", text, re.MULTILINE))


def direct_requirements() -> set[str]:
    """Names in requirements.in, as Linux sees them."""
    names = set()
    for line in (ROOT / "envs" / "requirements.in").read_text().splitlines():
        requirement = line.split("#")[0]
        if requirement.strip() and 'sys_platform != "linux"' not in requirement:
            names.add(re.match(r"[A-Za-z0-9_.-]+", requirement).group().lower())
    return names


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_lock_holds_names_versions_and_hashes_alone(lock: Path) -> None:
    text = lock.read_text()
    assert not re.search(r"https?://|--(extra-)?index-url|--find-links|@ file:", text)
    for requirement in re.split(r"\n(?=\S)", re.sub(r"^\s*#.*\n", "", text, flags=re.MULTILINE)):
        if requirement.strip() and not requirement.startswith("#"):
            assert re.match(r"[A-Za-z0-9_.\[\]-]+==\S+", requirement), requirement[:80]
            assert "--hash=sha256:" in requirement, requirement[:80]


def test_test_lock_agrees_with_the_run_lock() -> None:
    tests = (ROOT / "envs" / "requirements-test.lock").read_text()
    for name, version in locked_versions().items():
        assert f"{name}=={version} " in tests, name


def test_conda_environment_has_the_locked_versions() -> None:
    environment = yaml.safe_load((ROOT / "envs" / "dnngp.yaml").read_text())
    assert environment["channels"] == ["conda-forge", "bioconda", "nodefaults"]
    *conda, pip = environment["dependencies"]
    pins = dict(line.split(" =") for line in conda if line != "pip")
    pins |= dict(line.split("==") for line in pip["pip"])
    del pins["python"]
    locked = locked_versions()
    assert pins == {name: locked[name] for name in direct_requirements()}


def test_the_container_is_made_of_what_is_here_and_the_lock() -> None:
    text = (ROOT / "Containerfile").read_text()
    kept = {line[1:] for line in (ROOT / ".containerignore").read_text().splitlines() if line.startswith("!")}
    copied = [path for line in re.findall(r"^COPY (.+) /", text, re.MULTILINE) for path in line.split()]
    assert all((ROOT / path).exists() for path in copied)
    assert {path.split("/")[0] for path in copied} == kept
    assert "--require-hashes --requirement /tmp/requirements.lock" in text
    assert re.search(r"^FROM docker\.io/library/python:3\.1[123]-", text, re.MULTILINE)


def test_no_python_file_in_the_root() -> None:
    """A ``types.py`` there would break every job that starts Python in the working directory."""
    assert [path.name for path in ROOT.glob("*.py")] == []


@pytest.mark.parametrize("page", project_files(".md"), ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    text = re.sub(r"```.*?```|`[^`\n]*`", "", page.read_text(), flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        assert file.exists(), f"{page.relative_to(ROOT)}: {target}"
        if anchor and file.suffix == ".md":
            assert anchor in headings(file), f"{page.relative_to(ROOT)}: {target}"


def headings(page: Path) -> set[str]:
    """Anchors of a page, as GitHub makes them."""
    titles = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def test_citation_is_complete() -> None:
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    assert citation["cff-version"] == "1.2.0"
    assert {"message", "title", "authors"} <= citation.keys()
    for work in [citation, *citation["references"]]:
        assert work["title"]
        assert all("family-names" in author or "name" in author for author in work["authors"])
    assert "10.1016/j.molp.2022.11.004" in [work.get("doi") for work in citation["references"]]


def test_version_is_the_same_everywhere() -> None:
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    newest = re.search(r"^## \[(\d[^]]*)\]", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE).group(1)
    assert citation["version"] == newest == __version__


def test_continuous_integration_runs_the_command_of_the_readme() -> None:
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yml").read_text())
    commands = [step["run"] for job in workflow["jobs"].values() for step in job["steps"] if "run" in step]
    assert commands == [".ci/run"]
    assert "./run test" in (ROOT / ".ci" / "run").read_text()
    assert "./run test" in (ROOT / "README.md").read_text()


#: Folders whose modules bear the names of what they declare: keys, subcommands and tables.
DECLARATIONS = {"sections", "commands", "catalogue", "prediction_options"}


def test_a_module_name_says_which_module_is_meant() -> None:
    package = ROOT / "workflow" / "scripts" / "dnngp"
    names = [
        path.stem
        for path in package.rglob("*.py")
        if not path.stem.startswith("__") and path.parent.name not in DECLARATIONS
    ]
    assert sorted({name for name in names if names.count(name) > 1}) == []
