"""Numbers that may be no measurements: codes for missing values, and single values far from all others.

Standard library only, as in :mod:`dnngp.base.files`.
"""

from __future__ import annotations

import math
import statistics
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from dnngp.base.errors import some

#: What programs write for a missing value.
CODES = frozenset({-9.0, -99.0, -999.0, -9999.0, 99.0, 999.0, 9999.0, 0.0})

#: Distance from the median, and from the nearest other value, in robust standard deviations, of what lies far
#: outside. The second keeps the tail of a skewed trait from being called so.
FAR, APART = 5.0, 1.5

#: How often another number than a code must repeat, and the share of the values that it must be.
REPEATS, SHARE = 3, 0.01

#: How many times farther what is no code must lie: where values are rounded, the tail of a skewed trait
#: repeats.
UNKNOWN = 3

#: How many times as large as all others a number may be that was measured and is no code.
SIZE = 3

#: Fewer values than this say nothing of what is far.
FEWEST = 10


def coded_as_missing(values: Sequence[float]) -> list[float]:
    """Numbers that repeat exactly and lie far outside all others, the most frequent first.

    Parameters
    ----------
    values
        Of one trait; NaN is passed over.
    """
    present = [value for value in values if not math.isnan(value)]
    return [value for value in _repeated_far(present) if _is_code(value, present)]


def ends_of_observation(values: Sequence[float]) -> list[float]:
    """Numbers that repeat exactly and lie far outside, as codes do, but are of the size of the others.

    Days to flowering have one where the trial ended before some flowered.
    """
    present = [value for value in values if not math.isnan(value)]
    return [value for value in _repeated_far(present) if not _is_code(value, present)]


def _repeated_far(present: Sequence[float]) -> list[float]:
    """Numbers that repeat exactly and lie far outside all others, the most frequent first."""
    if len(present) < FEWEST:
        return []
    counts, found = Counter(present), set[float]()
    while others := sorted(counts.keys() - found):
        # Nothing but the smallest and the largest can lie outside.
        far = [value for value in (others[0], others[-1]) if _is_repeated_far(value, counts, found)]
        if not far:
            break
        found |= set(far)
    return sorted(found, key=lambda value: -counts[value])


def _is_repeated_far(value: float, counts: Counter[float], found: set[float]) -> bool:
    known = value in CODES
    if counts[value] < (2 if known else max(REPEATS, SHARE * counts.total())):
        return False
    others = [one for one in counts.elements() if one != value and one not in found]
    return _is_far(value, others, factor=1 if known else UNKNOWN)


def _is_code(value: float, present: Sequence[float]) -> bool:
    """Whether a number is a usual code, or has not the sign of the others, or is several times as large."""
    others = [one for one in present if one != value]
    return value in CODES or not min(others) >= 0 < value <= SIZE * max(others)


def code_problems(
    path: str | Path,
    column: str,
    values: Sequence[float],
    lines: Sequence[int],
    parts: Sequence[Sequence[int]],
) -> Iterator[str]:
    """Numbers of a column that may stand for missing values, a sentence each.

    Parameters
    ----------
    path, column
        Where the values are.
    values, lines
        NaN where missing; lines of the file that they stand in.
    parts
        Positions of values that are compared with each other.
    """
    codes = dict.fromkeys(
        code for part in parts for code in coded_as_missing([values[number] for number in part])
    )
    others = [value for value in values if not math.isnan(value) and value not in codes]
    for code in codes:
        where = [line for line, value in zip(lines, values, strict=True) if value == code]
        extremes = f"{min(others):g} to {max(others):g}"
        yield (
            f"{path}, column {column}: {code:g} is there {len(where)} times "
            f"(lines {some(where)}), far from all others ({extremes}). If it stands for a missing value, "
            f"write `missing_values: [{code:g}]` in the dataset; if it was measured, `missing_values: []`."
        )


def useless(values: Sequence[float]) -> str | None:
    """Why nothing can be learned from values of a trait of the lines with genotypes; None where it can."""
    present = [value for value in values if not math.isnan(value)]
    if not present:
        return f"none of the {len(values)} lines with genotypes has a value."
    if len(set(present)) == 1:
        same = f"all {len(present)} lines with genotypes have the value {present[0]:g}"
        return f"the trait is constant: {same}."
    return None


def single_outliers(values: Sequence[float]) -> list[int]:
    """Numbers of the values that lie far outside all others and do not repeat: a lost decimal point, say."""
    present = [value for value in values if not math.isnan(value)]
    if len(present) < FEWEST:
        return []
    once = {value for value in (min(present), max(present)) if present.count(value) == 1}
    far = {value for value in once if _is_beyond_tail(value, [one for one in present if one != value])}
    return [number for number, value in enumerate(values) if value in far]


def _is_beyond_tail(value: float, others: Sequence[float]) -> bool:
    """Whether a value is far outside the others by their spread, and by that of their tail on its side."""
    ordered, median = sorted(others), statistics.median(others)
    end = ordered[round((0.95 if value > median else 0.05) * (len(ordered) - 1))]
    tail = abs(end - median) / 1.645  # in standard deviations of a normal distribution
    gap = max(ordered[0] - value, value - ordered[-1])
    beyond = abs(value - median) > 2 * FAR * tail and gap > 2 * APART * tail
    return beyond and _is_far(value, others, factor=2) and _is_far(*_logarithms(value, others))


def _logarithms(value: float, others: Sequence[float]) -> tuple[float, Sequence[float]]:
    """Logarithms where nothing is below zero: of a skewed trait, they are scattered evenly."""
    if min(value, *others) < 0:
        return value, others
    positive = min(filter(None, others), default=1.0)
    zero = 0.0 if min(value, *others) else positive
    return math.log(value + zero), [math.log(one + zero) for one in others]


def _is_far(value: float, others: Sequence[float], factor: float = 1) -> bool:
    """Whether a value lies outside the others, at a distance that their spread does not explain."""
    if len(others) < FEWEST // 2:
        return False
    median = statistics.median(others)
    spread = 1.4826 * statistics.median(abs(one - median) for one in others)
    gap = max(min(others) - value, value - max(others))
    return spread > 0 and abs(value - median) > factor * FAR * spread and gap > factor * APART * spread
