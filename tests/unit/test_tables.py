"""Files that the workflow made: written whole, and refused by name when they are damaged."""

import errno
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from dnngp.base.errors import UserError
from dnngp.base.tables import (
    read_json,
    read_table,
    records,
    whole_file,
    whole_folder,
    write_json,
    write_table,
)
from dnngp.genotypes.store import Genotypes, variant_table


@pytest.fixture
def folder(tmp_path):
    """Genotypes as the workflow stores them."""
    variants = variant_table(["1"] * 4, range(4), list("abcd"), ["A"] * 4, ["C"] * 4)
    samples = np.array(["x", "y", "z"])
    Genotypes(samples, variants, np.ones((4, 3), np.int8), 2, {"path": "p"}).save(tmp_path)
    return tmp_path


def cut(path):
    path.write_bytes(path.read_bytes()[:-5])


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (cut, "damaged"),
        (lambda path: path.write_bytes(b""), "damaged"),
        (lambda path: path.unlink(), "missing"),
    ],
    ids=["cut", "empty", "missing"],
)
@pytest.mark.parametrize("name", ["dosages.npy", "meta.json", "samples.tsv", "variants.tsv"])
def test_damaged_genotypes_are_refused_by_name(folder, name, damage, told):
    """They are one output of one job: a file that is deleted alone would not be made again."""
    damage(folder / name)
    remedy = f"delete the folder {folder} and run the same command"
    with pytest.raises(UserError, match=rf"{name}: the file is {told}.*{re.escape(remedy)}"):
        Genotypes.load(folder)


def test_a_damaged_table_is_refused(tmp_path):
    path = tmp_path / "t.tsv"
    write_table(pd.DataFrame({"sample": ["a", "b"], "value": [1.5, 2.5]}), path)
    assert read_table(path)["value"].tolist() == [1.5, 2.5]
    cut(path)
    with pytest.raises(UserError, match=r"damaged \(it ends within a line"):
        read_table(path)
    path.write_bytes(b"\0\xff\xfe\n")
    with pytest.raises(UserError, match="damaged"):
        read_table(path)


def test_damaged_json_is_refused(tmp_path):
    write_json({"a": 1}, tmp_path / "x.json")
    cut(tmp_path / "x.json")
    with pytest.raises(UserError, match=r"x.json: the file is damaged"):
        read_json(tmp_path / "x.json")


def test_rows_are_kept_in_json_and_missing_values_are_null(tmp_path):
    table = pd.DataFrame({"fold": [pd.NA, 1], "stage": ["import", "fit"], "cpu_s": [0.125, np.nan]})
    write_json(records(table), tmp_path / "x.json")
    expected = [
        {"fold": None, "stage": "import", "cpu_s": 0.125},
        {"fold": 1, "stage": "fit", "cpu_s": None},
    ]
    assert read_json(tmp_path / "x.json") == expected


def test_a_folder_is_written_whole_or_not_at_all(tmp_path):
    with whole_folder(tmp_path / "x") as folder:
        (folder / "a").touch()
        assert not (tmp_path / "x").exists()
    assert [path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*")] == ["x", "x/a"]
    with pytest.raises(OSError, match="No space") as caught, whole_folder(tmp_path / "y") as folder:
        raise OSError(errno.ENOSPC, "No space left on device", str(folder / "a"))
    assert caught.value.filename == str(tmp_path / "y")
    assert not list(tmp_path.glob("*y*"))


def test_a_file_that_could_not_be_written_leaves_nothing_and_is_named(tmp_path):
    with pytest.raises(OSError, match="No space") as caught, whole_file(tmp_path / "x.tsv"):
        raise OSError(errno.ENOSPC, "No space left on device")
    assert caught.value.filename == str(tmp_path / "x.tsv")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("mask", "file", "folder"), [(0o077, 0o600, 0o700), (0o002, 0o664, 0o775)])
def test_files_are_for_those_whom_the_user_lets(tmp_path, mask, file, folder):
    script = (
        f"import os; os.umask({mask})\n"
        "from dnngp.base.tables import whole_file, whole_folder\n"
        "with whole_file('f') as path: path.write_text('x')\n"
        "with whole_folder('d'): pass\n"
    )
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2] / "workflow" / "scripts")}
    subprocess.run([sys.executable, "-c", script], cwd=tmp_path, env=environment, check=True)
    modes = [(tmp_path / name).stat().st_mode & 0o777 for name in ("f", "d")]
    assert modes == [file, folder]
