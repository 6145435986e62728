"""How near samples are to those that a model was trained on: what a prediction rests on.

The measure is VanRaden's first relationship of two samples, divided by the root of both their relationships
with themselves: the cosine between their genotypes, each marker taken from its mean over the training
samples. It is 1 for the same genotype, about 0.5 for parent and offspring or full sibs, 0.25 for half sibs,
of inbred lines and outbred animals alike, and 0 for two training samples on average. Features, which have
units of their own, count in their standard deviations.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from dnngp.genotypes.grm import is_missing
from dnngp.genotypes.store import Genotypes

#: Most markers that are looked at, evenly spaced; relationships over them are within 0.01 of those of all.
MOST_MARKERS = 10_000

#: Training samples of which the mean similarity is taken, and samples compared at once.
TOP, BLOCK = 10, 500

#: Most training samples whose own distance to the others is taken, evenly spaced.
MOST_COMPARED = 1000

COLUMNS = ["nearest", "similarity", "similarity_ten", "distance", "distance_rank"]


def nearest_training(samples: Genotypes, training: Genotypes) -> pd.DataFrame:
    """Where each sample lies among the training samples, by the same markers.

    Returns
    -------
    DataFrame
        ``sample`` and :data:`COLUMNS`: id of the training sample that it is most like, the similarity to it,
        the mean of the :data:`TOP` largest, 1 minus that (its distance to the training set), and the share of
        the training samples whose own distance to the others is smaller: 1 lies outside of them all. The
        similarities, which are read as relationships, are missing for features.
    """
    rows, others = _directions(training, samples)
    chosen = np.arange(0, len(rows), -(-len(rows) // MOST_COMPARED))
    among = np.sort(1 - _largest(rows[chosen] @ rows.T, skip=1).mean(axis=1, dtype=float))
    table = _compared(samples, training, rows, others)
    if training.ploidy is None:
        table = table.assign(similarity=np.nan, similarity_ten=np.nan)
    return table.assign(distance_rank=np.searchsorted(among, table["distance"]) / len(among))


def distances(samples: Genotypes, training: Genotypes) -> pd.DataFrame:
    """As :func:`nearest_training`, without the rank."""
    return _compared(samples, training, *_directions(training, samples))


def _compared(samples: Genotypes, training: Genotypes, rows: np.ndarray, others: np.ndarray) -> pd.DataFrame:
    """The table of samples, from the directions (n, p) of the training samples and (m, p) of the others."""
    tables = []
    for start in range(0, len(others), BLOCK):
        similarity = others[start : start + BLOCK] @ rows.T
        best = _largest(similarity)
        mean = best.mean(axis=1, dtype=float)
        tables.append(
            pd.DataFrame(
                {
                    "sample": samples.samples[start : start + BLOCK],
                    "nearest": training.samples[similarity.argmax(axis=1)],
                    "similarity": best[:, 0].astype(float),
                    "similarity_ten": mean,
                    "distance": 1 - mean,
                }
            )
        )
    return pd.concat(tables, ignore_index=True)


def _largest(similarity: np.ndarray, skip: int = 0) -> np.ndarray:
    """(m, k) of (m, n): the :data:`TOP` largest of each row in falling order, after ``skip`` of them."""
    ordered = np.sort(similarity, axis=1)[:, ::-1]
    return ordered[:, min(skip, ordered.shape[1] - 1) :][:, :TOP]


def _directions(training: Genotypes, samples: Genotypes) -> tuple[np.ndarray, np.ndarray]:
    """Rows (n, p) and (m, p) of length 1, from the mean of the training samples."""
    markers = np.arange(0, training.n_variants, -(-training.n_variants // MOST_MARKERS))
    rows, others = (_rows(one, markers) for one in (training, samples))
    means = np.nanmean(rows, axis=0)
    rows, others = rows - means, others - means
    if training.ploidy is None:
        spread = np.nanstd(rows, axis=0)
        unit = np.where(spread > 0, spread, np.inf)
        rows, others = rows / unit, others / unit
    return _unit(rows), _unit(others)


def _rows(genotypes: Genotypes, markers: np.ndarray) -> np.ndarray:
    """(n, p) float32, NaN where missing."""
    values = genotypes.rows(None, markers)
    rows = values.astype(np.float32)
    rows[is_missing(values)] = np.nan
    return rows


def _unit(rows: np.ndarray) -> np.ndarray:
    """Rows of length 1, 0 where missing."""
    filled = np.nan_to_num(rows)
    return filled / np.maximum(np.linalg.norm(filled, axis=1, keepdims=True), 1e-12)
