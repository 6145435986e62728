"""What methods that take records of several environments share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Self

from dnngp.base import ledger
from dnngp.base.lazy import np
from dnngp.base.seeds import digest
from dnngp.base.serialisation import Arrays, part_of, prefixed
from dnngp.methods.regressor import Prediction, Regressor

if TYPE_CHECKING:
    from dnngp.encodings.samples.environment_covariates import Environments
    from dnngp.encodings.samples.record_weights import RecordWeights
    from dnngp.encodings.samples.training_set import Records, TrainingSet
    from dnngp.methods.mixed.environment_means import EnvironmentScale


def environments_of(training: TrainingSet) -> tuple[Environments, np.ndarray]:
    """Environments, and the number (N,) of each record's; one without a name where there are none."""
    from dnngp.encodings.samples.environment_covariates import Environments

    if training.environments is None or training.all_environments is None:
        return Environments(("",)), np.zeros(len(training), int)
    return training.all_environments, training.environments


def hashed(sample: str) -> int:
    """A number in the place of a sample's id, which no bundle holds."""
    return int(digest(sample)[:15], 16)


def hashed_samples(training: TrainingSet) -> np.ndarray:
    """(n,) int64 of the training samples."""
    names = dict(zip(training.sample.tolist(), training.ids, strict=True))
    return np.array([hashed(names[number]) for number in range(len(names))])


def numbers_of(records: Records) -> np.ndarray:
    """Number (M,) of each record's environment, 0 where there is one."""
    return np.zeros(len(records), int) if records.environments is None else records.environments


def standardised(
    training: TrainingSet, y: np.ndarray, weight: RecordWeights | None
) -> tuple[Environments, np.ndarray, EnvironmentScale, np.ndarray, RecordWeights | None]:
    """As of :func:`environments_of`, then means and deviations, y (N,) in units of them, and its weights."""
    from dnngp.methods.mixed.environment_means import EnvironmentScale

    environments, number = environments_of(training)
    ledger.saw("means and variances of environments", training.record_ids, y)
    scale = EnvironmentScale.of(y, number, len(environments), weight)
    deviations = scale.deviations[number]
    weight = None if weight is None else weight.in_units(deviations)
    return environments, number, scale, (y - scale.means[number]) / deviations, weight


@dataclass(eq=False, repr=False)
class EnvironmentRegressor(Regressor):
    """Base of methods whose target is standardised within environments.

    Subclasses give ``_fit_standardised`` and ``_predict_standardised``. An environment without training
    records has the mean that its covariates say (:mod:`dnngp.methods.mixed.environment_means`), and counts
    as one of average deviation. Counts and classes stay as they are: what they are in an environment, the
    method learns from the environment.
    """

    def _fit(self, training: TrainingSet, y: np.ndarray, weight: RecordWeights | None) -> None:
        from dnngp.methods.mixed.environment_means import EnvironmentScale, with_new_means

        if training.trait.kind == "continuous":
            environments, number, scale, z, weight = standardised(training, y, weight)
        else:
            (environments, number), z = environments_of(training), y
            scale = EnvironmentScale(np.zeros(len(environments)), np.ones(len(environments)))
        self._known = np.bincount(number, minlength=len(environments)) > 0
        self._covariates = environments.features(self._known)
        self._deviations = scale.deviations
        self._levels = with_new_means(scale.means, self._known, self._covariates)
        self._fit_standardised(training, z, weight)

    def extend(self, environments: Environments) -> None:
        """Take in environments without training records, behind those that the method was fitted on.

        All of those had training records.
        """
        from dnngp.methods.mixed.environment_means import EnvironmentScale, with_new_means

        before = EnvironmentScale(self._levels[: self._fitted_on], self._deviations[: self._fitted_on])
        scale, seen = before.extended(len(environments))
        self._covariates, self._deviations = environments.features(seen), scale.deviations
        self._levels = with_new_means(scale.means, seen, self._covariates)

    @property
    def _fitted_on(self) -> int:
        """Number of environments of the fit."""
        raise NotImplementedError

    def _predict(self, records: Records) -> Prediction:
        number, found = numbers_of(records), self._predict_standardised(records)
        return Prediction(
            self._levels[number] + self._deviations[number] * found.mean,
            probability=found.probability,
            liability=found.liability,
        )

    def _fit_standardised(self, training: TrainingSet, z: np.ndarray, weight: RecordWeights | None) -> None:
        raise NotImplementedError

    def _predict_standardised(self, records: Records) -> Prediction:
        raise NotImplementedError


@dataclass(eq=False, repr=False)
class EnvironmentRowRegressor(EnvironmentRegressor):
    """Base of methods that read a record as a row: the encoded sample, then what its environment is.

    The environment is a 0/1 column for each of all environments, and its covariates where there are any and
    the method reads them; the columns of an environment that is new are 0 throughout training and say
    nothing. Subclasses give ``_regressor``.
    """

    STATE = ("_levels", "_deviations", "_described", "_samples", "_encoded", "_environments")

    #: Whether covariates of the environments are read.
    COVARIATES: ClassVar[bool] = True

    def _regressor(self, environments: int, described: int) -> Any:
        """An unfitted regressor of rows; their last ``described`` columns say what the environment is."""
        raise NotImplementedError

    def _fit_standardised(self, training: TrainingSet, z: np.ndarray, weight: RecordWeights | None) -> None:
        from dnngp.encodings.samples.rows import Rows

        self._environments = len(self._known)
        self._described = np.diag(self._known.astype(float))
        if self.COVARIATES and self._covariates is not None:
            self._described = np.hstack([self._described, self._covariates])
        encoded = self._read(training)
        self._samples, self._encoded = hashed_samples(training), encoded
        rows = np.hstack([encoded[training.sample], self._described[environments_of(training)[1]]])
        self._fitted = self._regressor(*self._described.shape)
        # Inner splits hold out whole samples.
        seen = Rows(rows, training.record_ids, training.ids, weights=weight, trait=training.trait)
        self._fitted.fit(seen, z)
        self.diagnostics_, self.history_ = self._fitted.diagnostics_, self._fitted.history_

    def extend(self, environments: Environments) -> None:
        """As of :class:`EnvironmentRegressor`."""
        super().extend(environments)
        t = self._fitted_on
        indicators = np.eye(len(environments), t)
        told = self._covariates if self._described.shape[1] > t else None
        self._described = indicators if told is None else np.hstack([indicators, told])

    @property
    def _fitted_on(self) -> int:
        return int(self._environments)

    def _predict_standardised(self, records: Records) -> Prediction:
        from dnngp.encodings.samples.rows import Rows

        encoded = self._read(records)[records.sample]
        # Those of a training sample to the bit.
        known = dict(zip(self._samples.tolist(), self._encoded, strict=True))
        numbers = map(hashed, records.ids)
        encoded = np.array([known.get(*pair) for pair in zip(numbers, encoded, strict=True)])
        rows = np.hstack([encoded, self._described[numbers_of(records)]])
        found: Prediction = self._fitted._predict(Rows(rows).rows_to_predict(rows))
        return found

    def gradients(self, X: np.ndarray, base: np.ndarray) -> np.ndarray:
        """As of the regressor of rows, of the prediction in the mean of all environments, by the sample."""
        return self._in_the_mean(
            lambda place: self._fitted.gradients(_beside(X, place), _beside(base[None], place)[0])
        )[:, : X.shape[1]]

    def shares(self, X: np.ndarray) -> np.ndarray:
        """Likewise; what trees share out to the environment is left out."""
        return self._in_the_mean(lambda place: self._fitted.shares(_beside(X, place)))[:, : X.shape[1]]

    def gain(self) -> np.ndarray:
        """As of the regressor of rows, by the columns of the sample."""
        return np.asarray(self._fitted.gain()[: self._encoded.shape[1]])

    def predict_rows(self, X: np.ndarray) -> np.ndarray:
        """Deviations (m,) of samples from the means of environments, in the mean of these."""
        return self._in_the_mean(lambda place: self._fitted.predict_rows(_beside(X, place)))

    def _in_the_mean(self, of: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
        """Mean over the environments of the fit of what there is in each, by what the environment is."""
        count = self._fitted_on
        parts = zip(self._deviations[:count], self._described[:count], strict=True)
        return np.mean([deviation * of(place) for deviation, place in parts], axis=0)

    def to_arrays(self) -> dict[str, np.ndarray]:
        """As every method."""
        return super().to_arrays() | prefixed("rows", self._fitted.to_arrays())

    def from_arrays(self, arrays: Arrays) -> Self:
        """As every method."""
        super().from_arrays(arrays)
        self._fitted = self._regressor(*self._described.shape)
        self._fitted.trait = self.trait
        self._fitted.from_arrays(part_of("rows", arrays))
        return self


def _beside(X: np.ndarray, place: np.ndarray) -> np.ndarray:
    """Rows (m, p + q): samples, each with what one environment is (q,)."""
    return np.hstack([X, np.tile(place, (len(X), 1))])
