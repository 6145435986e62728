"""Files that the workflow made: written whole, and refused by name when they are damaged."""

import errno

import numpy as np
import pandas as pd
import pytest

from dnngp.errors import UserError
from dnngp.genotypes import Genotypes, variant_table
from dnngp.tables import read_json, read_table, whole_file, write_json, write_table


@pytest.fixture
def folder(tmp_path):
    """Genotypes as the workflow stores them."""
    variants = variant_table(["1"] * 4, range(4), list("abcd"), ["A"] * 4, ["C"] * 4)
    samples = np.array(["x", "y", "z"])
    Genotypes(samples, variants, np.ones((4, 3), np.int8), 2, {"path": "p"}).save(tmp_path)
    return tmp_path


def cut(path):
    path.write_bytes(path.read_bytes()[:-5])


@pytest.mark.parametrize("damage", [cut, lambda path: path.write_bytes(b"")], ids=["cut", "empty"])
@pytest.mark.parametrize("name", ["dosages.npy", "meta.json", "samples.tsv", "variants.tsv"])
def test_damaged_genotypes_are_refused_by_name(folder, name, damage):
    damage(folder / name)
    with pytest.raises(UserError, match=rf"{name}: the file is damaged .*delete it and run the same command"):
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


def test_a_file_that_could_not_be_written_leaves_nothing_and_is_named(tmp_path):
    with pytest.raises(OSError, match="No space") as caught, whole_file(tmp_path / "x.tsv"):
        raise OSError(errno.ENOSPC, "No space left on device")
    assert caught.value.filename == str(tmp_path / "x.tsv")
    assert list(tmp_path.iterdir()) == []
