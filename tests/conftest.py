"""Fixtures that every test may use."""

import os

# Before NumPy loads its linear algebra: one thread, as the workflow gives its jobs. More would spin beside
# the other workers of pytest, at several times the CPU.
os.environ["OMP_NUM_THREADS"] = "1"

from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).parents[1]

# Continuous integration draws the same examples each time; at a desk each run draws others.
settings.register_profile("ci", derandomize=True)
if os.environ.get("CI"):
    settings.load_profile("ci")


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real datasets and reference figures; tests that need it skip without it."""
    folder = Path(os.environ.get("DNNGP_SHARED", ROOT.parent / "shared"))
    if not (folder / "data").is_dir():
        pytest.skip(f"no shared data at {folder} (set DNNGP_SHARED)")
    return folder
