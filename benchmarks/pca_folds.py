"""Ten PCAs, each fitted on the training lines of a fold, against scikit-learn's full PCA per fold.

n = 600 lines, p = 100,000 markers, 50 components. Ours is what an evaluation
does, all included: cross products, allele counts and marker filter, centring,
decomposition, projection of the test lines. scikit-learn fits and projects
the same markers of one fold, scaled up to ten. Scores are compared. One thread.

    ./run bench pca_folds
"""

import os

# Before numpy loads its linear algebra.
os.environ["OMP_NUM_THREADS"] = "1"

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "workflow" / "scripts"))

import numpy as np
from sklearn.decomposition import PCA

from dnngp.encodings.row_transformer import MarkerFilter
from dnngp.encodings.samples.population import Population
from dnngp.encodings.samples.training_set import TrainingSet
from dnngp.genotypes.store import Genotypes, variant_table
from dnngp.validation.draws import draw_folds

LINES, MARKERS, COMPONENTS, FOLDS, MAF = 600, 100_000, 50, 10, 0.01


def population() -> Genotypes:
    """Dosages of lines that descend from 60 founders, so that there are components to find."""
    rng = np.random.default_rng(0)
    frequency = rng.uniform(0.01, 0.99, (MARKERS, 1))
    founders = (rng.random((MARKERS, 60)) < frequency).astype(np.int8)
    parents = rng.integers(0, 60, (2, LINES))
    # A gamete takes each marker from one of two founders.
    side = rng.integers(0, 2, (MARKERS, LINES), dtype=np.int8).astype(bool)
    dosages = np.where(side, founders[:, parents[0]], founders[:, parents[1]]) * np.int8(2)
    blank = [""] * MARKERS
    return Genotypes(
        samples=np.array([f"line{i}" for i in range(LINES)]),
        variants=variant_table(blank, [0] * MARKERS, [f"m{i}" for i in range(MARKERS)], blank, blank),
        dosages=dosages,
        ploidy=2,
        source={},
    )


def main() -> None:
    """Time both, compare their scores, print the speed-up."""
    genotypes = population()
    fold_of = np.array(draw_folds(genotypes.samples.tolist(), "pca", FOLDS, 1))
    parts = [
        (np.flatnonzero(fold_of != fold), np.flatnonzero(fold_of == fold)) for fold in range(1, FOLDS + 1)
    ]

    start = time.process_time()
    everyone, pca = Population(genotypes, MAF), {"name": "pca", "components": COMPONENTS}
    encoded = []
    for train, test in parts:
        training = TrainingSet(everyone, train)
        encoded.append((training.array(pca).values, training.records(test).array(pca).values))
    ours = time.process_time() - start

    kept = MarkerFilter(MAF).fit(genotypes.rows(parts[0][0])).kept_
    rows, others = (genotypes.rows(lines, kept).astype(float) for lines in parts[0])
    start = time.process_time()
    full = PCA(COMPONENTS, svd_solver="full").fit(rows)
    expected = np.vstack([full.transform(rows), full.transform(others)])
    sklearn = (time.process_time() - start) * FOLDS

    found = np.vstack(encoded[0])
    signs = np.sign((found * expected).sum(axis=0))
    difference = np.max(np.abs(found - expected * signs)) / np.max(np.abs(expected))
    print(f"{LINES} lines, {kept.sum()} of {MARKERS} markers in fold 1, {COMPONENTS} components, one thread")
    print(f"      ours  {ours:8.2f} CPU s for {FOLDS} folds")
    print(f"   sklearn  {sklearn:8.2f} CPU s (one fold x {FOLDS})")
    print(f"largest difference / largest score: {difference:.1e}")
    assert difference < 1e-10
    print(f"pca_folds speedup={sklearn / ours:.0f}")


if __name__ == "__main__":
    main()
