"""The engine that trains every network: one compiled epoch, used again for each fold, repeat, seed, member.

Importing TensorFlow and tracing a network cost more than many a short fit. So
one process trains many networks, on one thread: :func:`engine` keeps a network
and its compiled epoch per (builder, options, input shape), and a further fit of
the same shape only resets weights, optimiser and random streams. What is
decided once an epoch (early stopping, learning rate, best weights) is plain
Python, in :func:`train`.

The same seed gives the same bytes in any process, on one thread of one machine
type; the test rows of a fold never come here.
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd

from dnngp.base import seeds

log = logging.getLogger(__name__)

# Seconds between two progress lines of one fit.
PROGRESS_EVERY = 10.0
# Share of its start that a moving average may still hold when validation losses begin to count.
SETTLED = 0.05
# Rows predicted at once: bounds memory (rows x features x 64 filters x 4 bytes) for raw markers.
PREDICT_ROWS = 64


class Diverged(RuntimeError):
    """The loss became infinite or not a number."""


@dataclass
class EarlyStopping:
    """Remembers the best epoch and says when to stop waiting for a better one.

    An epoch is better when its validation loss falls below the best by more than
    ``min_delta``; training stops after ``patience`` epochs without a better one.
    Epochs up to ``warm_up`` do not count (see :meth:`Engine.settling_steps`).
    """

    patience: int
    min_delta: float = 0.0
    warm_up: int = 0
    best: float = math.inf
    best_epoch: int = 0
    stop: bool = False

    def better(self, epoch: int, loss: float) -> bool:
        """Take note of an epoch (counted from 1); True when it is the best so far."""
        if epoch > self.warm_up and loss < self.best - self.min_delta:
            self.best, self.best_epoch = loss, epoch
            return True
        self.stop = epoch - max(self.best_epoch, self.warm_up) >= self.patience
        return False


@dataclass
class Plateau:
    """Learning rate lowered where the loss no longer falls (Keras' ReduceLROnPlateau).

    After ``patience`` epochs without a loss below the best minus ``min_delta``
    the rate is multiplied by ``factor``, not below ``min_rate``.
    """

    rate: float
    patience: int
    factor: float = 0.1
    min_delta: float = 1e-4
    min_rate: float = 1e-5
    best: float = math.inf
    wait: int = 0

    def next_rate(self, loss: float) -> float:
        """Learning rate for the epoch after one with this loss."""
        if loss < self.best - self.min_delta:
            self.best, self.wait = loss, 0
        else:
            self.wait += 1
            if self.wait >= self.patience:
                self.rate, self.wait = max(self.rate * self.factor, self.min_rate), 0
        return self.rate


class Engine:
    """A Keras network and its epoch, compiled once for one shape of input.

    Parameters
    ----------
    build
        Function of (shape of one input row, :func:`dnngp.methods.networks.layers.layer_set`,
        ``**options``) that returns a plain Keras network with one output unit.
    shape
        Shape of one input row, such as (p, 1).
    loss, optimizer
        Names in :data:`dnngp.methods.networks.losses.LOSSES` or ``CLASS_LOSSES`` and in
        :data:`dnngp.methods.networks.optimizers.OPTIMIZERS`.
    cuts
        Cut points of the ``cumulative`` loss, trained with the network; they stand behind its weights.
    kernels
        ``fused`` or ``keras``: the set of layers and the form of the optimiser.
    options
        Further keyword arguments of ``build``.
    """

    def __init__(
        self,
        build: Callable[..., Any],
        shape: tuple[int, ...],
        loss: str = "mse",
        optimizer: str = "adam",
        cuts: int = 0,
        kernels: str = "fused",
        **options: Any,
    ) -> None:
        # Not at the top: whoever only splits rows need not wait for TensorFlow.
        from dnngp.methods.networks.backend import keras, tf
        from dnngp.methods.networks.layers import layer_set
        from dnngp.methods.networks.losses import CLASS_LOSSES, LOSSES
        from dnngp.methods.networks.optimizers import create

        self._tf = tf
        self.model = build(shape, layer_set(kernels), **options)
        self._loss = (LOSSES | CLASS_LOSSES)[loss]
        self._steps = [keras.Variable(np.zeros(cuts), dtype="float32", name="cut_points")] if cuts else []
        self._trained = [*self.model.trainable_variables, *self._steps]
        self._optimizer = create(optimizer, fused=kernels == "fused")
        self._optimizer.build(self._trained)
        # Row counts are left open, so that folds of other sizes and a short last batch use the same graph.
        x, y = tf.TensorSpec((None, *shape)), tf.TensorSpec((None,))
        rows, size = tf.TensorSpec((None,), tf.int32), tf.TensorSpec((), tf.int32)
        self._compiled_predict = tf.function(self._predict_graph, input_signature=[x, rows])
        self._compiled_gradients = tf.function(self._gradients_graph, input_signature=[x])
        signature = [x, y, rows, rows, size]
        self._compiled_epoch = tf.function(self._epoch_graph, input_signature=signature)
        # A graph of its own, so that where nothing is weighed nothing is multiplied.
        self._compiled_weighted_epoch = tf.function(self._epoch_graph, input_signature=[*signature, y])

    def settling_steps(self) -> int:
        """Training steps until batch normalisation predicts with what it has seen.

        Its moving averages start at mean 0 and variance 1. For the first epochs
        the network therefore predicts with the wrong scale, often close to the
        mean of the trait: a validation loss near 1 that later, better epochs may
        not undercut for long. Stopping rules must not look before this.
        """
        momenta = [getattr(layer, "momentum", 0.0) for layer in self.model.layers]
        return max((math.ceil(math.log(SETTLED) / math.log(m)) for m in momenta if m > 0), default=0)

    def reset(self, seed: int, steps: np.ndarray | None = None) -> None:
        """Fresh weights, random streams and optimiser state, as a newly built network with this seed.

        ``steps`` are the cut points to start from, as of :func:`dnngp.methods.networks.losses.cumulative`.
        """
        fresh = set()
        for number, layer in enumerate(self.model.layers):
            # Keras calls the initialiser of a layer's weight `kernel` `kernel_initializer`, and so on.
            for name in ("kernel", "bias", "gamma", "beta", "moving_mean", "moving_variance"):
                weight = getattr(layer, name, None)
                if weight is None:
                    continue
                initializer = getattr(layer, f"{name}_initializer")
                config = initializer.get_config()
                if "seed" in config:
                    config["seed"] = seeds.seed(seed, "weights", number, name)
                weight.assign(type(initializer).from_config(config)(weight.shape, weight.dtype))
                fresh.add(id(weight))
            if getattr(layer, "seed_generator", None) is not None:
                layer.seed_generator.state.assign([seeds.seed(seed, "dropout", number), 0])
                fresh.add(id(layer.seed_generator.state))
        forgotten = [variable.path for variable in self.model.variables if id(variable) not in fresh]
        if forgotten:
            raise NotImplementedError(f"No rule to reset {forgotten}.")
        for variable in self._steps:
            variable.assign(steps)
        for variable in self._optimizer.variables:
            variable.assign(self._tf.zeros(variable.shape, variable.dtype))

    def weights(self) -> list[np.ndarray]:
        """Copies of all weights, moving averages included; cut points are the last."""
        return [weight.value.numpy() for weight in (*self.model.weights, *self._steps)]

    def data(self, x: np.ndarray, y: np.ndarray) -> tuple[Any, Any]:
        """Inputs (n, *shape) and targets (n,) as float32 tensors, made once a fit."""
        return self._tf.constant(x, "float32"), self._tf.constant(y, "float32")

    def epoch(
        self,
        x: Any,
        y: Any,
        rows: np.ndarray,
        batch_size: int,
        rate: float,
        validation: np.ndarray,
        weight: Any = None,
    ) -> tuple[float, np.ndarray, float]:
        """Train once over ``rows`` in the order given, then predict the ``validation`` rows.

        Returns the training loss (mean over rows of loss plus L2 penalty,
        dropout on, as Keras reports it), the predictions, and the validation
        loss with the L2 penalty at the end, which means nothing without such rows.
        """
        self._optimizer.learning_rate.assign(rate)
        data = x, y, rows.astype(np.int32), validation.astype(np.int32), batch_size
        loss, predicted, val_loss = (
            self._compiled_epoch(*data) if weight is None else self._compiled_weighted_epoch(*data, weight)
        )
        return float(loss), predicted.numpy(), float(val_loss)

    def predict(self, x: np.ndarray, weights: list[np.ndarray]) -> np.ndarray:
        """Output (n,) float32 of the network with these weights for input rows (n, *shape)."""
        self._take(weights)
        rows = np.arange(len(x), dtype=np.int32)
        return self._compiled_predict(self._tf.constant(x, "float32"), rows).numpy()

    def gradients(self, x: np.ndarray, weights: list[np.ndarray]) -> np.ndarray:
        """Derivatives (n, *shape) float32 of the output of the network with these weights by its inputs."""
        self._take(weights)
        found = []
        for start in range(0, len(x), PREDICT_ROWS):
            rows = self._tf.constant(x[start : start + PREDICT_ROWS], "float32")
            found.append(self._compiled_gradients(rows).numpy())
        return np.concatenate(found)

    def _take(self, weights: list[np.ndarray]) -> None:
        self.model.set_weights(weights[: len(self.model.weights)])

    def _gradients_graph(self, x: Any) -> Any:
        with self._tf.GradientTape() as tape:
            tape.watch(x)
            output = self.model(x, training=False)
        return tape.gradient(output, x)

    def _epoch_graph(
        self, x: Any, y: Any, rows: Any, validation: Any, batch_size: Any, weight: Any = None
    ) -> tuple[Any, Any, Any]:
        tf = self._tf
        n = tf.shape(rows)[0]
        total = tf.constant(0.0)
        for start in tf.range(0, n, batch_size):
            batch = rows[start : start + batch_size]
            with tf.GradientTape() as tape:
                output = self.model(tf.gather(x, batch), training=True)[:, 0]
                loss = self._loss_of(y, output, batch, weight) + self._penalty()
            gradients = tape.gradient(loss, [variable.value for variable in self._trained])
            self._optimizer.apply(gradients)
            total += loss * tf.cast(tf.shape(batch)[0], tf.float32)
        predicted = self._compiled_predict(x, validation)
        val_loss = self._loss_of(y, predicted, validation, weight) + self._penalty()
        return total / tf.cast(n, tf.float32), predicted, val_loss

    def _loss_of(self, y: Any, output: Any, rows: Any, weight: Any) -> Any:
        """Of outputs for some rows."""
        tf = self._tf
        weights = None if weight is None else tf.gather(weight, rows)
        return self._loss(tf.gather(y, rows), output, weights, *(steps.value for steps in self._steps))

    def _predict_graph(self, x: Any, rows: Any) -> Any:
        tf = self._tf
        n = tf.shape(rows)[0]
        predicted = tf.zeros((n,))
        for start in tf.range(0, n, PREDICT_ROWS):
            batch = tf.range(start, tf.minimum(start + PREDICT_ROWS, n))
            output = self.model(tf.gather(x, tf.gather(rows, batch)), training=False)[:, 0]
            predicted = tf.tensor_scatter_nd_update(predicted, batch[:, None], output)
        return predicted

    def _penalty(self) -> Any:
        """Sum of the L2 penalties of all layers."""
        return self._tf.add_n([*self.model.losses, self._tf.constant(0.0)])


@lru_cache(maxsize=16)
def engine(build: Callable[..., Any], shape: tuple[int, ...], **options: Any) -> Engine:
    """The :class:`Engine` of this process for these arguments: built and compiled at the first call only.

    Ten folds of PCA scores that explain 95 % of the variance have two or three
    numbers of components between them, hence the room for several shapes.
    """
    return Engine(build, shape, **options)


def stretch(updates: int, epochs: int, batch_size: int, rows: int) -> float:
    """Factor, at least 1, by which epochs grow for so many updates: few rows make few steps an epoch."""
    return max(updates / (epochs * math.ceil(rows / batch_size)), 1.0)


@dataclass(frozen=True)
class Recipe:
    """How long and at which rate a network is trained.

    Attributes
    ----------
    epochs
        Most epochs to train.
    batch_size, learning_rate
        Rows a step; rate of the optimiser at the start.
    patience, min_delta
        Of :class:`EarlyStopping`, on the validation loss.
    plateau_patience, plateau_factor, min_rate
        Of :class:`Plateau`, on the validation loss, or the training loss without validation rows.
    """

    epochs: int
    batch_size: int
    learning_rate: float
    patience: int
    min_delta: float
    plateau_patience: int
    plateau_factor: float = 0.1
    min_rate: float = 1e-5

    def allowing(self, updates: int, rows: int) -> Recipe:
        """The same for ``rows`` rows, with epochs for at least so many updates.

        Epochs and both patiences grow by one factor, so that stopping and learning rate keep their share of
        the training.
        """
        factor = stretch(updates, self.epochs, self.batch_size, rows)
        return replace(
            self,
            epochs=math.ceil(factor * self.epochs),
            patience=math.ceil(factor * self.patience),
            plateau_patience=math.ceil(factor * self.plateau_patience),
        )


@dataclass
class Fit:
    """What one run of :func:`train` left behind."""

    weights: list[np.ndarray]
    history: pd.DataFrame  # epoch, loss, val_loss (NaN without validation rows), learning_rate
    best_epoch: int  # the epoch of the weights
    inner_r: float  # Pearson r of target and output in the validation rows at that epoch, NaN without


def train(
    engine: Engine,
    x: np.ndarray,
    y: np.ndarray,
    recipe: Recipe,
    seed: int,
    rows: np.ndarray,
    validation: np.ndarray | None = None,
    weight: np.ndarray | None = None,
    steps: np.ndarray | None = None,
    *,
    rates: Sequence[float] | None = None,
) -> Fit:
    """Train one network from fresh weights.

    Parameters
    ----------
    x, y
        Inputs (n, *shape) and targets (n,) (:mod:`dnngp.methods.networks.links`).
    seed
        Decides starting weights, dropout and the order of the rows.
    rows
        Numbers of the rows to fit on.
    validation
        Numbers of the rows whose loss stops the training and chooses the
        weights; without them the weights of the last epoch are returned.
    weight
        (n,) of the rows, in both losses and in r; None where all count the same.
    steps
        Cut points to start from (:meth:`Engine.reset`), of a network for classes.
    rates
        Learning rate of every epoch, in place of ``recipe.epochs`` epochs with the plateau rule.

    Raises
    ------
    Diverged
        When a loss is infinite or not a number.
    """
    engine.reset(seed, steps)
    data = engine.data(x, y)
    draw = np.random.default_rng(seeds.seed(seed, "order"))
    held = np.empty(0, np.int32) if validation is None else validation
    relative = None if weight is None else _relative(weight, rows, held)
    updates = math.ceil(len(rows) / recipe.batch_size)
    # At least half of the epochs are left to choose from, however few steps an epoch has.
    warm_up = min(math.ceil(engine.settling_steps() / updates), recipe.epochs // 2)
    stopping = EarlyStopping(recipe.patience, recipe.min_delta, warm_up)
    plateau = Plateau(
        recipe.learning_rate, recipe.plateau_patience, recipe.plateau_factor, min_rate=recipe.min_rate
    )
    epochs = recipe.epochs if rates is None else len(rates)
    best, inner_r, history = engine.weights(), math.nan, []
    started = told = time.monotonic()
    for epoch in range(1, epochs + 1):
        rate = plateau.rate if rates is None else rates[epoch - 1]
        loss, predicted, val_loss = engine.epoch(
            *data, draw.permutation(rows), recipe.batch_size, rate, held, relative
        )
        if validation is None:
            val_loss = math.nan
        if not math.isfinite(loss) or (validation is not None and not math.isfinite(val_loss)):
            raise Diverged(f"The loss is {loss} in epoch {epoch} at learning rate {rate:g}.")
        history.append((epoch, loss, val_loss, rate))
        if epoch > warm_up:
            plateau.next_rate(loss if validation is None else val_loss)
        if validation is not None and stopping.better(epoch, val_loss):
            best = engine.weights()
            inner_r = _correlation(y[held], predicted, None if weight is None else weight[held])
        if time.monotonic() - told > PROGRESS_EVERY:
            told = time.monotonic()
            left = (told - started) / epoch * (epochs - epoch)
            watched, value = ("loss", loss) if validation is None else ("validation loss", val_loss)
            log.info("epoch %d of at most %d, %s %.3f, %.0f s left", epoch, epochs, watched, value, left)
        if stopping.stop:
            break
    if validation is None:
        best, stopping.best_epoch = engine.weights(), epochs
    table = pd.DataFrame(history, columns=["epoch", "loss", "val_loss", "learning_rate"])
    return Fit(best, table, stopping.best_epoch, inner_r)


def _relative(weight: np.ndarray, *parts: np.ndarray) -> np.ndarray:
    """Weights (n,) of mean 1 within each part of the rows: penalties count the same beside either loss."""
    relative = np.zeros(len(weight), np.float32)
    for rows in parts:
        relative[rows] = weight[rows] / weight[rows].mean() if len(rows) else 0.0
    return relative


def _correlation(a: np.ndarray, b: np.ndarray, weight: np.ndarray | None = None) -> float:
    """Pearson r, NaN where either side does not vary."""
    a, b = (np.asarray(one, float) for one in (a, b))
    if len(a) < 2 or np.ptp(a) == 0 or np.ptp(b) == 0:
        return math.nan
    if weight is None:
        return float(np.corrcoef(a, b)[0, 1])
    (of_a, both), (_, of_b) = np.cov(a, b, aweights=weight)
    return float(both / math.sqrt(of_a * of_b))
