"""Methods that know nothing of environments, on records of several: each environment on its own.

A record in an environment without training records is predicted by the mean of
what the fits of all others say of its sample.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Self

from dnngp.base.lazy import np, pd
from dnngp.methods.regressor import COMPONENTS, Prediction

if TYPE_CHECKING:
    from dnngp.encodings.samples.training_set import Records, TrainingSet


class WithinEnvironments:
    """A method fitted on each environment alone, as if the others had never been grown.

    Parameters
    ----------
    create
        Makes an unfitted regressor.

    Attributes
    ----------
    diagnostics_
        Means over the environments of what the fits say of themselves.
    history_
        Training epochs of all fits, each with its ``environment``; None where there are none.
    components_
        Shares of the genomic variance and of the rest within each environment, of mixed models; None of
        others.
    fits_
        By the number of an environment: its training records, and the method fitted on them.
    """

    def __init__(self, create: Callable[[], Any]) -> None:
        self._create = create
        self.fits_: dict[int, tuple[TrainingSet, Any]] = {}

    def fit(self, training: TrainingSet, y: np.ndarray) -> Self:
        """Fit on training records, their weights among them, and their phenotypes y (N,)."""
        self.fits_ = {}
        assert training.environments is not None
        for number in np.unique(training.environments):
            rows, part = training.of_environment(number)
            self.fits_[int(number)] = part, self._create().fit(part, y[rows])
        said = pd.DataFrame([model.diagnostics_ for _, model in self.fits_.values()])
        self.diagnostics_ = said.mean(numeric_only=True).to_dict()
        assert training.all_environments is not None
        names = training.all_environments.names
        histories = [
            model.history_.assign(environment=names[number])
            for number, (_, model) in self.fits_.items()
            if model.history_ is not None
        ]
        self.history_ = pd.concat(histories, ignore_index=True) if histories else None
        self.components_ = self._shares(names)
        return self

    def fits_of(self, training: TrainingSet) -> list[tuple[str | None, TrainingSet, Any]]:
        """Environment, training records and fitted regressor of each environment that was reached."""
        assert training.all_environments is not None
        names = training.all_environments.names
        return [(names[number], part, model) for number, (part, model) in self.fits_.items()]

    def _shares(self, names: Sequence[str]) -> pd.DataFrame | None:
        """Rows as of :attr:`dnngp.methods.regressor.Regressor.components_`."""
        rows = [
            (part, names[number], names[number], share)
            for number, (_, model) in self.fits_.items()
            if "h2" in model.diagnostics_
            for part, share in (("genomic", model.diagnostics_["h2"]), ("rest", 1 - model.diagnostics_["h2"]))
        ]
        return pd.DataFrame(rows, columns=COMPONENTS) if rows else None

    def predict(self, records: Records) -> Prediction:
        """Predictions of records."""
        assert records.environments is not None
        parts: dict[str, np.ndarray] = {}
        for number in np.unique(records.environments):
            chosen = np.flatnonzero(records.environments == number)
            for name, values in self._predicted(records, int(number), chosen).items():
                shape = (len(records), *values.shape[1:])
                parts.setdefault(name, np.full(shape, np.nan))[chosen] = values
        return Prediction(**parts)

    def _predicted(self, records: Records, number: int, chosen: np.ndarray) -> dict[str, np.ndarray]:
        """What is predicted of some records of one environment, by name."""
        fits = [self.fits_[number]] if number in self.fits_ else list(self.fits_.values())
        return mean_of(
            [model.predict(training.records_of_environment(records, chosen)) for training, model in fits]
        )


def mean_of(predictions: Sequence[Prediction]) -> dict[str, np.ndarray]:
    """The mean of several predictions of the same records, by name of what all of them know."""
    return {
        name: np.mean([getattr(one, name) for one in predictions], axis=0)
        for name in ("mean", "reliability", "spread", "probability", "liability")
        if all(getattr(one, name) is not None for one in predictions)
    }
