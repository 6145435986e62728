"""Penalised linear regression, the penalty by cross-validation within the training lines."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.linalg import eigh
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.linear_model import enet_path
from sklearn.utils.validation import check_array, check_is_fitted, check_X_y

from dnngp.base.serialisation import Stored
from dnngp.encodings.fold import inner_folds


class RidgeRegressor(Stored, RegressorMixin, BaseEstimator):
    """Ridge regression; the penalty has the smallest leave-one-out error.

    Columns are centred but keep their scale. One eigendecomposition of the
    lines' cross products gives the leave-one-out residuals of every penalty in
    closed form, e_i / (1 - H_ii) (Golub et al. 1979, Technometrics 21:215).

    Parameters
    ----------
    penalty
        lambda in units of the mean squared length of the centred rows; ``loo``
        tries :data:`PENALTIES`.
    random_state
        Taken as by every method; nothing here is random.

    Attributes
    ----------
    coefficients_ : (p,) float64
    diagnostics_ : dict
        penalty, loo_rmse.

    References
    ----------
    Hoerl & Kennard 1970, Technometrics 12:55.
    """

    #: Four a decade, from nearly unpenalised to nearly the mean.
    PENALTIES = tuple(10 ** (power / 4) for power in range(-16, 17))

    STATE = ("coefficients_", "_means", "_mean")

    def __init__(self, penalty: str | float = "loo", random_state: int = 0) -> None:
        self.penalty = penalty
        self.random_state = random_state

    def fit(self, X: np.ndarray, y: np.ndarray) -> RidgeRegressor:
        """Fit on features X (n, p) without missing values and phenotypes y (n,)."""
        X, y = check_X_y(X, y, dtype=np.float64, y_numeric=True, ensure_min_samples=2)
        if self.penalty != "loo" and (isinstance(self.penalty, str) or not self.penalty > 0):
            raise ValueError(f"penalty must be loo or a positive number, not {self.penalty!r}.")
        self.n_features_in_ = X.shape[1]
        self._means, self._mean = X.mean(axis=0), float(np.mean(y))
        rows, residuals = X - self._means, y - self._mean
        gram = rows @ rows.T
        unit = float(np.trace(gram)) / len(gram) or 1.0
        values, vectors = eigh(gram, driver="evd", check_finite=False)
        values = np.maximum(values, 0)
        rotated = vectors.T @ residuals
        choices = self.PENALTIES if self.penalty == "loo" else (float(self.penalty),)

        def left_out(penalty: float) -> float:
            """Mean squared error of each line predicted from the others."""
            shrunk = values / (values + penalty * unit)
            leverage = 1 / len(y) + vectors**2 @ shrunk
            errors = (residuals - vectors @ (shrunk * rotated)) / np.maximum(1 - leverage, 1e-12)
            return float(np.mean(errors**2))

        scores = [left_out(penalty) for penalty in choices]
        # The larger of equal penalties: constant phenotypes have no preference.
        best = len(choices) - 1 - int(np.argmin(scores[::-1]))
        weights = vectors @ (rotated / (values + choices[best] * unit))
        self.coefficients_ = weights @ rows
        self.diagnostics_ = {"penalty": choices[best], "loo_rmse": scores[best] ** 0.5}
        return self

    def predict(self, X: np.ndarray) -> np.ndarray:
        """Predicted phenotypes (m,) float64."""
        check_is_fitted(self)
        return self._mean + (check_array(X, dtype=np.float64) - self._means) @ self.coefficients_

    def gradients(self, X: np.ndarray, base: np.ndarray) -> np.ndarray:
        """Effects of the columns, for each row."""
        return np.broadcast_to(self.coefficients_, X.shape)


class ElasticNetRegressor(Stored, RegressorMixin, BaseEstimator):
    """Elastic net: |y - Xb|^2 / 2n + lambda (a |b|_1 + (1 - a) |b|^2 / 2), lambda by inner folds.

    Columns are standardised, and each fold follows the same path of lambda from
    the smallest that sets every effect to 0, by coordinate descent with warm
    starts; the lambda with the smallest mean squared error over the inner folds
    is then fitted on all training lines.

    Parameters
    ----------
    l1_ratio
        a, the share of the absolute penalty: 1 is the lasso.
    path_length
        Values of lambda, equally far apart on the log scale.
    path_end
        Smallest lambda, as a share of the largest.
    folds
        Inner folds, drawn by hashing ids (or made of groups).
    random_state
        Seed of the inner folds.

    Attributes
    ----------
    coefficients_ : (p,) float64
        Per unit of each column of X.
    diagnostics_ : dict
        penalty (lambda), features (with an effect), inner_rmse (in standard deviations).

    References
    ----------
    Zou & Hastie 2005, J R Stat Soc B 67:301; Friedman et al. 2010, J Stat Softw 33(1).
    """

    STATE = ("coefficients_", "_means", "_mean")

    def __init__(
        self,
        l1_ratio: float = 0.5,
        path_length: int = 30,
        path_end: float = 0.05,
        folds: int = 5,
        random_state: int = 0,
    ) -> None:
        self.l1_ratio = l1_ratio
        self.path_length = path_length
        self.path_end = path_end
        self.folds = folds
        self.random_state = random_state

    def fit(
        self,
        X: np.ndarray,
        y: np.ndarray,
        ids: Sequence[str] | None = None,
        groups: Sequence[object] | None = None,
    ) -> ElasticNetRegressor:
        """Fit on features X (n, p) and phenotypes y (n,).

        ``ids`` and ``groups`` name the rows for :func:`dnngp.encodings.fold.inner_folds`.
        """
        X, y = check_X_y(X, y, dtype=np.float64, y_numeric=True, ensure_min_samples=2)
        self.n_features_in_ = X.shape[1]
        self._means, self._mean = X.mean(axis=0), float(np.mean(y))
        spread = X.std(axis=0)
        scales, deviation = np.where(spread > 1e-12, spread, 1.0), float(np.std(y)) or 1.0
        rows = np.asfortranarray((X - self._means) / scales)
        z = (y - self._mean) / deviation
        largest = float(np.max(np.abs(rows.T @ z))) / len(z) / max(self.l1_ratio, 1e-3)
        if largest <= 1e-12:
            self.coefficients_ = np.zeros(X.shape[1])
            self.diagnostics_ = {"penalty": np.nan, "features": 0, "inner_rmse": float(np.std(z))}
            return self
        penalties = largest * np.geomspace(1, self.path_end, self.path_length)
        names = list(map(str, range(len(z)) if ids is None else ids))
        errors = np.zeros(len(penalties))
        for fit, held in inner_folds(names, groups, self.folds, self.random_state):
            centre, level = rows[fit].mean(axis=0), z[fit].mean()
            effects = self._path(rows[fit] - centre, z[fit] - level, penalties)
            predicted = level + (rows[held] - centre) @ effects
            errors += ((predicted - z[held, None]) ** 2).sum(axis=0)
        best = int(np.argmin(errors))
        effects = self._path(rows, z, penalties[: best + 1])[:, -1]
        self.coefficients_ = effects * deviation / scales
        self.diagnostics_ = {
            "penalty": float(penalties[best]),
            "features": int(np.count_nonzero(effects)),
            "inner_rmse": float(errors[best] / len(z)) ** 0.5,
        }
        return self

    def _path(self, rows: np.ndarray, z: np.ndarray, penalties: np.ndarray) -> np.ndarray:
        """Effects (p, k) along the path, from centred rows and z."""
        _, effects, _ = enet_path(
            np.asfortranarray(rows), z, l1_ratio=self.l1_ratio, alphas=penalties, precompute=False, tol=1e-4
        )
        return effects

    def predict(self, X: np.ndarray) -> np.ndarray:
        """Predicted phenotypes (m,) float64."""
        check_is_fitted(self)
        return self._mean + (check_array(X, dtype=np.float64) - self._means) @ self.coefficients_

    def gradients(self, X: np.ndarray, base: np.ndarray) -> np.ndarray:
        """Effects of the columns, for each row."""
        return np.broadcast_to(self.coefficients_, X.shape)
