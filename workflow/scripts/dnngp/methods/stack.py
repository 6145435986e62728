"""A weighted mean of other methods, the weights learnt from inner folds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Self

from dnngp.base import ledger
from dnngp.base.errors import UserError, nearest
from dnngp.base.lazy import np
from dnngp.base.parameters import Parameter, setting, whole
from dnngp.base.seeds import seed
from dnngp.base.serialisation import Arrays, part_of, prefixed
from dnngp.genotypes.trait_types import EVERY_KIND, TraitType
from dnngp.methods.declaration import Method
from dnngp.methods.regressor import Prediction, Regressor

if TYPE_CHECKING:
    from dnngp.encodings.samples.record_weights import RecordWeights
    from dnngp.encodings.samples.training_set import Records, TrainingSet

#: Members of a stack that names none.
STACKED = ("gblup", "rkhs", "lightgbm")

#: Of weights by log loss: the least probability that counts, most steps, and the change that ends them.
LEAST_CHANCE, MOST_STEPS, SETTLED = 1e-6, 1000, 1e-6

#: Weight of the condition that weights sum to 1, in lengths of the phenotype vector.
FIRM = 1e4


@dataclass(eq=False, repr=False)
class Stack(Regressor):
    """Stacking: members are weighted by how they predict lines that inner folds hold out.

    Weights are none below 0, sum to 1 and have the least squared error, of classes the least log loss, over
    the lines that the inner folds held out; each member is then fitted on all
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

    members: Sequence[str | Mapping[str, Any]] = setting(Parameter(STACKED))
    folds: int = setting(whole(5, 2))

    OWN_ENCODINGS = True
    ORDERED = True
    STATE = ("weights_",)

    @classmethod
    def problems(cls, params: Mapping[str, Any]) -> dict[str, str]:
        """Members that are no list; what is wrong with each of them is for the configuration to find."""
        given = params.get("members", STACKED)
        return (
            {}
            if isinstance(given, (list, tuple))
            else {"members": f"must be a list of methods, not {given!r}"}
        )

    def _fit(self, training: TrainingSet, y: np.ndarray, weight: RecordWeights | None) -> None:
        members = self._members()
        held_out = np.empty((len(y), len(members), *self._classes))
        for fit, held, inner, records in training.inner_folds(self.folds, y, self.random_state):
            with ledger.within("stack"):
                for column, member in enumerate(members):
                    held_out[held, column] = member.fitted(inner, y[fit]).predict(records)
        ledger.saw("stack: weights", training.record_ids, y)
        chances = (
            np.take_along_axis(held_out, y.astype(int)[:, None, None], 2)[..., 0] if self._classes else None
        )
        counts = np.ones(len(y)) if weight is None else weight.relative
        self.weights_ = (
            simplex_weights(held_out, y, counts) if chances is None else likeliest_weights(chances, counts)
        )
        # A member without weight changes nothing and is not fitted again.
        self._fitted = [
            member.fitted(training, y) if share > 0 else member
            for member, share in zip(members, self.weights_, strict=True)
        ]
        self.diagnostics_ = {
            f"weight_{member.name}": float(share)
            for member, share in zip(members, self.weights_, strict=True)
        }
        if chances is None:
            errors = held_out @ self.weights_ - y
            self.diagnostics_["inner_rmse"] = float(np.mean(counts * errors**2)) ** 0.5
        else:
            self.diagnostics_["inner_log_loss"] = -float(np.mean(counts * np.log(chances @ self.weights_)))

    @property
    def _classes(self) -> tuple[int, ...]:
        """Number of the classes whose probabilities are weighed; of a trait without, nothing."""
        return (len(self.trait.classes),) if self.trait.has_classes else ()

    def _predict(self, records: Records) -> Prediction:
        total = np.zeros((len(records), *self._classes))
        for member, share in self.weighted():
            total += share * member.predict(records)
        return Prediction.of_classes(total) if self._classes else Prediction(total)

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
        from dnngp.methods.registry import METHODS, chosen_encoding, members

        if not self.members:
            raise UserError("a stack needs members.", remedy="List methods in `members`.")
        found: list[_Member] = []
        for given in members("stack", {"members": self.members}):
            name = str(given.get("method", ""))
            if name not in METHODS:
                raise UserError(f"the stack's member {name!r} is no method.", remedy=nearest(name, METHODS))
            same = sum(member.method == name for member in found)
            own = f"{name}{same + 1}" if same else name
            number = seed(self.random_state, "member", own)
            found.append(
                _Member(own, name, chosen_encoding(given), given.get("params", {}), number, self.trait)
            )
        return found


@dataclass
class _Member:
    """A method with its encoding, parameters and seed; fitted, with its model."""

    name: str
    method: str
    encoding: Any
    params: Mapping[str, Any]
    random_state: int
    trait: TraitType
    model: Any = None

    def _new(self) -> Any:
        from dnngp.methods.registry import create

        return create(self.method, self.params, self.random_state, self.encoding, trait=self.trait)

    def fitted(self, training: TrainingSet, y: np.ndarray) -> _Member:
        """A copy with a model fitted on training records."""
        return replace(self, model=self._new().fit(training, y))

    def to_arrays(self) -> dict[str, np.ndarray]:
        """The fitted model as arrays."""
        arrays: dict[str, np.ndarray] = self.model.to_arrays()
        return arrays

    def from_arrays(self, arrays: Arrays) -> _Member:
        """A copy with a model put together from arrays."""
        return replace(self, model=self._new().from_arrays(arrays))

    def predict(self, records: Records) -> np.ndarray:
        """Predicted phenotypes (m,) of records, or probabilities (m, k) of classes.

        Raises
        ------
        ArithmeticError
            A prediction that is not a finite number; it would spoil the mean.
        """
        prediction = self.model.predict(records)
        predicted: np.ndarray = prediction.probability if self.trait.has_classes else prediction.mean
        if not np.isfinite(predicted).all():
            raise ArithmeticError(
                f"some predictions of the stack's member {self.name} are not finite numbers"
            )
        return predicted


def simplex_weights(predictions: np.ndarray, y: np.ndarray, counts: np.ndarray | float = 1.0) -> np.ndarray:
    """Weights w (k,), none below 0 and of sum 1, of predictions P (n, k) with the least errors y - P w.

    The square of each counts as ``counts`` (n,).
    """
    from scipy.optimize import nnls

    # Of weights that sum to 1, a common shift changes nothing.
    roots = np.sqrt(np.broadcast_to(counts, len(y)))
    errors, target = roots[:, None] * (predictions - y.mean()), roots * (y - y.mean())
    firm = FIRM * (float(np.linalg.norm(errors)) or 1.0)
    rows = np.vstack([errors, np.full(errors.shape[1], firm)])
    weights, _ = nnls(rows, np.append(target, firm))
    return weights / weights.sum()


def likeliest_weights(chances: np.ndarray, counts: np.ndarray | float = 1.0) -> np.ndarray:
    """Weights w (k,), none below 0 and of sum 1, with the least mean log loss, each as ``counts`` (n,).

    Parameters
    ----------
    chances
        (n, k) probability that each member gave to the class of each record.

    Notes
    -----
    By expectation and maximisation, as of the shares of a mixture: the loss is convex.
    """
    chances = np.clip(chances, LEAST_CHANCE, None)
    weights = np.full(chances.shape[1], 1 / chances.shape[1])
    for _ in range(MOST_STEPS):
        new = weights * np.mean(np.reshape(counts, (-1, 1)) * chances / (chances @ weights)[:, None], axis=0)
        if np.max(np.abs(new - weights)) < SETTLED:
            break
        weights = new
    # What is on its way to 0 is 0.
    weights = np.where(weights < 1e-3, 0.0, weights)
    return weights / weights.sum()


METHOD = Method(
    name="stack",
    label="Stack",
    estimator=Stack,
    encodings=(),
    family="ensemble",
    summary="A weighted mean of other methods, weights by their errors on inner folds.",
    reads="those of its members",
    fitted_by="weights by squared errors on five inner folds",
    citation="Wolpert 1992, Neural Networks 5:241; Breiman 1996, Mach Learn 24:49",
    cost="6 x that of its members",
    weights=True,
    covariates=True,
    trait_types=EVERY_KIND,
    importance="members",
    members="members",
    order=150,
)
