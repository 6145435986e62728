"""What bundles predict for offspring of crosses: effects where markers act additively, or simulated ones."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from dnngp.base.seeds import seed
from dnngp.encodings.samples.environment_covariates import Environments
from dnngp.genotypes.harmonise import Match
from dnngp.genotypes.meiosis import offspring
from dnngp.genotypes.store import Genotypes
from dnngp.prediction.bundle import Bundle
from dnngp.prediction.candidates import headline
from dnngp.prediction.mating_parents import Parents

#: Samples predicted at a time.
BLOCK = 2_000
#: Pairs of parents that markers are exchanged between, and how far sums of predictions may move, in
#: differences of the parents, where markers act additively.
TRIED, MOVED = 6, 1e-6


@dataclass(frozen=True)
class Predictor:
    """What bundles of several traits predict for genotypes at the markers that any of them reads.

    Attributes
    ----------
    bundles, matches
        By trait; matches between the markers of the bundle and ``variants``.
    variants
        In the order of the genetic map.
    weights
        By trait: of the index.
    environments
        Where to predict, by trait.
    """

    bundles: Mapping[str, Bundle]
    matches: Mapping[str, Match]
    variants: pd.DataFrame
    weights: Mapping[str, float]
    environments: Mapping[str, Environments | None]

    def __call__(self, rows: np.ndarray) -> np.ndarray:
        """Predictions (n, t + 1) of rows (n, p) of dosages: each trait, and the index behind."""
        parts = [self._of(rows[start : start + BLOCK]) for start in range(0, len(rows), BLOCK)]
        traits = np.concatenate(parts)
        return np.column_stack([traits, traits @ np.array(list(self.weights.values()), float)])

    def _of(self, rows: np.ndarray) -> np.ndarray:
        names = np.array([str(number) for number in range(len(rows))])
        samples = Genotypes(names, self.variants, np.ascontiguousarray(rows.T), 2, {})
        columns = []
        for trait, bundle in self.bundles.items():
            table = bundle.predict(samples, self.matches[trait], 0.9, self.environments[trait])
            columns.append(headline(table).set_index("sample")["predicted"].loc[names].to_numpy(float))
        return np.column_stack(columns)


def additive_effects(
    predict: Callable[[np.ndarray], np.ndarray], parents: Parents, names: Sequence[object]
) -> np.ndarray | None:
    """Effects (p, t) of an allele of each marker on predictions, where these are additive; else None.

    Whether they are is tried: where two parents exchange half of their markers, as their offspring do, the
    sum of their predictions must stay, and what lies between them must have the mean.
    """
    rng, rows = np.random.default_rng(seed("mating", *names, "exchange")), parents.rows
    pairs = parents.crosses[rng.permutation(len(parents.crosses))[:TRIED]]
    one, other = rows[pairs[:, 0]], rows[pairs[:, 1]]
    taken = rng.random(one.shape) < 0.5
    first, second = np.where(taken, one, other), np.where(taken, other, one)
    even = (one + other) % 2 == 0
    middle = np.where(even, (one + other) // 2, one)
    apart = np.where(even, (one + other) // 2, other)
    whole = predict(np.concatenate([one, other, first, second, middle, apart]))
    sums = whole.reshape(6, len(pairs), -1)
    total = sums[0] + sums[1]
    moved = np.abs(np.stack([sums[2] + sums[3], sums[4] + sums[5]]) - total).max(axis=(0, 1))
    spread = np.abs(sums[0] - sums[1]).max(axis=0) + np.abs(sums[2] - sums[3]).max(axis=0)
    if (moved > MOVED * spread).any():
        return None
    varied = np.flatnonzero((rows != rows[0]).any(axis=0) | (rows == 1).any(axis=0))
    base, step = rows[0], np.where(rows[0] == 2, -1, 1).astype(np.int8)
    effects = np.zeros((rows.shape[1], whole.shape[1]))
    origin = predict(base[None])
    for start in range(0, len(varied), BLOCK):
        part = varied[start : start + BLOCK]
        changed = np.repeat(base[None], len(part), axis=0)
        changed[np.arange(len(part)), part] += step[part]
        effects[part] = (predict(changed) - origin) * step[part, None]
    return effects


def of_offspring(
    predict: Callable[[np.ndarray], np.ndarray],
    parents: Parents,
    kind: str,
    number: int,
    names: Sequence[object],
) -> tuple[np.ndarray, np.ndarray]:
    """Means and standard deviations (c, t) of the predictions of simulated offspring of every cross.

    What is drawn depends on ``names`` and the ids of the parents alone, not on the other crosses.
    """
    means, deviations = [], []
    for at in range(0, len(parents.crosses), max(1, BLOCK // number)):
        part = parents.crosses[at : at + max(1, BLOCK // number)]
        made = []
        for pair in part:
            first, second = parents.rows[pair]
            ids = sorted(parents.names[row] for row in pair)
            rng = np.random.default_rng(seed("mating", *names, *ids))
            made.append(offspring(rng, first, second, kind, number, parents.rate))
        predicted = predict(np.concatenate(made)).reshape(len(part), number, -1)
        means.append(predicted.mean(axis=1))
        deviations.append(predicted.std(axis=1, ddof=1))
    return np.concatenate(means), np.concatenate(deviations)
