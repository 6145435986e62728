"""The network of marker weights: a convolution along the genome, and a head that mixes kernels.

It was trained once, on simulated populations (``benchmarks/pretrain.py``); what it learnt lies beside this
file.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import io
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from dnngp.base.errors import UserError
from dnngp.methods.prior.marker_features import Genome

#: As text, since a workflow that is imported from a git repository fetches nothing else unharmed.
WEIGHTS = Path(__file__).with_name("weights.npz.base64")
#: Of the arrays in that file: whatever else lies there is refused.
SHA256 = "8052362afc1c2c1fbba1dcb7b272b8f11a52c38d2575345a799561036b5138d8"

#: Sizes: features of a marker, facts, hidden units of the convolution and of the head.
FEATURES, FACTS, HIDDEN, HEAD = 9, 12, 24, 8
#: Kernels that are mixed: of all markers alike, linear and Gaussian, then of weighted ones.
KERNELS = ("gblup", "rkhs", "weighted_gblup", "weighted_rkhs")
#: The kernel whose share is what the others leave.
RKHS = 1
#: Bounds of the logarithms of a marker's weight, of the ratio of variances and of the bandwidth's change.
MOST = np.array([4.0, 4.0, 1.5, 1.5])

#: Shapes of the parameters.
SHAPES = {
    "features": (3 * FEATURES, HIDDEN),
    "facts": (FACTS, HIDDEN),
    "bias": (HIDDEN,),
    "inner": (HIDDEN, HIDDEN),
    "inner_bias": (HIDDEN,),
    "outer": (HIDDEN, 2),
    "outer_bias": (2,),
    "head": (FACTS, HEAD),
    "head_bias": (HEAD,),
    "choice": (HEAD, 5),
    "choice_bias": (5,),
}
#: Ranges of features and facts in training: low and high.
RANGES = {"feature_range": (2, FEATURES), "fact_range": (2, FACTS)}

Parameters = Mapping[str, np.ndarray]


@dataclass(frozen=True)
class Output:
    """What the network says of one set of training samples.

    Attributes
    ----------
    weights
        (2, p) of the markers in the order of the genome, above 0, for the linear and the Gaussian kernel.
    mixture
        (4,) shares of :data:`KERNELS`, sum 1.
    ratio, bandwidth
        Factors of the ratio of variances and of the bandwidth of the weighted kernel.
    inputs, hidden, head
        What training goes back through: inputs of the two parts, hidden units of both, bounded outputs.
    """

    weights: np.ndarray
    mixture: np.ndarray
    ratio: float
    bandwidth: float
    inputs: tuple[np.ndarray, np.ndarray]
    hidden: tuple[np.ndarray, np.ndarray, np.ndarray]
    bounded: tuple[np.ndarray, np.ndarray]


def output(parameters: Parameters, features: np.ndarray, facts: np.ndarray, genome: Genome) -> Output:
    """Run the network.

    Parameters
    ----------
    parameters
        Of :data:`SHAPES` and :data:`RANGES`.
    features, facts
        (p, 9) and (12,), as :mod:`dnngp.methods.prior.marker_features` has them. What lies beyond the
        ranges seen in training is taken to its end: nothing is extrapolated.
    genome
        Of the markers.
    """
    scaled = _scaled(features, parameters["feature_range"])
    known = _scaled(facts, parameters["fact_range"])
    around = np.hstack([genome.shifted(scaled, lag) for lag in (-1, 0, 1)])
    shared = known @ parameters["facts"] + parameters["bias"]
    first = np.maximum(around @ parameters["features"] + shared, 0)
    second = np.maximum(first @ parameters["inner"] + parameters["inner_bias"], 0)
    logs = np.tanh((second @ parameters["outer"] + parameters["outer_bias"]) / MOST[:2])
    head = np.maximum(known @ parameters["head"] + parameters["head_bias"], 0)
    choice = head @ parameters["choice"] + parameters["choice_bias"]
    changes = np.tanh(choice[3:] / MOST[2:])
    mixture = np.exp(np.insert(choice[:3], RKHS, 0.0))
    return Output(
        np.exp(logs * MOST[:2]).T,
        mixture / mixture.sum(),
        float(np.exp(changes[0] * MOST[2])),
        float(np.exp(changes[1] * MOST[3])),
        (around, known),
        (first, second, head),
        (logs, changes),
    )


def _scaled(values: np.ndarray, limits: np.ndarray) -> np.ndarray:
    """From -1 to 1 within limits (2, q)."""
    low, high = limits
    return np.clip(2 * (values - low) / np.where(high > low, high - low, 1.0) - 1, -1, 1)


def untrained() -> dict[str, np.ndarray]:
    """Parameters with which the method is ``rkhs``: all weights 1, and nothing but the Gaussian kernel."""
    parameters = {name: np.zeros(shape) for name, shape in (SHAPES | RANGES).items()}
    parameters["choice_bias"][:3] = -40
    return parameters


@cache
def trained(path: Path = WEIGHTS, sha256: str = SHA256) -> Parameters:
    """The parameters that were learnt.

    Raises
    ------
    UserError
        The file is missing or another than the one that was checked.
    """
    try:
        stored = base64.b64decode(path.read_bytes())
    except (FileNotFoundError, binascii.Error):
        stored = b""
    if hashlib.sha256(stored).hexdigest() != sha256:
        raise UserError(
            f"{path.name} does not hold the weights that prior_net was published with (SHA-256 {sha256}).",
            remedy="Restore the file from the repository.",
        )
    with np.load(io.BytesIO(stored), allow_pickle=False) as arrays:
        return {name: arrays[name].astype(float) for name in SHAPES | RANGES}
