"""Problems of what a configuration names, in the same words wherever they are found.

Read by the configuration, so that it needs nothing but the standard library.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path

from dnngp.base.errors import UserError, nearest
from dnngp.base.remote import is_remote, unreachable


def refuse(problems: Iterable[str]) -> None:
    """Raise one :class:`UserError` with a line for each problem, if there are any."""
    if text := "\n".join(problems):
        raise UserError(text)


def absent_files(named: Iterable[tuple[str, str]]) -> Iterator[str]:
    """A sentence for each file that is not there or has a name of no use, from pairs of option and path."""
    for option, path in named:
        if any(character in path for character in "{}<>"):
            yield (
                f"the name of the file {path} (`{option}`) has a character of {{ }} < >, which Snakemake "
                "reads as its own. Rename the file or its folder."
            )
        elif is_remote(path):
            yield f"{path} (`{option}`) is read before anything runs. Fetch the file and name it."
        elif not Path(path).exists():
            instead = _instead(Path(path))
            yield f"the file {path} does not exist (`{option}`, seen from {Path.cwd()}). {instead}"


def _instead(path: Path) -> str:
    """What there is in place of a file: one with more behind its name, or of a like name."""
    if str(path)[:1] in ("~", "$"):
        return "Write the whole path: ~ and variables of the shell are not replaced."
    if not path.parent.is_dir():
        return f"There is no folder {path.parent}."
    there = sorted(one.name for one in path.parent.iterdir())
    if longer := [name for name in there if name.startswith(f"{path.name}.")]:
        return f"There is {path.parent / longer[0]}."
    return nearest(path.name, there)


def absent_inputs(named: Iterable[tuple[str, str]]) -> Iterator[str]:
    """As :func:`absent_files`, of files that the run can fetch."""
    named = list(named)
    yield from unreachable((option, path) for option, path in named if is_remote(path))
    yield from absent_files((option, path) for option, path in named if not is_remote(path))


def absent_columns(
    path: str, header: Sequence[str], named: Iterable[tuple[str, str | None]]
) -> Iterator[str]:
    """A sentence for each column that a table lacks, from pairs of option and column, None for no column."""
    for option, column in named:
        if column is not None and column not in header:
            yield f"{path} has no column {column!r} (`{option}`). {nearest(column, header)}"


def unknown_keys(owner: str, kind: str, given: Iterable[str], known: Collection[str]) -> Iterator[str]:
    """A sentence for each key that a method or encoding does not take; ``kind`` is what it would be of it."""
    for key in given:
        if key not in known:
            yield f"{owner} has no {kind} {key!r}. {nearest(key, known) if known else 'It has none.'}"
