"""CPU time of relationships from a pedigree of a million animals.

Twenty generations of 50,000, each from 500 sires and the other animals of the one before, at random:
inbreeding of all, then the relationships of the last 1,000. One thread.

    ./run bench pedigree

prints ``inbreeding_cpu_s=`` and ``relationships_cpu_s=``.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "workflow" / "scripts"))

import numpy as np

from dnngp.cost.machine_speed import cpu_seconds
from dnngp.genotypes.parentage import Pedigree

GENERATIONS, SIZE, SIRES, LAST = 20, 50_000, 500, 1000


def population() -> Pedigree:
    """The pedigree."""
    rng = np.random.default_rng(0)
    parents = np.full((GENERATIONS * SIZE, 2), -1)
    for generation in range(1, GENERATIONS):
        before = (generation - 1) * SIZE
        own = slice(generation * SIZE, (generation + 1) * SIZE)
        parents[own, 0] = rng.integers(before, before + SIRES, SIZE)
        parents[own, 1] = rng.integers(before + SIRES, before + SIZE, SIZE)
    return Pedigree([str(number) for number in range(len(parents))], parents, np.zeros(len(parents)))


def main() -> None:
    """Time both; the mean inbreeding of the last generation tells that something was computed."""
    Pedigree(["a"], np.array([[-1, -1]]), np.zeros(1)).relationships(["a"])  # compiled before it is timed
    pedigree = population()
    inbreeding = cpu_seconds(lambda: pedigree.inbreeding, tries=1)
    relationships = cpu_seconds(lambda: pedigree.relationships(pedigree.ids[-LAST:]), tries=1)
    mean = pedigree.inbreeding[-SIZE:].mean()
    print(f"{len(pedigree.ids):,} animals; mean inbreeding of the last {SIZE:,}: {mean:.5f}")
    print(f"inbreeding_cpu_s={inbreeding:.1f} relationships_cpu_s={relationships:.1f}")


if __name__ == "__main__":
    main()
