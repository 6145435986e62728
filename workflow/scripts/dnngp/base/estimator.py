"""scikit-learn's manners without importing it: parameters are the fields of a dataclass."""

from __future__ import annotations

from dataclasses import fields
from typing import Any, Self


class Estimator:
    """Base of dataclasses that scikit-learn can clone, set and show."""

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Parameters by name; ``deep`` is taken as by every estimator."""
        return {one.name: getattr(self, one.name) for one in fields(self)}  # type: ignore[arg-type]

    def set_params(self, **params: Any) -> Self:
        """Change parameters.

        Raises
        ------
        ValueError
            A parameter that there is not.
        """
        known = self.get_params()
        for name, value in params.items():
            if name not in known:
                raise ValueError(f"{type(self).__name__} has no parameter {name!r}.")
            setattr(self, name, value)
        return self

    def _check_fitted(self) -> None:
        """Raise scikit-learn's NotFittedError where no attribute with a trailing underscore is set."""
        if not any(name.endswith("_") for name in vars(self)):
            from sklearn.utils.validation import check_is_fitted

            check_is_fitted(self)

    def __repr__(self) -> str:
        defaults = {one.name: one.default for one in fields(self)}  # type: ignore[arg-type]
        changed = {name: value for name, value in self.get_params().items() if value != defaults[name]}
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in changed.items())})"

    def __sklearn_tags__(self) -> Any:
        from sklearn.utils import Tags, TargetTags

        return Tags(
            estimator_type=None,
            target_tags=TargetTags(required=False),
            transformer_tags=None,
            regressor_tags=None,
            classifier_tags=None,
        )
