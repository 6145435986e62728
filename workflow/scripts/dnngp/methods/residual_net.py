"""A network beside BLUP: the mixed model predicts, the network learns what it leaves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.utils.validation import check_X_y

from dnngp.methods.kernel_net import KernelNetRegressor
from dnngp.methods.networks.regressor import NetworkRegressor


@dataclass(kw_only=True, eq=False, repr=False)
class ResidualNetRegressor(KernelNetRegressor):
    """BLUP with a kernel, plus a network trained on what BLUP leaves; parameters as in the parent class.

    The linear path is the mixed model itself. The network, over the principal
    components of the same kernel, is trained on the errors of BLUP in lines that
    it did not see, y_i less the prediction of line i from all others, which one
    decomposition gives in closed form: the errors in lines that BLUP was fitted on
    are too small and have its shrinkage in them. With ``kernel: linear`` this is
    principal component scores with a skip path that is GBLUP.

    Covariates are fixed effects of the mixed model.

    References
    ----------
    He et al. 2016, CVPR 29:770 (a path past the layers); Wolpert 1992, Neural
    Networks 5:241 (a second level learns from predictions of unseen lines).
    """

    def fit(
        self,
        X: np.ndarray,
        y: np.ndarray,
        ids: Sequence[str] | None = None,
        groups: Sequence[object] | None = None,
        fixed: np.ndarray | None = None,
    ) -> ResidualNetRegressor:
        """Fit on rows X (n, p) without missing values and phenotypes y (n,).

        ``ids`` and ``groups`` name the rows for :func:`dnngp.methods.networks.training.inner_split`;
        ``fixed`` (n, q) holds fixed effects beside the mean.
        """
        X, y = check_X_y(X, y, dtype=np.float64, y_numeric=True, ensure_min_samples=2)
        scores = self._fit_kernel(X, y, fixed)
        NetworkRegressor.fit(self, scores, self._model.fit_.left_out_errors(), ids, groups)
        self.diagnostics_["blup_h2"] = self._model.diagnostics_["h2"]
        return self

    def _slopes(self, cross: np.ndarray, squares: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        by_cross, by_squares = super()._slopes(cross, squares)
        blup, alone = self._model.slopes(cross, squares)
        return by_cross + blup, by_squares + alone

    def predict(self, X: np.ndarray, fixed: np.ndarray | None = None) -> np.ndarray:
        """Predicted phenotypes (m,) float64 of rows X (m, p)."""
        beside = super().predict(X)
        return self._model.predict_products(*self._products(X), fixed) + beside
