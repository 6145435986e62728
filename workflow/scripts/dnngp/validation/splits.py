"""Folds by hashing ids, by groups, clusters or time, or from a file: no random generator anywhere.

The same input gives the same folds on every machine and in any language.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from dnngp.base.errors import UserError, some
from dnngp.base.seeds import digest, hashed_ranks

#: Fewer test lines than this give no meaningful correlation.
SMALLEST_TEST = 3

#: Lines that the scheme ``forward`` trains on at least.
SMALLEST_FIRST = 10

#: Schemes that move lines between folds to keep near-duplicates in one; the others leave them out of the
#: training lines, because groups, times and files say which fold a line is in.
MOVABLE = ("random", "cluster_out")


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


def time_blocks(times: Sequence[float] | np.ndarray, folds: int) -> list[int]:
    """Block (from 0) of every line: consecutive times in blocks of about as many lines, no time divided.

    Block 0 is trained on alone, each later one is a fold. Block 0 holds at least
    :data:`SMALLEST_FIRST` lines, the others :data:`SMALLEST_TEST`, as far as
    there are enough; a block that would be smaller takes the next one in.

    Parameters
    ----------
    times
        Of every line, without missing values.
    folds
        Largest number of blocks beside the first.
    """
    values, position, counts = np.unique(np.asarray(times, float), return_inverse=True, return_counts=True)
    planned = np.floor((np.cumsum(counts) - counts / 2) * (folds + 1) / counts.sum()).astype(int)
    block_of = np.zeros(len(values), int)
    first, lines = 0, counts[0]
    for number in range(1, len(values)):
        block = block_of[number - 1]
        enough = lines >= (SMALLEST_TEST if block else SMALLEST_FIRST)
        if planned[number] > planned[first] and enough and counts[number:].sum() >= SMALLEST_TEST:
            block, first, lines = block + 1, number, 0
        block_of[number] = block
        lines += counts[number]
    return block_of[position].tolist()


def clusters_of(near_duplicates: pd.DataFrame) -> dict[str, str]:
    """Cluster of every line in a table of pairs, ``sample`` and ``twin``, each with its ``cluster``."""
    ends = (zip(near_duplicates[end], near_duplicates["cluster"], strict=True) for end in ("sample", "twin"))
    return {id: cluster for end in ends for id, cluster in end}


def merged(names: Sequence[str], together: Mapping[str, str], ids: Sequence[str]) -> list[str]:
    """Names of groups of lines, those that share a cluster of ``together`` made one.

    Parameters
    ----------
    names
        Group of every line.
    together
        Cluster of some of the ids.
    ids
        Of the lines.
    """
    parent = {name: name for name in names}

    def root(name: str) -> str:
        while parent[name] != name:
            name = parent[name]
        return name

    first: dict[str, str] = {}
    for name, id in zip(names, ids, strict=True):
        if id in together:
            one, other = sorted((root(first.setdefault(together[id], name)), root(name)))
            parent[other] = one
    return [root(name) for name in names]


def split_table(
    ids: Sequence[str],
    phenotyped: Sequence[bool] | np.ndarray,
    scheme: str,
    key: str,
    folds: int,
    repeats: int,
    groups: Sequence[object] | None = None,
    together: Mapping[str, str] | None = None,
    times: Sequence[float] | np.ndarray | None = None,
    assigned: Sequence[Mapping[str, int]] | None = None,
) -> pd.DataFrame:
    """The table of folds that every method reads.

    Random folds are drawn over all ids and lines without a phenotype are
    dropped afterwards: a line is in the same fold for every trait. Groups and
    clusters are packed by their numbers of phenotyped lines; clusters into fewer
    folds where one would otherwise be too small. ``forward`` trains each fold on
    all earlier times.

    Parameters
    ----------
    ids
        Unique line ids.
    phenotyped
        Whether each line has a value of the trait.
    scheme
        ``random``, ``leave_group_out``, ``cluster_out``, ``forward`` or ``file``.
    key, folds
        As in :func:`draw_folds`, :func:`pack_groups` and :func:`time_blocks`.
    repeats
        Number of repeats of the ``random`` scheme; groups, clusters and times can
        be left out in one way only, a file has its own.
    groups
        Group (``leave_group_out``) or cluster (``cluster_out``) of each line,
        missing as None, NaN or "".
    together
        Name of a cluster of near-duplicates for some of the ids. Random folds and
        clusters keep them in one fold; with the other schemes, training lines
        that have a near-duplicate among the test lines are left out of that fold.
    times
        Time of each line, NaN where not known (``forward``).
    assigned
        For each repeat, the fold (from 1) by id (``file``).

    Returns
    -------
    DataFrame
        repeat, fold, sample, role (``train`` or ``test``), group (what is kept
        whole, by inner folds too; missing where lines are on their own); a row
        per repeat, fold and line.

    Raises
    ------
    UserError
        Fewer phenotyped lines than folds; a fold with fewer than three test
        lines; a phenotyped line without a group, a time or a fold; fewer than
        two groups, times or folds.
    """
    phenotyped = np.asarray(phenotyped, bool)
    present = np.asarray(ids, dtype=object)[phenotyped]
    together = together or {}
    if len(present) < folds and scheme in ("random", "leave_group_out", "cluster_out"):
        raise UserError(
            f"only {len(present)} lines have a phenotype; that cannot fill {folds} folds.",
            remedy="Lower `cv.folds`.",
        )
    whole: list[str] | None = None
    if scheme == "random" and together:
        clusters = [together.get(name, name) for name in ids]
        drawn = [
            np.asarray(pack_groups(clusters, (key, f"rep{repeat}"), folds))[phenotyped]
            for repeat in range(1, repeats + 1)
        ]
        whole = [together.get(name, name) for name in present]
    elif scheme == "random":
        drawn = [
            np.asarray(draw_folds(ids, key, folds, repeat))[phenotyped] for repeat in range(1, repeats + 1)
        ]
    elif scheme == "leave_group_out":
        whole = _group_names(present, phenotyped, groups)
        drawn = [np.array(pack_groups(whole, (key, "group"), folds))]
    elif scheme == "cluster_out":
        whole = merged(_group_names(present, phenotyped, groups), together, list(present))
        drawn = [_packed_clusters(whole, key, folds)]
    elif scheme == "forward":
        drawn = [np.array(time_blocks(_known_times(present, phenotyped, times), folds))]
    elif scheme == "file":
        drawn = [_assigned_folds(present, one, number) for number, one in enumerate(assigned or (), start=1)]
    else:
        raise ValueError(f"no scheme {scheme!r}")

    parts = []
    for repeat, fold_of in enumerate(drawn, start=1):
        sizes = np.bincount(fold_of, minlength=folds + 1 if scheme == "random" else 0)[1:]
        if (len(sizes) < 2 and scheme != "forward") or not len(sizes):
            raise _too_few(scheme, repeat, len(present))
        _refuse_small_folds(sizes, scheme, repeat)
        for fold in range(1, len(sizes) + 1):
            tested = fold_of == fold
            trained = fold_of < fold if scheme == "forward" else ~tested
            if scheme not in MOVABLE and together:
                trained &= ~_twins_of(present, tested, together)
            used = tested | trained
            parts.append(
                pd.DataFrame(
                    {
                        "repeat": repeat,
                        "fold": fold,
                        "sample": present[used],
                        "role": np.where(tested, "test", "train")[used],
                        "group": np.nan if whole is None else np.asarray(whole, object)[used],
                    }
                )
            )
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
        raise UserError(
            f"{len(absent)} of {len(present)} phenotyped lines have no group ({some(absent.tolist())}).",
            remedy="Fill in the groups column, or use the `random` scheme.",
        )
    named = [str(value) for value in values]
    if len(set(named)) < 2:
        raise UserError(
            f"all {len(named)} phenotyped lines belong to one group ({named[0]}); none can be left out.",
            remedy="Use the `random` scheme for this dataset.",
        )
    return named


def _packed_clusters(clusters: list[str], key: str, folds: int) -> np.ndarray:
    """Folds of whole clusters: ``folds``, or as few as it takes for each to have test lines enough."""
    for number in range(folds, 1, -1):
        fold_of = np.array(pack_groups(clusters, (key, "cluster"), number))
        if np.bincount(fold_of)[1:].min() >= SMALLEST_TEST:
            break
    return fold_of


def _known_times(
    present: np.ndarray, phenotyped: np.ndarray, times: Sequence[float] | np.ndarray | None
) -> np.ndarray:
    if times is None:
        raise UserError(
            "forward needs the time of every line, but there is none.",
            remedy="Name the column with `time` of the dataset.",
        )
    values = np.asarray(times, float)[phenotyped]
    absent = present[np.isnan(values)]
    if len(absent):
        raise UserError(
            f"{len(absent)} of {len(present)} phenotyped lines have no time ({some(absent.tolist())}).",
            remedy="Fill in the time column, or leave `forward` out of `cv.schemes`.",
        )
    return values


def _assigned_folds(present: np.ndarray, fold_of: Mapping[str, int], repeat: int) -> np.ndarray:
    absent = np.array([name for name in present if name not in fold_of], dtype=object)
    if len(absent):
        raise UserError(
            f"{len(absent)} of {len(present)} phenotyped lines have no fold in repeat {repeat} of the "
            f"`folds_file` ({some(absent.tolist())}).",
            remedy="Give every line a fold, or leave the lines out with `qc.exclude_samples`.",
        )
    # Numbered anew: a fold whose lines all lack the trait is none.
    return np.unique([fold_of[name] for name in present], return_inverse=True)[1] + 1


def _twins_of(present: np.ndarray, tested: np.ndarray, together: Mapping[str, str]) -> np.ndarray:
    """Whether each line has a near-duplicate among those tested."""
    clusters = {together[name] for name in present[tested] if name in together}
    return np.array([together.get(name) in clusters for name in present])


def _too_few(scheme: str, repeat: int, lines: int) -> UserError:
    if scheme == "forward":
        return UserError(
            f"the times of {lines} phenotyped lines cannot be cut into {SMALLEST_FIRST} lines or more to "
            f"train on and {SMALLEST_TEST} or more later ones to test.",
            remedy="Leave `forward` out of `cv.schemes`.",
        )
    if scheme == "file":
        return UserError(
            f"the `folds_file` has one fold only in repeat {repeat}.", remedy="Give it two folds at least."
        )
    return UserError(
        f"the {lines} phenotyped lines cannot be cut into clusters of {SMALLEST_TEST} or more.",
        remedy=f"Leave `{scheme}` out of `cv.schemes`.",
    )


def _refuse_small_folds(sizes: np.ndarray, scheme: str, repeat: int) -> None:
    if sizes.min() >= SMALLEST_TEST:
        return
    remedy = "Lower `cv.folds`."
    if scheme == "leave_group_out":
        remedy = "Lower `cv.folds`, so that small groups share a fold, or merge groups."
    elif scheme != "random":
        remedy = f"Leave `{scheme}` out of `cv.schemes`, or give the fold more lines."
    raise UserError(
        f"fold {sizes.argmin() + 1} of repeat {repeat} ({scheme}) would have {sizes.min()} test lines of "
        f"{sizes.sum()} with a phenotype; a correlation needs at least {SMALLEST_TEST}.",
        remedy=remedy,
    )
