"""Say what a run will cost."""

from __future__ import annotations

import os

import typer

from dnngp.cli.command import Command, complain, say
from dnngp.cli.execution import problems
from dnngp.cli.workflow_run import run_snakemake, with_configuration


def estimate(context: typer.Context) -> int:
    """Say what a run would cost: jobs, CPU hours, memory.

    Takes the arguments of run.
    """
    given = with_configuration(context.args)
    run = run_snakemake(["--dry-run", "--quiet", "all", *given], quiet_output=True)
    if run.status:
        for line in problems(run, given):
            complain(line)
        return run.status
    # The working directory decides what paths of the configuration mean.
    os.chdir(run.about["directory"])
    from dnngp.cli.prices import estimator
    from dnngp.cost.estimates import report

    say(report(estimator(run.about["config"]), run.jobs, os.cpu_count() or 1))
    return 0


COMMAND = Command(estimate, order=4, passes_on="snakemake")
