"""Elastic net, the penalty by inner folds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dnngp.base.lazy import np
from dnngp.base.parameters import number, setting, share, whole
from dnngp.genotypes.trait_types import EVERY_KIND
from dnngp.methods.declaration import Method, Span
from dnngp.methods.regressor import LinearRegressor, log_odds_loss

if TYPE_CHECKING:
    from dnngp.encodings.samples.record_weights import RecordWeights
    from dnngp.encodings.samples.training_set import TrainingSet

#: Steps of logistic regression for a penalty, which end where no log odds change by more.
MOST_STEPS, CLOSE = 50, 1e-2


@dataclass(eq=False, repr=False)
class ElasticNet(LinearRegressor):
    """Elastic net: |y - Xb|^2 / 2n + lambda (a |b|_1 + (1 - a) |b|^2 / 2), lambda by inner folds.

    Columns are standardised, and each fold follows the same path of lambda from the smallest that sets every
    effect to 0, by coordinate descent with warm starts; the lambda with the smallest mean squared error over
    the inner folds is then fitted on all training samples.

    Two classes are fitted by logistic regression, with log loss in the place of squared errors.

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

    Attributes
    ----------
    diagnostics_ : dict
        penalty (lambda), features (with an effect), inner_rmse (in standard deviations).

    References
    ----------
    Zou & Hastie 2005, J R Stat Soc B 67:301; Friedman et al. 2010, J Stat Softw 33(1).
    """

    l1_ratio: float = setting(share(0.5))
    path_length: int = setting(whole(30, 2))
    path_end: float = setting(number(0.05, 0, above=True, high=1, below=True))
    folds: int = setting(whole(5, 2))

    def _fit_rows(
        self, X: np.ndarray, y: np.ndarray, training: TrainingSet, weight: RecordWeights | None
    ) -> None:
        from dnngp.encodings.samples.record_weights import part_of, relative_of, weighted_mean

        weights = relative_of(weight)
        means, mean = weighted_mean(X, weights), float(weighted_mean(y, weights))
        spread = X.std(axis=0)
        scales, deviation = np.where(spread > 1e-12, spread, 1.0), float(np.std(y)) or 1.0
        rows = np.asfortranarray((X - means) / scales)
        if training.trait.has_classes:
            level, effects = self._fit_classes(rows, y, training, weights)
            self._take(effects / scales, means, level)
            return
        z = (y - mean) / deviation
        pulls = z if weights is None else weights * z
        largest = float(np.max(np.abs(rows.T @ pulls))) / len(z) / max(self.l1_ratio, 1e-3)
        if largest <= 1e-12:
            self._take(np.zeros(X.shape[1]), means, mean)
            self.diagnostics_ = {"penalty": np.nan, "features": 0, "inner_rmse": float(np.std(z))}
            return
        penalties = largest * np.geomspace(1, self.path_end, self.path_length)
        errors = np.zeros(len(penalties))
        for fit, held, _, _ in training.inner_folds(self.folds, y, self.random_state):
            of_fit, of_held = (part_of(weights, part) for part in (fit, held))
            centre, level = weighted_mean(rows[fit], of_fit), float(weighted_mean(z[fit], of_fit))
            effects = self._path(rows[fit] - centre, z[fit] - level, of_fit, penalties)
            predicted = level + (rows[held] - centre) @ effects
            squares = (predicted - z[held, None]) ** 2
            errors += (squares if of_held is None else of_held[:, None] * squares).sum(axis=0)
        best = int(np.argmin(errors))
        effects = self._path(rows, z, weights, penalties[: best + 1])[:, -1]
        self._take(effects * deviation / scales, means, mean)
        self.diagnostics_ = {
            "penalty": float(penalties[best]),
            "features": int(np.count_nonzero(effects)),
            "inner_rmse": float(errors[best] / len(z)) ** 0.5,
        }

    def _fit_classes(
        self, rows: np.ndarray, y: np.ndarray, training: TrainingSet, weights: np.ndarray | None
    ) -> tuple[float, np.ndarray]:
        """Level and effects (p,) of logistic regression on two classes, by rows of standardised columns."""
        from dnngp.encodings.samples.record_weights import part_of, weighted_mean

        pulls = y - weighted_mean(y, weights)
        pulls = pulls if weights is None else weights * pulls
        largest = float(np.max(np.abs(rows.T @ pulls))) / len(y) / max(self.l1_ratio, 1e-3)
        penalties = max(largest, 1e-12) * np.geomspace(1, self.path_end, self.path_length)
        losses = np.zeros(len(penalties))
        for fit, held, _, _ in training.inner_folds(self.folds, y, self.random_state):
            if np.ptp(y[fit]) > 0:
                of_fit, of_held = (part_of(weights, part) for part in (fit, held))
                levels, effects = self._logistic_path(rows[fit], y[fit], of_fit, penalties)
                losses += log_odds_loss(y[held], levels + rows[held] @ effects, of_held)
        best = int(np.argmin(losses))
        levels, effects = self._logistic_path(rows, y, weights, penalties[: best + 1])
        self.diagnostics_ = {
            "penalty": float(penalties[best]),
            "features": int(np.count_nonzero(effects[:, -1])),
            "inner_log_loss": float(losses[best] / len(y)),
        }
        return float(levels[-1]), effects[:, -1]

    def _logistic_path(
        self, rows: np.ndarray, y: np.ndarray, weights: np.ndarray | None, penalties: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Levels (k,) and effects (p, k) along the path.

        The log likelihood is bounded by a parabola of curvature 1/4 through the last point, whose elastic net
        is that of squared errors with four times the penalty (Lange et al. 2000, J Comput Graph Stat 9:1).
        """
        from scipy.special import expit, logit
        from sklearn.linear_model import enet_path

        from dnngp.encodings.samples.record_weights import weighted_mean

        centre = weighted_mean(rows, weights)
        root = None if weights is None else np.sqrt(weights / weights.mean())
        centred = np.asfortranarray(rows - centre)
        pulling = centred if root is None else np.asfortranarray(root[:, None] * centred)
        level, effects, found = float(logit(weighted_mean(y, weights))), np.zeros(rows.shape[1]), []
        for penalty in penalties:
            odds = level + centred @ effects
            for _ in range(MOST_STEPS):
                target = odds + 4 * (y - expit(odds))
                level = float(weighted_mean(target, weights))
                pulled = target - level if root is None else root * (target - level)
                _, path, _ = enet_path(
                    *(pulling, pulled),
                    **{"l1_ratio": self.l1_ratio, "alphas": [4 * penalty], "precompute": False},
                    **{"coef_init": effects, "tol": 1e-3, "check_input": False},
                )
                effects, before = path[:, 0].copy(), odds
                odds = level + centred @ effects
                if np.max(np.abs(odds - before)) < CLOSE:
                    break
            found.append((level - centre @ effects, effects))
        levels, columns = zip(*found, strict=True)
        return np.array(levels), np.column_stack(columns)

    def _path(
        self, rows: np.ndarray, z: np.ndarray, weights: np.ndarray | None, penalties: np.ndarray
    ) -> np.ndarray:
        """Effects (p, k) along the path, from centred rows and z."""
        from sklearn.linear_model import enet_path

        if weights is not None:
            root = np.sqrt(weights / weights.mean())
            rows, z = rows * root[:, None], z * root
        _, effects, _ = enet_path(
            np.asfortranarray(rows), z, l1_ratio=self.l1_ratio, alphas=penalties, precompute=False, tol=1e-4
        )
        return np.asarray(effects)


METHOD = Method(
    name="elastic_net",
    label="Elastic net",
    estimator=ElasticNet,
    encodings=("additive", "pca"),
    family="linear",
    summary="Effects shrunk and selected; the penalty by inner folds of the training samples.",
    fitted_by="coordinate descent; the penalty by five inner folds",
    citation="Zou & Hastie 2005, J R Stat Soc B 67:301; Friedman et al. 2010, J Stat Softw 33(1)",
    cost="6 folds x penalties x n p",
    weights=True,
    trait_types=EVERY_KIND,
    importance="gradients",
    search={"l1_ratio": Span(0.02, 1.0, log=True)},
    order=80,
)
