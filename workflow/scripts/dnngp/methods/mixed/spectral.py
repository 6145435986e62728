"""The restricted likelihood of one kernel, maximised exactly: the fast path of :mod:`dnngp.methods.mixed`.

One eigendecomposition makes the error contrasts independent
(:class:`dnngp.methods.mixed.error_contrasts.Contrasts`), with variances vu d_i + ve. The
restricted likelihood is then a function of the ratio lambda = ve / vu alone, at O(n) a
point (Patterson & Thompson 1971, Biometrika 58:545; Kang et al. 2008, Genetics 178:1709),
and its maximum is found as the root of its derivative, to all digits, where the maximiser
of any terms (:mod:`dnngp.methods.mixed.maximum`) stops at those that matter.
"""

from __future__ import annotations

from dataclasses import astuple, dataclass
from typing import Protocol

import numpy as np

from dnngp.methods.mixed.structures import BOUND

#: Grid points of log lambda between the bounds; a maximum lies between neighbours of the best.
GRID = 96


@dataclass(frozen=True)
class VarianceComponents:
    """REML estimates of one trait with one kernel.

    Attributes
    ----------
    vu, ve
        Variances of the model, ve that of the error of a record of weight 1; where errors are known, of one
        of mean precision, what is estimated beside them included.
    ratio
        lambda = ve / vu.
    h2
        Share of genetic variance among the samples, vu c / (vu c + ve) with c =
        mean(diag K) - mean(K): unchanged when the kernel is scaled or centred,
        so comparable between kernels (Legarra 2016, Theor Popul Biol 107:26); with weights,
        of a record of mean weight.
    log_likelihood
        Restricted: the log density of the orthonormal error contrasts A'y, as in rrBLUP.
    """

    vu: float
    ve: float
    ratio: float
    h2: float
    log_likelihood: float

    def figures(self) -> dict[str, float]:
        """What a fit says of its variances."""
        return {"h2": self.h2, "lambda": self.ratio, "vu": self.vu, "ve": self.ve}

    def to_array(self) -> np.ndarray:
        """(5,) float64, to be stored."""
        return np.array(astuple(self))

    @classmethod
    def from_array(cls, array: np.ndarray) -> VarianceComponents:
        """What :meth:`to_array` gave."""
        return cls(*array.tolist())

    @property
    def absent(self) -> bool:
        """Whether there is no genetic variance, or none is estimated: h2 at its lower bound, or unknown."""
        return not self.h2 > 1.001 / BOUND


UNKNOWN = VarianceComponents(np.nan, np.nan, np.nan, np.nan, np.nan)


class IndependentContrasts(Protocol):
    """What the likelihood asks of contrasts.

    Attributes are those of :class:`dnngp.methods.mixed.error_contrasts.Contrasts`.
    """

    @property
    def values(self) -> np.ndarray: ...

    @property
    def genetic_scale(self) -> float: ...

    @property
    def log_scale(self) -> float: ...


def best_ratio(of: IndependentContrasts, contrasts: np.ndarray) -> VarianceComponents:
    """Maximise the restricted likelihood over lambda, given values (n - rank,) of independent contrasts.

    Returns
    -------
    VarianceComponents
        log(lambda) to about 1e-12, or a bound (see :data:`BOUND`) if the likelihood rises up to it.
    """
    values, squares, df = of.values, contrasts**2, len(contrasts)

    def objective(ratio: np.ndarray) -> np.ndarray:
        """-2 logL without constants."""
        variances = values + ratio[..., None]
        return df * np.log((squares / variances).sum(-1)) + np.log(variances).sum(-1)

    def rises(ratio: float) -> bool:
        """Whether the objective's derivative is positive."""
        variances = values + ratio
        weighted = squares / variances
        return bool((1 / variances).sum() > df * (weighted / variances).sum() / weighted.sum())

    limit = np.log(BOUND)
    logs = np.log(of.genetic_scale) + np.linspace(-limit, limit, GRID)
    best = int(objective(np.exp(logs)).argmin())
    low, high = logs[max(best - 1, 0)], logs[min(best + 1, GRID - 1)]
    for _ in range(60):
        middle = (low + high) / 2
        if rises(np.exp(middle)):
            high = middle
        else:
            low = middle
    return at_ratio(of, contrasts, float(np.exp((low + high) / 2)))


def at_ratio(
    of: IndependentContrasts, contrasts: np.ndarray, ratio: float, vu: float | None = None
) -> VarianceComponents:
    """The variances whose ratio lambda is given, likeliest or that of ``vu``; other arguments as of
    :func:`best_ratio`.
    """
    df, variances = len(contrasts), of.values + ratio
    likeliest = float(np.mean(contrasts**2 / variances))
    vu, squares = (likeliest, df) if vu is None else (vu, df * likeliest / vu)
    log_density = -0.5 * (df * np.log(2 * np.pi * vu) + squares + np.log(variances).sum())
    return VarianceComponents(
        vu=vu,
        ve=ratio * vu,
        ratio=ratio,
        h2=of.genetic_scale / (of.genetic_scale + ratio),
        log_likelihood=float(log_density) + of.log_scale,
    )
