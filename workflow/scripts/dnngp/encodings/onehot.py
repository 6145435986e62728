"""One-hot: a channel for each dosage."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

from dnngp.base.lazy import np
from dnngp.base.parameters import choice
from dnngp.encodings.encoding import EncodingKind, whole_dosages_alone
from dnngp.encodings.row_transformer import RowTransformer, check_whole


@dataclass(eq=False, repr=False)
class OneHot(RowTransformer):
    """A channel for each dosage 0 to ploidy.

    Parameters
    ----------
    ploidy
        Sets of chromosomes.
    missing
        What a missing call becomes. ``frequency``: the frequencies of the marker's genotypes among the
        training samples, which says nothing about the sample. ``class``: a channel of its own; the pattern of
        missing calls can then identify batches and families. ``zeros``: nothing in any channel.

    Attributes
    ----------
    frequencies_ : (p, ploidy + 1) float64
        Genotype frequencies among observed calls; 0 where none was observed.
    """

    ploidy: int = 2
    missing: str = "frequency"

    STATE = ("n_features_in_", "frequencies_")
    MISSING: ClassVar[tuple[str, ...]] = ("frequency", "class", "zeros")

    def fit(self, X: np.ndarray, y: object = None) -> Self:
        """Count the genotypes of each marker of X (n, p), integers with -1 for missing."""
        if self.missing not in self.MISSING:
            raise ValueError(f"missing must be one of {', '.join(self.MISSING)}, not {self.missing!r}.")
        X = self._begin(X)
        classes = [np.count_nonzero(np.equal(X, dosage), axis=0) for dosage in range(self.ploidy + 1)]
        counts = np.stack(classes, axis=1)
        self.frequencies_ = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
        return self

    def transform(self, X: np.ndarray) -> np.ndarray:
        """(n, p, ploidy + 1) float32; one channel more with ``missing="class"``.

        Raises
        ------
        UserError
            Dosages that are no whole numbers.
        """
        from dnngp.genotypes.grm import is_missing

        X = self._checked(X)
        check_whole(X, "onehot")
        absent = is_missing(X)
        channels = self.ploidy + 1 + (self.missing == "class")
        result = np.zeros((*X.shape, channels), np.float32)
        for dosage in range(self.ploidy + 1):
            result[..., dosage] = np.equal(X, dosage)
        if self.missing == "class":
            result[..., -1] = absent
        elif self.missing == "frequency":
            sample, marker = np.nonzero(absent)
            result[sample, marker] = self.frequencies_[marker]
        return result

    def reference(self) -> np.ndarray:
        """(p, channels) the mean genotype, encoded."""
        more = np.zeros((len(self.frequencies_), 1)) if self.missing == "class" else self.frequencies_[:, :0]
        return np.hstack([self.frequencies_, more])


ENCODING = EncodingKind(
    name="onehot",
    meaning="one column a genotype class; a missing call becomes the training frequencies of the classes "
    "(`missing: frequency`), a class of its own (`class`) or zeros (`zeros`)",
    options={"missing": choice("frequency", *OneHot.MISSING)},
    transformer=lambda ploidy, options: OneHot(ploidy or 2, **options),
    refusal=lambda ploidy, whole: whole_dosages_alone(ploidy, whole, "onehot", "additive or pca"),
    channels=True,
)
