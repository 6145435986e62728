"""What the network of marker weights reads: nine numbers of each marker, twelve of the training samples.

All are free of units, of the coding of the alleles and of the order of the samples, and come from training
samples alone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from dnngp.genotypes.grm import blocks
from dnngp.methods.mixed.kernel_fit import KernelFit

#: Markers at each side that the narrow and the wide window reach.
NARROW, WIDE = 2, 8
#: Neighbours at each side that a marker's linkage disequilibrium is measured with.
LAGS = 4
#: Most significant markers whose share in the sum of the statistics is told.
LARGEST = 10

#: Centred training rows (n, b) float64 of some markers.
RowsOf = Callable[[slice | np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Genome:
    """Order of markers along the genome.

    Attributes
    ----------
    order
        (p,) columns in the order of the genome.
    first, last
        (p,) of each place in that order, first place of its chromosome and the one behind its last.
    """

    order: np.ndarray
    first: np.ndarray
    last: np.ndarray

    @classmethod
    def of(cls, variants: pd.DataFrame | None, p: int) -> Genome:
        """From columns ``chrom`` and ``pos``; markers without positions, or any, keep the order they have."""
        if variants is None:
            return cls(np.arange(p), np.zeros(p, int), np.full(p, p))
        chromosome = pd.factorize(variants["chrom"])[0]
        order = np.lexsort((variants["pos"].to_numpy(), chromosome))
        along = chromosome[order]
        return cls(order, np.searchsorted(along, along), np.searchsorted(along, along, "right"))

    def window(self, reach: int) -> tuple[np.ndarray, np.ndarray]:
        """(p,) first place of the window around each place, and the one behind its last."""
        places = np.arange(len(self.order))
        return np.maximum(places - reach, self.first), np.minimum(places + reach + 1, self.last)

    def means(self, values: np.ndarray, reach: int) -> np.ndarray:
        """Means of values (p,) over the window around each place."""
        low, high = self.window(reach)
        sums = np.append(0.0, np.cumsum(values))
        return (sums[high] - sums[low]) / (high - low)

    def maxima(self, values: np.ndarray, reach: int) -> np.ndarray:
        """Maxima of values (p,), none below 0, over the window around each place."""
        return np.max([self.shifted(values, lag) for lag in range(-reach, reach + 1)], axis=0)

    def shifted(self, values: np.ndarray, lag: int) -> np.ndarray:
        """Values (p,) or (p, q) ``lag`` places further on, 0 beyond the ends of a chromosome."""
        places = np.arange(len(self.order)) + lag
        inside = (places >= self.first) & (places < self.last)
        moved = values[np.where(inside, places, 0)]
        return np.where(inside if values.ndim == 1 else inside[:, None], moved, 0)


def scores(rows: RowsOf, p: int, fit: KernelFit) -> tuple[np.ndarray, np.ndarray]:
    """z of each marker's score test given a mixed model, and its mean squared deviation.

    z = x'Py / sqrt(vu x'Px): what is left to a marker beside fixed effects and the sum of all
    (Chen & Abecasis 2007, Am J Hum Genet 81:913).

    Returns
    -------
    z, spread : (p,) float64
    """
    z, spread = np.zeros(p), np.zeros(p)
    root = np.sqrt(fit.contrasts.values + fit.components.ratio)[:, None]
    for part in blocks(p):
        values = rows(part)
        variance = fit.components.vu * np.sum((fit.contrasts.of(values) / root) ** 2, axis=0)
        usable = variance > 0  # not so where the variances are unknown
        z[part][usable] = (fit.weights @ values)[usable] / np.sqrt(variance[usable])
        spread[part] = np.mean(values**2, axis=0)
    return z, spread


def disequilibrium(rows: RowsOf, spread: np.ndarray, genome: Genome) -> np.ndarray:
    """Mean squared correlation (p,) of each place with its neighbours, chance taken away."""
    p, total, count = len(spread), np.zeros(len(spread)), np.zeros(len(spread))
    scale = np.sqrt(np.where(spread > 0, spread, 1.0))[genome.order]
    for part in blocks(p):
        stop = min(part.stop + LAGS, p)
        values = rows(genome.order[part.start : stop]) / scale[part.start : stop]
        n = len(values)
        for lag in range(1, LAGS + 1):
            places = np.arange(part.start, min(part.stop, p - lag))
            places = places[places + lag < genome.last[places]]
            near = places - part.start
            r2 = (np.einsum("np,np->p", values[:, near], values[:, near + lag]) / n) ** 2
            for end in (places, places + lag):
                total[end] += (r2 - 1 / n) / (1 - 1 / n)
                count[end] += 1
    return total / np.maximum(count, 1)


def marker_features(z: np.ndarray, spread: np.ndarray, ld: np.ndarray, genome: Genome) -> np.ndarray:
    """(p, 9) in the order of the genome, from z and spread (p,) of columns and LD (p,) of places.

    |z|; log(1 + z^2), of the marker and of its two windows' means; z^2 in units of the largest of the wide
    window and of the mean; log of the rank from the largest as a share; log of the spread in units of the
    mean; LD.
    """
    squares, spread = z[genome.order] ** 2, spread[genome.order]
    rank = len(z) - np.argsort(np.argsort(squares, kind="stable"), kind="stable")
    return np.column_stack(
        [
            np.sqrt(squares),
            *(np.log1p(one) for one in (squares, genome.means(squares, NARROW), genome.means(squares, WIDE))),
            squares / np.maximum(genome.maxima(squares, WIDE), 1e-12),
            np.log1p(squares / max(float(squares.mean()), 1e-12)),
            -np.log((rank - 0.5) / len(z)),
            np.log(np.maximum(spread, 1e-12) / max(float(spread.mean()), 1e-12)),
            ld,
        ]
    )


def facts(z: np.ndarray, ld: np.ndarray, gblup: KernelFit, rkhs: KernelFit, bandwidth: float) -> np.ndarray:
    """(12,) of the training samples and of two fits to them.

    Logarithms of n and p; h2 of both fits; rise of the log likelihood from one to the other; log of the
    bandwidth; log of 1 + the largest z^2, of the share of the ten largest, of the mean z^2 and of its
    kurtosis; effective rank of the relationships as a share; mean LD.
    """
    squares, values = np.sort(z**2)[::-1], gblup.contrasts.values
    mean, n = max(float(squares.mean()), 1e-12), len(gblup.weights)
    gain = rkhs.components.log_likelihood - gblup.components.log_likelihood
    found = np.array(
        [
            np.log(n),
            np.log(len(z)),
            gblup.components.h2,
            rkhs.components.h2,
            gain,
            np.log(bandwidth),
            np.log1p(squares[0]),
            np.log(max(float(squares[:LARGEST].mean()), 1e-12) / mean),
            np.log(mean),
            np.log(max(float(np.mean(squares**2)), 1e-24) / (3 * mean**2)),
            values.sum() ** 2 / (n * np.sum(values**2)),
            ld.mean(),
        ]
    )
    return np.nan_to_num(found)
