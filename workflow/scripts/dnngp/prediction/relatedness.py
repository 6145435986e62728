"""How near samples are to those that a model was trained on: what a prediction rests on.

The measure is VanRaden's first relationship of two samples, divided by the root of both their relationships
with themselves: the cosine between their genotypes, each marker taken from its mean over the training
samples. It is 1 for the same genotype, about 0.5 for parent and offspring or full sibs, 0.25 for half sibs,
of inbred lines and outbred animals alike, and 0 for two training samples on average.
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

COLUMNS = ["nearest", "similarity", "similarity_ten"]


def nearest_training(samples: Genotypes, training: Genotypes) -> pd.DataFrame:
    """The training sample that each sample is most like, by the same markers.

    Returns
    -------
    DataFrame
        ``sample`` and :data:`COLUMNS`: id of the training sample, the similarity to it, and the mean of the
        :data:`TOP` largest.
    """
    markers = np.arange(0, training.n_variants, -(-training.n_variants // MOST_MARKERS))
    rows, others = (_rows(one, markers) for one in (training, samples))
    means = np.nanmean(rows, axis=0)
    rows, others = (_unit(one - means) for one in (rows, others))
    tables = []
    for start in range(0, len(others), BLOCK):
        similarity = others[start : start + BLOCK] @ rows.T
        best = np.sort(similarity, axis=1)[:, ::-1][:, :TOP]
        tables.append(
            pd.DataFrame(
                {
                    "sample": samples.samples[start : start + BLOCK],
                    "nearest": training.samples[similarity.argmax(axis=1)],
                    "similarity": best[:, 0].astype(float),
                    "similarity_ten": best.mean(axis=1, dtype=float),
                }
            )
        )
    return pd.concat(tables, ignore_index=True)


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
