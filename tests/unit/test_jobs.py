"""How a job ends: bad input in one line, anything else with its traceback in the log alone."""

import errno
import os
import time
from pathlib import Path

import pytest

from dnngp.base.errors import UserError
from dnngp.base.jobs import PARTIAL, errors_since, import_first, job, remove_partial, unwritable


def test_bad_input_is_one_line_without_traceback(tmp_path, capsys):
    log = tmp_path / "logs" / "x.log"
    with pytest.raises(SystemExit) as caught, job(log):
        raise UserError("the cell is text.", file="pheno.csv", line=3, column="yield", remedy="Use NA.")
    assert caught.value.code == 2
    expected = "error: pheno.csv, line 3, column yield: the cell is text. Use NA.\n"
    assert capsys.readouterr().err == expected
    assert log.read_text().endswith(expected)


def test_an_unexpected_failure_keeps_its_traceback_in_the_log(tmp_path, capsys):
    log = tmp_path / "x.log"
    with pytest.raises(SystemExit) as caught, job(log):
        raise ZeroDivisionError("by zero")
    assert caught.value.code == 1
    console = capsys.readouterr().err
    assert "Traceback" not in console
    assert str(log) in console
    assert "Traceback" in log.read_text()


def test_a_traceback_is_not_repeated_at_the_end_of_the_run(tmp_path):
    with pytest.raises(SystemExit), job(tmp_path / "x.log"):
        raise ZeroDivisionError("by zero")
    (message,) = errors_since(tmp_path, 0)
    assert message.startswith("ZeroDivisionError: by zero")
    assert "Traceback" not in message


def test_errors_of_this_run_are_found_again_and_older_ones_are_not(tmp_path):
    with pytest.raises(SystemExit), job(tmp_path / "a" / "x.log"):
        raise UserError("first.\n  - second")
    assert errors_since(tmp_path, time.time() - 10) == ["first.\n  - second"]
    assert errors_since(tmp_path, time.time() + 10) == []


def test_a_full_disk_is_told_without_traceback(tmp_path, capsys):
    with pytest.raises(SystemExit) as caught, job(tmp_path / "x.log"):
        raise OSError(errno.ENOSPC, "No space left on device", "results/x.tsv")
    assert caught.value.code == 2
    assert capsys.readouterr().err.startswith("error: results/x.tsv: the disk is full. Make room")
    assert "Traceback" not in (tmp_path / "x.log").read_text()


def test_a_job_that_was_killed_is_told_from_one_that_ended(tmp_path):
    with job(tmp_path / "done.log"):
        pass
    if (child := os.fork()) == 0:
        with job(tmp_path / "killed.log"):
            os._exit(9)
    os.waitpid(child, 0)
    (message,) = errors_since(tmp_path, 0)
    assert message.startswith(f"{tmp_path}/killed.log: the job was ended from outside")


def test_what_killed_jobs_left_is_removed_and_nothing_newer(tmp_path):
    (tmp_path / "a").mkdir()
    old, new, other = (tmp_path / "a" / name for name in (f"{PARTIAL}x.tsv", f"{PARTIAL}y.tsv", "z.tsv"))
    for path in (old, new, other):
        path.touch()
    os.utime(old, (10, 10))
    os.utime(other, (10, 10))
    remove_partial([tmp_path], 100)
    assert sorted((tmp_path / "a").iterdir()) == sorted([new, other])


def test_a_folder_is_writable_where_it_could_be_made(tmp_path):
    (tmp_path / "file").touch()
    assert unwritable([tmp_path, tmp_path / "x" / "y"]) is None
    problem = unwritable([tmp_path, tmp_path / "x" / "y", tmp_path / "file"])
    assert problem.startswith(f"nothing can be written to {tmp_path / 'file'}. ")


@pytest.mark.parametrize(
    ("before", "after"), [(None, "own"), ("other", "own:other"), ("other:own", "own:other")]
)
def test_jobs_import_the_package_of_their_own_workflow(monkeypatch, before, after):
    monkeypatch.delenv("PYTHONPATH", raising=False)
    if before is not None:
        monkeypatch.setenv("PYTHONPATH", before.replace(":", os.pathsep))
    import_first(Path("own"))
    assert os.environ["PYTHONPATH"] == after.replace(":", os.pathsep)
