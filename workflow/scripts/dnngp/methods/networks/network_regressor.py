"""What all networks share: a Keras network as a scikit-learn regressor.

Each network has a file of its own beside this one, where it is written in plain
Keras, so that it can be read next to its description and changed;
:mod:`dnngp.methods.networks.training` trains it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, Self

from dnngp.base.lazy import np, pd
from dnngp.base.parameters import choice, number, setting, share, whole
from dnngp.base.seeds import seed as draw_seed
from dnngp.base.serialisation import PATH, Arrays, numbered, part_of, prefixed
from dnngp.genotypes.trait_types import CONTINUOUS, TraitType
from dnngp.methods.declaration import Span
from dnngp.methods.networks.links import LINKS, Link
from dnngp.methods.regressor import Prediction, Regressor

if TYPE_CHECKING:
    from dnngp.encodings.samples.record_weights import RecordWeights
    from dnngp.encodings.samples.training_set import Records, TrainingSet
    from dnngp.methods.networks import training as engines

log = logging.getLogger(__name__)

STOPPING = ("refit", "best", "bagged", "none")

#: A network whose outputs vary less than this (standard deviations of the trait) has not begun to learn.
STUCK = 1e-3


@dataclass(frozen=True)
class Habits:
    """How the authors of a network train it, where a user says nothing else.

    The rate falls by ``plateau_factor`` on a plateau, not below ``min_rate``
    (:class:`dnngp.methods.networks.training.Plateau`).
    """

    loss: str = "mse"
    optimizer: str = "adam"
    learning_rate: float = 1e-3
    plateau_factor: float = 0.1
    min_rate: float = 1e-5


#: Kinds of trait that networks predict.
TRAIT_TYPES = tuple(LINKS)

#: Hyper-parameters to tune.
SEARCH: Mapping[str, Any] = MappingProxyType(
    {"learning_rate": Span(3e-4, 1e-2, log=True), "batch_size": Span(16, 64, log=True, whole=True)}
)


@dataclass(eq=False, repr=False)
class NetworkRegressor(Regressor):
    """A network of any architecture as a regressor; subclasses say which (:meth:`_network`).

    A subclass adds fields for parameters of its own, and gives others another default.

    Phenotypes are standardised with the mean and standard deviation of the
    training rows and predictions are given back on their scale; counts and classes have losses of their own
    (:mod:`dnngp.methods.networks.links`). Inputs are used as they are. Weights of records count in both
    moments, in the losses of training and of early stopping, and in inner_r. Training is described by
    :class:`dnngp.methods.networks.training.Recipe`.

    Parameters
    ----------
    epochs
        Most epochs to train.
    min_updates
        Updates of the weights that ``epochs`` must allow: with few training rows, ``epochs``, ``patience``
        and ``plateau_patience`` grow by one factor until they do. 0: ``epochs`` are as given.
    batch_size
        Rows a step.
    learning_rate
        Rate of the optimiser at the start; None: that of the network's :class:`Habits`.
    optimizer
        ``adam``, ``adadelta`` or ``sgd`` (momentum 0.5); None: likewise.
    loss
        ``mse``, ``half_mse`` or ``ccc`` (:mod:`dnngp.methods.networks.losses`), to which the L2
        penalties of the network are added; None: likewise. Of quantities alone.
    stopping
        What early stopping, on an inner split of the training rows, is used for.

        ``refit``
            The inner split finds how long to train and when to lower the
            learning rate; a new network then repeats that schedule on all
            training rows. It is repeated up to the stop, not up to the best
            epoch: the lowest point of a noisy curve over some tens of rows comes
            too early, and the lower rate after it settles the weights. Should the new network be
            stuck, predicting the same for all training rows where the first one did not, the
            weights of the best epoch of the first are kept.
        ``best``
            The weights of the best epoch, which have not seen the validation rows.
        ``bagged``
            As ``best``, with another inner split for every member.
        ``none``
            ``epochs`` epochs on all training rows; no inner split.
    patience, min_delta
        Stop after this many epochs in which the validation loss did not fall
        below its best by more than ``min_delta`` (standardised units).
    plateau_patience
        Lower the learning rate (to a tenth, or as :class:`Habits` say) after this many epochs in which
        the validation loss (the training loss without an inner split) did not fall.
        Less than ``patience``, so that training ends at the lower rate.
    inner_fraction
        Share of the training rows to validate on.
    members
        Networks trained with different seeds, whose predictions are averaged.
    kernels
        ``keras`` or ``fused``: Keras' batch normalisation, dropout and Adam, or
        forms of them that compute the same in fewer passes (:mod:`dnngp.methods.networks.layers`).
    random_state
        Seed of the inner split, the starting weights, dropout and row order.

    Attributes
    ----------
    history_ : DataFrame
        phase (``inner`` or ``refit``), member, epoch, loss, val_loss, learning_rate.
    diagnostics_ : dict
        epochs (run in all, the cost), best_epoch and stopped_epoch (means over
        members), inner_r (Pearson r of phenotype and output in the validation rows at the best epoch),
        stuck (members that ``refit`` kept as they were), members, parameters.
    """

    epochs: int = setting(whole(100, 1))
    min_updates: int = setting(whole(0, 0))
    batch_size: int = setting(whole(28, 1))
    learning_rate: float | None = setting(number(None, 0, above=True))
    optimizer: str | None = setting(choice(None, "adam", "adadelta", "sgd"))
    loss: str | None = setting(choice(None, "mse", "half_mse", "ccc"))
    stopping: str = setting(choice("refit", *STOPPING))
    patience: int = setting(whole(20, 1))
    min_delta: float = setting(number(0.0, 0))
    plateau_patience: int = setting(whole(10, 1))
    inner_fraction: float = setting(share(0.1, above=True, below=True))
    members: int = setting(whole(1, 1))
    kernels: str = setting(choice("fused", "fused", "keras"))

    ORDERED = True
    _link: ClassVar[Link] = Link()

    def _network(self) -> tuple[Callable[..., Any], dict[str, Any]]:
        """Function that builds the network for a shape of input and a set of layers, and its options."""
        raise NotImplementedError

    def _habits(self) -> Habits:
        """How this network is trained where the parameters leave it open."""
        return Habits()

    def _objective(self) -> tuple[str, str]:
        """Names of the loss and of the optimiser."""
        habits = self._habits()
        return self._link.LOSS or self.loss or habits.loss, self.optimizer or habits.optimizer

    @classmethod
    def trait_problems(cls, params: Mapping[str, Any], trait: TraitType) -> dict[str, str]:
        """Losses are of quantities."""
        if params.get("loss") is None or trait == CONTINUOUS:
            return {}
        return {"loss": f"{params['loss']!r} is for quantities; a {trait.kind} trait has its own"}

    def _recipe(self) -> engines.Recipe:
        """How long and at which rate to train."""
        from dnngp.methods.networks.training import Recipe

        habits = self._habits()
        return Recipe(
            epochs=self.epochs,
            batch_size=self.batch_size,
            learning_rate=habits.learning_rate if self.learning_rate is None else self.learning_rate,
            patience=self.patience,
            min_delta=self.min_delta,
            plateau_patience=self.plateau_patience,
            plateau_factor=habits.plateau_factor,
            min_rate=habits.min_rate,
        )

    def _fit(self, training: TrainingSet, y: np.ndarray, weight: RecordWeights | None) -> None:
        self._fit_rows(np.asarray(training.array(self._reads).values, np.float32), y, training, weight)

    def _fit_rows(
        self, X: np.ndarray, y: np.ndarray, training: TrainingSet, weight: RecordWeights | None
    ) -> None:
        """Train on rows X (n, p) or (n, p, channels) float32 and phenotypes y (n,).

        Raises
        ------
        dnngp.methods.networks.training.Diverged
            When training diverges, and again at a tenth of the learning rate.
        """
        from dnngp.methods.networks.training import Diverged

        self._row_shape = X.shape[1:]
        self._link = LINKS[self.trait.kind]()  # type: ignore[misc]
        relative = None if weight is None or np.ptp(weight.values) == 0 else weight.relative
        x, z = _with_channel(X), self._link.targets(y, relative, training.trait)
        recipe = self._recipe().allowing(self.min_updates, len(x))
        fits = []
        for member in range(self.members):
            try:
                fits.append(self._fit_member(x, z, relative, recipe, member, training))
            except Diverged as problem:
                slower = replace(recipe, learning_rate=recipe.learning_rate / 10)
                log.warning("%s Trying once more at %g.", problem, slower.learning_rate)
                fits.append(self._fit_member(x, z, relative, slower, member, training))
        self._weights = [phases[-1][1].weights for phases in fits]
        first = [phases[0][1] for phases in fits]
        self.history_ = pd.concat(
            [
                fit.history.assign(phase=phase, member=member)
                for member, phases in enumerate(fits)
                for phase, fit in phases
            ],
            ignore_index=True,
        )[["phase", "member", "epoch", "loss", "val_loss", "learning_rate"]]
        self.diagnostics_ = {
            "epochs": len(self.history_),
            "best_epoch": float(np.mean([fit.best_epoch for fit in first])),
            "stopped_epoch": float(np.mean([len(fit.history) for fit in first])),
            "inner_r": float(np.mean([fit.inner_r for fit in first])),
            "stuck": sum(phases[-1][1].weights is phases[0][1].weights for phases in fits if len(phases) > 1),
            "members": self.members,
            "parameters": self._engine().model.count_params(),
        }

    def _predict(self, records: Records) -> Prediction:
        outputs = self._outputs(records.array(self._reads).values)
        return self._link.prediction(np.array(outputs), [weights[-1] for weights in self._weights])

    def gradients(self, X: np.ndarray, base: np.ndarray) -> np.ndarray:
        """Derivatives of the prediction by the inputs, mean over members and the way from ``base`` to a row.

        For counts and classes, of the liability. Times X - base they are integrated gradients (Sundararajan
        et al. 2017, ICML 70:3319).
        """
        engine, total = self._engine(), np.zeros(X.shape)
        for weights in self._weights:
            for part in PATH:
                rows = np.asarray(base + part * (X - base), np.float32)
                total += engine.gradients(_with_channel(rows), weights).reshape(X.shape)
        return self._link.scale * total / (len(self._weights) * len(PATH))

    def _outputs(self, X: np.ndarray) -> list[np.ndarray]:
        """Outputs (n,) float64 of each member, standardised."""
        X = np.asarray(X, np.float32)
        if X.shape[1:] != self._row_shape:
            raise ValueError(f"Rows of shape {X.shape[1:]}, but the network was fitted on {self._row_shape}.")
        engine, x = self._engine(), _with_channel(X)
        return [engine.predict(x, weights).astype(float) for weights in self._weights]

    def to_arrays(self) -> dict[str, np.ndarray]:
        """As every method; the weights of each member in the order of its network."""
        members = [{str(i): array for i, array in enumerate(weights)} for weights in self._weights]
        arrays = super().to_arrays() | {"row_shape": np.array(self._row_shape)}
        return arrays | prefixed("link", self._link.to_arrays()) | numbered("member", members)

    def from_arrays(self, arrays: Arrays) -> Self:
        """As every method."""
        super().from_arrays(arrays)
        self._row_shape = tuple(arrays["row_shape"].tolist())
        self._link = LINKS[self.trait.kind]().from_arrays(part_of("link", arrays))  # type: ignore[misc]
        # A network is built by its options before its weights are looked at.
        stored = sum(array.size for array in arrays.values())
        if max(self.members, *_whole_numbers([*self._network()[1].values()])) > stored:
            raise ValueError(f"{stored} stored numbers are fewer than the network has")
        members = [part_of(f"member{member}", arrays) for member in range(self.members)]
        self._weights = [[weights[str(i)] for i in range(len(weights))] for weights in members]
        return self

    def _engine(self) -> engines.Engine:
        from dnngp.methods.networks.training import engine

        build, options = self._network()
        loss, optimizer = self._objective()
        shape = self._row_shape if len(self._row_shape) > 1 else (*self._row_shape, 1)
        options |= {"loss": loss, "optimizer": optimizer, "kernels": self.kernels, "cuts": self._link.cuts}
        return engine(build, shape, **options)

    def _fit_member(
        self,
        x: np.ndarray,
        z: np.ndarray,
        weight: np.ndarray | None,
        recipe: engines.Recipe,
        member: int,
        training: TrainingSet,
    ) -> list[tuple[str, engines.Fit]]:
        """Phases of one member in order, the last of which has the weights to keep."""
        from dnngp.methods.networks.training import train
        from dnngp.validation.inner_split import inner_split

        engine, everything = self._engine(), np.arange(len(x))
        seed, learnt = draw_seed(self.random_state, "member", member), (weight, self._link.steps)
        if self.stopping == "none":
            return [("refit", train(engine, x, z, recipe, seed, everything, None, *learnt))]
        part = 0 if self.stopping == "best" else member
        rows, validation = inner_split(
            *(len(x), self.inner_fraction, self.random_state, training.ids, training.groups, part),
            classes=z if training.trait.has_classes else None,
        )
        inner = train(engine, x, z, recipe, seed, rows, validation, *learnt)
        if self.stopping != "refit":
            return [("inner", inner)]
        rates = inner.history["learning_rate"].tolist()
        refit = train(engine, x, z, recipe, seed, everything, None, *learnt, rates=rates)

        def spread(fit: engines.Fit) -> float:
            return float(np.std(engine.predict(x, fit.weights)))

        if spread(refit) < STUCK <= spread(inner):
            log.warning("The refit predicts a constant: the weights of the early-stopped run are kept.")
            refit = replace(refit, weights=inner.weights)
        return [("inner", inner), ("refit", refit)]


def _whole_numbers(values: Sequence[Any]) -> Iterator[int]:
    """0, and the whole numbers among values and in lists of them."""
    yield 0
    for value in values:
        if isinstance(value, (list, tuple)):
            yield from _whole_numbers(value)
        elif isinstance(value, int):
            yield value


def _with_channel(x: np.ndarray) -> np.ndarray:
    """Rows (n, p, channels); a plain table has one channel."""
    return x[..., None] if x.ndim == 2 else x
