"""Run the tests of a checkout."""

from __future__ import annotations

import os
import sys

import typer

from dnngp.base.errors import UserError
from dnngp.base.workflow_files import checkout
from dnngp.cli.command import Command


def test(context: typer.Context) -> None:
    """Run the tests of this checkout; arguments go to pytest."""
    folder = checkout()
    if folder is None:
        raise UserError(
            "the tests are not installed.", remedy="Clone the repository and use ./run test there."
        )
    # Whole files go to one worker each, so that tests of one file share their run of the workflow; in the
    # order of their names, which has the slow ones first.
    default = ["--numprocesses", "auto", "--dist", "loadfile", "--no-loadscope-reorder", "--durations", "15"]
    os.chdir(folder)
    os.execv(sys.executable, [sys.executable, "-m", "pytest", *(context.args or default)])


COMMAND = Command(test, order=9, passes_on="pytest")
