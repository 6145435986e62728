"""The command line: which subcommand is meant, and errors in one line each."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

import typer
from typer.core import TyperGroup

from dnngp import __version__
from dnngp.base.errors import UserError, nearest
from dnngp.base.jobs import ERROR, FAILURES
from dnngp.base.plugins import scan
from dnngp.cli import commands
from dnngp.cli.command import complain, program, say
from dnngp.cli.workflow_run import CONFIGURATIONS

#: Exit status of an error of the user's, and of a run that was stopped by Ctrl-C.
WRONG, STOPPED = 2, 130
SUMMARY = "Genomic prediction of many methods on the same folds, from genotypes and phenotypes to one report."


def build() -> typer.Typer:
    """The application with every subcommand."""
    app = typer.Typer(
        help=SUMMARY,
        epilog=f"{program()} CONFIG.yaml is short for {program()} run CONFIG.yaml.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_program)
    for name, command in scan(commands.__name__, "COMMAND").items():
        extra = {"allow_extra_args": True, "ignore_unknown_options": True} if command.passes_on else {}
        app.command(name, context_settings=extra)(command.function)
    return app


def _version(wanted: bool) -> None:
    if wanted:
        say(__version__)
        raise typer.Exit


def _program(
    version: bool = typer.Option(
        False, "--version", help="Print the version.", callback=_version, is_eager=True
    ),
) -> None:
    pass


def meant(arguments: Sequence[str], known: Sequence[str]) -> list[str]:
    """The arguments, as typed, with the subcommand, one of ``known``, written out.

    A configuration, a file of the results, options of Snakemake and nothing at all mean ``run``;
    ``help COMMAND`` means ``COMMAND --help``.

    Raises
    ------
    UserError
        The first is neither a command nor any of these.
    """
    if not arguments:
        return ["run"]
    first, *others = arguments
    if first == "help":
        return [*others[:1], "--help"] if not others or others[0] in known else meant(others, known)
    if first in known or first in ("--help", "-h", "--version", "--install-completion", "--show-completion"):
        return list(arguments)
    if first.startswith("-") or first.endswith(CONFIGURATIONS) or os.sep in first:
        return ["run", *arguments]
    if Path(first).exists():
        raise UserError(f"{first} is no configuration: its name does not end with .yaml or .yml.")
    raise UserError(
        f"there is no command {first!r}. {nearest(first, known)}",
        remedy=f"{program()} help lists the commands.",
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a subcommand and leave the interpreter with its exit status."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    name = Path(program()).name
    try:
        command = typer.main.get_command(build())
        assert isinstance(command, TyperGroup)
        sys.exit(command.main(meant(given, list(command.commands)), name, standalone_mode=False) or 0)
    except UserError as error:
        complain(f"{ERROR}{error}")
        sys.exit(WRONG)
    except typer.TyperException as error:
        complain(f"{ERROR}{error.format_message()} {program()} help says what there is.")
        sys.exit(WRONG)
    except OSError as error:
        if error.errno not in FAILURES:
            raise
        complain(f"{ERROR}{error.filename or name}: {FAILURES[error.errno]}")
        sys.exit(WRONG)
    except (typer.Abort, KeyboardInterrupt):
        complain("Stopped by you.")
        sys.exit(STOPPED)
