"""Additive: the count of ALT alleles, centred."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from dnngp.base.lazy import np
from dnngp.base.parameters import switch
from dnngp.encodings.encoding import EncodingKind
from dnngp.encodings.row_transformer import RowTransformer

if TYPE_CHECKING:
    from dnngp.encodings.samples.arrays_and_kernels import Encoded
    from dnngp.encodings.samples.population import Selection


@dataclass(eq=False, repr=False)
class Additive(RowTransformer):
    """Values minus the training mean, or as they are; missing becomes the mean.

    Parameters
    ----------
    scale
        Whether to divide by the training standard deviation as well, for features in arbitrary units. Markers
        usually keep their scale: rare alleles carry less variance.
    ploidy
        With ``scale``, for dosages: divide by the standard deviation that Hardy-Weinberg proportions have,
        sqrt(ploidy p (1 - p)), as in VanRaden's second relationship matrix (2008, J Dairy Sci 91:4414).
    centre
        Whether the mean is taken away. A network that looks at neighbouring markers with the same filter
        everywhere sees the same number for the same genotype only without.

    Attributes
    ----------
    mean_, scale_ : (p,) float64
        Mean and divisor of each column.
    """

    scale: bool = False
    ploidy: int | None = None
    centre: bool = True

    STATE = ("n_features_in_", "mean_", "scale_")

    def fit(self, X: np.ndarray, y: object = None) -> Self:
        """Take mean and standard deviation of the columns of X (n, p), leaving out missing values."""
        from dnngp.genotypes.moments import Sums, expected_deviations, observed_deviations

        X = self._begin(X)
        counts = Sums.of(X.T)
        self.mean_ = counts.means
        self.scale_ = np.ones(X.shape[1])
        if self.scale and self.ploidy is not None:
            self.scale_ = expected_deviations(counts, self.ploidy)
        elif self.scale:
            self.scale_ = observed_deviations(X.T, None, counts)
        return self

    def transform(self, X: np.ndarray) -> np.ndarray:
        """(n, p) float32."""
        from dnngp.genotypes.grm import standardised

        values = standardised(self._checked(X).T, self.mean_, self.scale_).T
        if not self.centre:
            values += self.mean_ / self.scale_
        return np.ascontiguousarray(values, np.float32)

    def reference(self) -> np.ndarray:
        """(p,) the mean genotype, encoded."""
        return np.zeros(len(self.mean_)) if self.centre else self.mean_ / self.scale_


def _transformer(ploidy: int | None, options: Mapping[str, Any]) -> Additive:
    centre = ploidy is None or options.get("centre", True)
    return Additive(ploidy is None or options.get("standardise", False), ploidy, centre)


def _kernel(selection: Selection, options: Mapping[str, Any]) -> Encoded:
    from dnngp.encodings.samples.products import CentredProducts
    from dnngp.encodings.samples.relationship_kernel import RelationshipKernel
    from dnngp.genotypes.relationship_tables import holds_relationships

    if holds_relationships(selection.source.genotypes):
        return RelationshipKernel(selection, options.get("centre", True))
    return CentredProducts(selection, options.get("standardise", False))


def _streamed(selection: Selection | None, options: Mapping[str, Any]) -> Encoded:
    from dnngp.encodings.samples.streamed_markers import StreamedMarkers

    return StreamedMarkers(selection, options.get("standardise", False))


ENCODING = EncodingKind(
    name="additive",
    meaning="the count of ALT alleles, centred; with `standardise: true` divided by sqrt(2pq) (for any "
    "ploidy), with `centre: false` as it is; missing calls become the training mean",
    options={"centre": switch(True), "standardise": switch(False)},
    transformer=_transformer,
    kernel=_kernel,
    streamed=_streamed,
    passes_missing=True,
)
