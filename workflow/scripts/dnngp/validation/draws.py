"""Folds by hashing ids, by groups or by time: no random generator anywhere.

The same input gives the same folds on every machine and in any language.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from dnngp.base.errors import UserError
from dnngp.base.lazy import np, pd
from dnngp.base.seeds import digest, hashed_ranks
from dnngp.validation.scheme import SMALLEST_TEST, Folds
from dnngp.validation.units import Units

#: Samples that the scheme ``forward`` trains on at least.
SMALLEST_FIRST = 10


def draw_folds(
    ids: Sequence[str], key: str, folds: int, repeat: int, classes: Sequence[int] | None = None
) -> list[int]:
    """Fold (1 to ``folds``) of every id; sizes, and those of each class, differ by one at most.

    Ids are sorted by the SHA-256 of ``key|rep{repeat}|id`` in hexadecimal, ``key`` being the dataset;
    the fold is the rank modulo ``folds``, plus one. Those that have ``classes`` are sorted by them first.
    """
    ranks = hashed_ranks(ids, key, f"rep{repeat}")
    if classes is None:
        return [rank % folds + 1 for rank in ranks]
    order = np.lexsort([ranks, classes])
    places = np.empty(len(order), int)
    places[order] = np.arange(len(order))
    return [int(place) % folds + 1 for place in places]


def pack_groups(
    groups: Sequence[str], key: Sequence[str], folds: int, classes: Sequence[int] | None = None
) -> list[int]:
    """Fold (from 1) of every sample, such that a group is never divided.

    Each group is a fold of its own if there are no more groups than ``folds``;
    otherwise groups are packed, the largest first, each into the fold that has
    fewest samples so far. Groups of equal size go by the SHA-256 of ``key`` and
    the group's name, joined by ``|``; groups of one sample each are therefore
    drawn as :func:`draw_folds` draws samples. With ``classes`` a group goes where fewest samples are of the
    classes of its own.

    Parameters
    ----------
    groups
        Group of every sample.
    key
        Name of the dataset, and what else the order of the groups depends on.
    folds
        Largest number of folds.
    classes
        Of every sample; None counts all alike.
    """
    own = classes or [0] * len(groups)
    members: dict[str, Counter[int]] = {}
    for group, number in zip(groups, own, strict=True):
        members.setdefault(group, Counter())[number] += 1
    order = sorted(members, key=lambda group: (-members[group].total(), digest(*key, group)))
    filled: list[Counter[int]] = [Counter() for _ in range(min(folds, len(order)))]
    fold_of = {}
    for group in order:
        # With one class for all, the first is the second.
        sizes = [
            (sum(fold[number] * count for number, count in members[group].items()), fold.total())
            for fold in filled
        ]
        smallest = sizes.index(min(sizes))
        fold_of[group] = smallest + 1
        filled[smallest] += members[group]
    return [fold_of[group] for group in groups]


def time_blocks(times: Sequence[float] | np.ndarray, folds: int) -> list[int]:
    """Block (from 0) of every sample: consecutive times in blocks of about as many samples, no time divided.

    Block 0 is trained on alone, each later one is a fold, of ``folds`` at most. Block 0 holds at least
    :data:`SMALLEST_FIRST` lines, the others :data:`SMALLEST_TEST`, as far as
    there are enough; a block that would be smaller takes the next one in.
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


def merged(names: Sequence[str], together: Mapping[str, str], ids: Sequence[str]) -> list[str]:
    """Names of groups of samples, those that share a cluster of ``together`` made one."""
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


def sample_folds(units: Units, folds: int, repeat: int) -> list[int]:
    """Fold of the sample of every record, drawn over all ids; near-duplicates are in one fold.

    Folds of a trait with classes have about as many samples of each.
    """
    # Samples without a value are a class of their own.
    classes = [units.classes.get(name, -1) for name in units.everyone] if units.classes else None
    if units.together:
        clusters = [units.together.get(name, name) for name in units.everyone]
        drawn = pack_groups(clusters, (units.key, f"rep{repeat}"), folds, classes)
    else:
        drawn = draw_folds(units.everyone, units.key, folds, repeat, classes)
    fold_of = dict(zip(units.everyone, drawn, strict=True))
    return [fold_of[name] for name in units.samples]


def environment_folds(units: Units, folds: int) -> list[int]:
    """Fold of the environment of every record: groups of environments (years, places) stay whole."""
    of_records = units.known_environments()
    environments = list(dict.fromkeys(of_records))
    names = [units.environment_groups.get(name) or name for name in environments]
    count = min(folds, len(set(names)))
    if count < 2:
        raise UserError(
            f"all environments are in one group ({names[0]}); it cannot be left out.",
            remedy="Leave `group` out of `covariates` of the environments.",
        )
    drawn = dict(zip(environments, pack_groups(names, (units.key, "environment"), count), strict=True))
    return [drawn[name] for name in of_records]


def dealt(units: Units, folds: int, repeat: int) -> Folds:
    """Folds in which the records of a sample are tested by turns.

    The environments of a sample, in an order of their own for each sample, go to
    consecutive folds from the sample's own. A sample with two records or more
    therefore never loses all of them to one fold; one with a single record is
    trained on and never tested. Near-duplicates take their turns together: a sample
    whose records would still all lie in one fold is never tested, too.
    """
    records = pd.DataFrame(
        {
            "sample": units.samples,
            "environment": units.known_environments(),
            "own": sample_folds(units, folds, repeat),
        }
    )
    unit = records["sample"].map(lambda name: units.together.get(name, name))
    turn = np.zeros(len(records), int)
    for name, part in records.groupby(unit, sort=False):
        order = sorted(set(part["environment"]), key=lambda one: digest(units.key, f"rep{repeat}", name, one))
        turn[part.index] = part["environment"].map(order.index)
    fold_of = (records["own"] - 1 + turn) % folds + 1
    alone = fold_of.groupby(records["sample"]).transform("nunique").to_numpy() == 1
    numbers = fold_of.to_numpy()
    masks = [((numbers != fold) | alone, (numbers == fold) & ~alone) for fold in range(1, folds + 1)]
    return Folds(masks, units.samples)


def leave_out(
    fold_of: Sequence[int] | np.ndarray, folds: int | None = None, whole: list[str] | None = None
) -> Folds:
    """Every fold tested once, by all others.

    Parameters
    ----------
    fold_of
        Fold (from 1) of every record.
    folds
        Their number, where some may be empty; None is the highest there is.
    whole
        As of :class:`dnngp.validation.scheme.Folds`.
    """
    numbers = np.asarray(fold_of)
    return Folds(
        [(numbers != fold, numbers == fold) for fold in range(1, (folds or numbers.max()) + 1)], whole
    )
