"""DNNGP on records: with a branch for the environment, or with an output for every condition.

Both read rows of :class:`dnngp.trials.features.RecordRows`, the scores of the line
in front. A row is one record, so that a record that is missing is no row.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from dnngp.backend import keras
from dnngp.models.dnngp import DNNGPRegressor, convolutions
from dnngp.trials.features import FeatureModel, RecordRows

#: Rows a step: as many as DNNGP has lines, for each condition, up to the most.
BATCH, MOST_BATCH = 28, 112


def branched(
    shape: tuple[int, ...],
    layers: Any,
    described: int,
    activation: str,
    dropout1: float,
    dropout2: float,
    dropout3: float,
    batch_norm: str,
    depth: int,
) -> Any:
    """DNNGP whose line is joined with its environment before rectified units, which let the two interact.

    Parameters
    ----------
    shape
        (p + described, 1): p scores, then what the condition is.
    layers
        :func:`dnngp.layers.layer_set`.
    described
        Features of the condition.
    activation, dropout1, dropout2, dropout3, batch_norm, depth
        As of :func:`dnngp.models.dnngp.released`.

    Returns
    -------
    keras.Model
        (n, p + described, 1) to (n, 1).
    """
    rows, line, condition = _parts(shape, layers, described)
    for layer in convolutions(layers, activation, (dropout1, dropout2), batch_norm, depth):
        line = layer(line)
    joined = layers.Concatenate()([layers.Dense(16)(layers.Flatten()(line)), condition])
    hidden = layers.Dropout(dropout3)(layers.Dense(32, activation="relu")(joined))
    return keras.Model(rows, layers.Dense(1)(hidden))


def many_outputs(
    shape: tuple[int, ...],
    layers: Any,
    described: int,
    activation: str,
    dropout1: float,
    dropout2: float,
    dropout3: float,
    batch_norm: str,
    depth: int,
) -> Any:
    """DNNGP with three units and an output for every condition, of which a record trains its own alone.

    Parameters and result as of :func:`branched`; ``described`` is the number of conditions.
    """
    rows, line, condition = _parts(shape, layers, described)
    for layer in convolutions(layers, activation, (dropout1, dropout2), batch_norm, depth):
        line = layer(line)
    hidden = layers.Dropout(dropout3)(layers.Dense(3 * described)(layers.Flatten()(line)))
    outputs = layers.Dense(described)(hidden)
    # The mask: all outputs but that of the record's condition count nothing, in the loss as in its gradient.
    return keras.Model(rows, layers.Dot(axes=1)([outputs, condition]))


def _parts(shape: tuple[int, ...], layers: Any, described: int) -> tuple[Any, Any, Any]:
    """The rows, their scores (n, p, 1) and what their condition is (n, described)."""
    rows = keras.Input(shape)
    line = layers.Cropping1D((0, described))(rows)
    return rows, line, layers.Flatten()(layers.Cropping1D((shape[0] - described, 0))(rows))


@dataclass(kw_only=True, eq=False, repr=False)
class RecordDNNGP(DNNGPRegressor):
    """DNNGP over rows of records.

    Parameters
    ----------
    described
        Features of the condition, the last of a row.
    outputs
        Whether there is an output for every condition (:func:`many_outputs`), or a branch for it
        (:func:`branched`).
    """

    described: int = 0
    outputs: bool = False

    def _network(self) -> tuple[Callable[..., Any], dict[str, Any]]:
        _, options = super()._network()
        del options["widths"]  # of several layers
        return many_outputs if self.outputs else branched, options | {"described": self.described}


class TrialDNNGP(FeatureModel):
    """DNNGP, version 1, on records.

    Parameters
    ----------
    outputs
        As of :class:`RecordDNNGP`. With an output for every condition, covariates are not read.
    components, random_state
        As of :class:`dnngp.trials.features.FeatureModel`; seed.
    epochs, learning_rate, members
        Of :class:`dnngp.models.networks.NetworkRegressor`.
    """

    def __init__(
        self,
        outputs: bool,
        components: int = 100,
        epochs: int = 100,
        learning_rate: float | None = None,
        members: int = 1,
        random_state: int = 0,
    ) -> None:
        super().__init__(components, covariates=not outputs)
        self.outputs = outputs
        self.epochs = epochs
        self.learning_rate = learning_rate
        self.members = members
        self.random_state = random_state

    def _regressor(self, rows: RecordRows) -> RecordDNNGP:
        return RecordDNNGP(
            outputs=self.outputs,
            described=rows.described,
            batch_size=min(BATCH * rows.conditions, MOST_BATCH),
            epochs=self.epochs,
            learning_rate=self.learning_rate,
            members=self.members,
            random_state=self.random_state,
        )
