"""A run from the command line: watched, and ended with the answer or with what went wrong."""

from __future__ import annotations

import re
from collections.abc import Sequence

from dnngp.base.jobs import ERROR, errors_since
from dnngp.cli.command import complain, program, say
from dnngp.cli.console import RunConsole, ending
from dnngp.cli.workflow_run import Run, run_snakemake, with_configuration, without_frames

#: Exit status of a run that was stopped by Ctrl-C.
STOPPED = 130
#: What Snakemake says when no job is to run, and its options that run none.
NOTHING = "Nothing to be done"
DRY = {"-n", "--dry-run", "--dryrun"}
#: What Snakemake says that its users understand and ours need in other words.
MEANINGS = {
    "LockException": "another run is at work in this folder. If none is, for one was killed: "
    "{program} {arguments} --unlock",
    r"MissingRuleException:\s+No rule to produce (\S+)": "nothing makes {0}. Is it the path of a result? "
    "{program} help lists the commands.",
}


def execute(
    arguments: Sequence[str],
    *,
    verbose: bool = False,
    targets: Sequence[str] = (),
    option: str | None = None,
) -> int:
    """Run the workflow and say how it ended.

    Parameters
    ----------
    arguments
        A configuration, if the first one is one, and arguments of Snakemake.
    verbose
        Whether everything that Snakemake and its jobs say is shown.
    targets
        Rules that are wanted in place of everything.
    option
        Option of the configuration without which there is nothing to do.

    Returns
    -------
    int
        Exit status.
    """
    given = with_configuration(arguments)
    console = RunConsole(verbose)
    try:
        run = run_snakemake(
            [*targets, *given], on_event=console.on_event, on_words=console.on_words, on_wait=console.on_wait
        )
    finally:
        console.close()
    if run.stopped:
        complain("Stopped by you. Nothing is lost: the same command goes on where this one ended.")
        return STOPPED
    if run.status:
        for line in problems(run, given):
            complain(line)
        return run.status
    if option is not None and not run.about["config"][option]:
        complain(
            f"Nothing to do: the configuration has no `{option}`. What to write there: {program()} docs, or "
            f"docs/reference/configuration.md."
        )
        return 0
    if any(NOTHING in line for line in run.words):
        complain("Nothing to do: every result is there.")
    elif not run.jobs or DRY & {*given}:
        # Another of Snakemake's modes: what it says is what was asked for.
        for line in without_frames(list(run.words)):
            complain(line)
        return 0
    for line in ending(run):
        say(line)
    return 0


def problems(run: Run, arguments: Sequence[str]) -> list[str]:
    """What went wrong, without the frames of Snakemake."""
    if run.problem is not None:
        return [f"{ERROR}{run.problem}"]
    if run.about and (found := errors_since(run.about["logs"], run.started)):
        return [f"{ERROR}{text}" for text in found]
    # Where no log could be written, for the disk is full, jobs have said it all the same.
    if said := dict.fromkeys(line for line in run.words if line.startswith(ERROR)):
        return list(said)
    words = "\n".join(run.words)
    for pattern, meaning in MEANINGS.items():
        if match := re.search(pattern, words):
            text = meaning.format(*match.groups(), program=program(), arguments=" ".join(arguments))
            return [ERROR + text]
    lines = without_frames(list(run.words)) or ["Snakemake ended with an error and said no more."]
    return [ERROR + lines[0], *lines[1:]]
