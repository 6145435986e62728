"""Methods of two classes, on a trait of several ordered ones: a fit for each step between them.

The fit of a step gives the probability to be above it; those of the classes are the differences (Frank & Hall
2001, ECML 12:145). Where a higher step comes out likelier than a lower one, both have their mean (isotonic
regression).
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Self

from dnngp.base import ledger
from dnngp.base.lazy import np, pd
from dnngp.base.serialisation import Arrays, numbered, part_of
from dnngp.genotypes.trait_types import BINARY, TraitType
from dnngp.methods.regressor import Prediction

if TYPE_CHECKING:
    from dnngp.encodings.samples.training_set import Records, TrainingSet


class OrdinalSteps:
    """A method fitted on each step between the classes that training records have.

    Parameters
    ----------
    create
        Makes an unfitted regressor of two classes.
    trait
        The classes.

    Attributes
    ----------
    diagnostics_, history_, components_
        As of :class:`dnngp.methods.regressor.Regressor`: means over the steps, nothing, nothing.
    """

    history_ = components_ = None

    def __init__(self, create: Callable[[], Any], trait: TraitType) -> None:
        self._create, self.trait = create, trait

    def fit(self, training: TrainingSet, y: np.ndarray) -> Self:
        """Fit on training records and the numbers of their classes y (n,)."""
        self._present = np.unique(y)
        # The encodings of the training records are fitted once and shared.
        halved = copy.copy(training)
        halved.trait = BINARY
        self._fits = []
        for low in self._present[:-1]:
            above = (y > low).astype(float)
            with ledger.coded(training.record_ids, above, y):
                self._fits.append(self._create().fit(halved, above))
        said = pd.DataFrame([fit.diagnostics_ for fit in self._fits])
        self.diagnostics_ = said.mean(numeric_only=True).to_dict()
        return self

    def fits_of(self, training: TrainingSet) -> list[tuple[str | None, TrainingSet, Any]]:
        """As of every regressor."""
        return [(None, training, self)]

    def predict(self, records: Records) -> Prediction:
        """Predictions of records."""
        from sklearn.isotonic import isotonic_regression

        above = np.column_stack([fit.predict(records).mean for fit in self._fits])
        falling = np.array([isotonic_regression(row, increasing=False) for row in above])
        probability = np.zeros((len(records), len(self.trait.classes)))
        probability[:, self._present.astype(int)] = -np.diff(falling, prepend=1.0, append=0.0)
        return Prediction.of_classes(probability)

    def gradients(self, X: np.ndarray, base: np.ndarray) -> np.ndarray:
        """Sum over the steps, each by the liability of being above it."""
        return np.asarray(sum(fit.gradients(X, base) for fit in self._fits))

    def shares(self, X: np.ndarray) -> np.ndarray:
        """Likewise."""
        return np.asarray(sum(fit.shares(X) for fit in self._fits))

    def gain(self) -> np.ndarray:
        """Likewise."""
        return np.asarray(sum(fit.gain() for fit in self._fits))

    def to_arrays(self) -> dict[str, np.ndarray]:
        """As every method."""
        return {"present": self._present} | numbered("step", (fit.to_arrays() for fit in self._fits))

    def from_arrays(self, arrays: Arrays) -> Self:
        """As every method."""
        self._present, self.diagnostics_ = arrays["present"], {}
        self._fits = [
            self._create().from_arrays(part_of(f"step{number}", arrays))
            for number in range(len(self._present) - 1)
        ]
        return self
