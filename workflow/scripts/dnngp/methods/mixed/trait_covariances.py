"""Genetic and phenotypic covariances of several traits, by exact REML, and how sure they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from dnngp.base.errors import UserError
from dnngp.encodings.samples.record_weights import RecordWeights
from dnngp.methods.mixed.environment_means import EnvironmentScale
from dnngp.methods.mixed.error_contrasts import spread_of
from dnngp.methods.mixed.likelihood import likelihood
from dnngp.methods.mixed.maximum import maximise
from dnngp.methods.mixed.structures import ERROR, Unstructured


@dataclass(frozen=True, eq=False)
class TraitCovariances:
    """Covariances of t traits, in their units.

    Attributes
    ----------
    genetic, phenotypic
        (t, t) G, of genomic values in a population as related as the samples, and P, of one record each:
        G and the covariances of what is left.
    genetic_errors, phenotypic_errors
        (t, t, t, t) sampling covariance of entry j, k with entry l, m of either.
    samples
        How many had a value of any trait.
    log_likelihood
        Of the records, standardised within traits.
    """

    genetic: np.ndarray
    phenotypic: np.ndarray
    genetic_errors: np.ndarray
    phenotypic_errors: np.ndarray
    samples: int
    log_likelihood: float

    def to_json(self) -> dict[str, Any]:
        """As numbers and lists."""
        return {
            name: one.tolist() if isinstance(one, np.ndarray) else one for name, one in asdict(self).items()
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> TraitCovariances:
        """What :meth:`to_json` wrote, perhaps beside other keys."""
        own: dict[str, Any] = {name: stored[name] for name in cls.__dataclass_fields__}
        arrays: dict[str, Any] = {name: np.array(one) for name, one in own.items() if isinstance(one, list)}
        return cls(**own | arrays)


def trait_covariances(
    kernel: np.ndarray,
    values: np.ndarray,
    fixed: np.ndarray | None = None,
    weights: np.ndarray | None = None,
    known: bool = False,
) -> TraitCovariances:
    """Covariances of traits of the same samples by the model of ``gblup_multi``.

    Parameters
    ----------
    kernel
        (n, n) float64, symmetric positive semidefinite; it is scaled to a mean variance of 1.
    values
        (n, t) phenotypes, NaN where there is none.
    fixed
        (n, q) fixed effects beside the means, of each trait its own; None for none.
    weights, known
        (n, t) and as of :class:`dnngp.encodings.samples.record_weights.RecordWeights`; None where errors are
        alike.

    Raises
    ------
    UserError
        A trait without two different values.

    Notes
    -----
    Standard errors follow from the average information of the entries of the triangular factors of both
    matrices (Gilmour et al. 1995, Biometrics 51:1440) by the delta method. At the edge, where a matrix is
    singular, they say little.
    """
    there = ~np.isnan(values)
    sample, trait = np.nonzero(there)
    y, t = values[there], values.shape[1]
    if np.any(np.nanmax(values, axis=0) <= np.nanmin(values, axis=0)):
        raise UserError("a trait with one value only has no covariances.")
    scale = EnvironmentScale.of(y, trait, t)
    weight = None if weights is None else RecordWeights(weights[there], known)
    if weight is not None:
        weight = weight.in_units(scale.deviations[trait])
    design = None if fixed is None else _of_each(fixed[sample], trait, t)
    z = (y - scale.means[trait]) / scale.deviations[trait]
    structure = Unstructured(t)
    form = likelihood([kernel / (spread_of(kernel) or 1.0)], sample, trait, z, design, weight)
    parameters, point = maximise(form, structure)
    changes, c = structure.changes(parameters), structure.of(parameters)
    sampling = np.linalg.pinv(point.information(changes))
    genetic, error = changes[:, 0], changes[:, ERROR]
    each, added = _mean_errors(weight, trait, t)
    units = np.outer(scale.deviations, scale.deviations)
    return TraitCovariances(
        genetic=units * c[0],
        phenotypic=units * (c[0] + c[ERROR] * each + np.diag(added)),
        genetic_errors=_spread(sampling, genetic * units),
        phenotypic_errors=_spread(sampling, (genetic + error * each) * units),
        samples=int(there.any(axis=1).sum()),
        log_likelihood=point.value,
    )


def _spread(sampling: np.ndarray, changes: np.ndarray) -> np.ndarray:
    """(t, t, t, t) covariance of entries that parameters with covariance (p, p) change by (p, t, t)."""
    return np.einsum("pjk,pq,qlm->jklm", changes, sampling, changes, optimize=True)


def _of_each(fixed: np.ndarray, trait: np.ndarray, t: int) -> np.ndarray:
    """Fixed effects (N, q) of records as columns (N, t q), those of each trait 0 elsewhere."""
    return np.hstack([fixed * (trait == number)[:, None] for number in range(t)])


def _mean_errors(weight: RecordWeights | None, trait: np.ndarray, t: int) -> tuple[np.ndarray, np.ndarray]:
    """Of a mean record: what error covariances (t, t) are multiplied by, and known variances (t,) added."""
    if weight is None:
        return np.ones((t, t)), np.zeros(t)
    means = np.array([np.mean(1 / weight.values[trait == number]) for number in range(t)])
    if weight.known:
        return np.ones((t, t)), means
    roots = np.sqrt(means)
    return np.outer(roots, roots), np.zeros(t)
