"""Time left of a run: a mean a rule, shared by the jobs that run side by side."""

import logging
from types import SimpleNamespace

import pytest

from dnngp.base.progress import Progress


class Run:
    """A run whose clock is set by hand."""

    def __init__(self, **planned):
        self.now, self.done, self.total = 0.0, 0, sum(planned.values())
        self.progress = Progress(every=20, clock=lambda: self.now)
        self.log("run_info", stats=planned | {"total": self.total})

    def log(self, event, **values):
        record = logging.LogRecord("snakemake", logging.INFO, "", 0, None, None, None)
        record.__dict__ |= {"event": SimpleNamespace(value=event), **values}
        self.progress.emit(record)

    def jobs(self, rule, seconds, side_by_side=1):
        for place in range(side_by_side):
            self.log("job_info", jobid=place, rule_name=rule)
        self.now += seconds
        for place in range(side_by_side):
            self.done += 1
            self.log("job_finished", job_id=place)
        self.log("progress", done=self.done, total=self.total)


def test_jobs_take_as_long_as_those_of_their_rule(capsys):
    run = Run(genotypes=2, fit=11, report=1)
    run.jobs("genotypes", 300)
    assert capsys.readouterr().err == "1 of 14 jobs, at least 5 min left\n"
    run.jobs("genotypes", 300)
    assert capsys.readouterr().err == "2 of 14 jobs\n"
    run.jobs("fit", 60)
    assert capsys.readouterr().err == "3 of 14 jobs, about 10 min left\n"


def test_jobs_side_by_side_share_the_time(capsys):
    run = Run(fit=22)
    run.jobs("fit", 60, side_by_side=2)
    assert capsys.readouterr().err == "2 of 22 jobs, about 10 min left\n"


def test_lines_do_not_follow_each_other_closely(capsys):
    run = Run(fit=100)
    for _ in range(40):
        run.jobs("fit", 1)
    lines = capsys.readouterr().err.splitlines()
    assert lines == ["20 of 100 jobs, about 1 min left", "40 of 100 jobs, about 1 min left"]


@pytest.mark.parametrize("event", [None, "shellcmd", "job_error"])
def test_other_messages_say_nothing(event, capsys):
    run = Run(fit=3)
    run.now = 1000
    run.log(event)
    assert capsys.readouterr().err == ""
