"""What a subcommand declares."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Command:
    """A subcommand: its function, which typer reads, and where it stands in the list of commands.

    Parameters
    ----------
    function
        Its docstring is the help; the first sentence stands in the list.
    order
        Place in the list.
    passes_on
        Name of the program that arguments which the function does not declare are handed to.
    """

    function: Callable[..., Any]
    order: int
    passes_on: str | None = None


def program() -> str:
    """What the user types: ``./run`` in a checkout, else ``dnngp``."""
    return os.environ.get("DNNGP_PROGRAM", "dnngp")


def say(text: str = "") -> None:
    """A line for the user on standard output."""
    print(text)


def complain(text: str) -> None:
    """A line for the user on standard error."""
    print(text, file=sys.stderr)
