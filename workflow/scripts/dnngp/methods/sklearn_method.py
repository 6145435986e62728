"""Any regressor of scikit-learn as a method."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, make_dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar

from dnngp.base.lazy import np
from dnngp.base.parameters import Parameter, setting, settings_of
from dnngp.methods.regressor import RowRegressor

if TYPE_CHECKING:
    from dnngp.encodings.samples.record_weights import RecordWeights
    from dnngp.encodings.samples.training_set import TrainingSet


@dataclass(kw_only=True, eq=False, repr=False)
class SklearnMethod(RowRegressor):
    """A regressor that reads rows of features; its parameters are those of scikit-learn's class."""

    INNER: ClassVar[type]

    @classmethod
    def problems(cls, params: Mapping[str, Any]) -> dict[str, str]:
        """What scikit-learn says against values."""
        found = {}
        for name in settings_of(cls).keys() & params.keys():
            try:
                cls.INNER(**{name: params[name]})._validate_params()
            except ValueError as error:
                found[name] = str(error).partition(f"{cls.INNER.__name__} ")[2] or str(error)
        return found

    def _fit_rows(
        self, X: np.ndarray, y: np.ndarray, training: TrainingSet, weight: RecordWeights | None
    ) -> None:
        taken = self.INNER().get_params(deep=False)
        self._fitted = self.INNER(
            **{name: value for name, value in self.get_params().items() if name in taken}
        )
        self._fitted.fit(X, y, **({} if weight is None else {"sample_weight": weight.relative}))

    def predict_rows(self, X: np.ndarray) -> np.ndarray:
        return np.asarray(self._fitted.predict(X), float)

    def __reduce__(self) -> tuple[Any, ...]:
        return _restored, (self.INNER, vars(self))


@cache
def adapted(estimator: Any) -> type[SklearnMethod]:
    """A method class around a regressor of scikit-learn."""
    params = estimator().get_params(deep=False)
    own = [(name, Any, setting(Parameter(value))) for name, value in params.items() if name != "random_state"]
    return make_dataclass(
        estimator.__name__,
        own,
        bases=(SklearnMethod,),
        namespace={
            "INNER": estimator,
            "ACCEPTS_MISSING": estimator().__sklearn_tags__().input_tags.allow_nan,
            "__doc__": estimator.__doc__,
        },
        kw_only=True,
        eq=False,
        repr=False,
    )


def _restored(estimator: type, state: Mapping[str, Any]) -> SklearnMethod:
    method = adapted(estimator)()
    vars(method).update(state)
    return method
