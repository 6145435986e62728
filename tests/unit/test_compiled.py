"""Machine code is kept for the next process, and not for ever."""

import os
import subprocess
import sys
import time
from pathlib import Path

from dnngp.base import compiled

SCRIPTS = Path(__file__).parents[2] / "workflow" / "scripts"

CODE = """
import sys
from dnngp.genotypes.hardy_weinberg import _p_values, hardy_weinberg_p
print(hardy_weinberg_p([3, 3, 400], [0, 2, 100], [2, 2, 300]).tolist())
print(sum(_p_values.stats.cache_hits.values()), "numba.np.linalg" in sys.modules)
"""


def test_the_next_process_loads_what_one_has_compiled(tmp_path):
    """The same result, and without what numba imports to compile."""
    said = []
    for _ in range(2):
        done = subprocess.run(
            [sys.executable, "-c", CODE],
            env=os.environ | {"PYTHONPATH": str(SCRIPTS), "XDG_CACHE_HOME": str(tmp_path)},
            capture_output=True,
            text=True,
            check=True,
        )
        said.append(done.stdout.splitlines())
    (compiled_here, first), (loaded, second) = said
    assert loaded == compiled_here
    assert (first, second) == ("0 True", "1 False")


def test_machine_code_of_earlier_versions_goes_when_nobody_used_it_for_long(tmp_path):
    for name, days in (("today", 0), ("recent", compiled.DAYS_KEPT - 1), ("old", compiled.DAYS_KEPT + 1)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "loop.nbc").touch()
        used = time.time() - 86_400 * days
        os.utime(tmp_path / name, (used, used))
    compiled._tidy(tmp_path / "recent")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["recent", "today"]
    assert time.time() - (tmp_path / "recent").stat().st_mtime < 60


def test_functions_of_others_have_no_place_here(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert compiled.ByContent.from_function(test_functions_of_others_have_no_place_here, __file__) is None
    assert not list(tmp_path.iterdir())
