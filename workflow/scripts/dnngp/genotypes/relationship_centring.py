"""How markers are centred and scaled, so that products of their rows are relationships."""

from __future__ import annotations

from typing import NamedTuple, Self

import numpy as np

from dnngp.genotypes.grm import vanraden_scale
from dnngp.genotypes.moments import Sums, expected_deviations, observed_deviations
from dnngp.genotypes.store import Genotypes


class Centring(NamedTuple):
    """What makes values of markers the rows behind a kernel.

    Attributes
    ----------
    means, deviations
        (p,) of the samples that are centred; a row is (value - mean) / deviation, 0 where missing.
    scale
        Products of rows over it are VanRaden's first relationships; of features and of standardised dosages,
        means over them.
    """

    means: np.ndarray
    deviations: np.ndarray
    scale: float

    @classmethod
    def of(
        cls,
        genotypes: Genotypes,
        rows: np.ndarray,
        markers: np.ndarray | None,
        counts: Sums,
        standardise: bool = False,
    ) -> Self:
        """Of samples ``rows`` and of markers (None: all), whose sums over these samples are ``counts``.

        With ``standardise``, dosages are divided by their expected standard deviations.
        """
        ploidy, means = genotypes.ploidy, counts.means
        deviations, scale = np.ones(len(means)), float(len(means))
        if ploidy is None:
            values = genotypes.dosages if markers is None else genotypes.dosages[markers]
            deviations = observed_deviations(values, rows, counts)
        elif standardise:
            deviations = expected_deviations(counts, ploidy)
        else:
            scale = vanraden_scale(means / ploidy, ploidy)
        return cls(means, deviations, scale)
