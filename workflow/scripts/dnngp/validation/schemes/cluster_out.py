"""Whole clusters of samples, made from the markers."""

from __future__ import annotations

from dnngp.base.errors import UserError
from dnngp.base.lazy import np
from dnngp.validation.draws import leave_out, merged, pack_groups
from dnngp.validation.scheme import SMALLEST_TEST, Folds, Scheme
from dnngp.validation.units import Units


def draw(units: Units, folds: int, repeat: int) -> Folds:
    """Clusters packed in ``folds``, or as few as it takes for each to have test samples enough."""
    whole = merged(units.group_names(), units.together, units.samples)
    if len(set(whole)) < 2:
        raise UserError(
            f"the {len(whole)} phenotyped samples cannot be cut into clusters of {SMALLEST_TEST} or more.",
            remedy="Leave `cluster_out` out of `cv.schemes`.",
        )
    for number in range(folds, 1, -1):
        fold_of = np.array(pack_groups(whole, (units.key, "cluster"), number))
        if np.bincount(fold_of)[1:].min() >= SMALLEST_TEST:
            break
    return leave_out(fold_of, whole=whole)


SCHEME = Scheme(
    name="cluster_out",
    predicts="samples of families of which none was tested, where nobody wrote the families down",
    target="new families",
    meaning="Whole clusters of samples, made from the markers (Ward's method on genomic distances), are left "
    "out; no phenotype is seen.",
    draw=draw,
    reads_clusters=True,
    order=20,
)
