"""Folds by hashing ids: no random generator, the same on every machine and in any language."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from dnngp.errors import UserError
from dnngp.seeds import digest, hashed_ranks

#: Fewer test lines than this give no meaningful correlation.
SMALLEST_TEST = 3


def draw_folds(ids: Sequence[str], key: str, folds: int, repeat: int) -> list[int]:
    """Fold (1 to ``folds``) of every id; sizes differ by one at most.

    Ids are sorted by the SHA-256 of ``key|rep{repeat}|id`` in hexadecimal;
    the fold is the rank modulo ``folds``, plus one.

    Parameters
    ----------
    ids
        Unique ids; their order does not matter.
    key
        Name of the dataset.
    folds, repeat
        Number of folds; number of the repeat, from 1.
    """
    return [rank % folds + 1 for rank in hashed_ranks(ids, key, f"rep{repeat}")]


def pack_groups(groups: Sequence[str], key: Sequence[str], folds: int) -> list[int]:
    """Fold (from 1) of every line, such that a group is never divided.

    Each group is a fold of its own if there are no more groups than ``folds``;
    otherwise groups are packed, the largest first, each into the fold that has
    fewest lines so far. Groups of equal size go by the SHA-256 of ``key`` and
    the group's name, joined by ``|``; groups of one line each are therefore
    drawn as :func:`draw_folds` draws lines.

    Parameters
    ----------
    groups
        Group of every line.
    key
        Name of the dataset, and what else the order of the groups depends on.
    folds
        Largest number of folds.
    """
    sizes = Counter(groups)
    order = sorted(sizes, key=lambda group: (-sizes[group], digest(*key, group)))
    lines = [0] * min(folds, len(order))
    fold_of = {}
    for group in order:
        smallest = lines.index(min(lines))
        fold_of[group] = smallest + 1
        lines[smallest] += sizes[group]
    return [fold_of[group] for group in groups]


def split_table(
    ids: Sequence[str],
    phenotyped: Sequence[bool] | np.ndarray,
    scheme: str,
    key: str,
    folds: int,
    repeats: int,
    groups: Sequence[object] | None = None,
    together: Mapping[str, str] | None = None,
) -> pd.DataFrame:
    """The table of folds that every method reads.

    Random folds are drawn over all ids and lines without a phenotype are
    dropped afterwards: a line is in the same fold for every trait. Groups are
    packed by their numbers of phenotyped lines.

    Parameters
    ----------
    ids
        Unique line ids.
    phenotyped
        Whether each line has a value of the trait.
    scheme
        ``random`` or ``leave_group_out``.
    key, folds
        As in :func:`draw_folds` and :func:`pack_groups`.
    repeats
        Number of repeats; groups can be left out in one way only, so their
        scheme always has one.
    groups
        Group of each line, missing as None, NaN or "".
    together
        Name of a cluster for some of the ids; the ``random`` scheme keeps a
        cluster in one fold. Other schemes do not look at it.

    Returns
    -------
    DataFrame
        repeat, fold, sample, role (``train`` or ``test``); a row per repeat,
        fold and phenotyped line.

    Raises
    ------
    UserError
        Fewer phenotyped lines than folds; a fold with fewer than three test
        lines; a phenotyped line without a group; fewer than two groups.
    """
    phenotyped = np.asarray(phenotyped, bool)
    present = np.asarray(ids, dtype=object)[phenotyped]
    if len(present) < folds:
        raise UserError(
            f"only {len(present)} lines have a phenotype; that cannot fill {folds} folds.",
            remedy="Lower `cv.folds`.",
        )
    if scheme == "random" and together:
        clusters = [together.get(name, name) for name in ids]
        drawn = [
            np.asarray(pack_groups(clusters, (key, f"rep{repeat}"), folds))[phenotyped]
            for repeat in range(1, repeats + 1)
        ]
    elif scheme == "random":
        drawn = [
            np.asarray(draw_folds(ids, key, folds, repeat))[phenotyped] for repeat in range(1, repeats + 1)
        ]
    elif scheme == "leave_group_out":
        named = _group_names(present, phenotyped, groups)
        drawn = [np.array(pack_groups(named, (key, "group"), folds))]
    else:
        raise ValueError(f"no scheme {scheme!r}")

    parts = []
    for repeat, fold_of in enumerate(drawn, start=1):
        sizes = np.bincount(fold_of, minlength=folds + 1 if scheme == "random" else 0)[1:]
        _refuse_small_folds(sizes, scheme, repeat)
        for fold in range(1, len(sizes) + 1):
            role = np.where(fold_of == fold, "test", "train")
            parts.append(pd.DataFrame({"repeat": repeat, "fold": fold, "sample": present, "role": role}))
    return pd.concat(parts, ignore_index=True)


def _group_names(present: np.ndarray, phenotyped: np.ndarray, groups: Sequence[object] | None) -> list[str]:
    if groups is None:
        raise UserError(
            "leave_group_out needs the group of every line, but there is none.",
            remedy="Name the column with `groups` of the dataset.",
        )
    values = np.asarray(groups, dtype=object)[phenotyped]
    absent = present[pd.isna(values) | (values == "")]
    if len(absent):
        examples = ", ".join(absent[:3]) + (", ..." if len(absent) > 3 else "")
        raise UserError(
            f"{len(absent)} of {len(present)} phenotyped lines have no group ({examples}).",
            remedy="Fill in the groups column, or use the `random` scheme.",
        )
    named = [str(value) for value in values]
    if len(set(named)) < 2:
        raise UserError(
            f"all {len(named)} phenotyped lines belong to one group ({named[0]}); none can be left out.",
            remedy="Use the `random` scheme for this dataset.",
        )
    return named


def _refuse_small_folds(sizes: np.ndarray, scheme: str, repeat: int) -> None:
    if sizes.min() >= SMALLEST_TEST:
        return
    remedy = "Lower `cv.folds`."
    if scheme == "leave_group_out":
        remedy = "Lower `cv.folds`, so that small groups share a fold, or merge groups."
    raise UserError(
        f"fold {sizes.argmin() + 1} of repeat {repeat} ({scheme}) would have {sizes.min()} test lines of "
        f"{sizes.sum()} with a phenotype; a correlation needs at least {SMALLEST_TEST}.",
        remedy=remedy,
    )
