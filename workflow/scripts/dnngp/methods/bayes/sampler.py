"""Bayesian regression on markers by Gibbs sampling, whatever the prior of their effects.

The model is y = 1 mu + F b + X a + e, with flat priors for mu and b; the prior of a is one of
:mod:`dnngp.methods.bayes.priors`. Prior scales follow from the share of the phenotypic variance that markers
are expected to explain, as in BGLR (Perez & de los Campos 2014, Genetics 198:483).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dnngp.base.lazy import np
from dnngp.base.parameters import number, setting, share, whole
from dnngp.methods.bayes.probit import Liabilities
from dnngp.methods.declaration import Span
from dnngp.methods.regressor import Prediction, Regressor

if TYPE_CHECKING:
    from dnngp.encodings.samples.record_weights import RecordWeights
    from dnngp.encodings.samples.training_set import Records, TrainingSet
    from dnngp.methods.bayes.priors import Prior, Slab

#: Hyper-parameters to tune.
SEARCH = {"r2": Span(0.2, 0.8)}
SPARSE_SEARCH = {**SEARCH, "probability": Span(0.02, 0.5, log=True)}


@dataclass(eq=False, repr=False)
class GibbsRegressor(Regressor):
    """What all samplers share; subclasses say what the prior of the effects is.

    Parameters
    ----------
    iterations, burn_in
        Sweeps over all markers; how many of the first are left out of the means.
    df
        Degrees of freedom of the scaled inverse chi-squared priors of variances.
    r2
        Share of the phenotypic variance that markers explain a priori.
    random_state
        Seed of the chain.

    Attributes
    ----------
    effects_ : (p,) float64
        Posterior mean of each effect.
    inclusion_ : (p,) float64
        Share of the sweeps in which each marker had an effect.
    diagnostics_ : dict
        residual_variance (of classes liability_variance, that of what is fitted), markers_included (posterior
        means), and how many independent draws each of the two chains is worth, ess_residual_variance and,
        where markers may have no effect, ess_markers_included.
        Below about 100 of the first the chain is too short. The second is small where markers in LD take each
        other's place, which predictions hardly notice.
    """

    iterations: int = setting(whole(6000, 1))
    burn_in: int = setting(whole(1000, 0))
    df: float = setting(number(5.0, 0, above=True))
    r2: float = setting(share(0.5, above=True, below=True))

    STATE = ("effects_", "_fixed", "_means")
    #: A liability is drawn for a whole record.
    WEIGHS_CLASSES = False

    @classmethod
    def problems(cls, params: Mapping[str, Any]) -> dict[str, str]:
        """The chain must be longer than what is left out of it."""
        iterations, burn_in = (params.get(name, getattr(cls, name)) for name in ("iterations", "burn_in"))
        whole_numbers = isinstance(iterations, int) and isinstance(burn_in, int)
        if whole_numbers and burn_in >= iterations:
            return {"burn_in": f"must be less than iterations ({iterations}), not {burn_in}"}
        return {}

    def _fit(self, training: TrainingSet, y: np.ndarray, weight: RecordWeights | None) -> None:
        from dnngp.encodings.samples.record_weights import relative_of, weighted_mean
        from dnngp.methods.bayes.priors import Chain

        X, fixed = self._read(training), training.fixed
        n = len(X)
        weights = relative_of(weight)
        self._means = weighted_mean(X, weights)
        columns = np.ascontiguousarray((X - self._means).T)
        squares = np.einsum("pn,pn->p", columns, columns)
        spread = float(squares.sum()) / n
        deviation = float(np.std(y))
        design = np.ones((n, 1)) if fixed is None else np.column_stack([np.ones(n), fixed])
        if weights is not None:
            # Records times the roots of their weights have errors of one variance.
            root = np.sqrt(weights)
            y, columns, design = root * y, root * columns, root[:, None] * design
            squares = np.einsum("pn,pn->p", columns, columns)
        basis, coefficients = _orthonormal(design)
        self.effects_, self._fixed = np.zeros(len(squares)), coefficients @ (basis.T @ y)
        self.inclusion_ = np.zeros(len(squares))
        if deviation <= 1e-13 * np.max(np.abs(y)) or spread <= 0:
            return

        rng = np.random.default_rng(self.random_state)
        # In units of the phenotypic standard deviation; of classes, of that of their liabilities.
        residuals, liabilities = y / deviation, None
        if self.trait.has_classes:
            liabilities, deviation = Liabilities(y, 1 - self.r2), 1.0
            residuals = np.zeros(n)
        effects, levels = np.zeros(len(squares)), np.zeros(basis.shape[1])
        noise: Any = 1 - self.r2
        noise_scale = (1 - self.r2) * (self.df + 2)
        prior, chain = self._prior(spread, len(squares)), Chain(columns, squares, residuals, effects)
        kept = self.iterations - self.burn_in
        total, total_levels = np.zeros_like(effects), np.zeros_like(levels)
        trace = np.empty((kept, 2))
        for iteration in range(self.iterations):
            if liabilities is not None:
                liabilities.draw(residuals, rng)
            # Flat priors and an orthonormal basis: each level is drawn alone.
            projected = basis.T @ residuals
            drawn = levels + projected + np.sqrt(noise) * rng.standard_normal(len(levels))
            residuals += basis @ (levels - drawn)
            levels = drawn
            count = prior.sweep(chain, noise, rng)
            if liabilities is None:
                explained, terms = prior.beside_residuals(effects)
                shape = self.df + n + terms
                noise = (noise_scale + residuals @ residuals + explained) / rng.chisquare(shape)
            prior.draw_shares(rng)
            if iteration >= self.burn_in:
                total += effects
                total_levels += levels
                self.inclusion_ += effects != 0
                drawn_variance = noise if liabilities is None else liabilities.keep(residuals)
                trace[iteration - self.burn_in] = drawn_variance, count
        if liabilities is not None:
            deviation = 1 / liabilities.scale()
        self.effects_ = deviation * total / kept
        self.inclusion_ /= kept
        self._fixed = deviation * coefficients @ (total_levels / kept)
        variance = "residual_variance" if liabilities is None else "liability_variance"
        self.diagnostics_ = {
            variance: float(trace[:, 0].mean()) * deviation**2,
            "markers_included": float(trace[:, 1].mean()),
            f"ess_{variance}": effective_size(trace[:, 0]),
        }
        if prior.selects:
            self.diagnostics_["ess_markers_included"] = effective_size(trace[:, 1])

    def _predict(self, records: Records) -> Prediction:
        rows = self._read(records)
        predicted = self._fixed[0] + (rows - self._means) @ self.effects_
        predicted = predicted if records.fixed is None else predicted + records.fixed @ self._fixed[1:]
        if not self.trait.has_classes:
            return Prediction(predicted)
        from scipy.special import ndtr

        return Prediction.of_yes(ndtr(predicted), liability=predicted)

    def gradients(self, X: np.ndarray, base: np.ndarray) -> np.ndarray:
        """Posterior mean of the effects of the columns, for each row."""
        return np.broadcast_to(self.effects_, X.shape)

    def _prior(self, spread: float, p: int) -> Prior:
        """Of p effects, in phenotypic standard deviations, of markers of this total variance."""
        raise NotImplementedError


@dataclass(eq=False, repr=False)
class SparseRegressor(GibbsRegressor):
    """A marker has an effect with probability pi, otherwise none; pi itself is drawn.

    Other parameters and the attributes as in :class:`GibbsRegressor`.

    Parameters
    ----------
    probability, counts
        Prior mean of pi, and how many markers that guess is worth; 1 keeps every marker.
    """

    probability: float = setting(share(0.5, above=True))
    counts: float = setting(number(10.0, 0, above=True))

    def _prior(self, spread: float, p: int) -> Prior:
        from dnngp.methods.bayes.priors import SpikeAndSlab

        slab = self._slab(self.r2 * (self.df + 2) / spread / self.probability, p)
        return SpikeAndSlab(slab, self.probability, self.counts)

    def _slab(self, scale: float, p: int) -> Slab:
        raise NotImplementedError


def effective_size(chain: np.ndarray) -> float:
    """Number of independent draws that a chain (k,) is worth for its mean.

    Geyer's initial monotone sequence estimator (1992, Stat Sci 7:473): autocorrelations
    are summed in pairs for as long as the pairs are positive, none larger than the one before.
    A chain that does not move is worth 0.
    """
    centred = chain - chain.mean()
    k = len(chain)
    spectrum = np.fft.rfft(centred, 2 * k)
    covariance = np.fft.irfft(spectrum * spectrum.conj())[:k]
    if covariance[0] <= 1e-12 * max(float(chain @ chain), 1e-300):
        return 0.0
    pairs = covariance[: k - k % 2].reshape(-1, 2).sum(axis=1) / covariance[0]
    positive = pairs[: int(np.argmax(pairs <= 0))] if (pairs <= 0).any() else pairs
    return float(k / max(2 * np.minimum.accumulate(positive).sum() - 1, 1 / k))


def _orthonormal(design: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Basis (n, r) of the design's columns, and (q, r) that turns coordinates into coefficients."""
    left, values, right = np.linalg.svd(design, full_matrices=False)
    kept = values > 1e-9 * values[0]
    return left[:, kept], right[kept].T / values[kept]
