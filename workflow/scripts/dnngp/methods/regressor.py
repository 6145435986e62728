"""The one protocol of methods: fitted on training records, they predict others.

Every method is a regressor of scikit-learn as well: ``fit(X, y)`` and ``predict(X)`` take rows of numbers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Self

from dnngp.base import ledger
from dnngp.base.estimator import Estimator
from dnngp.base.lazy import np
from dnngp.base.parameters import problems, settings_of
from dnngp.base.serialisation import Arrays, Stored
from dnngp.genotypes.trait_types import CONTINUOUS, TraitType
from dnngp.validation.metric import PROBABILITY

if TYPE_CHECKING:
    import pandas as pd

    from dnngp.encodings.samples.record_weights import RecordWeights
    from dnngp.encodings.samples.training_set import Records, TrainingSet


#: Columns of a table of variances, behind those that say of which fit they are.
COMPONENTS = ["part", "environment", "other", "value"]


@dataclass(frozen=True, eq=False)
class Prediction:
    """Predictions of m records.

    Attributes
    ----------
    mean
        (m,) float64, phenotypes.
    reliability
        (m,) squared correlation of true and predicted genetic value; None where the method knows none.
    spread
        (m,) standard deviation over the members of an ensemble; None where there are none.
    probability
        (m, classes) of each class, rows summing to 1; None for quantities and counts.
    liability
        (m,) of classes or counts, on the scale on which the model is linear; None where there is none.
    """

    mean: np.ndarray
    reliability: np.ndarray | None = None
    spread: np.ndarray | None = None
    probability: np.ndarray | None = None
    liability: np.ndarray | None = None

    @classmethod
    def of_classes(cls, probability: np.ndarray, **known: np.ndarray | None) -> Prediction:
        """Of a trait with classes, whose probabilities (m, k) are predicted: the mean is a class number."""
        return cls(probability @ np.arange(probability.shape[1]), probability=probability, **known)

    @classmethod
    def of_yes(cls, probability: np.ndarray, **known: np.ndarray | None) -> Prediction:
        """Of two classes, of the second of which the probability (m,) is predicted."""
        return cls.of_classes(np.column_stack([1 - probability, probability]), **known)

    def of_each_class(self, classes: Sequence[str]) -> dict[str, Any]:
        """Columns of a table: liability, the likeliest class and the probability of each; none without."""
        if self.probability is None:
            return {}
        likeliest = np.asarray(classes, dtype=object)[self.probability.argmax(axis=1)]
        chances = {f"{PROBABILITY}{name}": self.probability[:, i] for i, name in enumerate(classes)}
        liability = np.nan if self.liability is None else self.liability
        return {"liability": liability, "predicted_class": likeliest, **chances}


@dataclass(kw_only=True, eq=False, repr=False)
class Regressor(Stored, Estimator):
    """Base of the methods; a subclass is a dataclass of its parameters and gives ``_fit`` and ``_predict``.

    Parameters
    ----------
    encoding
        The encoding of the markers that it reads, or one for each of several omics layers; None:
        ``additive``. Rows of plain numbers are read as they are.
    random_state
        Seed; taken by methods that draw nothing as well.

    Attributes
    ----------
    diagnostics_ : dict
        What a fit says of itself, numbers by name.
    history_ : DataFrame or None
        A row per training epoch of a network.
    components_ : DataFrame or None
        Variances that a mixed model of environments estimates: part, environment, other, value.
    """

    encoding: Any = None
    random_state: int = 0

    #: Whether one fit tells several ordered classes apart; else there is a fit for each step between them.
    ORDERED: ClassVar[bool] = False

    #: What it is fitted on; and the only class, where all training records are of one.
    trait = CONTINUOUS
    _only = None

    #: Whether it asks for encodings of its own, whatever ``encoding`` says.
    OWN_ENCODINGS: ClassVar[bool] = False

    #: Those that it asks for then, as far as they are the same for all parameters.
    ENCODINGS: ClassVar[tuple[dict[str, str], ...]] = ()

    #: Whether it takes missing values (NaN).
    ACCEPTS_MISSING: ClassVar[bool] = False

    #: Whether it takes weights of records; set by its declaration.
    WEIGHTS: ClassVar[bool] = False

    #: Whether those may be weights of records of classes.
    WEIGHS_CLASSES: ClassVar[bool] = True

    def fit(
        self, training: TrainingSet | Any, y: np.ndarray, weight: RecordWeights | np.ndarray | None = None
    ) -> Self:
        """Fit on training records, or on rows X (n, p), and phenotypes y (n,).

        Parameters
        ----------
        training
            A :class:`dnngp.encodings.samples.training_set.TrainingSet`, or rows of numbers.
        y
            Phenotypes, without missing values.
        weight
            (n,) of the records, for methods that take weights; None: those of the training records, if any.
            Where all are alike, so that they say nothing, the fit is that without weights.

        Raises
        ------
        ValueError
            A parameter, phenotypes or weights that cannot be; weights given to a method that takes none.
        """
        params = self.get_params()
        for name, problem in (problems(settings_of(type(self)), params) | self.problems(params)).items():
            raise ValueError(f"{name} {problem}.")
        seen = self._seen(training, y, weight)
        for name, problem in self.trait_problems(params, seen.trait).items():
            raise ValueError(f"{name} {problem}.")
        y = np.asarray(y, np.float64)
        if len(y) < 2 or not np.isfinite(y).all():
            raise ValueError(f"{len(y)} phenotypes; a fit takes two at least, none missing or infinite.")
        if len(seen) != len(y):
            raise ValueError(f"{len(y)} phenotypes for {len(seen)} training records.")
        self._say_nothing()
        self.trait, self._only = seen.trait, None
        if self.trait.has_classes and np.ptp(y) == 0:
            self._only = int(y[0])
        else:
            self._fit(seen, y, self._informative(seen.weights, len(y)))
        return self

    def predict(self, records: Records | Any) -> Any:
        """A :class:`Prediction` of records; of rows X (m, p), their phenotypes (m,) float64 alone."""
        from dnngp.encodings.samples.training_set import Records

        self._check_fitted()
        if isinstance(records, Records):
            return self._predict(records) if self._only is None else self._certain(len(records))
        self._check_rows(records)
        return self.predict(self._rows.rows_to_predict(records)).mean

    def _certain(self, m: int) -> Prediction:
        """Of m records: no class but one was seen."""
        return Prediction.of_classes(np.tile(np.eye(len(self.trait.classes))[self._only], (m, 1)))

    def fits_of(self, training: TrainingSet) -> list[tuple[str | None, TrainingSet, Any]]:
        """Environment (None: all), training records and fitted regressor of each fit: this one alone."""
        return [(None, training, self)]

    def from_arrays(self, arrays: Arrays) -> Self:
        """Take over what :meth:`to_arrays` gave: fitted, with nothing to say of the fit."""
        self._say_nothing()
        return super().from_arrays(arrays)

    def _say_nothing(self) -> None:
        """Begin without anything that a fit says of itself."""
        self.diagnostics_: dict[str, Any] = {}
        self.history_: pd.DataFrame | None = None
        self.components_: pd.DataFrame | None = None

    def score(self, X: Any, y: np.ndarray) -> float:
        """R2 of the predictions of rows X (m, p), as of every regressor of scikit-learn."""
        from sklearn.metrics import r2_score

        return float(r2_score(y, self.predict(X)))

    @classmethod
    def problems(cls, params: Mapping[str, Any]) -> dict[str, str]:
        """What is wrong with values of parameters beside each other, by name."""
        return {}

    @classmethod
    def price_of(cls, params: Mapping[str, Any], n: int) -> str:
        """Whose price a fit on n records has, where parameters make it another; empty: that of the method."""
        return ""

    @classmethod
    def trait_problems(cls, params: Mapping[str, Any], trait: TraitType) -> dict[str, str]:
        """What is wrong with values of parameters for a type of trait, by name."""
        return {}

    def _fit(self, training: TrainingSet, y: np.ndarray, weight: RecordWeights | None) -> None:
        raise NotImplementedError

    def _predict(self, records: Records) -> Prediction:
        raise NotImplementedError

    def _seen(
        self, training: TrainingSet | Any, y: np.ndarray, weight: RecordWeights | np.ndarray | None
    ) -> TrainingSet:
        """Training records as they are, rows as training records; what it is fitted on is written down."""
        from dnngp.encodings.samples.record_weights import RecordWeights
        from dnngp.encodings.samples.rows import GenotypeRows, Rows
        from dnngp.encodings.samples.training_set import TrainingSet

        if not isinstance(training, TrainingSet):
            training = GenotypeRows(training) if self.OWN_ENCODINGS else Rows(training)
        if isinstance(training, (Rows, GenotypeRows)):
            self._check_rows(training.X)
            self._rows, self.n_features_in_ = training, training.X.shape[1]
        else:
            ledger.saw("fit", training.record_ids, y)
        if weight is not None:
            training = copy(training)
            training.weights = RecordWeights.given(weight)
        return training

    def _informative(self, weights: RecordWeights | None, n: int) -> RecordWeights | None:
        """Weights of n training records; None where they say nothing."""
        from dnngp.encodings.samples.record_weights import informative

        if weights is None:
            return None
        if not self.WEIGHTS:
            raise ValueError(f"{type(self).__name__} takes no weights of records.")
        if self.trait.has_classes and not self.WEIGHS_CLASSES:
            raise ValueError(f"{type(self).__name__} takes no weights of classes.")
        if len(weights) != n:
            raise ValueError(f"{len(weights)} weights for {n} training records.")
        return informative(weights)

    def _check_rows(self, X: Any) -> None:
        from sklearn.utils.validation import check_array

        finite = "allow-nan" if self.ACCEPTS_MISSING else True
        check_array(X, dtype="numeric", allow_nd=True, ensure_all_finite=finite)

    @property
    def _reads(self) -> Any:
        """The encoding to ask for."""
        return {"name": "additive"} if self.encoding is None else self.encoding

    def _read(self, seen: TrainingSet | Records) -> np.ndarray:
        """Rows (n, p) or (n, p, channels) float64 of the encoding."""
        return np.asarray(seen.array(self._reads).values, np.float64)

    def __sklearn_tags__(self) -> Any:
        from sklearn.utils import RegressorTags

        tags = super().__sklearn_tags__()
        tags.estimator_type, tags.regressor_tags, tags.target_tags.required = (
            "regressor",
            RegressorTags(),
            True,
        )
        return tags


def log_odds_loss(y: np.ndarray, log_odds: np.ndarray, weights: np.ndarray | None = None) -> Any:
    """Sum of minus the log likelihood of classes 0 and 1 (n,), given their log odds (n,) or (n, k).

    Each record counts as its weight (n,), where there are any.
    """
    signs = np.where(y > 0, 1.0, -1.0)
    losses = np.logaddexp(0, -signs * log_odds.T).T
    return losses.sum(axis=0) if weights is None else weights @ losses


@dataclass(kw_only=True, eq=False, repr=False)
class RowRegressor(Regressor):
    """Base of methods that read rows of features, without missing values unless they say otherwise."""

    def _fit(self, training: TrainingSet, y: np.ndarray, weight: RecordWeights | None) -> None:
        self._fit_rows(self._read(training), y, training, weight)

    def _predict(self, records: Records) -> Prediction:
        outputs = self.predict_rows(self._read(records))
        return self._of_two(outputs) if self.trait.has_classes else Prediction(outputs)

    def _of_two(self, outputs: np.ndarray) -> Prediction:
        """What outputs (m,) say of two classes; of most methods they are logarithms of odds."""
        from scipy.special import expit

        return Prediction.of_yes(expit(outputs), liability=outputs)

    def _fit_rows(
        self, X: np.ndarray, y: np.ndarray, training: TrainingSet, weight: RecordWeights | None
    ) -> None:
        raise NotImplementedError

    def predict_rows(self, X: np.ndarray) -> np.ndarray:
        """Phenotypes (m,) float64 of rows X (m, p) of the encoding; of two classes as of :meth:`_of_two`."""
        raise NotImplementedError


@dataclass(kw_only=True, eq=False, repr=False)
class LinearRegressor(RowRegressor):
    """Base of methods that predict mean + (x - means) effects."""

    STATE: ClassVar[tuple[str, ...]] = ("_effects", "_means", "_mean")

    def _take(self, effects: np.ndarray, means: np.ndarray, mean: float) -> None:
        self._effects, self._means, self._mean = effects, means, mean

    def predict_rows(self, X: np.ndarray) -> np.ndarray:
        return self._mean + (X - self._means) @ self._effects

    def gradients(self, X: np.ndarray, base: np.ndarray) -> np.ndarray:
        """Effects of the columns, for each row."""
        return np.broadcast_to(self._effects, X.shape)
