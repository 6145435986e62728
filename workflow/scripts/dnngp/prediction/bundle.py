"""A method fitted on all lines with a phenotype, on disk, to predict lines that have only genotypes.

A bundle is a folder of three files: ``bundle.json`` (what it is, versions,
checksums), ``markers.tsv`` (which markers, which alleles) and ``arrays.npz`` (all
that was fitted). Nothing in it can run code, and a bundle read by another
process predicts the same bytes.
"""

from __future__ import annotations

import json
import logging
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from dnngp.base.errors import UserError
from dnngp.base.seeds import file_sha256, seed
from dnngp.base.serialisation import part_of, prefixed
from dnngp.base.tables import whole_file, write_json
from dnngp.encodings.encoding import Encoding
from dnngp.encodings.row_transformer import MarkerFilter
from dnngp.encodings.samples.fitting import FittedEncoding
from dnngp.encodings.samples.population import Population
from dnngp.encodings.samples.training_set import Key, TrainingSet, new_records
from dnngp.evaluation.tuning import tune as tune_on
from dnngp.genotypes.counts import count_genotypes
from dnngp.genotypes.grm import is_missing
from dnngp.genotypes.harmonise import Match, at_markers, disagreement, match_markers
from dnngp.genotypes.store import VARIANT_COLUMNS, Genotypes, read_variants, write_variants
from dnngp.methods.registry import METHODS, create
from dnngp.validation.intervals import half_width

log = logging.getLogger(__name__)

#: Form of the folder; a reader refuses what it does not know.
FORMAT = 1

#: Markers of unknown alleles below which frequencies say nothing; disagreement from which it is said.
FEW_ASSUMED, DOUBTFUL = 10, 0.1

FILES = ("arrays.npz", "markers.tsv", "bundle.json")

#: What bundle.json tells.
KEYS = {
    *("format", "method", "encoding", "params", "seed", "encodings"),
    *("ploidy", "lines", "fixed", "about", "sha256"),
}

#: Columns of a table of predictions.
COLUMNS = [
    *("rank", "sample", "predicted", "lower", "upper", "reliability", "spread"),
    *("markers_found", "trained_on"),
]


@dataclass
class Bundle:
    """A fitted method and what its predictions need.

    Attributes
    ----------
    method, encoding, params, seed
        As in :func:`dnngp.evaluation.evaluate.evaluate`; parameters with those that were tuned.
    model
        The fitted method.
    fitted
        The encodings that it reads, fitted on the training samples.
    markers
        p rows in the form of ``Genotypes.variants``: those that vary among the training lines.
    ploidy
        Sets of chromosomes; None for features.
    lines
        Ids of the training lines.
    training
        Their genotypes, where the method reads kernels between them and others.
    fixed
        Columns of fixed effects beside the mean; None without covariates.
    errors
        (k,) observed minus predicted of lines while they were held out; empty where not known.
    frequencies
        (p,) of the allele counted, among the training samples; None where the bundle does not know.
    about
        What else is worth remembering: dataset, trait, versions, checksums of the inputs.
    """

    method: str
    encoding: dict[str, Any]
    params: dict[str, Any]
    seed: int
    model: Any
    fitted: list[FittedEncoding]
    markers: pd.DataFrame
    ploidy: int | None
    lines: list[str]
    training: Genotypes | None
    fixed: int | None
    errors: np.ndarray
    frequencies: np.ndarray | None = None
    about: dict[str, Any] = field(default_factory=dict)

    def match(
        self, candidates: Genotypes, min_markers: float, source: object, min_agreement: float = 0.7
    ) -> Match:
        """Find the markers in a file of candidates.

        Parameters
        ----------
        candidates
            As read.
        min_markers
            Smallest share of the markers that must be found.
        source
            Name of the file, for messages.
        min_agreement
            Smallest share of the markers of unknown alleles, chance apart, whose allele frequencies are on
            the side of those of the training samples; 0 asks for nothing.

        Raises
        ------
        UserError
            Fewer are found, or frequencies say that other alleles are counted.
        """
        match = match_markers(self.markers, candidates.variants, features=self.ploidy is None)
        counts = match.counts()
        found = int((match.row >= 0).sum())
        told = (
            f"{found} of {counts['markers']} markers found ({match.coverage:.1%}): {counts['same']} as they "
            f"are, {counts['swapped']} with swapped alleles, {counts['strand']} on the other strand, "
            f"{counts['assumed']} with alleles that are not known and taken to be the same; "
            f"{counts['ambiguous']} are A/T or C/G, {counts['unclear']} of which are left out because the "
            f"strand is unclear; {counts['alleles']} have other alleles, {counts['absent']} are absent"
        )
        if match.coverage < min_markers:
            raise UserError(
                f"{told}. At least {min_markers:.0%} are needed (`min_markers`).",
                file=str(source),
                remedy="Check that positions are of the same assembly, or ids the same, or lower the limit.",
            )
        log.info("%s: %s.", source, told)
        self._check_frequencies(candidates, match, min_agreement, source)
        return match

    def _check_frequencies(
        self, candidates: Genotypes, match: Match, min_agreement: float, source: object
    ) -> None:
        """Stop where allele frequencies say that markers of unknown alleles count the other allele."""
        assumed = match.outcome == "assumed"
        if self.frequencies is None or candidates.ploidy is None or assumed.sum() < FEW_ASSUMED:
            return
        counted = count_genotypes(candidates.dosages[match.row[assumed]], candidates.ploidy)
        found = counted.frequencies(candidates.ploidy)
        observed, expected, count = disagreement(self.frequencies[assumed], found, candidates.n_samples)
        told = (
            f"the alleles of {assumed.sum()} markers are not known, and of {count} with clear allele "
            f"frequencies {observed:.0%} have the commoner allele of the training samples as the rarer one "
            f"({expected:.0%} by chance)"
        )
        if count >= FEW_ASSUMED and observed - expected > 1 - min_agreement:
            raise UserError(
                f"{told}: the file counts other alleles.",
                file=str(source),
                remedy="Name the alleles in both files (columns ref and alt, or a VCF), count the same "
                "allele, or lower `min_agreement` if the populations differ that much.",
            )
        if count >= FEW_ASSUMED and observed - expected > DOUBTFUL:
            log.warning("%s: %s.", source, told)

    def predict(self, candidates: Genotypes, match: Match, level: float) -> pd.DataFrame:
        """Predict lines.

        Parameters
        ----------
        candidates, match
            As read, and from :meth:`match`.
        level
            Nominal coverage of the intervals.

        Returns
        -------
        DataFrame
            :data:`COLUMNS`, the largest prediction first. ``reliability`` is missing where the method knows
            none, ``spread``, the standard deviation over members, but for networks of several members;
            ``markers_found`` is the share of the markers with a call of the line; ``trained_on`` tells
            whether its id is that of a training line (whose own phenotype then is in the prediction).

        Raises
        ------
        ArithmeticError
            A prediction that is not a finite number.
        """
        lines = at_markers(candidates, self.markers, match, self.ploidy)
        fitted: dict[Key, FittedEncoding] = {((one.encoding,), one.form): one for one in self.fitted}
        records = new_records(lines, match.row < 0, fitted.__getitem__, self.fixed)
        prediction = self.model.predict(records)
        predicted = prediction.mean
        if not np.isfinite(predicted).all():
            raise ArithmeticError("some predictions are not finite numbers")
        width = half_width(self.errors, level)
        known = set(self.lines)
        table = pd.DataFrame(
            {
                "sample": lines.samples,
                "predicted": predicted,
                "lower": predicted - width if np.isfinite(width) else np.nan,
                "upper": predicted + width if np.isfinite(width) else np.nan,
                "reliability": np.nan if prediction.reliability is None else prediction.reliability,
                "spread": np.nan if prediction.spread is None else prediction.spread,
                "markers_found": 1 - is_missing(lines.dosages).mean(axis=0),
                "trained_on": [sample in known for sample in lines.samples.tolist()],
            }
        )
        table = table.sort_values(["predicted", "sample"], ascending=[False, True], ignore_index=True)
        table.insert(0, "rank", table["predicted"].rank(method="min", ascending=False).astype(int))
        return table[COLUMNS]

    def save(self, folder: str | Path) -> None:
        """Write the three files; ``bundle.json`` last, so that a bundle with it is whole."""
        folder = Path(folder)
        arrays = prefixed("model", self.model.to_arrays()) | {"errors": self.errors}
        for number, one in enumerate(self.fitted):
            arrays |= prefixed(f"encoding{number}", one.to_arrays())
        if self.training is not None:
            arrays["training"] = self.training.dosages
        if self.frequencies is not None:
            arrays["frequencies"] = self.frequencies
        with whole_file(folder / "arrays.npz") as temporary:
            np.savez_compressed(temporary, allow_pickle=False, **arrays)
        write_variants(self.markers, folder / "markers.tsv")
        write_json(
            {
                "format": FORMAT,
                "method": self.method,
                "encoding": self.encoding,
                "params": self.params,
                "seed": self.seed,
                "encodings": [{"encoding": one.encoding.given, "form": one.form} for one in self.fitted],
                "ploidy": self.ploidy,
                "lines": self.lines,
                "fixed": self.fixed,
                "about": self.about,
                "sha256": {name: file_sha256(folder / name) for name in FILES[:2]},
            },
            folder / "bundle.json",
        )

    @classmethod
    def load(cls, folder: str | Path) -> Bundle:
        """Read what :meth:`save` wrote.

        Raises
        ------
        UserError
            A file is missing, damaged or of a later form, or the method is not known here.
        """
        folder = Path(folder)
        for name in FILES:
            if not (folder / name).is_file():
                raise UserError(
                    f"this is no bundle: there is no {name}.",
                    file=folder,
                    remedy="Name the folder that holds bundle.json, markers.tsv and arrays.npz.",
                )
        try:
            told = json.loads((folder / "bundle.json").read_text())
        except ValueError as error:
            raise UserError(f"not JSON: {error}.", file=folder / "bundle.json") from None
        if not isinstance(told, dict) or not told.keys() >= KEYS:
            raise UserError("it does not describe a bundle.", file=folder / "bundle.json")
        if told["format"] != FORMAT or told["method"] not in METHODS:
            raise UserError(
                f"a bundle of form {told['format']} with the method {told['method']!r}, which this "
                "version does not know.",
                file=folder,
                remedy=f"It was written by version {told['about'].get('workflow', 'unknown')}.",
            )
        for name, sha256 in told["sha256"].items():
            if file_sha256(folder / name) != sha256:
                raise UserError("it is damaged: bundle.json has another SHA-256.", file=folder / name)
        try:
            with np.load(folder / "arrays.npz", allow_pickle=False) as stored:
                arrays = {name: stored[name] for name in stored.files}
        except (zipfile.BadZipFile, ValueError) as error:
            raise UserError(f"cannot be read: {error}.", file=folder / "arrays.npz") from None
        markers = read_variants(folder / "markers.tsv")
        training = None
        if "training" in arrays:
            training = Genotypes(
                np.array(told["lines"]), markers, arrays["training"], told["ploidy"], {"path": str(folder)}
            )
        fitted = [
            FittedEncoding.from_arrays(
                Encoding.of(entry["encoding"]),
                entry["form"],
                told["ploidy"],
                part_of(f"encoding{number}", arrays),
                training,
            )
            for number, entry in enumerate(told["encodings"])
        ]
        model = create(told["method"], told["params"], told["seed"], told["encoding"])
        return cls(
            **{key: told[key] for key in ("method", "encoding", "params", "seed")},
            model=model.from_arrays(part_of("model", arrays)),
            fitted=fitted,
            markers=markers,
            training=training,
            errors=arrays["errors"],
            frequencies=arrays.get("frequencies"),
            **{key: told[key] for key in ("ploidy", "lines", "fixed", "about")},
        )


def train(
    genotypes: Genotypes,
    phenotype: pd.Series,
    *,
    method: str,
    encoding: Mapping[str, Any],
    params: Mapping[str, Any],
    maf: float,
    names: tuple[object, ...],
    mac: int = 0,
    groups: pd.Series | None = None,
    covariates: pd.DataFrame | None = None,
    tune: int = 1,
    errors: np.ndarray | None = None,
    about: Mapping[str, Any] | None = None,
) -> Bundle:
    """Fit a method on all lines with a phenotype.

    Parameters
    ----------
    genotypes, phenotype, method, encoding, params, maf, mac, names, groups, covariates, tune
        As in :func:`dnngp.evaluation.evaluate.evaluate`; lines without a phenotype are left out.
    errors
        (k,) observed minus predicted of these lines while they were held out.
    about
        Stored with the bundle.
    """
    entry = METHODS[method]
    rows = genotypes.positions(sorted(phenotype.dropna().index))
    ids = genotypes.samples[rows]
    y = phenotype.loc[ids].to_numpy(float)
    kept = MarkerFilter(maf, genotypes.ploidy, mac).fit(genotypes.dosages[:, rows].T).kept_
    if not kept.any():
        raise UserError(
            f"none of {len(kept)} markers varies among the {len(rows)} training samples.",
            remedy="Lower `qc.maf` and `qc.mac`, and check genotypes and `ploidy` of the dataset.",
        )
    training = TrainingSet(
        Population(genotypes, maf, mac),
        rows,
        None if groups is None else groups.loc[ids].tolist(),
        covariates.reindex(genotypes.samples) if covariates is not None and entry.covariates else None,
    )
    number = seed(*names)
    chosen = dict(params)
    if tune > 1:
        chosen |= tune_on(entry, params, encoding, training, y, tune, number).params
    model = create(method, chosen, number, encoding)
    model.fit(training, y)
    stored = genotypes.select(rows, np.flatnonzero(kept))
    fitted = [one for one in training.fitted.values() if isinstance(one, FittedEncoding)]
    return Bundle(
        method=method,
        encoding=dict(encoding),
        params=chosen,
        seed=number,
        model=model,
        fitted=fitted,
        markers=stored.variants[VARIANT_COLUMNS],
        ploidy=genotypes.ploidy,
        lines=ids.tolist(),
        training=stored if any(one.form == "kernel" for one in fitted) else None,
        fixed=None if training.fixed is None else training.fixed.shape[1],
        errors=np.empty(0) if errors is None else np.asarray(errors, float),
        frequencies=None
        if genotypes.ploidy is None
        else count_genotypes(stored.dosages, genotypes.ploidy).frequencies(genotypes.ploidy),
        about=dict(about or {}),
    )
