"""Stages of work are timed apart."""

import time

import pytest

from dnngp.base.timing import Clock, stage


def busy(seconds):
    """Work that costs CPU time."""
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass


def test_a_stage_within_another_counts_for_itself_alone():
    clock = Clock()
    with clock.stage("fit"):
        busy(0.05)
        with stage("encode"):
            busy(0.1)
    with stage("encode"):  # no stage of a clock is open
        busy(0.02)
    assert clock.cpu["encode"] == pytest.approx(0.1, abs=0.04)
    assert clock.cpu["fit"] == pytest.approx(0.05, abs=0.04)
    assert [row["stage"] for row in clock.rows(fold=1)] == ["encode", "fit"]
