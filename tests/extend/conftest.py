"""A copy of the project for one new file: what a stranger adds is found by everything else."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]

#: What a run and the pages of the documentation need.
_COPIED = ("Snakefile", "workflow", "envs", "docs", "config", "run", "pyproject.toml")


@dataclass(frozen=True)
class Project:
    """A copy of the project that may be added to."""

    root: Path

    def add(self, path: str, text: str) -> None:
        """Add a file below ``workflow/scripts/dnngp``; it must not be there."""
        new = self.root / "workflow" / "scripts" / "dnngp" / path
        assert not new.exists()
        new.parent.mkdir(parents=True, exist_ok=True)
        new.write_text(text)

    def python(self, *arguments: object) -> subprocess.CompletedProcess[str]:
        """Run Python with the package of the copy."""
        scripts = self.root / "workflow" / "scripts"
        return subprocess.run(
            [sys.executable, *map(str, arguments)],
            cwd=self.root,
            capture_output=True,
            text=True,
            check=False,
            timeout=600,
            env=os.environ | {"PYTHONPATH": str(scripts), "PYTHONDONTWRITEBYTECODE": "1", "TERM": "dumb"},
        )

    def snakemake(self, folder: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
        """Run the workflow of the copy in a folder that holds ``config.yaml``."""
        return self.python(
            *("-m", "snakemake", "--snakefile", self.root / "Snakefile", "--directory", folder),
            *("--cores", 1, *arguments),
        )

    def page(self, name: str) -> str:
        """A page of the documentation, generated anew by ``docs/generate_NAME.py``."""
        done = self.python(self.root / "docs" / f"generate_{name}.py")
        assert done.returncode == 0, done.stderr
        return (self.root / "docs" / "reference" / f"{name.replace('_', '-')}.md").read_text()


def copy_of_project(root: Path) -> Project:
    """A fresh copy."""
    root.mkdir()
    for name in _COPIED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__", "*.png"))
        elif (ROOT / name).is_file():
            shutil.copy(ROOT / name, root / name)
    return Project(root)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A fresh copy."""
    return copy_of_project(tmp_path / "project")


@pytest.fixture(scope="session")
def judged_anew(tmp_path_factory):
    """A copy with one more metric and one more scheme, and the folder of a finished run that used both."""
    from tests.extend import test_metric, test_scheme

    folder = tmp_path_factory.mktemp("judged")
    project = copy_of_project(folder / "project")
    project.add("validation/metrics/mae.py", test_metric.MAE)
    project.add("validation/schemes/every_third.py", test_scheme.EVERY_THIRD)
    (folder / "config.yaml").write_text(yaml.safe_dump(test_scheme.CONFIG))
    process = project.snakemake(folder)
    assert process.returncode == 0, process.stdout + process.stderr
    return project, folder
