"""How a job ends: bad input in one line, anything else with its traceback in the log alone."""

import time

import pytest

from dnngp.errors import UserError
from dnngp.jobs import errors_since, job


def test_bad_input_is_one_line_without_traceback(tmp_path, capsys):
    log = tmp_path / "logs" / "x.log"
    with pytest.raises(SystemExit) as caught, job(log):
        raise UserError("the cell is text.", file="pheno.csv", line=3, column="yield", remedy="Use NA.")
    assert caught.value.code == 2
    expected = "error: pheno.csv, line 3, column yield: the cell is text. Use NA.\n"
    assert capsys.readouterr().err == expected
    assert log.read_text() == expected


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
