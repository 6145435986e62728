"""Which lines of a target population join the training lines, and which are tested, in each repeat.

The lines are put in one order by hashing, anew in each repeat. The first ones join, k of them first: the
lines of a smaller k are among those of a larger one. Those behind the largest k are tested, the same for
every k, so that along a curve only the training changes. The order depends on the dataset and the repeat
alone: whatever the sources, the same lines of a target are tested.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dnngp.base.errors import UserError
from dnngp.base.seeds import digest

#: Fewest lines to test: of fewer, r and the coverage of intervals are noise.
SMALLEST_REST = 20

#: What becomes of a line of the target.
JOINS, TESTED, UNUSED = "joins", "tested", "unused"


def roles(
    lines: Mapping[str, str], dataset: str, repeat: int, most: int, tested: int | None
) -> list[tuple[str, str]]:
    """Role of every line, in the order in which they join.

    Parameters
    ----------
    lines
        Unit of each line by id: lines of one unit (near-duplicates that stay together) are never on both
        sides.
    dataset, repeat
        Hashed into the order.
    most
        Largest number of lines that join.
    tested
        Most lines to test; None tests all that do not join.

    Returns
    -------
    list
        Line and one of :data:`JOINS`, :data:`TESTED` and :data:`UNUSED`.

    Raises
    ------
    UserError
        Fewer than :data:`SMALLEST_REST` are left to test.
    """
    order = sorted(lines, key=lambda line: digest(dataset, "transfer", f"rep{repeat}", line))
    joining = order[:most]
    units = {lines[line] for line in joining}
    free = [line for line in order[most:] if lines[line] not in units]
    if len(free) < SMALLEST_REST:
        raise UserError(too_few(len(lines), most, len(free)))
    chosen = set(free[:tested])
    found = [(line, JOINS) for line in joining]
    return found + [(line, TESTED if line in chosen else UNUSED) for line in order[most:]]


def too_few(lines: int, most: int, left: int) -> str:
    """What is said of a target that is too small."""
    return (
        f"the target has {lines} lines with a value; where {most} join the training, {left} are left to "
        f"test, and {SMALLEST_REST} are needed. Lower the numbers in `added`."
    )


def usable_sources(sources: Mapping[str, str], tested: Sequence[str], units: Mapping[str, str]) -> list[str]:
    """Lines of the sources that are not tested themselves, nor are near-duplicates of such, in their order.

    ``sources`` and ``units`` hold the unit of each line of the sources and of the target.
    """
    held = {units[line] for line in tested}
    return [line for line, unit in sources.items() if unit not in held]
