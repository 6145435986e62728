"""Hybrids of two parents: folds that leave the groups of one parent out may still share the other.

Of a dataset with `crosses` its table says who the parents are; of others the ids are asked.

A factorial crosses every mother with many fathers. Left out by mother, nearly every hybrid that is tested has
its father among the training samples, and r says little of crosses of which nothing is known.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from dnngp.base.lazy import pd
from dnngp.validation.schemes import SCHEMES

#: What stands between the names of two parents and nowhere else; what may, where one of them is a group.
CROSS, MAYBE = r"\s*[×*/]\s*|[ _.-][xX][ _.-]", r"[._:|-]"

_NOBODY: Mapping[str, tuple[str, str]] = MappingProxyType({})

#: Part of the samples that must be named so.
MOST = 0.9


def warnings_of(
    scheme: str,
    splits: pd.DataFrame,
    phenotype: pd.DataFrame,
    crosses: Mapping[str, tuple[str, str]] = _NOBODY,
) -> list[str]:
    """What is to be said of a table of folds: of known crosses always, else where whole groups are left out.

    ``phenotype`` has a ``sample`` and a ``group`` in each row; ``crosses`` are the parents of its samples,
    where they are known.
    """
    if crosses:
        return _told_of_crosses(scheme, splits, crosses)
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


def parents_in_training(splits: pd.DataFrame, known: Mapping[str, tuple[str, str]]) -> tuple[int, int, int]:
    """Test samples of which both parents, one or none are parents of a training sample of their fold."""
    found = [0, 0, 0]
    for _, fold in splits.groupby(["repeat", "fold"], sort=False):
        pairs = {
            role: [known[one] for one in part if one in known]
            for role, part in fold.groupby("role")["sample"]
        }
        trained = {parent for pair in pairs.get("train", ()) for parent in pair}
        for pair in pairs.get("test", ()):
            found[sum(parent not in trained for parent in pair)] += 1
    return found[0], found[1], found[2]


def never_tested(splits: pd.DataFrame) -> int:
    """Samples that are used and that no fold tests."""
    tested = splits["role"] == "test"
    return len(set(splits["sample"]) - set(splits.loc[tested, "sample"]))


def shared_parents(splits: pd.DataFrame, known: Mapping[str, tuple[str, str]]) -> tuple[int, int]:
    """Test samples that have a parent in common with a training sample of their fold, of how many tested."""
    both, one, none = parents_in_training(splits, known)
    return both + one, both + one + none


def _told_of_crosses(scheme: str, splits: pd.DataFrame, crosses: Mapping[str, tuple[str, str]]) -> list[str]:
    """Of folds about parents, whom they never test; of others, how many parents they had in training."""
    left = never_tested(splits)
    if SCHEMES[scheme].needs == "crosses":
        why = "no fold has those of their parents in training that the scheme asks for"
        used = splits["sample"].nunique()
        return [f"{scheme}: {left} of {used} crosses are never tested: {why}."] if left else []
    both, one, none = parents_in_training(splits, crosses)
    return [
        f"{scheme}: of {both + one + none} test samples, {both} are crosses of which both parents are in "
        f"training by other crosses, {one} of which one is, {none} of which none is. The schemes t2, t1 and "
        "t0 ask these questions one by one."
    ]


def _split(samples: Mapping[str, str], between: str) -> dict[str, tuple[str, str]]:
    pieces = ((sample, re.split(between, sample)) for sample in samples)
    return {sample: (pair[0], pair[1]) for sample, pair in pieces if len(pair) == 2 and all(pair)}


def _one_is(group: str, pair: tuple[str, str]) -> bool:
    """Whether one is the group and the other is a name as well, not the number of a sibling."""
    if group not in pair:
        return False
    other = pair[group == pair[0]]
    return not other.isdigit() or group.isdigit()
