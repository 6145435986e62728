"""Ridge regression, the penalty by its leave-one-out error."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from dnngp.base.lazy import np
from dnngp.base.parameters import number, setting
from dnngp.genotypes.trait_types import EVERY_KIND
from dnngp.methods.declaration import Method
from dnngp.methods.regressor import LinearRegressor, log_odds_loss

if TYPE_CHECKING:
    from dnngp.encodings.samples.record_weights import RecordWeights
    from dnngp.encodings.samples.training_set import TrainingSet


@dataclass(eq=False, repr=False)
class Ridge(LinearRegressor):
    """Ridge regression; the penalty has the smallest leave-one-out error.

    Two classes are fitted by logistic regression; the penalty then has the smallest log loss on inner folds.
    Columns are centred but keep their scale. scikit-learn's ``RidgeCV`` gets the leave-one-out error of every
    penalty from one eigendecomposition (Golub et al. 1979, Technometrics 21:215).

    Parameters
    ----------
    penalty
        lambda in units of the mean squared length of the centred rows; ``loo`` tries :data:`PENALTIES`.

    Attributes
    ----------
    diagnostics_ : dict
        penalty, loo_rmse.

    References
    ----------
    Hoerl & Kennard 1970, Technometrics 12:55.
    """

    penalty: str | float = setting(number("loo", 0, above=True, choices=("loo",)))

    #: Four a decade, from nearly unpenalised to nearly the mean.
    PENALTIES: ClassVar[tuple[float, ...]] = tuple(10 ** (power / 4) for power in range(-16, 17))

    def _fit_rows(
        self, X: np.ndarray, y: np.ndarray, training: TrainingSet, weight: RecordWeights | None
    ) -> None:
        from sklearn.linear_model import RidgeCV

        from dnngp.encodings.samples.record_weights import relative_of, weighted_mean

        if training.trait.has_classes:
            self._fit_classes(X, y, training, relative_of(weight))
            return
        weights = relative_of(weight)
        means, mean = weighted_mean(X, weights), float(weighted_mean(y, weights))
        rows = X - means
        unit = float(np.einsum("np,np->", rows, rows)) / len(rows) or 1.0
        # The largest first, which of equal ones is taken: constant phenotypes have no preference.
        choices = self.PENALTIES[::-1] if self.penalty == "loo" else (float(self.penalty),)
        found = RidgeCV([unit * choice for choice in choices]).fit(rows, y - mean, weights)
        self._take(found.coef_, means, mean)
        self.diagnostics_ = {
            "penalty": choices[int(np.argmin(np.abs(np.array(choices) - found.alpha_ / unit)))],
            "loo_rmse": max(-float(found.best_score_), 0.0) ** 0.5,
        }

    def _fit_classes(
        self, X: np.ndarray, y: np.ndarray, training: TrainingSet, weights: np.ndarray | None
    ) -> None:
        """Logistic ridge regression of two classes, on the axes of the training samples: the same model."""
        from dnngp.encodings.samples.record_weights import part_of
        from dnngp.encodings.samples.training_set import INNER_FOLDS

        means = X.mean(axis=0)
        left, lengths, axes = np.linalg.svd(X - means, full_matrices=False)
        scores, unit = left * lengths, float(np.mean(lengths**2)) or 1.0
        penalties = self.PENALTIES[::-4] if self.penalty == "loo" else (float(self.penalty),)
        losses = np.zeros(len(penalties))
        for fit, held, _, _ in training.inner_folds(INNER_FOLDS, y, self.random_state):
            if len(penalties) > 1 and np.ptp(y[fit]) > 0:
                of_fit, of_held = (part_of(weights, part) for part in (fit, held))
                machines = [_logistic(scores[fit], y[fit], penalty * unit, of_fit) for penalty in penalties]
                losses += [
                    log_odds_loss(y[held], machine.decision_function(scores[held]), of_held)
                    for machine in machines
                ]
        best = int(np.argmin(losses))
        found = _logistic(scores, y, penalties[best] * unit, weights)
        self._take(found.coef_[0] @ axes, means, float(found.intercept_[0]))
        self.diagnostics_ = {"penalty": penalties[best], "inner_log_loss": float(losses[best]) / len(y)}


def _logistic(rows: np.ndarray, y: np.ndarray, penalty: float, weights: np.ndarray | None) -> Any:
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(C=1 / penalty, max_iter=1000, tol=1e-6).fit(rows, y, weights)


METHOD = Method(
    name="ridge",
    label="Ridge",
    estimator=Ridge,
    encodings=("additive", "pca"),
    family="linear",
    deterministic=True,
    summary="Ridge regression; the penalty has the smallest leave-one-out error on the training samples.",
    fitted_by="leave-one-out error in closed form",
    citation="Hoerl & Kennard 1970, Technometrics 12:55; Golub et al. 1979, Technometrics 21:215",
    cost="n^2 p + n^3",
    cheap=True,
    weights=True,
    trait_types=EVERY_KIND,
    importance="gradients",
    order=70,
)
