"""Encodings fitted on all lines with a phenotype, and lines from elsewhere that are encoded with them.

An evaluation encodes training and test lines of one population together. Here
the training lines come first and the others later, perhaps in another process
and without the training lines: a :class:`TrainingLines` remembers every encoding
that a method asked for, and :class:`NewLines` hands it the same ones again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from dnngp.base.errors import UserError
from dnngp.base.serialisation import Arrays, part_of, prefixed
from dnngp.encodings.fold import Encoders, Fold
from dnngp.encodings.fold_encoder import EncodedFold, FoldEncoder
from dnngp.encodings.imputation import ModeImputer, NearestLinesImputer
from dnngp.encodings.omics import Encoding
from dnngp.encodings.transformers import Additive, MarkerFilter, OneHot, PCAScores, transformer
from dnngp.genotypes.grm import is_missing
from dnngp.genotypes.store import Genotypes

NOBODY = np.empty(0, np.int64)


class LineEncoder:
    """One encoding in one form, fitted on training lines.

    The form ``array`` keeps means, directions and the like; of the training lines
    it keeps genotypes only with ``impute: knn``. The form ``gram`` keeps the
    genotypes of the training lines, with which others are multiplied.

    Parameters
    ----------
    encoding, form
        As for :class:`dnngp.encodings.fold_encoder.FoldEncoder`.
    ploidy
        Sets of chromosomes; None for features.
    """

    def __init__(self, encoding: Mapping[str, Any], form: str, ploidy: int | None) -> None:
        self.encoding, self.form, self.ploidy = dict(encoding), form, ploidy
        self._impute = self.encoding.get("impute", "mean")
        self._training: Genotypes | None = None
        self._transformer = transformer(encoding, ploidy) if form == "array" else None
        self._imputer: Any = None
        if form == "array" and ploidy is not None and self._impute in ("mode", "knn"):
            self._imputer = {"mode": ModeImputer, "knn": NearestLinesImputer}[self._impute](ploidy)

    def fit(self, training: Genotypes) -> EncodedFold:
        """Fit on training lines, all markers of which vary, and encode them."""
        # Made for its checks as well: of the encoding, and whether it suits the data.
        encoder = FoldEncoder(training, self.encoding, 0.0)
        if self._transformer is None:
            self._training = training
            return encoder.fold(np.arange(training.n_samples), NOBODY, "gram")
        rows = training.rows()
        if self._imputer is not None:
            if self._impute == "knn":
                variants = training.variants
                self._imputer.set_params(
                    chromosomes=variants["chrom"].to_numpy(), positions=variants["pos"].to_numpy()
                )
            rows = self._imputer.fit(rows).transform(rows)
        encoded = self._transformer.fit(rows).transform(rows)
        if self._impute == "none":
            encoded[is_missing(rows)] = np.nan
        return EncodedFold(encoded.shape[1], "", train=encoded, test=encoded[:0])

    def encode(self, lines: Genotypes, absent: np.ndarray) -> EncodedFold:
        """Encode other lines, whose markers are those of the training lines.

        Parameters
        ----------
        lines
            What they have no call of counts as missing.
        absent
            (p,) bool, markers that none of them has: the training mean, even with ``impute: none``.
        """
        if self._training is not None:
            n, m = self._training.n_samples, lines.n_samples
            together = replace(
                self._training,
                samples=np.concatenate([self._training.samples, lines.samples]),
                dosages=_side_by_side(self._training.dosages, lines.dosages),
            )
            encoder = FoldEncoder(together, self.encoding, 0.0)
            return encoder.fold(np.arange(n), np.arange(n, n + m), "gram")
        assert self._transformer is not None
        rows = lines.rows()
        if self.encoding["name"] == "onehot" and (np.nan_to_num(rows) % 1).any():
            raise UserError(
                "the encoding onehot was fitted on whole dosages, but those of the new lines are estimates.",
                remedy="Read their calls (`field: GT`).",
            )
        if self._imputer is not None:
            rows = self._imputer.transform(rows)
        encoded = self._transformer.transform(rows)
        if self._impute == "none":
            encoded[is_missing(rows) & ~absent] = np.nan
        return EncodedFold(encoded.shape[1], "", train=encoded[:0], test=encoded)

    def reference(self) -> np.ndarray:
        """The mean genotype of the training lines in the form ``array``: (q,) or (p, channels)."""
        transformer = self._transformer
        assert transformer is not None
        if isinstance(transformer, OneHot):
            channels = transformer.frequencies_.shape[1] + (transformer.missing == "class")
            reference = np.zeros((len(transformer.frequencies_), channels))
            reference[:, : transformer.frequencies_.shape[1]] = transformer.frequencies_
            return reference
        if isinstance(transformer, Additive) and not transformer.centre:
            return np.asarray(transformer.mean_ / transformer.scale_)
        return np.zeros(
            len(transformer.components_ if isinstance(transformer, PCAScores) else transformer.mean_)
        )

    def loadings(self) -> np.ndarray:
        """Of the components (q, p), the encoding ``pca`` alone."""
        assert isinstance(self._transformer, PCAScores)
        return self._transformer.components_

    def to_arrays(self) -> dict[str, np.ndarray]:
        """What was fitted, but the genotypes of training lines that the form ``gram`` needs."""
        if self._transformer is None:
            return {}
        arrays = prefixed("transformer", self._transformer.to_arrays())
        return arrays if self._imputer is None else arrays | prefixed("imputer", self._imputer.to_arrays())

    def from_arrays(self, arrays: Arrays, training: Genotypes | None) -> LineEncoder:
        """Take over what :meth:`to_arrays` gave, and the training lines for the form ``gram``."""
        if self._transformer is None:
            self._training = training
            return self
        self._transformer.from_arrays(part_of("transformer", arrays))
        if self._imputer is not None:
            self._imputer.from_arrays(part_of("imputer", arrays))
        return self


def key_of(encoding: Mapping[str, Any], form: str) -> tuple[str, str]:
    """What an encoder is looked up by."""
    return json.dumps(dict(encoding), sort_keys=True), form


@dataclass
class TrainingLines(Fold):
    """A fold all lines of which are training lines.

    Attributes
    ----------
    kept : (P,) bool
        Markers that vary among them and reach the limits of frequency and count.
    fitted
        The encoders that were asked for.
    """

    kept: np.ndarray = field(init=False)
    fitted: dict[tuple[str, str], LineEncoder] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        super().__post_init__()
        genotypes, encoders = self.encoders.genotypes, self.encoders
        rows = genotypes.dosages[:, self.train].T
        self.kept = MarkerFilter(encoders.maf, genotypes.ploidy, encoders.mac).fit(rows).kept_
        if not self.kept.any():
            raise UserError(
                f"none of {len(self.kept)} markers varies among the {len(self.train)} training lines.",
                remedy="Lower `qc.maf` and `qc.mac`, and check genotypes and `ploidy` of the dataset.",
            )
        self.genotypes = genotypes.select(self.train, np.flatnonzero(self.kept))

    def _encode_one(self, encoding: Encoding, form: str) -> EncodedFold:
        """The lines in one encoding; its encoder is remembered."""
        encoder = self.fitted[key_of(encoding, form)] = LineEncoder(encoding, form, self.genotypes.ploidy)
        return encoder.fit(self.genotypes)


class NewLines(Fold):
    """Lines from elsewhere, as a method sees the test lines of a fold.

    Parameters
    ----------
    lines
        Their genotypes at the markers of the training lines.
    absent
        (p,) bool, markers that none of them has.
    fitted
        Encoders by :func:`key_of`.
    fixed
        Fixed effects of the method beside the mean: new lines stand at the mean of the training lines.
    """

    def __init__(
        self,
        lines: Genotypes,
        absent: np.ndarray,
        fitted: Mapping[tuple[str, str], LineEncoder],
        fixed: int | None,
    ) -> None:
        super().__init__(Encoders(lines, 0.0), NOBODY, np.arange(lines.n_samples))
        self._fitted, self._absent, self._effects = fitted, absent, fixed

    def _encode_one(self, encoding: Encoding, form: str) -> EncodedFold:
        """The lines in an encoding that the training lines were met in."""
        return self._fitted[key_of(encoding, form)].encode(self.encoders.genotypes, self._absent)

    @property
    def fixed_test(self) -> np.ndarray | None:
        """Fixed effects (m, q), all 0; None without covariates."""
        return None if self._effects is None else np.zeros((len(self.test), self._effects))


def _side_by_side(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Dosages of two sets of lines, (p, n) and (p, m); real-valued where one of them is."""
    if first.dtype != second.dtype:
        first, second = (
            np.where(is_missing(values), np.nan, values).astype(np.float32) for values in (first, second)
        )
    return np.concatenate([first, second], axis=1)
