"""Ridge regression, the penalty by its leave-one-out error."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from dnngp.base.lazy import np
from dnngp.base.parameters import number, setting
from dnngp.methods.declaration import Method
from dnngp.methods.regressor import LinearRegressor

if TYPE_CHECKING:
    from dnngp.encodings.samples.record_weights import RecordWeights
    from dnngp.encodings.samples.training_set import TrainingSet


@dataclass(eq=False, repr=False)
class Ridge(LinearRegressor):
    """Ridge regression; the penalty has the smallest leave-one-out error.

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

        means, mean = X.mean(axis=0), float(np.mean(y))
        rows = X - means
        unit = float(np.einsum("np,np->", rows, rows)) / len(rows) or 1.0
        # The largest first, which of equal ones is taken: constant phenotypes have no preference.
        choices = self.PENALTIES[::-1] if self.penalty == "loo" else (float(self.penalty),)
        found = RidgeCV([unit * choice for choice in choices]).fit(rows, y - mean)
        self._take(found.coef_, means, mean)
        self.diagnostics_ = {
            "penalty": choices[int(np.argmin(np.abs(np.array(choices) - found.alpha_ / unit)))],
            "loo_rmse": max(-float(found.best_score_), 0.0) ** 0.5,
        }


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
    importance="gradients",
    order=70,
)
