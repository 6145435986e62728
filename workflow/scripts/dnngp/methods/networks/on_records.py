"""DNNGP on rows of records: with a branch for the environment, or with an output for every environment.

A row is one record, the scores of the sample in front, so that a record that is missing is no row.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from dnngp.methods.dnngp import DNNGP, convolutions

#: Rows a step: as many as DNNGP has samples, for each environment, up to the most.
RECORDS_A_STEP, MOST_BATCH = 28, 112


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
    """DNNGP whose convolutions go over the sample, and which is then told the environment.

    Parameters
    ----------
    shape
        (p + described, 1): p scores, then what the environment is.
    layers
        :func:`dnngp.methods.networks.layers.layer_set`.
    described
        Features of the environment; with ``outputs`` one for each, 1 for that of the record and 0 for others.
    outputs
        An output for every environment behind three units of its own, of which a record trains one alone.
        Otherwise line and environment are joined before rectified units, which let the two interact.
    activation, dropout1, dropout2, dropout3, batch_norm, depth
        As of :func:`dnngp.methods.dnngp.released`.

    Returns
    -------
    keras.Model
        (n, p + described, 1) to (n, 1).
    """
    from dnngp.methods.networks.backend import keras

    rows = keras.Input(shape)
    sample = layers.Cropping1D((0, described))(rows)
    environment = layers.Flatten()(layers.Cropping1D((shape[0] - described, 0))(rows))
    for layer in convolutions(layers, activation, (dropout1, dropout2), batch_norm, depth):
        sample = layer(sample)
    sample = layers.Flatten()(sample)
    if outputs:
        hidden = layers.Dropout(dropout3)(layers.Dense(3 * described)(sample))
        # The environment is a mask: other outputs count nothing, in the loss as in its gradient.
        return keras.Model(rows, layers.Dot(axes=1)([layers.Dense(described)(hidden), environment]))
    joined = layers.Concatenate()([layers.Dense(16)(sample), environment])
    hidden = layers.Dropout(dropout3)(layers.Dense(32, activation="relu")(joined))
    return keras.Model(rows, layers.Dense(1)(hidden))


@dataclass(kw_only=True, eq=False, repr=False)
class RecordDNNGP(DNNGP):
    """DNNGP over rows of records; ``described`` and ``outputs`` as of :func:`on_records`."""

    described: int = 0
    outputs: bool = False

    def _network(self) -> tuple[Callable[..., Any], dict[str, Any]]:
        _, options = super()._network()
        del options["widths"]  # of several layers
        return on_records, options | {"described": self.described, "outputs": self.outputs}
