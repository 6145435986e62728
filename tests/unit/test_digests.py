"""What a job wrote is checked where it is read: a change that still parses is told by name."""

import hashlib
import logging
import os
import time

import numpy as np
import pandas as pd
import pytest

from dnngp.base.digests import LIST, listing
from dnngp.base.errors import UserError
from dnngp.base.files import raw_lines
from dnngp.base.tables import read_json, read_table, whole_folder, write_json, write_table
from dnngp.genotypes.store import Genotypes, variant_table

TABLE = pd.DataFrame({"sample": ["a", "b"], "value": [1.5, 2.5]})


@pytest.fixture
def table(tmp_path):
    """A table that a job left."""
    with listing():
        write_table(TABLE, tmp_path / "t.tsv")
    return tmp_path / "t.tsv"


@pytest.mark.parametrize(
    "change",
    [
        lambda content: content.replace(b"1.5", b"1.6"),
        lambda content: content.replace(b"b\t2.5\n", b""),
        lambda content: content + b"\0\n",
        lambda content: content + b"c\t1\n",
    ],
    ids=["digit", "line fewer", "NUL", "line more"],
)
def test_a_change_is_told_even_if_the_date_is_kept(table, change):
    before = table.stat()
    table.write_bytes(change(table.read_bytes()))
    os.utime(table, ns=(before.st_atime_ns, before.st_mtime_ns))
    with pytest.raises(UserError, match=r"t.tsv: .*damaged.*delete it and run the same command"):
        read_table(table)


def test_deleting_it_heals(table):
    table.write_bytes(table.read_bytes().replace(b"1.5", b"1.6"))
    table.unlink()
    with listing():
        write_table(TABLE.assign(value=[3.0, 4.0]), table)
        assert read_table(table)["value"].tolist() == [3, 4]
    assert read_table(table)["value"].tolist() == [3, 4]


def test_a_job_that_fails_vouches_for_nothing(table):
    def job():
        with listing():
            write_table(TABLE.iloc[:1], table)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        job()
    with pytest.raises(UserError, match="damaged"):
        read_table(table)


def test_files_of_the_user_are_taken_as_they_are(table):
    other = table.with_name("mine.tsv")
    write_table(TABLE, other)
    other.write_bytes(other.read_bytes().replace(b"1.5", b"1.6"))
    assert read_table(other)["value"].tolist() == [1.6, 2.5]


def test_json_is_checked(tmp_path):
    with listing():
        write_json({"a": 1}, tmp_path / "x.json")
    (tmp_path / "x.json").write_text('{"a": 2}')
    with pytest.raises(UserError, match="damaged"):
        read_json(tmp_path / "x.json")


@pytest.mark.parametrize("name", ["dosages.npy", "meta.json", "samples.tsv", "variants.tsv"])
def test_a_byte_of_stored_genotypes(tmp_path, name):
    variants = variant_table(["1"] * 4, range(4), list("abcd"), ["A"] * 4, ["C"] * 4)
    genotypes = Genotypes(np.array(["x", "y", "z"]), variants, np.ones((4, 3), np.int8), 2, {"path": "p"})
    with listing(), whole_folder(tmp_path / "genotypes") as folder:
        genotypes.save(folder)
    assert Genotypes.load(tmp_path / "genotypes").n_samples == 3
    path = tmp_path / "genotypes" / name
    content = bytearray(path.read_bytes())
    content[-3] ^= 1
    path.write_bytes(content)
    with pytest.raises(UserError, match=f"{name}.*damaged.*delete the folder"):
        Genotypes.load(tmp_path / "genotypes")


def test_what_jobs_read_as_a_user_s_file_is_checked_in_jobs(table):
    table.write_bytes(table.read_bytes().replace(b"1.5", b"1.6"))
    assert len(list(raw_lines(table))) == 3
    with listing(), pytest.raises(UserError, match="damaged"):
        list(raw_lines(table))


def test_the_list_is_that_of_sha256sum(table):
    expected = hashlib.sha256(table.read_bytes()).hexdigest()
    assert table.with_name(LIST).read_text() == f"{expected}  t.tsv\n"


def test_garbled_lines_are_passed_over(table):
    with table.with_name(LIST).open("a") as handle:
        handle.write("0123  t.tsv\nwithout digest\n")
    assert len(read_table(table)) == 2


def test_a_date_in_the_future_is_told(table, caplog):
    later = time.time() + 1e6
    os.utime(table, (later, later))
    with caplog.at_level(logging.WARNING):
        read_table(table)
    assert "in the future" in caplog.text
    assert f"touch {table}" in caplog.text
