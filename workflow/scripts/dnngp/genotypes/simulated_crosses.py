"""Simulated crosses of two pools of inbred lines, with combining abilities that are known.

The value of a cross is the general combining ability (GCA) of its female, that of its male, and the specific
one (SCA) of the pair. GCA come from causal markers whose alleles have other effects in the two pools; SCA
from the products of the centred alleles of female and male at each causal marker, which is what dominance
adds to the GCA. All variances are those of the whole factorial of the pools.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from dnngp.base.errors import UserError


def drawn_pairs(rng: np.random.Generator, populations: np.ndarray, number: int) -> np.ndarray:
    """Rows of female and male of some crosses (number, 2), drawn from all of two pools without repetition.

    The first population (of the lines, by name) is the pool of females, all others are that of males.

    Raises
    ------
    UserError
        More crosses than the pools have.
    """
    female = populations == min(populations)
    females, males = np.flatnonzero(female), np.flatnonzero(~female)
    most = len(females) * len(males)
    if number > most:
        raise UserError(
            f"{len(females)} females and {len(males)} males have no more than {most} crosses.",
            remedy="Lower `simulate.crosses.number`, or raise `samples`.",
        )
    chosen = np.sort(np.argsort(rng.random(most), kind="stable")[:number])
    return np.column_stack([females[chosen // len(males)], males[chosen % len(males)]])


def combining_abilities(
    rng: np.random.Generator, alleles: np.ndarray, populations: np.ndarray, h2: float, sca: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Effects of causal markers on the GCA of females, of males, and on the SCA: (q,) each.

    Parameters
    ----------
    rng
        Draws of the trait.
    alleles
        (n, q) int, whether each line has two ALT alleles of each causal marker.
    populations
        (n,) names.
    h2, sca
        Variance of all crosses of the pools, and the share of the SCA in it; the GCA of both sides have the
        rest in equal parts.
    """
    females, males = centred_pools(alleles, populations)
    effects = [np.asarray(rng.standard_normal(alleles.shape[1])) for _ in range(3)]
    values = [females @ effects[0], males @ effects[1], (females * effects[2]) @ males.T]
    wanted = [h2 * (1 - sca) / 2, h2 * (1 - sca) / 2, h2 * sca]
    scales = [
        math.sqrt(variance) / float(value.std()) if value.std() > 0 else 0.0
        for value, variance in zip(values, wanted, strict=True)
    ]
    return effects[0] * scales[0], effects[1] * scales[1], effects[2] * scales[2]


def centred_pools(alleles: np.ndarray, populations: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Alleles of the females and of the males less the mean of their pool."""
    female = populations == min(populations)
    pools = alleles[female].astype(float), alleles[~female].astype(float)
    return pools[0] - pools[0].mean(axis=0), pools[1] - pools[1].mean(axis=0)


def cross_values(
    alleles: np.ndarray, populations: np.ndarray, pairs: np.ndarray, effects: tuple[np.ndarray, ...]
) -> np.ndarray:
    """Genetic values (k, 3) of crosses: GCA of the female, GCA of the male, SCA; their sum is the value.

    Parameters
    ----------
    alleles, populations
        As of :func:`combining_abilities`.
    pairs
        (k, 2) rows of female and male of each cross.
    effects
        As :func:`combining_abilities` gives them, perhaps rounded.
    """
    centred = np.empty(alleles.shape)
    female = populations == min(populations)
    centred[female], centred[~female] = centred_pools(alleles, populations)
    mother, father = centred[pairs[:, 0]], centred[pairs[:, 1]]
    return np.column_stack([mother @ effects[0], father @ effects[1], (mother * father) @ effects[2]])


def described(ids: list[str], effects: tuple[np.ndarray, ...]) -> list[dict[str, Any]]:
    """The causal markers of a trait of crosses, as the truth has them: an effect on each ability."""
    names = ("gca_female", "gca_male", "sca")
    rows = zip(*(effect.tolist() for effect in effects), strict=True)
    return [{"id": id, **dict(zip(names, row, strict=True))} for id, row in zip(ids, rows, strict=True)]
