"""DNNGP on records: with a branch for the environment, or with an output for every condition.

Both read rows of :class:`dnngp.evaluation.trials.features.RecordRows`, the scores of the line
in front. A row is one record, so that a record that is missing is no row.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from dnngp.evaluation.trials.features import FeatureModel, RecordRows
from dnngp.methods.dnngp import DNNGP, convolutions
from dnngp.methods.networks.backend import keras

#: Rows a step: as many as DNNGP has lines, for each condition, up to the most.
BATCH, MOST_BATCH = 28, 112


def on_records(
    shape: tuple[int, ...],
    layers: Any,
    described: int,
    outputs: bool,
    activation: str,
    dropout1: float,
    dropout2: float,
    dropout3: float,
    batch_norm: str,
    depth: int,
) -> Any:
    """DNNGP whose convolutions go over the line, and which is then told the condition.

    Parameters
    ----------
    shape
        (p + described, 1): p scores, then what the condition is.
    layers
        :func:`dnngp.methods.networks.layers.layer_set`.
    described
        Features of the condition; with ``outputs`` one for each, 1 for that of the record and 0 for others.
    outputs
        An output for every condition behind three units of its own, of which a record trains one alone.
        Otherwise line and condition are joined before rectified units, which let the two interact.
    activation, dropout1, dropout2, dropout3, batch_norm, depth
        As of :func:`dnngp.methods.dnngp.released`.

    Returns
    -------
    keras.Model
        (n, p + described, 1) to (n, 1).
    """
    rows = keras.Input(shape)
    line = layers.Cropping1D((0, described))(rows)
    condition = layers.Flatten()(layers.Cropping1D((shape[0] - described, 0))(rows))
    for layer in convolutions(layers, activation, (dropout1, dropout2), batch_norm, depth):
        line = layer(line)
    line = layers.Flatten()(line)
    if outputs:
        hidden = layers.Dropout(dropout3)(layers.Dense(3 * described)(line))
        # The condition is a mask: other outputs count nothing, in the loss as in its gradient.
        return keras.Model(rows, layers.Dot(axes=1)([layers.Dense(described)(hidden), condition]))
    joined = layers.Concatenate()([layers.Dense(16)(line), condition])
    hidden = layers.Dropout(dropout3)(layers.Dense(32, activation="relu")(joined))
    return keras.Model(rows, layers.Dense(1)(hidden))


@dataclass(kw_only=True, eq=False, repr=False)
class RecordDNNGP(DNNGP):
    """DNNGP over rows of records.

    Parameters
    ----------
    described, outputs
        As of :func:`on_records`.
    """

    described: int = 0
    outputs: bool = False

    def _network(self) -> tuple[Callable[..., Any], dict[str, Any]]:
        _, options = super()._network()
        del options["widths"]  # of several layers
        return on_records, options | {"described": self.described, "outputs": self.outputs}


class TrialDNNGP(FeatureModel):
    """DNNGP, version 1, on records.

    Parameters
    ----------
    outputs
        As of :class:`RecordDNNGP`. With an output for every condition, covariates are not read.
    components, random_state
        As of :class:`dnngp.evaluation.trials.features.FeatureModel`; seed.
    epochs, learning_rate, members
        Of :class:`dnngp.methods.networks.regressor.NetworkRegressor`.
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
