"""Selection indices: coefficients for weights, desired gains and restricted traits, and what they promise.

An index is b'x of what is known of a sample, x (t,): phenotypes, or predictions of t traits. With V the
covariance of x and C that of x with the genetic values u, selecting on it changes u by C'b in units of the
selection differential of the index over its variance b'Vb.

===================  ========================================================
goal                 b
===================  ========================================================
weights a            V^-1 C a (Smith 1936, Ann Eugen 7:240; Hazel 1943, Genetics 28:476)
restricted traits R  V^-1 C a - V^-1 R (R'V^-1 R)^-1 R'V^-1 C a, R their columns of C
                     (Kempthorne & Nordskog 1959, Biometrics 15:10)
desired gains d      V^-1 D (D'V^-1 D)^-1 d, D their columns of C
                     (Pesek & Baker 1969, Can J Plant Sci 49:803; Brascamp 1984, Anim Breed Abstr 52:645)
===================  ========================================================

For phenotypes V = P and C = G. For predictions by BLUP V = C, so that the coefficients of an index of
predictions are the weights themselves (Henderson 1963; the linear genomic selection index of Ceron-Rojas &
Crossa 2018, Linear Selection Indices in Modern Plant Breeding, chapters 5 and 6).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from dnngp.methods.mixed.trait_covariances import TraitCovariances

#: Smallest part of a variance that is more than rounding.
SINGULAR = 1e-10


@dataclass(frozen=True)
class Goal:
    """What is wanted of traits.

    Attributes
    ----------
    traits
        Of the index.
    weights
        Of traits, per unit; empty where gains are given.
    desired
        Gains by trait, of which the ratios count; empty where weights are given.
    restricted
        Traits that shall not change.
    """

    traits: Sequence[str]
    weights: Mapping[str, float]
    desired: Mapping[str, float]
    restricted: Sequence[str]

    def coefficients(self, variance: np.ndarray, covariance: np.ndarray) -> np.ndarray:
        """b (t,) of information with ``variance`` V (t, t) and ``covariance`` C (t, t) with genetic values.

        Where traits vary together, the shortest of the b that do the same.

        Raises
        ------
        ArithmeticError
            Predictions that do not differ, or gains that covariances of traits do not allow.
        """
        scale = np.sqrt(np.diagonal(variance))
        scale = np.where(scale > 0, scale, 1)
        inverse = np.linalg.pinv(variance / np.outer(scale, scale), SINGULAR, hermitian=True)
        solved = inverse / np.outer(scale, scale) @ covariance
        bound = [number for number, trait in enumerate(self.traits) if trait in self._bound]
        of_bound, columns = covariance[:, bound], solved[:, bound]
        if self.desired:
            wanted = np.array([self.desired.get(self.traits[number], 0.0) for number in bound])
            b = columns @ _solution(of_bound.T @ columns, wanted)
            if not np.allclose(of_bound.T @ b, wanted, atol=1e-6 * np.abs(wanted).max()):
                raise ArithmeticError("the genetic covariances allow no such gains")
        else:
            b = solved @ np.array([self.weights.get(trait, 0.0) for trait in self.traits])
            b = b - columns @ _solution(of_bound.T @ columns, of_bound.T @ b)
        if b @ variance @ b <= SINGULAR * np.sum((b * scale) ** 2):
            raise ArithmeticError("nothing is left to select by")
        return np.asarray(b)

    @property
    def _bound(self) -> Sequence[str]:
        """Traits whose gains are set."""
        return [*self.desired, *self.restricted]


def _solution(matrix: np.ndarray, values: np.ndarray) -> np.ndarray:
    """The shortest x (k,) with ``matrix`` (k, k) x = ``values``, or nearest to it; semidefinite."""
    scale = np.sqrt(np.where(np.diagonal(matrix) > 0, np.diagonal(matrix), 1))
    inverse = np.linalg.pinv(matrix / np.outer(scale, scale), SINGULAR, hermitian=True)
    return np.asarray(inverse @ (values / scale) / scale)


def gains(b: np.ndarray, variance: np.ndarray, covariance: np.ndarray, differential: float) -> np.ndarray:
    """Expected genetic gains (t,) of selecting by an index whose mean rises by ``differential``."""
    return np.asarray(covariance.T @ b * differential / (b @ variance @ b))


def passed_on(variance: np.ndarray, genetic: np.ndarray, jointly: bool) -> np.ndarray:
    """M (t, t) of predictions: their covariance with the genetic values is M G, whatever the true G.

    Parameters
    ----------
    variance
        (t, t) V, covariance of the predictions of candidates.
    genetic
        (t, t) G that they were made with.
    jointly
        Whether of all traits together: then M = V G^-1, and C = V. Else each prediction is of the phenotypes
        of its own trait, M = diag(V) / diag(G), and says of another trait what the genetic regression tells.
    """
    if jointly:
        return np.asarray(variance @ np.linalg.pinv(genetic))
    return np.diag(np.diagonal(variance) / np.diagonal(genetic))


def gain_errors(
    b: np.ndarray, variance: np.ndarray, passed: np.ndarray, of: TraitCovariances, differential: float
) -> np.ndarray:
    """Sampling covariance (t, t) of :func:`gains` of an index of predictions, from that of G.

    ``passed`` is M of :func:`passed_on`. Predictions are M u + e; of M and the variance of e as they are,
    another G makes C M G, and adds b'M dG M'b to the variance of the index (delta method).
    """
    along, spread = passed.T @ b, float(b @ variance @ b)
    changed = np.einsum("j,jklm,l->km", along, of.genetic_errors, along)
    kept = np.eye(len(b)) - np.outer(of.genetic @ along, along) / spread
    return np.asarray(kept @ changed @ kept.T * (differential / spread) ** 2)


def chances(
    b: np.ndarray,
    variance: np.ndarray,
    covariance: np.ndarray,
    genetic: np.ndarray,
    chosen: int,
    candidates: int,
) -> np.ndarray:
    """Covariance (t, t) of the mean genetic values of so many chosen candidates about the expected gains.

    What the index leaves unexplained of the traits, taken as independent between samples.
    """
    explained = np.outer(covariance.T @ b, covariance.T @ b) / (b @ variance @ b)
    return np.asarray((genetic - explained) * (1 / chosen - 1 / candidates))
