"""Relationships of more lines than a matrix may have: seen through streamed markers.

Components come from products with the relationships, to 1e-4 of the largest; the picture of the relationships
shows few lines anyway. Ward's clusters are those of :data:`dnngp.base.sizes.LARGE` lines, chosen by hashing
their ids; each other line joins the cluster whose mean is nearest.
"""

from __future__ import annotations

import numpy as np

from dnngp.genotypes.leading import leading
from dnngp.genotypes.moments import Sums
from dnngp.genotypes.relationship_centring import Centring
from dnngp.genotypes.store import Genotypes
from dnngp.genotypes.streamed import Streamed

#: Of components for a picture.
TOLERANCE = 1e-4

#: Hashed with the ids of lines, where some stand for all.
CHOSEN = "lines of a matrix"


def streamed_relationships(genotypes: Genotypes, lines: np.ndarray | None = None) -> Streamed:
    """Markers of lines (None: all), whose products over ``scale`` are VanRaden's first relationships.

    Of features they are mean products of standardised values. Means are those of the lines themselves.
    """
    rows = np.arange(genotypes.n_samples) if lines is None else lines
    centring = Centring.of(genotypes, rows, None, Sums.of(genotypes.dosages, lines))
    return Streamed(genotypes.dosages, rows, None, *centring)


def components_of(markers: Streamed) -> tuple[np.ndarray, np.ndarray]:
    """What :func:`dnngp.genotypes.structure.principal_components` gives."""
    found = leading(
        lambda values: markers.products_times(values) / markers.scale, len(markers), 2, tolerance=TOLERANCE
    )
    return oriented(found.values, found.vectors), found.values * markers.scale / markers.squares().sum()


def oriented(values: np.ndarray, vectors: np.ndarray) -> np.ndarray:
    """Scores (n, k) on components; of each, the score of largest magnitude is positive."""
    scores = vectors * np.sqrt(values)
    return scores * np.sign(scores[np.abs(scores).argmax(axis=0), np.arange(len(values))])


def matrix_of(markers: Streamed, lines: np.ndarray) -> np.ndarray:
    """Relationships (m, m) float64 of a few of the lines, by position (m,)."""
    values = markers.values(lines).astype(float)
    return np.asarray(values.T @ values) / markers.scale


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
