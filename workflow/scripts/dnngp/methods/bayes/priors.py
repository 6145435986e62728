"""Priors of marker effects, and how a Gibbs sampler draws from them.

Effects and variances are in units of the phenotypic standard deviation.
"""

from __future__ import annotations

from typing import ClassVar, NamedTuple

import numpy as np

from dnngp.methods.bayes.gibbs import mixture_sweep, sweep


class Chain(NamedTuple):
    """Markers and the state of a chain, as of :func:`dnngp.methods.bayes.gibbs.sweep`; changed in place."""

    columns: np.ndarray
    squares: np.ndarray
    residuals: np.ndarray
    effects: np.ndarray


class Slab:
    """Variances of the effects that markers have, drawn given the effects.

    Attributes
    ----------
    variances : (p,) float64
    """

    variances: np.ndarray

    def draw(self, effects: np.ndarray, count: int, noise: float, rng: np.random.Generator) -> None:
        """Draw the variances given the effects, ``count`` of which are in the model, and the noise."""
        raise NotImplementedError

    def beside_residuals(self, effects: np.ndarray) -> tuple[float, int]:
        """Sum of squares, and number of them, by which effects tell of the residual variance."""
        return 0.0, 0


class CommonVariance(Slab):
    """One variance for all effects, scaled inverse chi-squared."""

    def __init__(self, scale: float, df: float, p: int) -> None:
        self._scale, self._df = scale, df
        self.variances = np.full(p, scale / (df + 2))

    def draw(self, effects: np.ndarray, count: int, noise: float, rng: np.random.Generator) -> None:
        """As of every slab."""
        self.variances[:] = (self._scale + effects @ effects) / rng.chisquare(self._df + count)


class OwnVariances(Slab):
    """A variance for each effect, scaled inverse chi-squared; their scale is gamma distributed."""

    #: Shape of the gamma prior: its mode is the scale that ``r2`` gives, its spread wide.
    SHAPE = 1.1

    def __init__(self, scale: float, df: float, p: int) -> None:
        self._scale, self._df = scale, df
        self._rate = (self.SHAPE - 1) / scale
        self.variances = np.full(p, scale / (df + 2))

    def draw(self, effects: np.ndarray, count: int, noise: float, rng: np.random.Generator) -> None:
        """As of every slab; variances of markers that are out come from the prior, then their scale."""
        drawn = rng.chisquare(self._df, len(effects)) + np.where(
            effects != 0, rng.standard_normal(len(effects)) ** 2, 0
        )
        self.variances = (self._scale + effects**2) / drawn
        shape = len(effects) * self._df / 2 + self.SHAPE
        self._scale = rng.gamma(shape) / (np.sum(1 / self.variances) / 2 + self._rate)


class ExponentialVariances(Slab):
    """Effects of the Bayesian lasso: normal of variance ve t, t exponential of rate lambda^2 / 2.

    lambda^2 is gamma distributed. Effects are then double exponential (Park & Casella 2008, J Am Stat Assoc
    103:681).

    Parameters
    ----------
    penalty
        Mode of lambda^2.
    noise
        Residual variance at the start.
    p
        Number of effects.
    """

    #: As of :class:`OwnVariances`.
    SHAPE = 1.1

    def __init__(self, penalty: float, noise: float, p: int) -> None:
        self._penalty, self._rate = penalty, (self.SHAPE - 1) / penalty
        self._scales = np.full(p, 2 / penalty)
        self.variances = noise * self._scales

    def draw(self, effects: np.ndarray, count: int, noise: float, rng: np.random.Generator) -> None:
        """As of every slab; all effects are in the model."""
        means = np.sqrt(self._penalty * noise / np.maximum(effects**2, 1e-20))
        self._scales = 1 / np.maximum(rng.wald(means, self._penalty), 1e-20)
        self._penalty = rng.gamma(len(effects) + self.SHAPE) / (self._scales.sum() / 2 + self._rate)
        self.variances = noise * self._scales

    def beside_residuals(self, effects: np.ndarray) -> tuple[float, int]:
        """As of every slab: effects are scaled by the residual variance."""
        return float(np.sum(effects**2 / self._scales)), len(effects)


class Prior:
    """Prior of all effects.

    Attributes
    ----------
    selects : bool
        Whether markers may have no effect.
    """

    selects: bool

    def sweep(self, chain: Chain, noise: float, rng: np.random.Generator) -> int:
        """Draw every effect (:func:`dnngp.methods.bayes.gibbs.sweep`), then their variances.

        Gives the number of markers in the model.
        """
        raise NotImplementedError

    def draw_shares(self, rng: np.random.Generator) -> None:
        """Draw what shares of the markers have which variance, given the last sweep."""

    def beside_residuals(self, effects: np.ndarray) -> tuple[float, int]:
        """As of a slab."""
        return 0.0, 0


class SpikeAndSlab(Prior):
    """A marker has an effect of the slab with a probability that is drawn, otherwise none.

    Parameters
    ----------
    slab
        Variances of effects.
    probability, counts
        Mean of the beta prior, and how many markers it is worth; 1 keeps every marker.
    """

    def __init__(self, slab: Slab, probability: float = 1.0, counts: float = 0.0) -> None:
        self._slab, self._included, self.selects = slab, probability, probability < 1
        self._beta = counts * probability, counts * (1 - probability)
        self._in_out = 0, 0

    def sweep(self, chain: Chain, noise: float, rng: np.random.Generator) -> int:
        """As of every prior."""
        p = len(chain.effects)
        uniforms, normals = rng.random(p), rng.standard_normal(p)
        variances = self._slab.variances
        count = sweep(*chain, variances, self._included, noise, uniforms, normals)
        self._slab.draw(chain.effects, count, noise, rng)
        self._in_out = count, p - count
        return count

    def draw_shares(self, rng: np.random.Generator) -> None:
        """As of every prior."""
        if self.selects:
            drawn = rng.beta(self._beta[0] + self._in_out[0], self._beta[1] + self._in_out[1])
            self._included = min(max(float(drawn), 1e-12), 1 - 1e-12)

    def beside_residuals(self, effects: np.ndarray) -> tuple[float, int]:
        """As of its slab."""
        return self._slab.beside_residuals(effects)


class NormalMixture(Prior):
    """No effect, or a normal one of a small, a middle or a large variance; all shares alike a priori.

    Parameters
    ----------
    scale, df
        Of the scaled inverse chi-squared prior of the large variance.
    """

    #: Variances of the classes, in large ones (Erbe et al. 2012 have a ratio of ten as well).
    SIZES: ClassVar[tuple[float, ...]] = (0.0, 0.01, 0.1, 1.0)

    selects = True

    def __init__(self, scale: float, df: float) -> None:
        self._scale, self._df, self._sizes = scale, df, np.array(self.SIZES)
        self._large = scale / (df + 2)
        self.shares = np.full(len(self._sizes), 1 / len(self._sizes))
        self._members = np.zeros(len(self._sizes), np.int64)

    def sweep(self, chain: Chain, noise: float, rng: np.random.Generator) -> int:
        """As of every prior."""
        p = len(chain.effects)
        uniforms, normals = rng.random(p), rng.standard_normal(p)
        self._members, scaled = mixture_sweep(
            *chain, self._large * self._sizes, self.shares, noise, uniforms, normals
        )
        count = p - int(self._members[0])
        drawn = rng.chisquare(self._df + count)
        self._large = (self._scale + self._large * scaled) / drawn
        return count

    def draw_shares(self, rng: np.random.Generator) -> None:
        """As of every prior: from a Dirichlet distribution."""
        self.shares = np.maximum(rng.dirichlet(1.0 + self._members), 1e-12)
