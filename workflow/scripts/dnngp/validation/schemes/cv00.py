"""New samples in new environments: CV00 of Jarquin et al. 2017, Plant Genome 10(2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dnngp.base.lazy import np
from dnngp.validation.draws import environment_folds, sample_folds
from dnngp.validation.scheme import Folds, Scheme
from dnngp.validation.units import Units


def draw(units: Units, folds: int, repeat: int) -> Folds:
    """Every fold of samples in every fold of environments, by other samples in other environments."""
    environment, sample = (
        np.array(environment_folds(units, folds)),
        np.array(sample_folds(units, folds, repeat)),
    )
    masks = [
        ((environment != one) & (sample != other), (environment == one) & (sample == other))
        for one in range(1, environment.max() + 1)
        for other in range(1, folds + 1)
    ]
    return Folds(masks, units.samples)


def counts(cv: Mapping[str, Any], dataset: Any) -> tuple[int, int]:
    """Repeats, and the most folds: each of samples with each of environments."""
    return cv["repeats"], cv["folds"] ** 2


SCHEME = Scheme(
    name="CV00",
    predicts="new samples in a new environment",
    meaning="Folds of samples are left out with folds of environments, and neither is trained on.",
    draw=draw,
    needs="environments",
    kinds=("environments",),
    new_environments=True,
    counts=counts,
    order=100,
)
