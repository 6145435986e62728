"""A weighted mean of other methods, the weights learnt from inner folds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Self

import numpy as np
from scipy.optimize import nnls

from dnngp.base import ledger
from dnngp.base.errors import UserError, nearest
from dnngp.base.seeds import seed
from dnngp.base.serialisation import Arrays, Stored, part_of, prefixed
from dnngp.encodings.fold import INNER_FOLDS, Fold, LinesRegressor
from dnngp.encodings.omics import Encoding
from dnngp.methods import fitting
from dnngp.methods.registry import METHODS, STACKED, Method, chosen_encoding, create, members

#: Weight of the condition that weights sum to 1, in lengths of the phenotype vector.
FIRM = 1e4


class StackRegressor(Stored, LinesRegressor):
    """Stacking: members are weighted by how they predict lines that inner folds hold out.

    Weights are none below 0, sum to 1 and have the least squared error over the
    lines that the inner folds held out; each member is then fitted on all
    training lines. Every member reads its own encoding, fitted within each inner
    fold.

    Parameters
    ----------
    members
        Methods of the registry by name, or mappings with ``method`` and perhaps
        ``encoding``, ``omics`` and ``params``.
    folds
        Inner folds, drawn by hashing ids (groups stay whole).
    random_state
        Seed of inner folds and members.

    Attributes
    ----------
    weights_ : (k,) float64
        Of the members in their order.
    diagnostics_ : dict
        ``weight_NAME`` of each member, inner_rmse.

    References
    ----------
    Wolpert 1992, Neural Networks 5:241; Breiman 1996, Mach Learn 24:49 (weights that are not negative).
    """

    STATE = ("weights_",)

    def __init__(
        self,
        members: Sequence[str | Mapping[str, Any]] = STACKED,
        folds: int = INNER_FOLDS,
        random_state: int = 0,
    ) -> None:
        self.members = members
        self.folds = folds
        self.random_state = random_state

    def fit_lines(self, fold: Fold, y: np.ndarray) -> StackRegressor:
        """Fit on the training lines of a fold and their phenotypes y (n,)."""
        members = self._members()
        held_out = np.empty((len(y), len(members)))
        for fit, held, inner in fold.inner(self.folds, self.random_state):
            with ledger.within("stack"):
                for column, member in enumerate(members):
                    held_out[held, column] = member.fitted(inner, y[fit]).predict(inner)
        ledger.saw("stack: weights", fold.ids, y)
        self.weights_ = simplex_weights(held_out, y)
        # A member without weight changes nothing and is not fitted again.
        self._fitted = [
            member.fitted(fold, y) if weight > 0 else member
            for member, weight in zip(members, self.weights_, strict=True)
        ]
        self.diagnostics_ = {
            f"weight_{member.name}": float(weight)
            for member, weight in zip(members, self.weights_, strict=True)
        }
        errors = held_out @ self.weights_ - y
        self.diagnostics_["inner_rmse"] = float(np.mean(errors**2)) ** 0.5
        return self

    def predict_lines(self, fold: Fold) -> np.ndarray:
        """Predicted phenotypes (m,) float64 of the test lines of the fold."""
        total = np.zeros(len(fold.test))
        for member, weight in zip(self._fitted, self.weights_, strict=True):
            if weight > 0:
                total += weight * member.predict(fold)
        return total

    def to_arrays(self) -> dict[str, np.ndarray]:
        """As every method; members without weight are left out."""
        arrays = super().to_arrays()
        for number, (member, weight) in enumerate(zip(self._fitted, self.weights_, strict=True)):
            if weight > 0:
                arrays |= prefixed(f"member{number}", member.to_arrays())
        return arrays

    def from_arrays(self, arrays: Arrays) -> Self:
        """As every method."""
        super().from_arrays(arrays)
        self._fitted = [
            member.from_arrays(part_of(f"member{number}", arrays)) if weight > 0 else member
            for number, (member, weight) in enumerate(zip(self._members(), self.weights_, strict=True))
        ]
        return self

    def weighted(self) -> list[tuple[_Member, float]]:
        """The fitted members that have weight, and their weights."""
        pairs = zip(self._fitted, self.weights_, strict=True)
        return [(member, float(weight)) for member, weight in pairs if weight > 0]

    def _members(self) -> list[_Member]:
        if not self.members:
            raise UserError("a stack needs members.", remedy="List methods in `members`.")
        found: list[_Member] = []
        for given in members("stack", {"members": self.members}):
            method = METHODS.get(given.get("method", ""))
            if method is None:
                raise UserError(
                    f"the stack's member {given.get('method')!r} is no method.",
                    remedy=nearest(str(given.get("method")), METHODS),
                )
            encoding = chosen_encoding(given)
            same = sum(member.method.name == method.name for member in found)
            name = f"{method.name}{same + 1}" if same else method.name
            number = seed(self.random_state, "member", name)
            found.append(_Member(name, method.name, encoding, given.get("params", {}), number))
        return found


class _Member:
    """A method with its encoding and parameters; fitted, with its model."""

    def __init__(
        self,
        name: str,
        method: str,
        encoding: Encoding | Sequence[Encoding],
        params: Mapping[str, Any],
        number: int,
    ) -> None:
        self.name, self.encoding = name, encoding
        self._method, self._params, self._seed = method, params, number
        self.model: Any = None

    @property
    def method(self) -> Method:
        """Its declaration."""
        return METHODS[self._method]

    def fitted(self, fold: Fold, y: np.ndarray) -> _Member:
        """A copy with a model fitted on the training lines of a fold."""
        copy = _Member(self.name, self._method, self.encoding, self._params, self._seed)
        copy.model = create(self._method, self._params, self._seed)
        fitting.fit(self.method, copy.model, fold, fitting.encode(self.method, fold, self.encoding), y)
        return copy

    def to_arrays(self) -> dict[str, np.ndarray]:
        """The fitted model as arrays."""
        arrays: dict[str, np.ndarray] = self.model.to_arrays()
        return arrays

    def from_arrays(self, arrays: Arrays) -> _Member:
        """This member with a model put together from arrays."""
        self.model = create(self._method, self._params, self._seed).from_arrays(arrays)
        return self

    def predict(self, fold: Fold) -> np.ndarray:
        """Predicted phenotypes (m,) of the test lines of a fold.

        Raises
        ------
        ArithmeticError
            A prediction that is not a finite number; it would spoil the mean.
        """
        encoded = fitting.encode(self.method, fold, self.encoding)
        predicted = fitting.predict(self.method, self.model, fold, encoded)
        if not np.isfinite(predicted).all():
            raise ArithmeticError(
                f"some predictions of the stack's member {self.name} are not finite numbers"
            )
        return predicted


def simplex_weights(predictions: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Weights w (k,), none below 0 and of sum 1, with the least |y - predictions w|.

    Parameters
    ----------
    predictions
        (n, k), a method a column.
    y
        (n,) observed values.
    """
    # Of weights that sum to 1, a common shift changes nothing.
    errors, target = predictions - y.mean(), y - y.mean()
    firm = FIRM * (float(np.linalg.norm(errors)) or 1.0)
    rows = np.vstack([errors, np.full(errors.shape[1], firm)])
    weights, _ = nnls(rows, np.append(target, firm))
    return weights / weights.sum()
