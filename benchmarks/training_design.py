"""CPU time of choosing a training set by CDmean, against exchanges that are computed afresh.

The same set is improved until no exchange of a chosen sample for another gains, once by swept matrices
(:mod:`dnngp.methods.mixed.training_design`) and once naively: for every exchange the training matrix is
factored anew. The naive way is timed on some exchanges, and its time for all of one round given from that.
The result of the swept matrices is computed afresh at the end. Simulated lines of several families, one
thread.

    ./run bench training_design
"""

import os

# Before numpy loads its linear algebra.
os.environ["OMP_NUM_THREADS"] = "1"

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "workflow" / "scripts"))

import numpy as np

from dnngp.cost.machine_speed import cpu_seconds
from dnngp.methods.mixed.training_design import SweptDesign, Targets, choose_training

#: Candidates, chosen ones; samples that are phenotyped already.
SIZES, KNOWN = ((200, 20), (600, 60), (2000, 200)), 50
#: Exchanges that are timed one by one.
TIMED = 100


def kernel(lines: int, rng: np.random.Generator) -> np.ndarray:
    """Relationships of lines of ten families."""
    frequencies = rng.uniform(0.05, 0.95, (10, 1000))
    dosages = rng.binomial(2, frequencies[rng.integers(10, size=lines)]).astype(float)
    dosages -= dosages.mean(axis=0)
    return dosages @ dosages.T / 300


def measured(count: int, number: int) -> tuple[float, float, float, float]:
    """CPU seconds in all, of a swept round and of one computed afresh; largest difference of exchanges."""
    rng = np.random.default_rng(count)
    candidates, known = np.arange(KNOWN, KNOWN + count), np.arange(KNOWN)
    targets = Targets(kernel(KNOWN + count, rng), 1.0, candidates)
    found: list[np.ndarray] = []
    whole = cpu_seconds(
        lambda: found.append(choose_training(targets, candidates, number, known=known)), tries=1
    )
    design = SweptDesign(targets, candidates, known)
    for one in found[0] - KNOWN:
        design.sweep(int(one))
    inside, outside, gains = design.exchanges()
    pairs = [(rng.integers(len(inside)), rng.integers(len(outside))) for _ in range(TIMED)]
    sets = [np.append(np.delete(inside, leaves), outside[joins]) for leaves, joins in pairs]
    means: list[float] = []
    afresh = cpu_seconds(
        lambda: means.extend(targets.means([*known, *candidates[one]])["cdmean"] for one in sets), tries=1
    )
    differences = np.array(means) - targets.means([*known, *found[0]])["cdmean"]
    difference = float(np.abs(differences - [gains[pair] for pair in pairs]).max())
    # A round: what every exchange would gain, and the best one made.
    swept = cpu_seconds(lambda: (design.exchanges(), design.sweep(0), design.sweep(0)))
    return whole, swept, afresh * gains.size / TIMED, difference


def main() -> None:
    """Time both, print the ratio."""
    print("candidates chosen  CPU s in all  CPU s a round: swept  afresh   ratio  largest difference")
    for count, number in SIZES:
        whole, swept, afresh, difference = measured(count, number)
        print(
            f"{count:>10} {number:>6} {whole:>13.2f} {swept:>20.4f} {afresh:>7.0f} {afresh / swept:>7.0f} "
            f"{difference:>19.1e}"
        )


if __name__ == "__main__":
    main()
