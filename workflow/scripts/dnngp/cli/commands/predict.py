"""Predict the samples that `predict` of a configuration lists."""

from __future__ import annotations

import typer

from dnngp.cli.command import Command
from dnngp.cli.execution import execute


def predict(
    context: typer.Context,
    verbose: bool = typer.Option(False, "--verbose", help="Show everything that Snakemake and the jobs say."),
) -> int:
    """Predict the samples that `predict` of a configuration lists.

    Takes the arguments of run.
    """
    return execute(context.args, verbose=verbose, targets=["predict"], option="predict")


COMMAND = Command(predict, order=5, passes_on="snakemake")
