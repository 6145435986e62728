"""Say what differs between two runs."""

from __future__ import annotations

from pathlib import Path

from typer import Argument

from dnngp.cli.command import Command, say


def compare(
    old: Path = Argument(..., help="Folder of results of the earlier run."),
    new: Path = Argument(..., help="Folder of results of the later run."),
) -> int:
    """Say what differs between two finished runs.

    Data, settings, versions, numbers and verdicts; exit status 1 if anything but versions does.
    """
    from dnngp.report.run_difference import described, differences

    found = differences(old, new)
    for line in described(found):
        say(line)
    return int(any(texts for what, texts in found.items() if what != "versions"))


COMMAND = Command(compare, order=8)
