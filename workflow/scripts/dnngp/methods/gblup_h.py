"""GBLUP with markers and pedigree in one relationship matrix (single-step)."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Self

from dnngp.base.lazy import np
from dnngp.base.parameters import setting, share
from dnngp.encodings.omics import MARKERS, PEDIGREE
from dnngp.genotypes.trait_types import EVERY_KIND
from dnngp.methods.declaration import Method
from dnngp.methods.mixed.kernel_blup import KernelBLUP
from dnngp.methods.mixed.kernels import KernelFunction, Linear

if TYPE_CHECKING:
    from dnngp.encodings.samples.arrays_and_kernels import Kernel
    from dnngp.encodings.samples.record_weights import RecordWeights
    from dnngp.encodings.samples.training_set import Records, TrainingSet

log = logging.getLogger(__name__)

#: Eigenvalues of A22 below this share of the largest are rounding: relationships are stored in 32 bits.
ROUNDING = 1e-6


@dataclass(frozen=True, eq=False)
class SingleStep:
    """The relationship matrix H of training samples, some of them without genotypes, and of others with them.

    G is brought to the scale of the pedigree, G* = (1 - blend) (intercept + slope G) + blend A22, where the
    mean of all elements and that of the diagonal of intercept + slope G are those of A22 (Christensen et al.
    2012). 2 are the training samples with genotypes. A sample with genotypes has the rows G* with them and
    A_1 + (G* - A_2) A22^-1 A21 with the others; one without has A_2 + A_2 A22^-1 (G* - A22) and A_1 + A_2
    A22^-1 (G* - A22) A22^-1 A21. Among the training samples that is H itself; a sample that is not trained on
    changes none of it.

    Attributes
    ----------
    genotyped : (n,) bool
        Training samples with genotypes.
    deviations : (n2, n2)
        G* - A22.
    inverse : (n2, n2)
        A22^-1.
    regression : (n2, n)
        A22^-1 A2.
    intercept, slope, blend
        Of G*.
    """

    genotyped: np.ndarray
    deviations: np.ndarray
    inverse: np.ndarray
    regression: np.ndarray
    intercept: float
    slope: float
    blend: float

    @classmethod
    def of(cls, g: np.ndarray, a: np.ndarray, genotyped: np.ndarray, blend: float) -> Self:
        """From G and A (n, n) of the training samples; of G, rows without genotypes are not read."""
        from scipy.linalg import pinvh

        g, a22 = (matrix[np.ix_(genotyped, genotyped)] for matrix in (g, a))
        intercept, slope = scaling(g, a22)
        inverse = pinvh(a22, rtol=ROUNDING)
        found = cls(genotyped, g, inverse, inverse @ a[genotyped], intercept, slope, blend)
        return replace(found, deviations=found._deviations(g, a22))

    def rows(self, g: np.ndarray, a: np.ndarray, genotyped: np.ndarray) -> np.ndarray:
        """Relationships (m, n) of samples with the training samples, from their rows of G and A."""
        through = a[:, self.genotyped] @ self.inverse @ self.deviations
        deviations = np.where(
            genotyped[:, None], self._deviations(g[:, self.genotyped], a[:, self.genotyped]), through
        )
        h = a + deviations @ self.regression
        h[:, self.genotyped] = a[:, self.genotyped] + deviations
        return h

    def own(self, g: np.ndarray, a: np.ndarray, rows: np.ndarray, genotyped: np.ndarray) -> np.ndarray:
        """Relationships (m,) of samples with themselves, from those by G and A and from rows (m, n) of A."""
        shares = rows[:, self.genotyped] @ self.inverse
        through = np.einsum("mi,ij,mj->m", shares, self.deviations, shares, optimize=True)
        return a + np.where(genotyped, self._deviations(g, a), through)

    def _deviations(self, g: np.ndarray, a: np.ndarray) -> np.ndarray:
        return (1 - self.blend) * (self.intercept + self.slope * g - a)


def scaling(g: np.ndarray, a: np.ndarray) -> tuple[float, float]:
    """Intercept and slope with which G (n, n) has the mean and the mean diagonal of A.

    Christensen et al. 2012, Animal 6:1565, equations for alpha and beta; where inbreeding is as expected, the
    intercept is that of Vitezica et al. 2011, Genet Res 93:357. A slope of 1 where G does not vary.
    """
    spread = g.diagonal().mean() - g.mean()
    slope = (a.diagonal().mean() - a.mean()) / spread if spread > 0 else 1.0
    slope = float(slope) if slope > 0 else 1.0
    return float(a.mean() - slope * g.mean()), slope


@dataclass(eq=False, repr=False)
class SingleStepBLUP(KernelBLUP):
    """Single-step GBLUP: samples with genotypes, with a pedigree, or both, in one relationship matrix H.

    On markers alone this is GBLUP. Other parameters as in
    :class:`dnngp.methods.mixed.kernel_blup.KernelBLUP`.

    Parameters
    ----------
    blend
        Weight of the pedigree in the relationships of samples with genotypes: what markers do not follow.

    Attributes
    ----------
    diagnostics_ : dict
        h2, lambda, vu, ve, log_likelihood; ``without_genotypes``, training samples that the markers lack;
        ``g_intercept`` and ``g_slope``, with which G is on the scale of the pedigree; ``blend``.

    Notes
    -----
    No genotype of a tested sample is in what is fitted; in H as published it would tell of relatives without
    genotypes as well. Its markers and pedigree lead to its own prediction alone. Its reliability, of which
    the two together may claim too much, is cut at 1.

    References
    ----------
    Legarra et al. 2009, J Dairy Sci 92:4656; Christensen & Lund 2010, Genet Sel Evol 42:2. Scaling:
    Christensen et al. 2012, Animal 6:1565. A blend of 0.05: Aguilar et al. 2010, J Dairy Sci 93:743.
    """

    blend: float = setting(share(0.05))

    _joined = None

    def _functions(self, count: int) -> list[KernelFunction]:
        return [Linear()]

    def _fit(self, training: TrainingSet, y: np.ndarray, weight: RecordWeights | None) -> None:
        kernels, self._joined = self._layers(training), None
        if len(kernels) > 1:
            markers, parents = kernels
            self._joined = SingleStep.of(
                markers.values / markers.scale, parents.values, _genotyped(markers), self.blend
            )
            log.info(
                "H: %d training samples with genotypes, %d without; G* = %g (%.4g + %.4g G) + %g A",
                *(self._joined.genotyped.sum(), (~self._joined.genotyped).sum(), 1 - self.blend),
                *(self._joined.intercept, self._joined.slope, self.blend),
            )
            self._means = self._relationships(markers, parents).mean(axis=0)
        super()._fit(training, y, weight)

    def _kernels(self, seen: TrainingSet | Records) -> tuple[Kernel, ...]:
        from dnngp.encodings.samples.relationship_kernel import centred

        kernels = self._layers(seen)
        if self._joined is None:
            return kernels
        markers, parents = kernels
        own = self._joined.own(
            *(markers.diagonal / markers.scale, parents.diagonal, parents.values, _genotyped(markers))
        )
        h = replace(parents, values=self._relationships(markers, parents), diagonal=own)
        return (centred(h, self._means),)

    def _layers(self, seen: TrainingSet | Records) -> tuple[Kernel, ...]:
        return seen.kernel(self._reads).layers

    def _relationships(self, markers: Kernel, parents: Kernel) -> np.ndarray:
        assert self._joined is not None
        return self._joined.rows(markers.values / markers.scale, parents.values, _genotyped(markers))

    def _described(self, kernels: Sequence[Kernel], shares: np.ndarray) -> dict[str, Any]:
        told: dict[str, Any] = super()._described(kernels, shares)
        if (joined := self._joined) is not None:
            told |= {"without_genotypes": int((~joined.genotyped).sum()), "blend": self.blend}
            told |= {"g_intercept": joined.intercept, "g_slope": joined.slope}
        return told


def _genotyped(markers: Kernel) -> np.ndarray:
    """(m,) bool: samples with a call. Those without any stand at the mean in every marker."""
    return markers.diagonal > 0


METHOD = Method(
    name="gblup_h",
    label="Single-step GBLUP",
    estimator=SingleStepBLUP,
    family="mixed model",
    deterministic=True,
    summary="Genomic BLUP with markers and pedigree in one relationship matrix, H; samples may lack markers.",
    reads="relationship matrix of markers and pedigree",
    fitted_by="exact REML",
    citation="Legarra et al. 2009, J Dairy Sci 92:4656; Christensen & Lund 2010, Genet Sel Evol 42:2",
    cost="n^2 p + n^3",
    weights=True,
    trait_types=EVERY_KIND,
    covariates=True,
    omics=(MARKERS, PEDIGREE),
    omics_options={"centre": False},
    priced_as="gblup_ad",
    importance="kernels",
    order=46,
)
