"""What a method sees of the genotypes, fitted on the training lines of a fold alone.

Transformers in the manner of scikit-learn take rows (n, p) of dosages (integers,
-1 missing) or features (floats, NaN missing). :class:`FoldEncoder` does the same
for the folds of a whole dataset, sharing between folds what does not depend on
them: cross products of dosages are exact integers (:mod:`dnngp.kinship`), so
those of all lines serve every fold, and nothing about the test lines can leak
into what is fitted, not even through rounding.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
from scipy.linalg import eigh
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from dnngp import kinship, ledger
from dnngp.errors import UserError
from dnngp.genotypes import Genotypes
from dnngp.imputation import IMPUTE, ModeImputer, NearestLinesImputer
from dnngp.kinship import blocks, is_missing, standardised
from dnngp.omics import MARKERS, layer_of
from dnngp.state import Stored


class _RowTransformer(Stored, TransformerMixin, BaseEstimator):
    """Checks that rows to transform have the columns of the rows fitted on."""

    def _begin(self, X: np.ndarray) -> np.ndarray:
        X = np.asarray(X)
        if X.ndim != 2 or not len(X):
            raise ValueError(f"Expected rows of markers (n, p), not an array of shape {X.shape}.")
        self.n_features_in_ = X.shape[1]
        return X

    def _known(self, X: np.ndarray) -> np.ndarray:
        check_is_fitted(self)
        X = np.asarray(X)
        if X.ndim != 2 or X.shape[1] != self.n_features_in_:
            raise ValueError(f"X has shape {X.shape}, but was fitted on {self.n_features_in_} markers.")
        return X


class MarkerFilter(_RowTransformer):
    """Keep the markers that vary among the training lines.

    Parameters
    ----------
    min_maf
        Smallest minor allele frequency; ignored without a ploidy.
    ploidy
        Sets of chromosomes; None for features, of which only constants go.
    min_mac
        Smallest number of copies of the minor allele; ignored without a ploidy.

    Attributes
    ----------
    kept_ : (p,) bool
        Markers that stay.
    """

    def __init__(self, min_maf: float = 0.0, ploidy: int | None = 2, min_mac: int = 0) -> None:
        self.min_maf = min_maf
        self.ploidy = ploidy
        self.min_mac = min_mac

    def fit(self, X: np.ndarray, y: object = None) -> MarkerFilter:
        """Count alleles in X (n, p)."""
        X = self._begin(X)
        self.kept_ = _varying(X.T, None, _Counts.of(X.T), self.min_maf, self.min_mac, self.ploidy)
        return self

    def transform(self, X: np.ndarray) -> np.ndarray:
        """The columns of X that stay, dtype as given."""
        return self._known(X)[:, self.kept_]


class Additive(_RowTransformer):
    """Values minus the training mean, or as they are; missing becomes the mean.

    Parameters
    ----------
    scale
        Whether to divide by the training standard deviation as well, for
        features in arbitrary units. Markers usually keep their scale: rare
        alleles carry less variance.
    ploidy
        With ``scale``, for dosages: divide by the standard deviation that
        Hardy-Weinberg proportions have, sqrt(ploidy p (1 - p)), as in VanRaden's
        second relationship matrix (2008, J Dairy Sci 91:4414).
    centre
        Whether the mean is taken away. A network that looks at neighbouring
        markers with the same filter everywhere sees the same number for the
        same genotype only without.

    Attributes
    ----------
    mean_, scale_ : (p,) float64
        Mean and divisor of each column.
    """

    STATE = ("n_features_in_", "mean_", "scale_")

    def __init__(self, scale: bool = False, ploidy: int | None = None, centre: bool = True) -> None:
        self.scale = scale
        self.ploidy = ploidy
        self.centre = centre

    def fit(self, X: np.ndarray, y: object = None) -> Additive:
        """Take mean and standard deviation of the columns of X (n, p), leaving out missing values."""
        X = self._begin(X)
        counts = _Counts.of(X.T)
        self.mean_ = counts.means
        self.scale_ = np.ones(X.shape[1])
        if self.scale and self.ploidy is not None:
            self.scale_ = _expected_deviations(counts, self.ploidy)
        elif self.scale:
            self.scale_ = _deviations(X.T, None, counts)
        return self

    def transform(self, X: np.ndarray) -> np.ndarray:
        """(n, p) float32."""
        values = standardised(self._known(X).T, self.mean_, self.scale_).T
        if not self.centre:
            values += self.mean_ / self.scale_
        return np.ascontiguousarray(values, np.float32)


class Dominance(_RowTransformer):
    """Dominance deviations of diploids, uncorrelated with breeding values under Hardy-Weinberg proportions.

    No copy of an allele of frequency p becomes -2p^2, one copy 2p(1 - p), two
    copies -2(1 - p)^2 (Vitezica et al. 2013, Genetics 195:1223); then the
    training mean is taken away, which is 0 in those proportions. Missing
    becomes 0.

    Attributes
    ----------
    codes_ : (3, p) float64
        What each dosage becomes.
    variance_ : (p,) float64
        Expected square of the codes, (2p(1 - p))^2.
    """

    STATE = ("n_features_in_", "codes_")

    def fit(self, X: np.ndarray, y: object = None) -> Dominance:
        """Count alleles and genotypes in X (n, p), integers 0 to 2 with -1 for missing."""
        X = self._begin(X)
        frequency = _Counts.of(X.T).means / 2
        heterozygous = 2 * frequency * (1 - frequency)
        codes = np.stack([-2 * frequency**2, heterozygous, -2 * (1 - frequency) ** 2])
        counts = np.stack([np.count_nonzero(np.equal(X, dosage), axis=0) for dosage in range(3)])
        self.codes_ = codes - (codes * counts).sum(axis=0) / np.maximum(counts.sum(axis=0), 1)
        self.variance_ = heterozygous**2
        return self

    def transform(self, X: np.ndarray) -> np.ndarray:
        """(n, p) float64."""
        X = self._known(X)
        result = np.zeros(X.shape)
        for dosage, codes in enumerate(self.codes_):
            result += np.where(np.equal(X, dosage), codes, 0.0)
        return result


class OneHot(_RowTransformer):
    """A channel for each dosage 0 to ploidy.

    Parameters
    ----------
    ploidy
        Sets of chromosomes.
    missing
        What a missing call becomes. ``frequency``: the frequencies of the
        marker's genotypes among the training lines, which says nothing about
        the line. ``class``: a channel of its own; the pattern of missing calls
        can then identify batches and families. ``zeros``: nothing in any channel.

    Attributes
    ----------
    frequencies_ : (p, ploidy + 1) float64
        Genotype frequencies among observed calls; 0 where none was observed.
    """

    STATE = ("n_features_in_", "frequencies_")
    MISSING = ("frequency", "class", "zeros")

    def __init__(self, ploidy: int = 2, missing: str = "frequency") -> None:
        self.ploidy = ploidy
        self.missing = missing

    def fit(self, X: np.ndarray, y: object = None) -> OneHot:
        """Count the genotypes of each marker of X (n, p), integers with -1 for missing."""
        if self.missing not in self.MISSING:
            raise ValueError(f"missing must be one of {', '.join(self.MISSING)}, not {self.missing!r}.")
        X = self._begin(X)
        classes = [np.count_nonzero(np.equal(X, dosage), axis=0) for dosage in range(self.ploidy + 1)]
        counts = np.stack(classes, axis=1)
        self.frequencies_ = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
        return self

    def transform(self, X: np.ndarray) -> np.ndarray:
        """(n, p, ploidy + 1) float32; one channel more with ``missing="class"``."""
        X = self._known(X)
        absent = is_missing(X)
        channels = self.ploidy + 1 + (self.missing == "class")
        result = np.zeros((*X.shape, channels), np.float32)
        for dosage in range(self.ploidy + 1):
            result[..., dosage] = np.equal(X, dosage)
        if self.missing == "class":
            result[..., -1] = absent
        elif self.missing == "frequency":
            line, marker = np.nonzero(absent)
            result[line, marker] = self.frequencies_[marker]
        return result


class PCAScores(_RowTransformer):
    """Scores on the leading principal components (not unit-length eigenvectors).

    The score of a line on component k has variance eigenvalue k, so that later
    components weigh less; networks that do not scale their inputs rely on it.
    Missing values count as the mean. Fitted through the smaller of the two cross
    product matrices, lines x lines or markers x markers; equal to the full
    decomposition up to sign. The score of largest magnitude among the training
    lines is made positive.

    Parameters
    ----------
    components
        Number of components to keep, at most the rank; None keeps all.
    variance
        Keep the fewest components that explain this share of variance, in
        (0, 1], instead of a number.
    scale
        As in :class:`Additive`.

    Attributes
    ----------
    mean_, scale_ : (p,) float64
    components_ : (q, p) float64
        Unit-length directions.
    explained_variance_ratio_ : (q,) float64
    """

    STATE = ("n_features_in_", "mean_", "scale_", "components_")

    def __init__(
        self, components: int | None = None, variance: float | None = None, scale: bool = False
    ) -> None:
        self.components = components
        self.variance = variance
        self.scale = scale

    def fit(self, X: np.ndarray, y: object = None) -> PCAScores:
        """Fit on X (n, p)."""
        X = self._begin(X)
        n, p = X.shape
        additive = Additive(self.scale).fit(X)
        self.mean_, self.scale_ = additive.mean_, additive.scale_
        if n <= p:
            gram, _ = kinship.centred_products(X.T, np.arange(p), np.arange(n), self.mean_, self.scale_)
            spectrum = _Spectrum.of(gram, self.components, self.variance)
            self.components_ = np.empty((len(spectrum.values), p))
            for part in blocks(p):
                directions = self._block(X, part) @ spectrum.vectors / np.sqrt(spectrum.values)
                self.components_[:, part] = directions.T
        else:
            block = self._block(X, slice(None))
            spectrum = _Spectrum.of(block @ block.T, self.components, self.variance)
            self.components_ = spectrum.vectors.T * _signs(block.T @ spectrum.vectors)[:, None]
        self.explained_variance_ratio_ = spectrum.shares
        return self

    def transform(self, X: np.ndarray) -> np.ndarray:
        """Scores (n, q) float64."""
        X = self._known(X)
        scores = np.zeros((len(X), len(self.components_)))
        for part in blocks(X.shape[1]):
            scores += self._block(X, part).T @ self.components_[:, part].T
        return scores

    def _block(self, X: np.ndarray, part: slice) -> np.ndarray:
        """Some columns of X, standardised, a column a row."""
        return standardised(X[:, part].T, self.mean_[part], self.scale_[part])


def transformer(encoding: Mapping[str, Any], ploidy: int | None) -> Any:
    """The unfitted transformer of an encoding, for the form ``array``.

    Parameters
    ----------
    encoding
        As for :class:`FoldEncoder`; ``impute`` and ``layer`` are passed over.
    ploidy
        Sets of chromosomes; None for features, which are standardised.
    """
    options = {key: value for key, value in encoding.items() if key not in ("name", "layer", "impute")}
    if encoding["name"] == "onehot" and ploidy is not None:
        return OneHot(ploidy, **options)
    if encoding["name"] == "pca":
        return PCAScores(**options, scale=ploidy is None)
    if encoding["name"] == "dominance":
        return Dominance()
    centre = ploidy is None or options.get("centre", True)
    return Additive(ploidy is None or options.get("standardise", False), ploidy, centre)


@dataclass(frozen=True)
class EncodedFold:
    """Training and test lines of one fold as a method reads them.

    Attributes
    ----------
    n_features
        Markers, features or components behind it.
    fingerprint
        SHA-256 over everything that was fitted; the same training lines give
        the same fingerprint whatever the test lines are.
    details
        What was fitted, in numbers: ``components`` and ``variance_kept``.
    train, test
        Form ``array``: (n, q) and (m, q), or (n, p, channels); float32, scores float64.
    gram, cross, diagonal
        Form ``gram``: cross products of the training lines (n, n), of test with
        training lines (m, n), and squared lengths of the test lines (m,), all
        centred with training means; float64.
    scale
        Form ``gram``: gram / scale is VanRaden's first relationship matrix
        (for features: the mean over standardised features).
    layer
        The layer that was encoded; empty for several.
    parts
        Of several layers, the fold in each alone.
    """

    n_features: int
    fingerprint: str
    details: dict[str, float] = field(default_factory=dict)
    train: np.ndarray | None = None
    test: np.ndarray | None = None
    gram: np.ndarray | None = None
    cross: np.ndarray | None = None
    diagonal: np.ndarray | None = None
    scale: float = np.nan
    layer: str = MARKERS
    parts: tuple[EncodedFold, ...] = ()

    @property
    def layers(self) -> tuple[EncodedFold, ...]:
        """The fold in each of its layers alone."""
        return self.parts or (self,)

    @property
    def widths(self) -> tuple[int, ...]:
        """Form ``array``: columns of each layer."""
        return tuple(layer.n_features for layer in self.layers)

    @property
    def products(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """gram, cross and diagonal of a fold in form ``gram``."""
        assert self.gram is not None
        assert self.cross is not None
        assert self.diagonal is not None
        return self.gram, self.cross, self.diagonal


def side_by_side(parts: Sequence[EncodedFold]) -> EncodedFold:
    """Several layers as one, their columns beside each other.

    Each layer is multiplied by one number, such that the values of its training lines have the total variance
    of those of the first: otherwise the layer of most columns would drown the others.

    Parameters
    ----------
    parts
        The same fold in each layer, all in one form.

    Raises
    ------
    UserError
        Layers with and without channels.
    """
    first = parts[0]
    fingerprint = _fingerprint(*(np.frombuffer(part.fingerprint.encode(), np.uint8) for part in parts))
    common: dict[str, Any] = {
        "n_features": sum(part.n_features for part in parts),
        "fingerprint": fingerprint,
        "layer": "",
        "parts": tuple(parts),
    }
    variances = [_total_variance(part) for part in parts]
    factors = [variances[0] / variance for variance in variances]
    if first.gram is not None:
        products = [part.products for part in parts]
        gram, cross, diagonal = (
            np.sum([factor * one for factor, one in zip(factors, matrices, strict=True)], axis=0)
            for matrices in zip(*products, strict=True)
        )
        return EncodedFold(
            **common, gram=gram, cross=cross, diagonal=diagonal, scale=len(parts) * first.scale
        )
    rows = [(part.train, part.test) for part in parts]
    if len({part.shape[2:] for pair in rows for part in pair}) > 1:  # type: ignore[union-attr]
        raise UserError(
            "layers with a channel a genotype (onehot) cannot stand beside others.",
            remedy="Use additive or pca for all.",
        )
    train, test = (
        np.concatenate(
            [(factor**0.5 * one).astype(one.dtype) for factor, one in zip(factors, arrays, strict=True)],
            axis=1,
        )
        for arrays in zip(*rows, strict=True)
    )
    return EncodedFold(**common, train=train, test=test)


def _total_variance(fold: EncodedFold) -> float:
    """Sum of the variances of all columns of the training lines."""
    if fold.gram is not None:
        return float(np.trace(fold.gram)) / len(fold.gram)
    assert fold.train is not None
    return float(np.nanvar(fold.train, axis=0, dtype=np.float64).sum())


class FoldEncoder:
    """Encodes one layer of the folds of one dataset.

    Dosages are centred; features, whose units are arbitrary, are standardised.
    Constant markers and those below ``min_maf`` or ``min_mac`` among the training
    lines are left out of the fold.

    Parameters
    ----------
    genotypes
        All lines.
    encoding
        ``layer``, which the ledger tells, ``name`` (``additive``, ``dominance``, ``onehot`` or ``pca``),
        options of :class:`Additive` (``standardise``: its ``scale`` with the ploidy; ``centre``, for dosages
        and form ``array``), :class:`OneHot` (``missing``) or :class:`PCAScores` (``components``,
        ``variance``), and ``impute``:
        ``mean`` (default; for ``onehot`` what ``missing`` says), ``mode`` or ``knn``
        (:mod:`dnngp.imputation`, fitted on the training lines), or ``none``, which passes NaN on.
    min_maf
        Smallest minor allele frequency among the training lines.
    min_mac
        Smallest number of copies of the minor allele among them.

    Raises
    ------
    UserError
        An encoding or option that does not exist or does not suit the data.
    """

    def __init__(
        self, genotypes: Genotypes, encoding: Mapping[str, Any], min_maf: float, min_mac: int = 0
    ) -> None:
        self._genotypes, self._limits = genotypes, (min_maf, min_mac)
        self._name, self._layer = encoding["name"], layer_of(encoding)
        self._options = {key: value for key, value in encoding.items() if key not in ("name", "layer")}
        self._impute = self._options.pop("impute", "mean")
        self._check()
        self._check_impute()

    def fold(self, train: np.ndarray, test: np.ndarray, form: str) -> EncodedFold:
        """Encode one fold.

        Parameters
        ----------
        train, test
            Row numbers (int) of the training and the test lines, disjoint.
        form
            ``array`` or ``gram``.

        Raises
        ------
        UserError
            No marker varies among the training lines.
        """
        train, test = np.asarray(train, np.int64), np.asarray(test, np.int64)
        self._saw("allele frequencies, marker filter", train)
        counts = self._training_counts(train)
        kept = _varying(self._genotypes.dosages, train, counts, *self._limits, self._genotypes.ploidy)
        n_markers = int(kept.sum())
        if not n_markers:
            raise UserError(
                f"none of {len(kept)} {self._layer} varies among the {len(train)} training lines of a fold "
                f"with a minor allele frequency of at least {self._limits[0]} and {self._limits[1]} copies.",
                remedy="Lower `qc.maf` and `qc.mac`, and check genotypes and `ploidy` of the dataset.",
            )
        if self._impute in ("mode", "knn"):
            return self._imputed_fold(train, test, kept, form)
        if form == "gram":
            if self._impute == "none":
                raise UserError(
                    "`impute: none` leaves missing calls, but a relationship matrix needs every call.",
                    remedy=f"Use one of {', '.join(IMPUTE[:-1])}.",
                )
            return self._gram_fold(train, test, kept, counts)
        if self._name == "pca" and n_markers >= len(train):
            return self._scores_fold(train, test, kept, counts)
        return self._array_fold(train, test, kept)

    def _saw(self, step: str, lines: np.ndarray) -> None:
        """Write down which lines a step is fitted on."""
        named = step if self._layer == MARKERS else f"{self._layer}: {step}"
        ledger.saw(named, self._genotypes.samples[lines].tolist())

    def _check(self) -> None:
        if self._name == "onehot":
            if not (self._genotypes.is_dosage and self._integer):
                kind = "real-valued dosages" if self._genotypes.is_dosage else "features"
                raise UserError(
                    f"the encoding onehot needs whole dosages, but this is a table of {kind}.",
                    remedy="Use additive or pca.",
                )
            choice = self._options.get("missing", "frequency")
            if choice not in OneHot.MISSING:
                raise UserError(
                    f"`missing` of the encoding onehot is {choice!r}.",
                    remedy=f"Use one of {', '.join(OneHot.MISSING)}.",
                )
        elif self._name == "pca":
            components, variance = self._options.get("components"), self._options.get("variance")
            if components is not None and variance is not None:
                raise UserError("the encoding pca takes `components` or `variance`, not both.")
            if components is not None and (not isinstance(components, int) or components < 1):
                raise UserError(
                    f"`components` of the encoding pca is {components!r}.",
                    remedy="Use a whole number from 1.",
                )
            if variance is not None and not 0 < variance <= 1:
                raise UserError(
                    f"`variance` of the encoding pca is {variance!r}.", remedy="Use a share in (0, 1]."
                )
        elif self._name == "dominance":
            if self._genotypes.ploidy != 2 or not self._integer:
                raise UserError(
                    "the encoding dominance needs whole dosages of diploids.",
                    remedy="Use additive or onehot.",
                )
        elif self._name != "additive":
            raise UserError(
                f"there is no encoding {self._name!r}.", remedy="Use additive, dominance, onehot or pca."
            )

    def _check_impute(self) -> None:
        choice = self._impute
        if choice not in IMPUTE:
            raise UserError(f"there is no `impute: {choice}`.", remedy=f"Use one of {', '.join(IMPUTE)}.")
        if choice in ("mode", "knn") and not self._genotypes.is_dosage:
            raise UserError(
                f"`impute: {choice}` needs dosages, but this is a table of features.",
                remedy="Use mean or none.",
            )
        if choice in ("mode", "knn") and "missing" in self._options:
            raise UserError(
                f"`impute: {choice}` of the encoding onehot leaves nothing to `missing`.",
                remedy="Use one of the two.",
            )
        if choice == "none" and self._name != "additive":
            raise UserError(
                f"`impute: none` leaves missing calls, which the encoding {self._name} does not take.",
                remedy="Use additive, or another `impute`.",
            )

    def _imputed_fold(self, train: np.ndarray, test: np.ndarray, kept: np.ndarray, form: str) -> EncodedFold:
        """Fill the missing calls, then encode as for complete genotypes."""
        genotypes = self._genotypes
        ploidy = genotypes.ploidy
        assert ploidy is not None
        lines = np.concatenate([train, test])
        chosen = genotypes.select(samples=lines, variants=np.flatnonzero(kept))
        rows, others = chosen.dosages[:, : len(train)].T, chosen.dosages[:, len(train) :].T
        imputer: Any = ModeImputer(ploidy)
        if self._impute == "knn":
            variants = chosen.variants
            imputer = NearestLinesImputer(ploidy, variants["chrom"].to_numpy(), variants["pos"].to_numpy())
        self._saw(f"imputation ({self._impute})", lines[: len(train)])
        filled = imputer.fit(rows).transform(rows)
        dosages = np.concatenate([filled.T, imputer.transform(others).T], axis=1)
        encoding = {"name": self._name, "layer": self._layer, **self._options}
        encoder = FoldEncoder(replace(chosen, dosages=dosages), encoding, 0.0)
        encoded = encoder.fold(np.arange(len(train)), np.arange(len(train), len(lines)), form)
        learnt = imputer.neighbours_ if self._impute == "knn" else imputer.mode_
        fitted = np.frombuffer(encoded.fingerprint.encode(), np.uint8)
        return replace(encoded, fingerprint=_fingerprint(kept, learnt, fitted))

    def _deviations(self, train: np.ndarray, kept: np.ndarray, counts: _Counts) -> np.ndarray:
        """(p,) what the kept markers are divided by: 1 for dosages, standard deviations for features."""
        ploidy = self._genotypes.ploidy
        if ploidy is not None:
            return _expected_deviations(counts, ploidy)[kept] if self._standardised else np.ones(len(kept))
        return _deviations(self._genotypes.dosages, train, counts)[kept]

    def _training_counts(self, train: np.ndarray) -> _Counts:
        dosages = self._genotypes.dosages
        others = np.setdiff1d(np.arange(dosages.shape[1]), train)
        if self._integer and len(others) < len(train):
            # Integers: what is left when the fewer others are taken away is the same to the bit.
            return self._all_counts - _Counts.of(dosages, others)
        return _Counts.of(dosages, train)

    @cached_property
    def _all_counts(self) -> _Counts:
        return _Counts.of(self._genotypes.dosages)

    @property
    def _integer(self) -> bool:
        """Whether the values are whole numbers, of which sums are exact."""
        return np.issubdtype(self._genotypes.dosages.dtype, np.integer)

    @property
    def _standardised(self) -> bool:
        """Whether dosages are divided by their expected standard deviation."""
        return bool(self._options.get("standardise", False)) and self._genotypes.is_dosage

    @cached_property
    def _complete(self) -> np.ndarray:
        """(N,) whether a line has no missing call; False throughout for values that are not integers."""
        dosages = self._genotypes.dosages
        complete = np.full(dosages.shape[1], self._integer)
        for part in blocks(len(dosages)):
            complete &= ~is_missing(dosages[part]).any(axis=0)
        return complete

    @cached_property
    def _all_products(self) -> tuple[np.ndarray, np.ndarray]:
        """The markers that vary among all lines, and the exact cross products of all lines over them.

        Which markers these are touches the cost of a fold alone: those that a
        fold keeps or leaves out in addition are added or taken away exactly.
        """
        dosages = self._genotypes.dosages
        base = _varying(dosages, None, self._all_counts, *self._limits, self._genotypes.ploidy)
        return base, kinship.cross_products(dosages.T, np.flatnonzero(base))

    def _products(
        self, train: np.ndarray, test: np.ndarray, kept: np.ndarray, counts: _Counts
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """gram, cross and diagonal as in :class:`EncodedFold`."""
        dosages, markers = self._genotypes.dosages, np.flatnonzero(kept)
        self._saw("centring, relationships", train)
        means, deviations = counts.means[kept], self._deviations(train, markers, counts)
        # Decided by the training lines alone, so that a missing call of a test line changes no bit of it.
        exact = not self._standardised and bool(self._complete[train].all())
        if exact:
            raw = self._exact_products(kept)
            raw_gram = raw[np.ix_(train, train)]
            gram = kinship.centre(raw_gram)
            if self._complete[test].all():
                cross, diagonal = kinship.centre_cross(
                    raw_gram, raw[np.ix_(test, train)], np.diagonal(raw)[test]
                )
                return gram, cross, diagonal
        else:
            gram, _ = kinship.centred_products(dosages, markers, train, means, deviations)
        cross, diagonal = kinship.centred_products(dosages, markers, train, means, deviations, others=test)
        return gram, cross, diagonal

    def _exact_products(self, kept: np.ndarray) -> np.ndarray:
        base, products = self._all_products
        dosages = self._genotypes.dosages
        added, removed = kept & ~base, base & ~kept
        if added.any():
            products = products + kinship.cross_products(dosages.T, np.flatnonzero(added))
        if removed.any():
            products = products - kinship.cross_products(dosages.T, np.flatnonzero(removed))
        return products

    def _gram_fold(
        self, train: np.ndarray, test: np.ndarray, kept: np.ndarray, counts: _Counts
    ) -> EncodedFold:
        ploidy = self._genotypes.ploidy
        scale = float(kept.sum())
        if self._name == "dominance":
            gram, cross, diagonal, scale = self._dominance_products(train, test, kept)
        else:
            gram, cross, diagonal = self._products(train, test, kept, counts)
            if ploidy is not None and not self._standardised:
                scale = kinship.vanraden_scale(counts.means[kept] / ploidy, ploidy)
        return EncodedFold(
            n_features=int(kept.sum()),
            fingerprint=_fingerprint(kept, counts.means[kept], gram, np.array(scale)),
            gram=gram,
            cross=cross,
            diagonal=diagonal,
            scale=scale,
        )

    def _dominance_products(
        self, train: np.ndarray, test: np.ndarray, kept: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray, float]:
        """gram, cross and diagonal as in :class:`EncodedFold`, and the expected diagonal of gram."""
        dosages, markers = self._genotypes.dosages, np.flatnonzero(kept)
        gram, cross = np.zeros((len(train), len(train))), np.zeros((len(test), len(train)))
        diagonal, scale = np.zeros(len(test)), 0.0
        self._saw("dominance relationships", train)
        for part in blocks(len(markers)):
            values = dosages[markers[part]]
            encoder = Dominance().fit(values[:, train].T)
            rows, others = encoder.transform(values[:, train].T), encoder.transform(values[:, test].T)
            gram += rows @ rows.T
            cross += others @ rows.T
            diagonal += np.einsum("mp,mp->m", others, others)
            scale += float(encoder.variance_.sum())
        return gram, cross, diagonal, scale

    def _scores_fold(
        self, train: np.ndarray, test: np.ndarray, kept: np.ndarray, counts: _Counts
    ) -> EncodedFold:
        gram, cross, _ = self._products(train, test, kept, counts)
        self._saw("principal components", train)
        spectrum = _Spectrum.of(gram, **self._options)
        lengths = np.sqrt(spectrum.values)
        return EncodedFold(
            n_features=len(lengths),
            fingerprint=_fingerprint(kept, counts.means[kept], spectrum.values, spectrum.vectors),
            details={"components": len(lengths), "variance_kept": float(spectrum.shares.sum())},
            train=spectrum.vectors * lengths,
            test=cross @ spectrum.vectors / lengths,
        )

    def _array_fold(self, train: np.ndarray, test: np.ndarray, kept: np.ndarray) -> EncodedFold:
        markers = np.flatnonzero(kept)
        rows, others = (self._genotypes.rows(lines, markers) for lines in (train, test))
        details: dict[str, float] = {}
        self._saw(f"encoding ({self._name})", train)
        encoder = transformer({"name": self._name, **self._options}, self._genotypes.ploidy).fit(rows)
        if isinstance(encoder, PCAScores):
            shares = encoder.explained_variance_ratio_
            details = {"components": len(shares), "variance_kept": float(shares.sum())}
        encoded, encoded_others = encoder.transform(rows), encoder.transform(others)
        if self._impute == "none":
            encoded[is_missing(rows)] = np.nan
            encoded_others[is_missing(others)] = np.nan
        return EncodedFold(
            n_features=encoded.shape[1],
            fingerprint=_fingerprint(kept, *encoder.to_arrays().values()),
            details=details,
            train=encoded,
            test=encoded_others,
        )


@dataclass(frozen=True)
class _Counts:
    """Sum (p,) of the observed values of each marker and their number (p,)."""

    sums: np.ndarray
    observed: np.ndarray

    @classmethod
    def of(cls, values: np.ndarray, lines: np.ndarray | None = None) -> _Counts:
        """Count in the columns ``lines`` (None: all) of (p, n) values."""
        integer = np.issubdtype(values.dtype, np.integer)
        sums = np.zeros(len(values), np.int64 if integer else np.float64)
        observed = np.zeros(len(values), np.int64)
        for part in blocks(len(values)):
            block = values[part] if lines is None else np.take(values[part], lines, axis=1)
            absent = is_missing(block)
            observed[part] = block.shape[1] - np.count_nonzero(absent, axis=1)
            sums[part] = np.sum(block, axis=1, where=~absent, dtype=sums.dtype)
        return cls(sums, observed)

    def __sub__(self, other: _Counts) -> _Counts:
        return _Counts(self.sums - other.sums, self.observed - other.observed)

    @property
    def means(self) -> np.ndarray:
        """(p,) float64; 0 where nothing was observed."""
        return self.sums / np.maximum(self.observed, 1)


def _varying(
    values: np.ndarray,
    lines: np.ndarray | None,
    counts: _Counts,
    min_maf: float,
    min_mac: int,
    ploidy: int | None,
) -> np.ndarray:
    """(p,) bool: markers that are not constant and, with a ploidy, reach minor allele frequency and count."""
    kept = counts.observed > 0
    suspects = kept.copy()
    if ploidy is not None:
        frequency = counts.means / ploidy
        # Divided in this order, 0.05 x 2n copies of 2n are no less than a limit of 0.05.
        kept &= np.minimum(frequency, 1 - frequency) >= min_maf - 1e-12
        kept &= np.minimum(counts.sums, ploidy * counts.observed - counts.sums) >= min_mac
        suspects = kept.copy()
        if np.issubdtype(values.dtype, np.integer):
            # A constant column of integers has an integer mean: only those need a second look.
            suspects &= counts.sums % np.maximum(counts.observed, 1) == 0
    for part in np.array_split(np.flatnonzero(suspects), len(values) // kinship.BLOCK + 1):
        block = values[part] if lines is None else values[part][:, lines]
        absent = is_missing(block)
        first = block[np.arange(len(part)), np.argmin(absent, axis=1)]
        kept[part] = ((block != first[:, None]) & ~absent).any(axis=1)
    return kept


def _deviations(values: np.ndarray, lines: np.ndarray | None, counts: _Counts) -> np.ndarray:
    """(p,) standard deviation (divisor n) of the observed values of each marker; 1 for constants."""
    squares = np.zeros(len(values))
    for part in blocks(len(values)):
        block = values[part] if lines is None else values[part][:, lines]
        centred = standardised(block, counts.means[part], np.ones(len(block)))
        squares[part] = np.einsum("pn,pn->p", centred, centred)
    deviations = np.sqrt(squares / np.maximum(counts.observed, 1))
    return np.where(deviations > 0, deviations, 1.0)


def _expected_deviations(counts: _Counts, ploidy: int) -> np.ndarray:
    """(p,) standard deviation of each marker in Hardy-Weinberg proportions; 1 for constants."""
    frequency = counts.means / ploidy
    deviations = np.sqrt(ploidy * np.maximum(frequency * (1 - frequency), 0))
    return np.where(deviations > 0, deviations, 1.0)


@dataclass(frozen=True)
class _Spectrum:
    """Leading eigenvalues (q,), descending, their vectors (n, q) and shares (q,) of the trace."""

    values: np.ndarray
    vectors: np.ndarray
    shares: np.ndarray

    @classmethod
    def of(
        cls, matrix: np.ndarray, components: int | None = None, variance: float | None = None
    ) -> _Spectrum:
        """Decompose a positive semidefinite matrix; the options are those of :class:`PCAScores`."""
        if components is not None and variance is not None:
            raise ValueError("Give components or variance, not both.")
        n, total = len(matrix), np.trace(matrix)
        if components is not None and components < n // 4:
            first = n - components
            values, vectors = eigh(matrix, driver="evr", subset_by_index=(first, n - 1), check_finite=False)
        else:
            values, vectors = eigh(matrix, driver="evd", check_finite=False)
        values, vectors = values[::-1], vectors[:, ::-1]
        kept = int(np.sum(values > n * np.finfo(float).eps * values[0]))
        if not kept:
            raise ValueError("The training rows do not vary.")
        if variance is not None:
            # Not beyond the last component, where rounding leaves the sum short of a share of 1.
            kept = min(kept, int(np.searchsorted(np.cumsum(values) / total, variance)) + 1)
        if components is not None:
            kept = min(kept, components)
        values, vectors = values[:kept], vectors[:, :kept]
        return cls(values, vectors * _signs(vectors), values / total)


def _signs(scores: np.ndarray) -> np.ndarray:
    """(q,) 1 or -1: the sign of the entry of largest magnitude in each column."""
    largest = np.abs(scores).argmax(axis=0)
    return np.where(scores[largest, np.arange(scores.shape[1])] < 0, -1.0, 1.0)


def _fingerprint(*arrays: np.ndarray) -> str:
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(f"{array.dtype}{array.shape}".encode())
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()
