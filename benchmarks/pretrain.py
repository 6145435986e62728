"""Train the network of prior_net on simulated populations, and write its weights.

    ./run bench pretrain [POPULATIONS]    # two CPU minutes; without any real phenotype

Populations of ten traits each are drawn by ``mosaics.py``. A trait is what a fold is: the network
reads the training samples, BLUP with its kernel predicts the test samples, and the loss is -sqrt(h2) r + 0.1
MSE against their true genetic values. Gradients are exact (the adjoint of the linear system);
``tests/unit/test_prior_net.py`` compares them with differences. Prints sqrt(h2) r beside that of rkhs, of
tasks of each chunk before they are learnt from and of validation populations of another simulator
(:mod:`dnngp.genotypes.simulate`, a coalescent; causal markers taken away), CPU seconds, and the SHA-256 to
put into ``dnngp/methods/prior/network.py``.
"""

import base64
import hashlib
import io
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "workflow" / "scripts"))

import numpy as np
import pandas as pd
from mosaics import Task, task
from scipy.linalg import cho_factor, cho_solve

from dnngp.genotypes.simulate import simulate
from dnngp.methods.mixed.error_contrasts import Contrasts, spread_of
from dnngp.methods.mixed.kernel_fit import KernelFit
from dnngp.methods.mixed.kernels import Gaussian
from dnngp.methods.mixed.spectral import best_ratio
from dnngp.methods.prior import network
from dnngp.methods.prior.marker_features import Genome, disequilibrium, facts, marker_features, scores
from dnngp.methods.prior.weighted_kernels import WeightedKernels

#: Populations, those of a chunk that is seen several times, traits of each, traits of a step.
POPULATIONS, CHUNK, SEEN, TRAITS, BATCH = 240, 16, 3, 10, 4
#: Adam: rate at the start (it falls to none along a cosine), decay of the means of gradients and squares.
RATE, DECAY = 4e-3, (0.9, 0.99)
#: Share of the mean squared error in the loss.
SQUARED = 0.1
#: Where training starts: the Gaussian kernel, and a little of the others.
START = (-2.0, -2.0, -1.0)
SEED = 20261130


@dataclass(frozen=True, eq=False)
class Fold:
    """A task made ready: all that does not depend on the network.

    Attributes
    ----------
    rows : (N, p) float32
        Centred, in the order of the genome, training samples first.
    spread : (p,)
        Mean squared deviation of each marker among the training samples.
    features, facts, genome
        What the network reads.
    y, genetic, h2
        As of the task, centred.
    alike : (N, n), twice
        Linear and Gaussian kernel of all markers alike, of variance 1 among the training samples.
    ratio, bandwidth
        That rkhs found.
    """

    rows: np.ndarray
    spread: np.ndarray
    features: np.ndarray
    facts: np.ndarray
    genome: Genome
    y: np.ndarray
    genetic: np.ndarray
    h2: float
    alike: tuple[np.ndarray, np.ndarray]
    ratio: float
    bandwidth: float


def ready(one: Task) -> list[Fold]:
    """A fold for each trait of a task.

    The fits are those of GBLUP and RKHS; the decompositions of their kernels serve all traits.
    """
    n, p = one.y.shape[1], one.dosages.shape[1]
    rows = WeightedKernels([], []).of_rows(one.dosages[:n])
    (training,), (products,) = rows.products(), rows.products(one.dosages)
    functions = {h: Gaussian().prepare(training, h) for h in Gaussian.BANDWIDTHS}
    kernels = {0.0: products.values} | {
        h: function.of(products.values, products.diagonal) for h, function in functions.items()
    }
    kernels = {h: kernel / spread_of(kernel[:n]) for h, kernel in kernels.items()}
    contrasts = {h: Contrasts(kernel[:n]) for h, kernel in kernels.items()}
    spread = np.mean(rows.columns(slice(None)) ** 2, axis=0)
    genome = Genome.of(pd.DataFrame({"chrom": one.chromosome, "pos": np.arange(p)}), p)
    ld = disequilibrium(rows.columns, spread, genome)
    centred = (one.dosages - rows.means).astype(np.float32)
    folds = []
    for y, genetic, h2 in zip(one.y, one.genetic, one.h2, strict=True):
        fits = {h: fitted(of, y) for h, of in contrasts.items()}
        gblup = fits.pop(0.0)
        bandwidth = max(fits, key=lambda h: fits[h].components.log_likelihood)
        rkhs = fits[bandwidth]
        z, _ = scores(rows.columns, p, gblup)
        folds.append(
            Fold(
                centred,
                spread,
                marker_features(z, spread, ld, genome),
                facts(z, ld, gblup, rkhs, bandwidth),
                genome,
                y - y.mean(),
                genetic - genetic.mean(),
                float(h2),
                (kernels[0.0], kernels[bandwidth]),
                rkhs.components.ratio,
                bandwidth,
            )
        )
    return folds


def fitted(contrasts: Contrasts, y: np.ndarray) -> KernelFit:
    """REML with a kernel whose decomposition is at hand; what predictions alone need is left out."""
    z = contrasts.of(y)
    found = best_ratio(contrasts, z)
    weights = contrasts.back(z / (contrasts.values + found.ratio))
    return KernelFit(float(y.mean()), weights, found, np.empty(0), contrasts, np.empty(0))


@dataclass(frozen=True, eq=False)
class Forward:
    """A fold's prediction, and what its gradient needs."""

    output: network.Output
    weights: np.ndarray
    distances: np.ndarray
    gaussian: np.ndarray
    spread: float
    kernels: np.ndarray
    solver: tuple[np.ndarray, bool]
    solved: np.ndarray
    predicted: np.ndarray


def forward(parameters: network.Parameters, fold: Fold) -> Forward:
    """Predict the test samples of a fold."""
    n = len(fold.y)
    found = network.output(parameters, fold.features, fold.facts, fold.genome)
    weights = found.weights / (found.weights @ fold.spread)[:, None]
    linear, products = (weighted_products(fold.rows, n, one) for one in weights)
    squares = fold.rows.astype(float) ** 2 @ weights[1]
    distances = np.maximum(squares[:, None] + squares[:n] - 2 * products, 0) * (n - 1) / (2 * n)
    gaussian = np.exp(-fold.bandwidth * found.bandwidth * distances)
    spread = spread_of(gaussian[:n])
    kernels = np.array([*fold.alike, linear, gaussian / spread])
    total = np.tensordot(found.mixture, kernels, axes=1)
    system = centred(total[:n]) + fold.ratio * found.ratio * np.eye(n)
    solver = cho_factor(system, lower=True)
    solved = cho_solve(solver, fold.y)
    predicted = total[n:] @ solved
    return Forward(
        found, weights, distances, gaussian, spread, kernels, solver, solved, predicted - predicted.mean()
    )


def weighted_products(rows: np.ndarray, n: int, weights: np.ndarray) -> np.ndarray:
    """(N, n) float64."""
    return ((rows * weights.astype(rows.dtype)) @ rows[:n].T).astype(float)


def centred(kernel: np.ndarray) -> np.ndarray:
    """Rows and columns (n, n) without their means."""
    means = kernel.mean(axis=0)
    return kernel - means - kernel.mean(axis=1)[:, None] + means.mean()


def correlation(predicted: np.ndarray, genetic: np.ndarray) -> float:
    """r of two centred vectors, 0 where one is constant."""
    lengths = np.linalg.norm(predicted) * np.linalg.norm(genetic)
    return float(predicted @ genetic / lengths) if lengths > 1e-12 else 0.0


def loss(at: Forward, fold: Fold) -> tuple[float, np.ndarray]:
    """The loss, and its derivative (m,) by the predictions."""
    p, g = at.predicted, fold.genetic
    size, other, root = np.linalg.norm(p) + 1e-9, np.linalg.norm(g) + 1e-9, fold.h2**0.5
    r = float(p @ g) / (size * other)
    slope = -root * (g / (size * other) - r * p / size**2) + 2 * SQUARED * (p - g) / len(g)
    return -root * r + SQUARED * float(np.mean((p - g) ** 2)), slope - slope.mean()


def gradient(parameters: network.Parameters, fold: Fold) -> tuple[float, dict[str, np.ndarray]]:
    """The loss of a fold and its derivatives by all parameters."""
    at, n = forward(parameters, fold), len(fold.y)
    value, slope = loss(at, fold)
    found, mixture = at.output, at.output.mixture
    total = np.tensordot(mixture, at.kernels, axes=1)
    back = total[n:].T @ slope
    back = cho_solve(at.solver, back - back.mean())
    by_kernel = np.vstack([-np.outer(back, at.solved), np.outer(slope, at.solved)])
    by_share = np.tensordot(at.kernels, by_kernel, axes=2)
    by_mixture = mixture * (by_share - mixture @ by_share)
    by_ratio = -float(back @ at.solved) * fold.ratio * found.ratio
    by_linear = by_column(fold.rows, n, mixture[2] * by_kernel)
    by_gaussian = mixture[3] * by_kernel / at.spread
    by_spread = mixture[3] * float(np.sum(by_kernel * at.gaussian)) / at.spread**2
    by_gaussian[:n] -= by_spread * (np.eye(n) - 1 / n) / n
    by_exponent = -by_gaussian * at.gaussian
    h = fold.bandwidth * found.bandwidth
    by_bandwidth = h * float(np.sum(by_exponent * at.distances))
    by_squares = h * (n - 1) / (2 * n) * by_exponent
    squares = fold.rows.astype(float) ** 2
    by_second = by_squares.sum(axis=1) @ squares + by_squares.sum(axis=0) @ squares[:n]
    by_second -= 2 * by_column(fold.rows, n, by_squares)
    by_weights = np.array([by_linear, by_second])
    by_logs = at.weights * (by_weights - np.sum(by_weights * at.weights, axis=1)[:, None] * fold.spread)
    by_choice = np.array([*np.delete(by_mixture, network.RKHS), by_ratio, by_bandwidth])
    return value, through_network(parameters, found, by_logs.T, by_choice)


def by_column(rows: np.ndarray, n: int, matrix: np.ndarray) -> np.ndarray:
    """(p,) sum over samples i and training samples k of matrix_ik x_ij x_kj."""
    return np.einsum("np,np->p", rows, matrix.astype(rows.dtype) @ rows[:n]).astype(float)


def through_network(
    parameters: network.Parameters, found: network.Output, by_logs: np.ndarray, by_choice: np.ndarray
) -> dict[str, np.ndarray]:
    """Derivatives by all parameters, from those by log weights (p, 2) and the head's outputs (5,)."""
    (around, known), (first, second, head), (logs, changes) = found.inputs, found.hidden, found.bounded
    by_choice[3:] *= 1 - changes**2
    by_head = parameters["choice"] @ by_choice * (head > 0)
    by_outer = by_logs * (1 - logs**2)
    by_second = by_outer @ parameters["outer"].T * (second > 0)
    by_first = by_second @ parameters["inner"].T * (first > 0)
    shared = by_first.sum(axis=0)
    return {
        "features": around.T @ by_first,
        "facts": np.outer(known, shared),
        "bias": shared,
        "inner": first.T @ by_second,
        "inner_bias": by_second.sum(axis=0),
        "outer": second.T @ by_outer,
        "outer_bias": by_outer.sum(axis=0),
        "head": np.outer(known, by_head),
        "head_bias": by_head,
        "choice": np.outer(head, by_choice),
        "choice_bias": by_choice,
    }


def start(rng: np.random.Generator, folds: list[Fold]) -> dict[str, np.ndarray]:
    """Random parameters, with the ranges of features and facts in some folds."""
    parameters = {
        name: rng.normal(size=shape) * (2 / shape[0]) ** 0.5 if len(shape) == 2 else np.zeros(shape)
        for name, shape in network.SHAPES.items()
    }
    for name in ("outer", "choice"):
        parameters[name] *= 0.1
    parameters["choice_bias"][:3] = START
    features = np.concatenate([fold.features for fold in folds])
    parameters["feature_range"] = np.quantile(features, (0.0005, 0.9995), axis=0)
    parameters["fact_range"] = np.quantile([fold.facts for fold in folds], (0.01, 0.99), axis=0)
    return parameters


class Adam:
    """Kingma & Ba 2015, with gradients cut to a length of 1."""

    def __init__(self) -> None:
        self._steps, self._means = 0, {}

    def step(self, parameters: dict[str, np.ndarray], slopes: dict[str, np.ndarray], rate: float) -> None:
        """Change the parameters."""
        self._steps += 1
        length = np.sqrt(sum(float(np.sum(slope**2)) for slope in slopes.values()))
        for name, slope in slopes.items():
            slope = slope / max(length, 1.0)
            mean, square = self._means.get(name, (0.0, 0.0))
            mean = DECAY[0] * mean + (1 - DECAY[0]) * slope
            square = DECAY[1] * square + (1 - DECAY[1]) * slope**2
            self._means[name] = mean, square
            first, second = (1 - decay**self._steps for decay in DECAY)
            parameters[name] -= rate * (mean / first) / (np.sqrt(square / second) + 1e-8)


def gains(parameters: network.Parameters, folds: list[Fold]) -> np.ndarray:
    """(folds, 2) sqrt(h2) r of rkhs and of the network."""
    plain = network.untrained() | {name: parameters[name] for name in network.RANGES}
    return np.array(
        [
            [
                fold.h2**0.5 * correlation(forward(one, fold).predicted, fold.genetic)
                for one in (plain, parameters)
            ]
            for fold in folds
        ]
    )


def train(count: int) -> dict[str, np.ndarray]:
    """Learn from so many populations."""
    rng, adam = np.random.default_rng(SEED), Adam()
    parameters: dict[str, np.ndarray] = {}
    for number in range(count // CHUNK):
        drawn = [task(np.random.default_rng((SEED, number, i)), TRAITS) for i in range(CHUNK)]
        folds = [fold for one in drawn for fold in ready(one)]
        parameters = parameters or start(rng, folds)
        told(f"populations {number * CHUNK}", gains(parameters, folds[::4]))
        for seen in range(SEEN):
            done = (number + seen / SEEN) * CHUNK / count
            for batch in batches(rng.permutation(len(folds))):
                every = [gradient(parameters, folds[i])[1] for i in batch]
                mean = {name: np.mean([one[name] for one in every], axis=0) for name in every[0]}
                adam.step(parameters, mean, RATE * 0.5 * (1 + np.cos(np.pi * done)))
    return parameters


def batches(order: np.ndarray) -> Iterator[np.ndarray]:
    """Parts of an order, of :data:`BATCH` each."""
    for first in range(0, len(order), BATCH):
        yield order[first : first + BATCH]


def told(what: str, found: np.ndarray) -> None:
    """Print means, their difference and its standard error."""
    difference = found[:, 1] - found[:, 0]
    error = difference.std() / len(difference) ** 0.5
    print(
        f"{what}: rkhs {found[:, 0].mean():.4f} network {found[:, 1].mean():.4f} "
        f"difference {difference.mean():+.4f} (se {error:.4f}), {time.process_time():.0f} CPU s",
        flush=True,
    )


#: Validation populations: loci (of 1,200 sites), share of epistasis, and settings of the simulator.
LOCI = (2, 10, 40, 150, 400)


def validation(samples: int = 400) -> Iterator[tuple[str, Fold]]:
    """Populations of the coalescent simulator: samples, markers and traits."""
    for number, (populations, inbred) in enumerate([(1, True), (4, True), (3, False)]):
        traits = {
            f"{loci}_{share}": {
                "architecture": "epistatic" if share else "additive",
                "qtl": loci,
                "h2": 0.5,
                "epistasis": share,
            }
            for loci in LOCI
            for share in ((0.0, 0.3) if 2 < loci < 100 else (0.0,))
        }
        settings = {
            "samples": samples,
            "markers": 1200,
            "chromosomes": 8,
            "founders": 12,
            "populations": populations,
            "missing": 0.0,
            "inbred": inbred,
            "traits": traits,
        }
        yield from validated(f"validation{number}", settings)


def validated(name: str, settings: dict) -> Iterator[tuple[str, Fold]]:
    """A fold for each trait of a simulated dataset, causal markers taken away."""
    found = simulate(name, settings, SEED)
    dosages, variants = found.genotypes.rows().astype(float), found.genotypes.variants
    n, rng = 240, np.random.default_rng(SEED)
    chromosome = variants["chrom"].to_numpy(int)
    for trait, truth in found.truth["traits"].items():
        causal = variants["id"].isin([locus["id"] for locus in truth["qtl"]]).to_numpy()
        varying = ~causal & (np.ptp(dosages[:n], axis=0) > 0)
        genetic = np.array([truth["genetic_values"][sample] for sample in found.genotypes.samples])
        y = (genetic + rng.normal(size=len(genetic)) * np.sqrt(1 - truth["h2"]))[None, :n]
        h2, unit = np.array([truth["h2"]]), y.std()
        one = Task(dosages[:, varying], chromosome[varying], y / unit, genetic[None, n:] / unit, h2)
        yield from ((trait, fold) for fold in ready(one))


def main(count: int) -> None:
    """Train, validate, write."""
    parameters = train(count)
    stored = io.BytesIO()
    np.savez(stored, **{name: value.astype(np.float32) for name, value in parameters.items()})
    network.WEIGHTS.write_bytes(base64.encodebytes(stored.getvalue()))
    stored = {name: value.astype(np.float32).astype(float) for name, value in parameters.items()}
    folds = list(validation())
    for trait in dict.fromkeys(trait for trait, _ in folds):
        told(f"validation {trait}", gains(stored, [fold for name, fold in folds if name == trait]))
    told("validation", gains(stored, [fold for _, fold in folds]))
    print(f"pretrain sha256={hashlib.sha256(stored.getvalue()).hexdigest()} cpu_s={time.process_time():.0f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else POPULATIONS)
