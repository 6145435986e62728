"""Make the report of what has been run."""

from __future__ import annotations

import typer

from dnngp.cli.command import Command
from dnngp.cli.execution import execute


def report(
    context: typer.Context,
    verbose: bool = typer.Option(False, "--verbose", help="Show everything that Snakemake and the jobs say."),
) -> int:
    """Make the report anew from the results.

    Takes the arguments of run. Fits that are missing are made.
    """
    return execute(context.args, verbose=verbose, targets=["report", "--forcerun", "report"])


COMMAND = Command(report, order=7, passes_on="snakemake")
