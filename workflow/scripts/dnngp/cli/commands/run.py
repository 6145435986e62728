"""Run a configuration."""

from __future__ import annotations

import typer

from dnngp.cli.command import Command
from dnngp.cli.execution import execute


def run(
    context: typer.Context,
    verbose: bool = typer.Option(False, "--verbose", help="Show everything that Snakemake and the jobs say."),
) -> int:
    """Run a configuration and print the path of the report.

    The first argument may be a configuration; if it is none, config.yaml of this folder is meant. All others
    go to Snakemake: --cores 4, -n (show what would run), --profile profiles/slurm, a file of the results.
    """
    return execute(context.args, verbose=verbose)


COMMAND = Command(run, order=1, passes_on="snakemake")
