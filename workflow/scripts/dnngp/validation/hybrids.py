"""Hybrids of two parents: folds that leave the groups of one parent out may still share the other.

A factorial crosses every mother with many fathers. Left out by mother, nearly every hybrid that is tested has
its father among the training samples, and r says little of crosses of which nothing is known.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from dnngp.base.lazy import pd

#: What stands between the names of two parents and nowhere else; what may, where one of them is a group.
CROSS, MAYBE = r"\s*[×*/]\s*|[ _.-][xX][ _.-]", r"[._:|-]"

#: Part of the samples that must be named so.
MOST = 0.9


def warnings_of(scheme: str, splits: pd.DataFrame, phenotype: pd.DataFrame) -> list[str]:
    """What is to be said of a table of folds that leave whole groups out.

    ``phenotype`` has a ``sample`` and a ``group`` in each row.
    """
    shared, tested = 0, 0
    if splits["group"].notna().any():
        groups = phenotype["group"].tolist() if phenotype["group"].notna().all() else None
        shared, tested = shared_parents(splits, parents(phenotype["sample"].tolist(), groups))
    if not shared:
        return []
    return [
        f"{scheme}: {shared} of {tested} test samples are hybrids that share a parent with a training sample "
        "of their fold. r is that of new crosses of known parents, not of new parents; folds that leave both "
        "parents out can be given as a file (`folds_file`)."
    ]


def parents(samples: Sequence[str], groups: Sequence[str] | None = None) -> dict[str, tuple[str, str]]:
    """Both parents of each hybrid, as the ids name them.

    Parameters
    ----------
    samples
        Ids: ``A x B``, ``A/B``; also ``A-B`` where ``A`` or ``B`` is the group of the sample.
    groups
        Of the samples.

    Returns
    -------
    dict
        Empty, unless most samples are named so and both parents are those of several.
    """
    named = dict(zip(samples, groups or [""] * len(samples), strict=True))
    found = _split(named, CROSS) or {
        sample: pair for sample, pair in _split(named, MAYBE).items() if _one_is(named[sample], pair)
    }
    sides = [set(side) for side in zip(*found.values(), strict=True)]
    several = all(1 < len(side) <= len(found) / 2 for side in sides)
    return found if len(found) >= max(MOST * len(named), 2) and several else {}


def shared_parents(splits: pd.DataFrame, known: Mapping[str, tuple[str, str]]) -> tuple[int, int]:
    """Test samples that have a parent in common with a training sample of their fold, of how many tested."""
    shared = tested = 0
    for _, fold in splits.groupby(["repeat", "fold"], sort=False):
        pairs = {
            role: [known[one] for one in part if one in known]
            for role, part in fold.groupby("role")["sample"]
        }
        trained = {parent for pair in pairs.get("train", ()) for parent in pair}
        shared += sum(not trained.isdisjoint(pair) for pair in pairs.get("test", ()))
        tested += len(pairs.get("test", ()))
    return shared, tested


def _split(samples: Mapping[str, str], between: str) -> dict[str, tuple[str, str]]:
    pieces = ((sample, re.split(between, sample)) for sample in samples)
    return {sample: (pair[0], pair[1]) for sample, pair in pieces if len(pair) == 2 and all(pair)}


def _one_is(group: str, pair: tuple[str, str]) -> bool:
    """Whether one is the group and the other is a name as well, not the number of a sibling."""
    if group not in pair:
        return False
    other = pair[group == pair[0]]
    return not other.isdigit() or group.isdigit()
