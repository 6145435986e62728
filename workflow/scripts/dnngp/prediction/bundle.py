"""A method fitted on all samples with a phenotype, to predict samples that have only genotypes.

On disk a bundle is a folder (:mod:`dnngp.prediction.bundle_files`). Nothing in it can run code, and a bundle
read by another process predicts the same bytes.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from dnngp.base.errors import UserError, nearest, some
from dnngp.encodings.samples.environment_covariates import Environments
from dnngp.encodings.samples.fitting import FittedEncoding
from dnngp.encodings.samples.training_set import Key, new_records
from dnngp.genotypes.grm import is_missing
from dnngp.genotypes.harmonise import Match, assumed_disagreement, at_markers, match_markers
from dnngp.genotypes.records import OVERALL
from dnngp.genotypes.relatedness import COLUMNS as NEAREST
from dnngp.genotypes.relatedness import nearest_training
from dnngp.genotypes.store import Genotypes
from dnngp.genotypes.trait_types import CONTINUOUS, TraitType
from dnngp.methods.environment_regressor import EnvironmentRegressor
from dnngp.methods.registry import METHODS
from dnngp.methods.regressor import Prediction
from dnngp.methods.within_environments import mean_of
from dnngp.prediction.held_out import NEW, ONE
from dnngp.validation.intervals import half_width
from dnngp.validation.metric import PROBABILITY

log = logging.getLogger(__name__)

#: Markers of unknown alleles below which frequencies say nothing; disagreement from which it is said.
FEW_ASSUMED, DOUBTFUL = 10, 0.1

#: Columns of a table of predictions, and the first ones where there are environments.
COLUMNS = [
    *("rank", "sample", "predicted", "lower", "upper", "reliability", "spread"),
    *("markers_found", "trained_on"),
]
OF_ENVIRONMENTS = ["environment", "new_environment"]


@dataclass
class BundleFit:
    """One fitted model.

    Attributes
    ----------
    environment
        The only one that it was fitted on; None: it takes all.
    model
        The fitted method.
    fitted
        The encodings that it reads, fitted on its training samples.
    samples, markers
        (n,) int64 and (p,) bool: its training samples and its markers among those of the bundle.
    fixed
        Columns of fixed effects beside the mean; None without covariates.
    """

    environment: str | None
    model: Any
    fitted: list[FittedEncoding]
    samples: np.ndarray
    markers: np.ndarray
    fixed: int | None

    def predict(
        self, samples: Genotypes, absent: np.ndarray, environments: Sequence[int] | None = None
    ) -> Prediction:
        """Predict samples, given at the markers of the bundle of which ``absent`` (p,) bool are in none.

        With ``environments``, numbers of them, of each all samples, one environment behind the other.
        """
        fitted: dict[Key, FittedEncoding] = {((one.encoding,), one.form): one for one in self.fitted}
        own = samples if self.markers.all() else samples.select(None, self.markers)
        records = new_records(
            own, absent[self.markers], fitted.__getitem__, self.fixed, environments=environments
        )
        # The number of threads changes the rounding of sums.
        with threadpool_limits(1):
            prediction: Prediction = self.model.predict(records)
        if not np.isfinite(prediction.mean).all():
            raise ArithmeticError("some predictions are not finite numbers")
        return prediction


@dataclass
class Bundle:
    """A fitted method and what its predictions need.

    Attributes
    ----------
    method, encoding, params, seed
        As in :func:`dnngp.evaluation.evaluate.evaluate`; parameters with those that were tuned.
    fits
        One of all records, or one for each environment where the method takes none.
    markers
        p rows in the form of ``Genotypes.variants``: those that vary among the training samples of a fit.
    ploidy
        Sets of chromosomes; None for features.
    samples
        Ids of the training samples.
    training
        Their genotypes, where the method reads kernels between them and others.
    errors
        By environment (:data:`dnngp.prediction.held_out.ONE` where there are none): (k,) observed minus
        predicted of samples while they were held out.
    environments
        Those of the training records; None where samples have one record each.
    trait
        What its phenotypes are.
    lower
        The trait, or the environments that are traits, where lower values are better.
    frequencies
        (p,) of the allele counted, among the training samples; None where the bundle does not know.
    about
        What else is worth remembering: dataset, trait, versions, checksums of the inputs.
    """

    method: str
    encoding: dict[str, Any]
    params: dict[str, Any]
    seed: int
    fits: list[BundleFit]
    markers: pd.DataFrame
    ploidy: int | None
    samples: list[str]
    training: Genotypes | None
    errors: Mapping[str, np.ndarray] = field(default_factory=dict)
    environments: Environments | None = None
    trait: TraitType = CONTINUOUS
    lower: Sequence[str] = ()
    frequencies: np.ndarray | None = None
    about: dict[str, Any] = field(default_factory=dict)

    @property
    def model(self) -> Any:
        """The fitted method, of a bundle without environments."""
        (fit,) = self.fits
        return fit.model

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
        assumed = (match.outcome == "assumed").sum()
        if self.frequencies is None or assumed < FEW_ASSUMED:
            return
        observed, expected, count = assumed_disagreement(self.frequencies, candidates, match)
        told = (
            f"the alleles of {assumed} markers are not known, and of {count} with clear allele "
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

    def predict(
        self,
        candidates: Genotypes,
        match: Match,
        level: float,
        environments: Environments | None = None,
        relatives: Genotypes | None = None,
    ) -> pd.DataFrame:
        """Predict samples.

        Parameters
        ----------
        candidates, match
            As read, and from :meth:`match`.
        level
            Nominal coverage of the intervals.
        environments
            Where to predict them (:meth:`asked`); None: in all environments of training.
        relatives
            Training samples at the markers (:meth:`training_among`), of which the nearest is told.

        Returns
        -------
        DataFrame
            :data:`COLUMNS`, the best prediction first. ``reliability`` is missing where the method knows
            none, ``spread``, the standard deviation over members, but for networks of several members;
            ``markers_found`` is the share of the markers with a call of the sample; ``trained_on`` tells
            whether its id is that of a training sample (whose own phenotype then is in the prediction).
            Where there are environments, :data:`OF_ENVIRONMENTS` and a table for each behind one another,
            the means over them (:data:`dnngp.genotypes.records.OVERALL`) first. With ``relatives``,
            :data:`dnngp.genotypes.relatedness.COLUMNS` last.

        Raises
        ------
        ArithmeticError
            A prediction that is not a finite number.
        """
        samples = at_markers(candidates, self.markers, match, self.ploidy)
        known = set(self.samples)
        common = pd.DataFrame(
            {
                "sample": samples.samples,
                "markers_found": 1 - is_missing(samples.dosages).mean(axis=0),
                "trained_on": [sample in known for sample in samples.samples.tolist()],
            }
        )
        columns = COLUMNS
        if relatives is not None:
            near = nearest_training(samples, relatives)
            common, columns = common.join(near.set_index("sample"), on="sample"), [*COLUMNS, *NEAREST]
        absent = match.row < 0
        if self.environments is None:
            prediction = self.fits[0].predict(samples, absent)
            table = self._ranked(ONE, common, prediction, self.errors.get(ONE), level)
            return table[[*columns, *classes_of(table)]]
        tables = []
        chosen = self.environments if environments is None else environments
        # The errors of a mean are those of the mean over all environments of training.
        errors = {} if set(chosen.names) == set(self.environments.names) else {OVERALL: np.empty(0)}
        errors = {**self.errors, **errors}
        for name, prediction in self._by_environment(samples, absent, chosen).items():
            new = name not in (*self.environments.names, OVERALL)
            table = self._ranked(name, common, prediction, errors.get(NEW if new else name), level)
            tables.append(table.assign(environment=name, new_environment=new))
        whole = pd.concat(tables, ignore_index=True)
        return whole[[*OF_ENVIRONMENTS, *columns, *classes_of(whole)]]

    def training_among(self, genotypes: Genotypes) -> Genotypes:
        """The training samples among others, at the markers of the bundle."""
        chosen = genotypes.select(genotypes.positions(self.samples))
        return at_markers(chosen, self.markers, match_markers(self.markers, chosen.variants), self.ploidy)

    def asked(
        self, names: Sequence[str] | None, covariates: pd.DataFrame | None = None
    ) -> Environments | None:
        """Environments by name, of training or new ones, to predict samples in.

        Parameters
        ----------
        names
            None: all of training.
        covariates
            Of the new ones, by name.

        Raises
        ------
        UserError
            The bundle has no environments, or its method cannot predict new ones.
        """
        if names is None:
            return self.environments
        if self.environments is None:
            raise UserError(
                "the model was trained without environments: it predicts none of "
                f"{some(list(names))} on its own.",
                remedy="Leave `environments` out.",
            )
        new = [name for name in names if name not in self.environments.names]
        if new:
            log.warning(self._check_new(new, covariates))
        known = self.environments.covariates
        if known is None or covariates is None:
            return Environments(tuple(names))
        rows = covariates.reindex(columns=known.columns, index=new)
        return Environments(tuple(names), rows.reindex(list(names)).reset_index(drop=True))

    def _check_new(self, new: Sequence[str], covariates: pd.DataFrame | None) -> str:
        """What predictions in new environments are; raises :class:`UserError` where there are none."""
        assert self.environments is not None
        entry, known = METHODS[self.method], self.environments.covariates
        if not entry.new_environments:
            raise UserError(
                f"{entry.label} predicts no environments that it was not trained on: {some(list(new))}.",
                remedy=nearest(new[0], self.environments.names),
            )
        absent = [name for name in new if covariates is None or name not in covariates.index]
        if absent and entry.environment_covariates:
            raise UserError(
                f"{entry.label} reads covariates of environments, and those of {some(absent)} are not known.",
                remedy="Name a table of them (`environment_covariates`).",
            )
        text = f"{some(list(new))}: no record of training is from there, "
        if not entry.environments:
            return text + "so the predictions are the means of what the fits of the other environments say."
        reads = entry.environment_covariates or issubclass(entry.estimator, EnvironmentRegressor)
        if known is None or absent or not reads:
            return text + "so the predictions are main effects, at the mean of the other environments."
        return text + f"so the predictions go by the covariates ({', '.join(known.columns)})."

    def _by_environment(
        self, samples: Genotypes, absent: np.ndarray, chosen: Environments
    ) -> dict[str, Prediction]:
        """Predictions by environment; of several the mean over them in front, each counting the same."""
        names = list(chosen.names)
        if self.fits[0].environment is None:
            found = self._by_all_records(samples, absent, chosen)
        else:
            of_fits = {str(fit.environment): fit.predict(samples, absent) for fit in self.fits}
            mean = Prediction(**mean_of(list(of_fits.values())))
            found = [of_fits.get(name, mean) for name in names]
        overall = Prediction(np.mean([prediction.mean for prediction in found], axis=0))
        if self.trait.has_classes:
            overall = Prediction(**mean_of(found))
        first = {OVERALL: overall} if len(names) > 1 else {}
        return first | dict(zip(names, found, strict=True))

    def _by_all_records(
        self, samples: Genotypes, absent: np.ndarray, chosen: Environments
    ) -> list[Prediction]:
        """Predictions by a fit of all records in each of the chosen environments."""
        assert self.environments is not None
        (fit,), known = self.fits, self.environments
        rows = [number for number, name in enumerate(chosen.names) if name not in known.names]
        about = None if chosen.covariates is None else chosen.covariates.iloc[rows].reset_index(drop=True)
        every = known.joined(Environments(tuple(chosen.names[row] for row in rows), about))
        fit.model.extend(every)
        whole = fit.predict(samples, absent, every.numbers(chosen.names).tolist())
        means = whole.mean.reshape(len(chosen), -1)
        if whole.probability is None:
            return [Prediction(part) for part in means]
        chances = whole.probability.reshape(*means.shape, -1)
        return [Prediction.of_classes(part) for part in chances]

    def _ranked(
        self,
        environment: str,
        common: pd.DataFrame,
        prediction: Prediction,
        errors: np.ndarray | None,
        level: float,
    ) -> pd.DataFrame:
        """The table of one environment, the best prediction first."""
        rising = not {environment, self.about.get("trait")}.isdisjoint(self.lower)
        return ranked(common, prediction, errors, level, self.trait.classes, rising)


def ranked(
    samples: pd.DataFrame,
    prediction: Prediction,
    errors: np.ndarray | None,
    level: float,
    classes: Sequence[str],
    rising: bool,
) -> pd.DataFrame:
    """What is known of samples with their predictions, intervals and ranks, the best first.

    Parameters
    ----------
    samples
        ``sample`` and further columns.
    prediction
        Of them.
    errors
        (k,) observed minus predicted of samples while they were held out; None: there is no interval.
    level
        Nominal coverage of the intervals.
    classes
        Of the trait.
    rising
        Whether the lowest prediction is the best.
    """
    width = half_width(np.empty(0) if errors is None else errors, level)
    width = width if np.isfinite(width) else np.nan
    table = samples.assign(
        predicted=prediction.mean,
        lower=prediction.mean - width,
        upper=prediction.mean + width,
        reliability=np.nan if prediction.reliability is None else prediction.reliability,
        spread=np.nan if prediction.spread is None else prediction.spread,
    )
    table = table.assign(**prediction.of_each_class(classes))
    table = table.sort_values(["predicted", "sample"], ascending=[rising, True], ignore_index=True)
    rank = table["predicted"].rank(method="min", ascending=rising).astype(int)
    return table.assign(rank=rank)


def classes_of(table: pd.DataFrame) -> list[str]:
    """Columns that a table of predictions has of a trait with classes."""
    own = ("liability", "predicted_class")
    return [str(name) for name in table if name in own or str(name).startswith(PROBABILITY)]
