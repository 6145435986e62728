"""What a look at all data of a configuration finds, as lines for the terminal; no model is fitted."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from dnngp.base.download import remote_size
from dnngp.base.errors import UserError, some
from dnngp.base.remote import is_remote
from dnngp.base.suspects import CODES, FAR
from dnngp.base.tables import write_table
from dnngp.config import Configuration
from dnngp.config.dataset_entries import Dataset
from dnngp.config.prediction_entries import Prediction
from dnngp.config.sample_checks import measured_ids, phenotyped_ids
from dnngp.genotypes.crosses import pairs_of, parents_told
from dnngp.genotypes.file_formats import genotype_format, ploidy, read_genotypes
from dnngp.genotypes.harmonise import match_markers
from dnngp.genotypes.id_folding import EXACT, id_doubt
from dnngp.genotypes.parsing.format import Reading
from dnngp.genotypes.phenotypes import WEIGHT
from dnngp.genotypes.quality_control import quality_control
from dnngp.genotypes.records import environments_of, phenotype_of
from dnngp.genotypes.store import Genotypes
from dnngp.genotypes.structure import clusters
from dnngp.genotypes.table_reading import TableReading
from dnngp.methods.field_trials.stage_one import read_plots, stage_one
from dnngp.validation.schemes import SCHEMES
from dnngp.validation.splits import split_table, units_of
from dnngp.validation.user_folds import assigned_folds

BARS = " ▁▂▃▄▅▆▇█"
#: Bars of a histogram.
BINS = 16


@dataclass
class Inspection:
    """Lines that describe a dataset, what deserves a second look, and problems that would stop a run."""

    lines: list[str] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def add(self, title: str, *texts: str) -> None:
        """Lines behind a title."""
        for number, text in enumerate(texts):
            self.lines.append(f"  {title if number == 0 else '':<16} {text}")


def inspect(dataset: Dataset, config: Configuration) -> Inspection:
    """Read a dataset whole: ids, markers, traits, folds."""
    found = Inspection()
    if dataset.simulate is not None or dataset.preset is not None:
        found.add("Data", "made or fetched by the run; nothing to read yet")
        return found
    if remote := [path for path in (*dataset.files, dataset.phenotypes) if is_remote(path)]:
        _say_remote(remote, found)
        return found
    with tempfile.TemporaryDirectory() as folder:
        try:
            genotypes = read_genotypes(dataset.genotypes, Reading(**dataset.reading), folder)
            _ids(dataset, genotypes, found)
            control = quality_control(genotypes, dataset.qc, dataset.table.ids)
        except UserError as error:
            found.problems.append(str(error))
            return found
        _markers(dataset, genotypes, control.filter_summary, found)
        near = control.tables.get("near_duplicates", pd.DataFrame())
        _near_duplicates(near, found)
        kept = genotypes.samples[control.samples].tolist()
        wanted = any(SCHEMES[scheme].reads_clusters for scheme in config.cv["schemes"])
        cluster = _clusters(genotypes, control, config) if wanted else None
        crosses = pairs_of(_crosses(genotypes))
        means = _means(dataset, folder, found) if dataset.plots else {}
        for trait in dataset.traits.values():
            _trait(dataset, trait, kept, means, found)
        for prediction in config.predictions.values():
            if prediction.dataset == dataset.name and prediction.files and not is_remote(prediction.files[0]):
                _candidates(prediction, genotypes.variants[control.variants], found)
        if found.problems:  # folds of such traits cannot be drawn
            return found
        folds_of = partial(_folds, dataset, kept, means, config.cv["folds"], near, cluster, crosses)
        for scheme in config.cv["schemes"]:
            if SCHEMES[scheme].suits(dataset.environments):
                _scheme(list(dataset.traits.values()), scheme, folds_of, found)
            else:
                found.add(scheme, "not for this dataset")
    return found


def _say_remote(addresses: list[str], found: Inspection) -> None:
    """Files that are not here: whether they can be had, and what was not looked at."""
    for address in addresses:
        try:
            size = remote_size(address)
        except UserError as error:
            found.problems.append(str(error))
        else:
            found.add("Fetched", address if size is None else f"{address} ({size:,} bytes)")
    found.add(
        "Not checked",
        "ids, markers, values and folds: the run checks them when it has fetched the files",
    )


def _ids(dataset: Dataset, genotypes: Genotypes, found: Inspection) -> None:
    samples = genotypes.samples.tolist()
    genotyped, phenotyped = set(samples), set(phenotyped_ids(dataset, samples))
    both = genotyped & phenotyped
    found.add(
        "Samples",
        f"{len(both)} in both files ({len(genotyped)} genotyped, {len(phenotyped)} in the phenotypes)",
        *(
            f"{len(ids)} only in the {where}: {some(sorted(ids))}"
            for where, ids in (("genotypes", genotyped - both), ("phenotypes", phenotyped - both))
            if ids
        ),
        *parents_told(_crosses(genotypes), phenotyped),
    )
    for name, layer in dataset.omics.items():
        if layer.relates and (listed := measured_ids(layer)) is not None:
            known = set(dataset.table.folded(listed, samples, layer.files[0]))
            beside = len(known & (phenotyped - genotyped))
            found.add(
                name.capitalize(),
                f"{len(known)} individuals, {len(known & genotyped)} of them genotyped",
                f"{beside} more have a phenotype: models that read it train on them in random folds",
            )
    doubt = None if dataset.table.ids == EXACT else id_doubt(sorted(phenotyped), genotyped)
    found.doubts += [] if doubt is None else [doubt]


def _crosses(genotypes: Genotypes) -> pd.DataFrame | None:
    """The parents of each sample, of a dataset of crosses."""
    return None if genotypes.crosses is None else genotypes.crosses.table(genotypes.samples)


def _markers(dataset: Dataset, genotypes: Genotypes, filter_summary: pd.DataFrame, found: Inspection) -> None:
    steps = filter_summary[(filter_summary["variants_removed"] > 0) | (filter_summary["samples_removed"] > 0)]
    kind = genotype_format(dataset.genotypes)
    found.add(
        "Markers",
        f"{genotypes.n_variants} read ({kind}, ploidy {genotypes.ploidy})",
        *(_step(row) for row in steps.to_dict("records")),
    )
    if len(genotypes.defects):
        first = "; ".join(map(str, genotypes.defects.iloc[0].tolist()))
        found.doubts.append(f"{len(genotypes.defects)} defects of the genotype file, the first: {first}")
    if (seen := ploidy(dataset.genotypes)) not in (None, genotypes.ploidy):
        found.doubts.append(
            f"the first calls are those of ploidy {seen}, and `ploidy` is {genotypes.ploidy}."
        )


def _step(row: Mapping[Any, Any]) -> str:
    gone = [
        f"-{row[f'{what}_removed']} {name}"
        for what, name in (("variants", "markers"), ("samples", "samples"))
        if row[f"{what}_removed"]
    ]
    return (
        f"{row['variants_left']:>7} markers, {row['samples_left']} samples: {row['step']} ({', '.join(gone)})"
    )


def _near_duplicates(near: pd.DataFrame, found: Inspection) -> None:
    if len(near):
        first = near.iloc[0]
        found.add("Duplicates", f"{len(near)} pairs of samples with nearly the same markers")
        found.doubts.append(
            f"{first['sample']} and {first['twin']} have nearly the same markers: one sample twice?"
        )


#: What ``stage_one: within_folds`` is not for.
WITHIN_FOLDS = (
    "anew in each fold for the fits of the comparison; learning curves, controls, heritability and models "
    "for new samples read the means of all plots"
)


def _means(dataset: Dataset, folder: str, found: Inspection) -> dict[str, str]:
    """Files of the means of plots by trait, without trends in the field; each environment is described."""
    assert dataset.plots is not None
    paths: dict[str, str] = {}
    for trait in dataset.traits.values():
        plots = read_plots(dataset.phenotypes, trait, **dataset.plot_options, reading=dataset.table)
        tables = stage_one(plots, trait, **dataset.plots.fitting | {"spatial": "none"})
        trials = tables["trials"].to_dict("records")
        found.add(
            "Field trials",
            *(
                f"{one['environment']}: {one['design']}, {one['plots']} plots of {one['entries']} entries, "
                f"h2 {one['h2']:.2f}. {one['notes']}".rstrip()
                for one in trials
            ),
        )
        paths[trait] = f"{folder}/means{len(paths)}.tsv"
        write_table(tables["means"], paths[trait])
    if dataset.plots.within_folds:
        found.add("Stage one", WITHIN_FOLDS)
    return paths


def _trait(
    dataset: Dataset, trait: str, samples: list[str], means: Mapping[str, str], found: Inspection
) -> None:
    try:
        phenotype = _phenotype(dataset, trait, samples, means)
    except UserError as error:
        found.problems.append(str(error))
        return
    values = phenotype.set_index("sample")["value"].dropna()
    environments = environments_of(phenotype)
    where = f" in {len(environments)} environments" if environments else ""
    numbers = f"mean {values.mean():.4g}, SD {values.std():.3g}, {values.min():.4g} to {values.max():.4g}"
    told = f"{trait}: {len(values)} values{where} {histogram(values.to_numpy())} {numbers}"
    found.add("Trait", told, *_precision(dataset, phenotype))
    found.doubts += [f"{trait}: {text}" for text in suspicious(values)]


def _precision(dataset: Dataset, phenotype: pd.DataFrame) -> Iterator[str]:
    """How much the most precise value counts, where records have weights."""
    if WEIGHT in phenotype:
        weights = phenotype[WEIGHT]
        times = f"{weights.max() / weights.min():.3g} times as much as the least"
        yield f"weights: {dataset.weights['kind']}; the most precise value counts {times}"


def _candidates(prediction: Prediction, markers: pd.DataFrame, found: Inspection) -> None:
    """Candidates of a file, and the markers that are left of a dataset and found among theirs."""
    try:
        genotypes = read_genotypes(prediction.files[0], Reading(**prediction.reading))
        match = match_markers(markers, genotypes.variants, prediction.reading["format"] == "features")
    except UserError as error:
        found.problems.append(f"predict.{prediction.name}: {error}")
        return
    shared = f"{round(match.coverage * len(markers))} of {len(markers)} markers"
    found.add("Candidates", f"{prediction.name}: {genotypes.n_samples} samples; {shared} found")
    if match.coverage < prediction.min_markers:
        found.problems.append(
            f"predict.{prediction.name}: {prediction.candidates} has {shared}; at least "
            f"{prediction.min_markers:.0%} are needed (`min_markers`). Check that positions are of the same "
            "assembly, or ids the same, or lower the limit."
        )


def _phenotype(dataset: Dataset, trait: str, samples: list[str], means: Mapping[str, str]) -> pd.DataFrame:
    """One trait as a run would join it: a row per sample, or per sample and environment."""
    return phenotype_of(
        samples,
        means.get(trait, dataset.phenotypes),
        "value" if means else trait,
        dataset.record_options,
        group_column=dataset.groups,
        time_column=dataset.time,
        reading=TableReading(**dataset.joined_table_options),
    )[0]


def histogram(values: np.ndarray, bins: int = BINS) -> str:
    """Bars of a histogram in one line of text."""
    counts, _ = np.histogram(values, bins)
    heights = np.ceil(counts / counts.max() * (len(BARS) - 1)).astype(int)
    return "".join(BARS[height] for height in heights)


def suspicious(values: pd.Series) -> Iterator[str]:
    """Values that may be no measurements: far from all others, codes for missing, one value very often."""
    distance = (values - values.median()).abs()
    spread = 1.4826 * distance.median()
    outside = distance > FAR * spread
    coded = values[values.isin(CODES - {0.0}) & outside]
    if len(coded):
        yield (
            f"{len(coded)} values are {coded.iloc[0]:g} ({some(coded.index.tolist())}): "
            "write NA if that stands for a missing one."
        )
    far = values[outside].drop(coded.index) if spread > 0 else values[:0]
    if len(far):
        shown = ", ".join(f"{id} = {value:g}" for id, value in far.head(3).items())
        yield f"{len(far)} values lie more than {FAR:g} robust standard deviations from the median: {shown}."
    often = values.value_counts()
    if len(often) > 10 and often.iloc[0] > 0.3 * len(values):
        yield f"{often.iloc[0]} of {len(values)} values are {often.index[0]:g}."


def _clusters(genotypes: Genotypes, control: Any, config: Configuration) -> pd.Series:
    with tempfile.TemporaryDirectory() as folder:
        genotypes.save(folder, control.samples, control.variants)
        kept = Genotypes.load(folder)
        names = clusters(kept, config.cv["clusters"] or 2 * config.cv["folds"])
        return pd.Series(names, index=kept.samples)


def _scheme(
    traits: list[str], scheme: str, folds_of: Callable[[str, str], pd.DataFrame], found: Inspection
) -> None:
    """Sizes of the folds of a scheme, of the trait with fewest values, and samples that are never tested."""
    sizes = []
    for trait in traits:
        try:
            table = folds_of(trait, scheme)
        except UserError as error:
            found.problems.append(f"{scheme}, {trait}: {error}")
            return
        tested = table[(table["role"] == "test") & (table["repeat"] == 1)]
        sizes.append((tested.groupby("fold").size(), len(set(table["sample"]) - set(tested["sample"]))))
    folds, never = min(sizes, key=lambda one: one[0].min())
    text = f"{len(folds)} folds of {folds.min()} to {folds.max()} test samples"
    found.add(scheme, text + (f"; {never} samples are never tested" if never else ""))


def _folds(
    dataset: Dataset,
    samples: list[str],
    means: Mapping[str, str],
    folds: int,
    near: pd.DataFrame,
    cluster: pd.Series | None,
    crosses: Mapping[str, tuple[str, str]],
    trait: str,
    scheme: str,
) -> pd.DataFrame:
    phenotype = _phenotype(dataset, trait, samples, means)
    units = units_of(
        dataset.name,
        phenotype,
        near_duplicates=near if dataset.qc["near_duplicates"] == "together" else None,
        clusters=cluster if SCHEMES[scheme].reads_clusters else None,
        assigned=assigned_folds(dataset.folds_file, samples, dataset.table.ids) if dataset.folds_file else (),
        crosses=crosses,
    )
    return split_table(units, scheme, folds, repeats=1)
