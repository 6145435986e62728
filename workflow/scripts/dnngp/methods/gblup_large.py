"""GBLUP with the markers of large effect, found in the training samples, as fixed effects."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dnngp.base.lazy import np, stats
from dnngp.base.parameters import setting, share, whole
from dnngp.methods.declaration import Method
from dnngp.methods.mixed.kernel_blup import side_by_side
from dnngp.methods.mixed.kernels import Linear
from dnngp.methods.prior.scored_markers import ScoredMarkersBLUP
from dnngp.methods.regressor import Prediction

if TYPE_CHECKING:
    from dnngp.encodings.samples.record_weights import RecordWeights
    from dnngp.encodings.samples.training_set import Records, TrainingSet
    from dnngp.methods.prior.weighted_kernels import WeightedKernels

#: Squared correlation with a marker that is in, from which on another tells the same.
ALIKE = 0.2


@dataclass(eq=False, repr=False)
class LargeMarkersBLUP(ScoredMarkersBLUP):
    """GBLUP that does not shrink markers which are significant beside all others.

    Every marker is tested beside the sum of all (the score test of a GBLUP fitted to the training samples),
    p values times the number of markers. Significant ones, the largest first, none correlated with one that
    is in, become fixed effects beside the relationships of all markers. Without any this is
    :class:`dnngp.methods.gblup.GBLUP`. Effects that were chosen for being large are too large on average.

    Parameters
    ----------
    significance
        Largest p value, times the number of markers, with which a marker is fixed.
    most
        Most fixed markers.

    Attributes
    ----------
    diagnostics_ : dict
        h2 (of what fixed markers leave), lambda, vu, ve, log_likelihood; ``large_markers``, how many are
        fixed.

    References
    ----------
    Bernardo 2014, Crop Sci 54:68; the test: Chen & Abecasis 2007, Am J Hum Genet 81:913.
    """

    significance: float = setting(share(0.05, above=True))
    most: int = setting(whole(5, 1))

    STATE = ("_chosen",)

    def _fit(self, training: TrainingSet, y: np.ndarray, weight: RecordWeights | None) -> None:
        from dnngp.methods.mixed.kernel_fit import fit_kernel

        scored = self._scored(training, y, weight)
        self._chosen = self._large(np.abs(scored.z))
        columns = self._kernels.columns(self._chosen)
        matrix = self._kernels.total([scored.products])
        self.fit_ = fit_kernel(matrix, y, side_by_side(training.fixed, columns), scored.weight)
        found = self.fit_.components
        self.diagnostics_ = {
            **found.figures(),
            "log_likelihood": found.log_likelihood,
            "large_markers": len(self._chosen),
        }

    def _large(self, z: np.ndarray) -> np.ndarray:
        """Columns of the markers to fix, from |z| (p,)."""
        limit = stats.norm.isf(self.significance / len(z) / 2)
        chosen: list[int] = []
        for column in np.argsort(-z, kind="stable"):
            if z[column] < limit or len(chosen) == self.most:
                break
            if not chosen or np.max(self._r2(int(column), chosen)) < ALIKE:
                chosen.append(int(column))
        return np.array(chosen, np.int64)

    def _r2(self, column: int, others: list[int]) -> np.ndarray:
        """Squared correlations of a marker with others among the training samples."""
        one, rest = self._kernels.columns(np.array([column])), self._kernels.columns(np.array(others))
        lengths = np.sum(one**2) * np.sum(rest**2, axis=0)
        return np.asarray((one.T @ rest)[0] ** 2 / lengths)

    def _predict(self, records: Records) -> Prediction:
        rows = np.asarray(records.array(self._reads).values, np.float64)
        products = self._kernels.products(rows)
        matrix = self._kernels.total(products)
        columns = rows[:, self._chosen] - self._kernels.means[self._chosen]
        return Prediction(
            self.fit_.predict(matrix, side_by_side(records.fixed, columns)),
            self.fit_.reliability(matrix, self._kernels.own(products)),
        )

    def gradients(self, X: np.ndarray, base: np.ndarray) -> np.ndarray:
        """As of every network: through the kernel, and the fixed effects."""
        found = super().gradients(X, base)
        if len(self._chosen):
            found[:, self._chosen] += self.fit_.effects[-len(self._chosen) :]
        return found

    def _unfitted(self) -> WeightedKernels:
        from dnngp.methods.prior.weighted_kernels import WeightedKernels

        return WeightedKernels([Linear(False)], [0])


METHOD = Method(
    name="gblup_large",
    label="GBLUP + large markers",
    estimator=LargeMarkersBLUP,
    family="mixed model",
    deterministic=True,
    summary="Genomic BLUP with significant markers of the training samples as fixed effects.",
    reads="relationship matrix and a few markers",
    fitted_by="score tests and exact REML, twice",
    citation="Bernardo 2014, Crop Sci 54:68",
    cost="2 n^2 p + 2 n^3",
    weights=True,
    covariates=True,
    priced_as="gblup",
    importance="gradients",
    search={"most": (1, 3, 5, 10)},
    order=47,
)
