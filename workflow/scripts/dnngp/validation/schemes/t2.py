"""New crosses of parents that were both tested: T2 of Technow et al. 2014, Genetics 197:1343."""

from __future__ import annotations

from dnngp.base.lazy import np
from dnngp.base.seeds import hashed_ranks
from dnngp.validation.draws import sample_folds
from dnngp.validation.parent_folds import known_parents
from dnngp.validation.scheme import Folds, Scheme, repeated
from dnngp.validation.units import Units


def draw(units: Units, folds: int, repeat: int) -> Folds:
    """Folds as ``random`` draws them; a cross with a parent that no other cross has is never tested."""
    fold_of = np.array(sample_folds(units, folds, repeat))
    masks = [_with_parents(units, fold_of == number) for number in range(1, folds + 1)]
    return Folds(masks, units.near if units.together else None)


def _with_parents(units: Units, test: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Training and test records (N,): tested crosses go to training until the others have parents there."""
    whole = np.array(units.near)
    ranks, parents = np.array(hashed_ranks(whole.tolist(), units.key, "t2")), units.parents()
    test = test.copy()
    while (lacking := np.flatnonzero(test & ~known_parents(parents, ~test).all(axis=1))).size:
        test[whole == whole[lacking[ranks[lacking].argmin()]]] = False
    return ~test, test


SCHEME = Scheme(
    name="t2",
    predicts="new crosses of parents that were both tested in other crosses",
    target="new crosses, both parents tested",
    meaning="Crosses are drawn as by `random`; one that would leave a parent without any training cross "
    "stays in training, so that both parents of every tested cross are known.",
    draw=draw,
    needs="crosses",
    counts=repeated,
    remedy="Leave `t2` out of `cv.schemes`: too few crosses share both of their parents with others.",
    order=51,
)
