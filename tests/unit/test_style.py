"""The house style, checked by the tools that a contributor runs too."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SNAKEMAKE_FILES = ["Snakefile", "workflow/Snakefile", "workflow/rules"]


def assert_passes(tool: str, *arguments: str) -> None:
    """Run a tool of this environment in the repository; its complaints are the failure message."""
    program = shutil.which(tool, path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    if program is None:
        pytest.skip(f"{tool} is not installed (see envs/requirements-test.lock)")
    run = subprocess.run(
        [program, *arguments],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT / "workflow" / "scripts")},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert run.returncode == 0, f"{tool} {' '.join(arguments)}\n{run.stdout}{run.stderr}"


def test_ruff_finds_nothing() -> None:
    assert_passes("ruff", "check")


def test_python_is_formatted() -> None:
    assert_passes("ruff", "format", "--check")


def test_snakemake_files_are_formatted() -> None:
    assert_passes("snakefmt", "--check", *SNAKEMAKE_FILES)


def test_words_are_spelt_right() -> None:
    assert_passes("codespell")


@pytest.mark.slow
def test_types_are_right() -> None:
    assert_passes("mypy")


def test_benchmarks_and_generators_call_what_there_is() -> None:
    """They run seldom, so a function that moved or changed its arguments would be noticed late."""
    scripts = [str(path) for path in sorted([*ROOT.glob("benchmarks/*.py"), *ROOT.glob("docs/*.py")])]
    loose = (
        "arg-type",
        "assignment",
        "func-returns-value",
        "import-not-found",
        "list-item",
        "misc",
        "operator",
    )
    loose += ("no-untyped-def", "str-bytes-safe", "union-attr", "var-annotated")
    assert_passes("mypy", *(f"--disable-error-code={code}" for code in loose), *scripts)


def test_modules_import_only_from_floors_below() -> None:
    assert_passes("lint-imports", "--no-cache")
