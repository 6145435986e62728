"""Dominance deviations of diploids."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from dnngp.base.lazy import np
from dnngp.encodings.encoding import EncodingKind
from dnngp.encodings.row_transformer import RowTransformer

if TYPE_CHECKING:
    from dnngp.encodings.samples.arrays_and_kernels import Encoded
    from dnngp.encodings.samples.population import Selection


@dataclass(eq=False, repr=False)
class Dominance(RowTransformer):
    """Dominance deviations of diploids, uncorrelated with breeding values under Hardy-Weinberg proportions.

    No copy of an allele of frequency p becomes -2p^2, one copy 2p(1 - p), two copies -2(1 - p)^2 (Vitezica et
    al. 2013, Genetics 195:1223); then the training mean is taken away, which is 0 in those proportions.
    Missing becomes 0.

    Attributes
    ----------
    codes_ : (3, p) float64
        What each dosage becomes.
    variance_ : (p,) float64
        Expected square of the codes, (2p(1 - p))^2.
    """

    STATE = ("n_features_in_", "codes_")

    def fit(self, X: np.ndarray, y: object = None) -> Self:
        """Count alleles and genotypes in X (n, p), integers 0 to 2 with -1 for missing."""
        from dnngp.genotypes.moments import Sums

        X = self._begin(X)
        frequency = Sums.of(X.T).means / 2
        heterozygous = 2 * frequency * (1 - frequency)
        codes = np.stack([-2 * frequency**2, heterozygous, -2 * (1 - frequency) ** 2])
        counts = np.stack([np.count_nonzero(np.equal(X, dosage), axis=0) for dosage in range(3)])
        self.codes_ = codes - (codes * counts).sum(axis=0) / np.maximum(counts.sum(axis=0), 1)
        self.variance_ = heterozygous**2
        return self

    def transform(self, X: np.ndarray) -> np.ndarray:
        """(n, p) float64."""
        X = self._checked(X)
        result = np.zeros(X.shape)
        for dosage, codes in enumerate(self.codes_):
            result += np.where(np.equal(X, dosage), codes, 0.0)
        return result

    def reference(self) -> np.ndarray:
        """(p,) the mean genotype, encoded."""
        return np.zeros(self.n_features_in_)


def _refusal(ploidy: int | None, whole: bool) -> tuple[str, str] | None:
    if ploidy == 2 and whole:
        return None
    return "the encoding dominance needs whole dosages of diploids.", "Use additive or onehot."


def _kernel(selection: Selection, options: Mapping[str, Any]) -> Encoded:
    from dnngp.encodings.samples.products import DominanceProducts

    return DominanceProducts(selection)


ENCODING = EncodingKind(
    name="dominance",
    meaning="dominance deviations of diploids: -2p^2, 2pq, -2q^2 for no, one and two ALT alleles",
    transformer=lambda ploidy, options: Dominance(),
    kernel=_kernel,
    refusal=_refusal,
)
