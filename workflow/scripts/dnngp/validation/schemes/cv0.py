"""Known samples in new environments: CV0 of Jarquin et al. 2017, Plant Genome 10(2)."""

from __future__ import annotations

from dnngp.base.lazy import np
from dnngp.validation.draws import environment_folds
from dnngp.validation.scheme import Folds, Scheme, once
from dnngp.validation.units import Units


def draw(units: Units, folds: int, repeat: int) -> Folds:
    """Whole environments, or groups of them, of samples that were grown in others."""
    of_record, samples = np.array(environment_folds(units, folds)), np.array(units.samples)
    masks = []
    for number in range(1, of_record.max() + 1):
        new = of_record == number
        masks.append((~new, new & np.isin(samples, samples[~new])))
    return Folds(masks, units.samples)


SCHEME = Scheme(
    name="CV0",
    predicts="known samples in a new environment",
    meaning="Whole environments, or groups of them, are left out.",
    draw=draw,
    needs="environments",
    kinds=("environments",),
    new_samples=False,
    new_environments=True,
    counts=once,
    order=90,
)
