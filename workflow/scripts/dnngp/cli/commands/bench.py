"""Run a benchmark of a checkout."""

from __future__ import annotations

import os
import sys

import typer

from dnngp.base.errors import UserError, nearest
from dnngp.base.workflow_files import checkout
from dnngp.cli.command import Command, say


def bench(
    context: typer.Context, name: str = typer.Argument(None, help="Benchmark; none lists them.")
) -> None:
    """Run a benchmark of this checkout; without a name, list them."""
    folder = checkout()
    if folder is None:
        raise UserError(
            "the benchmarks are not installed.", remedy="Clone the repository and use ./run bench."
        )
    names = sorted(path.stem for path in (folder / "benchmarks").glob("*.py"))
    if name is None:
        say("\n".join(names))
        return
    if name not in names:
        raise UserError(f"there is no benchmark {name!r}. {nearest(name, names)}")
    os.chdir(folder)
    os.execv(sys.executable, [sys.executable, f"benchmarks/{name}.py", *context.args])


COMMAND = Command(bench, order=10, passes_on="the benchmark")
