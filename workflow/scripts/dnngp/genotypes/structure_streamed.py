"""Relationships of more lines than a matrix may have: seen through streamed markers.

Components come from products with the relationships, to 1e-4 of the largest; the picture of the relationships
shows few lines anyway. Ward's clusters are those of :data:`dnngp.base.sizes.LARGE` lines, chosen by hashing
their ids; each other line joins the cluster whose mean is nearest.
"""

from __future__ import annotations

import numpy as np

from dnngp.base.seeds import hashed_ranks
from dnngp.genotypes.grm import vanraden_scale
from dnngp.genotypes.leading import leading
from dnngp.genotypes.moments import Sums, observed_deviations
from dnngp.genotypes.store import Genotypes
from dnngp.genotypes.streamed import Streamed

#: Of components for a picture.
TOLERANCE = 1e-4


def streamed_relationships(genotypes: Genotypes, lines: np.ndarray | None = None) -> Streamed:
    """Markers of lines (None: all), whose products over ``scale`` are VanRaden's first relationships.

    Of features they are mean products of standardised values. Means are those of the lines themselves.
    """
    counts = Sums.of(genotypes.dosages, lines)
    rows = np.arange(genotypes.n_samples) if lines is None else lines
    p = genotypes.n_variants
    deviations, scale = np.ones(p), float(p)
    if genotypes.ploidy is None:
        deviations = observed_deviations(genotypes.dosages, rows, counts)
    else:
        scale = vanraden_scale(counts.means / genotypes.ploidy, genotypes.ploidy)
    return Streamed(genotypes.dosages, rows, None, counts.means, deviations, scale)


def components_of(markers: Streamed) -> tuple[np.ndarray, np.ndarray]:
    """What :func:`dnngp.genotypes.structure.principal_components` gives."""
    found = leading(
        lambda values: markers.products_times(values) / markers.scale, len(markers), 2, tolerance=TOLERANCE
    )
    scores = found.vectors * np.sqrt(found.values)
    signs = np.sign(scores[np.abs(scores).argmax(axis=0), [0, 1]])
    return scores * signs, found.values * markers.scale / markers.squares().sum()


def matrix_of(markers: Streamed, lines: np.ndarray) -> np.ndarray:
    """Relationships (m, m) float64 of a few of the lines, by position (m,)."""
    values = markers.values(lines).astype(float)
    return np.asarray(values.T @ values) / markers.scale


def chosen_lines(samples: np.ndarray, count: int) -> np.ndarray:
    """Positions (count,), ascending, of lines chosen by hashing their ids."""
    ranks = hashed_ranks(samples.tolist(), "lines of a matrix")
    return np.sort(np.argsort(ranks, kind="stable")[:count])


def nearest_clusters(markers: Streamed, lines: np.ndarray, found: np.ndarray) -> np.ndarray:
    """Clusters (n,) int64 of all lines, from those (m,) of some, numbered from 1.

    A line that has none joins the cluster whose mean genotype is nearest.
    """
    numbers, sizes = np.unique(found, return_counts=True)
    members = np.zeros((len(markers), len(numbers)))
    members[lines, np.searchsorted(numbers, found)] = 1
    means = markers.transposed_times(members / sizes)
    distances = np.sum(means**2, axis=0) - 2 * markers.times(means)
    clusters = numbers[distances.argmin(axis=1)]
    clusters[lines] = found
    return clusters
