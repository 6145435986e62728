"""What a method sees of the genotypes, fitted on the training lines of a fold alone.

:class:`FoldEncoder` does for the folds of a whole dataset what
:mod:`dnngp.encodings.transformers` do for rows, sharing between folds what does not depend on
them: cross products of dosages are exact integers (:mod:`dnngp.genotypes.grm`), so
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

from dnngp.base import ledger
from dnngp.base.errors import UserError
from dnngp.encodings.imputation import IMPUTE, ModeImputer, NearestLinesImputer
from dnngp.encodings.omics import MARKERS, layer_of
from dnngp.encodings.transformers import (
    Dominance,
    OneHot,
    PCAScores,
    Spectrum,
    transformer,
)
from dnngp.genotypes import grm
from dnngp.genotypes.grm import blocks, is_missing
from dnngp.genotypes.moments import Sums, expected_deviations, observed_deviations, varying
from dnngp.genotypes.store import Genotypes


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
        (:mod:`dnngp.encodings.imputation`, fitted on the training lines), or ``none``, which passes NaN on.
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
        kept = varying(self._genotypes.dosages, train, counts, *self._limits, self._genotypes.ploidy)
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

    def _deviations(self, train: np.ndarray, kept: np.ndarray, counts: Sums) -> np.ndarray:
        """(p,) what the kept markers are divided by: 1 for dosages, standard deviations for features."""
        ploidy = self._genotypes.ploidy
        if ploidy is not None:
            return expected_deviations(counts, ploidy)[kept] if self._standardised else np.ones(len(kept))
        return observed_deviations(self._genotypes.dosages, train, counts)[kept]

    def _training_counts(self, train: np.ndarray) -> Sums:
        dosages = self._genotypes.dosages
        others = np.setdiff1d(np.arange(dosages.shape[1]), train)
        if self._integer and len(others) < len(train):
            # Integers: what is left when the fewer others are taken away is the same to the bit.
            return self._all_counts - Sums.of(dosages, others)
        return Sums.of(dosages, train)

    @cached_property
    def _all_counts(self) -> Sums:
        return Sums.of(self._genotypes.dosages)

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
        base = varying(dosages, None, self._all_counts, *self._limits, self._genotypes.ploidy)
        return base, grm.cross_products(dosages.T, np.flatnonzero(base))

    def _products(
        self, train: np.ndarray, test: np.ndarray, kept: np.ndarray, counts: Sums
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
            gram = grm.centre(raw_gram)
            if self._complete[test].all():
                cross, diagonal = grm.centre_cross(raw_gram, raw[np.ix_(test, train)], np.diagonal(raw)[test])
                return gram, cross, diagonal
        else:
            gram, _ = grm.centred_products(dosages, markers, train, means, deviations)
        cross, diagonal = grm.centred_products(dosages, markers, train, means, deviations, others=test)
        return gram, cross, diagonal

    def _exact_products(self, kept: np.ndarray) -> np.ndarray:
        base, products = self._all_products
        dosages = self._genotypes.dosages
        added, removed = kept & ~base, base & ~kept
        if added.any():
            products = products + grm.cross_products(dosages.T, np.flatnonzero(added))
        if removed.any():
            products = products - grm.cross_products(dosages.T, np.flatnonzero(removed))
        return products

    def _gram_fold(self, train: np.ndarray, test: np.ndarray, kept: np.ndarray, counts: Sums) -> EncodedFold:
        ploidy = self._genotypes.ploidy
        scale = float(kept.sum())
        if self._name == "dominance":
            gram, cross, diagonal, scale = self._dominance_products(train, test, kept)
        else:
            gram, cross, diagonal = self._products(train, test, kept, counts)
            if ploidy is not None and not self._standardised:
                scale = grm.vanraden_scale(counts.means[kept] / ploidy, ploidy)
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
        self, train: np.ndarray, test: np.ndarray, kept: np.ndarray, counts: Sums
    ) -> EncodedFold:
        gram, cross, _ = self._products(train, test, kept, counts)
        self._saw("principal components", train)
        spectrum = Spectrum.of(gram, **self._options)
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


def _fingerprint(*arrays: np.ndarray) -> str:
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(f"{array.dtype}{array.shape}".encode())
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()
