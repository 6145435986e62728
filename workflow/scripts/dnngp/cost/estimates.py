"""What a run will cost: CPU seconds and memory of its jobs, from sizes of inputs and stored cost models.

The models (``workflow/resources/costs.json``) are made by ``benchmarks/costs.py``.
Known before the run are the lines and, counted or for large files extrapolated,
the markers of a dataset, and how many lines have each trait; guessed are the principal components that reach
a share of the variance and the epoch at which a network stops.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from dnngp.base.delimited import MISSING, TextTable
from dnngp.base.errors import UserError
from dnngp.base.workflow_files import workflow_folder
from dnngp.config import Configuration
from dnngp.config.dataset_entries import Dataset, simulated_samples
from dnngp.config.prediction_entries import Prediction
from dnngp.config.prediction_options.select import index_traits
from dnngp.config.sample_checks import ids_of_file, measured_ids, phenotype_table
from dnngp.cost.cost_model import CostModel
from dnngp.cost.machine_speed import MachineSpeed
from dnngp.cost.transfer_sizes import training_sizes
from dnngp.encodings.omics import MARKERS, EncodingEntries, each, omics_layer_of
from dnngp.encodings.samples.training_set import INNER_FOLDS
from dnngp.evaluation import controls
from dnngp.evaluation.transfer import CALIBRATION_FOLDS
from dnngp.genotypes.file_formats import count_variants
from dnngp.methods.networks.training import stretch
from dnngp.methods.registry import METHODS, chosen_encoding, members, omics_layers_read
from dnngp.plan import Plan
from dnngp.validation.schemes import SCHEMES

COSTS = workflow_folder() / "resources" / "costs.json"

#: Principal components that explain 95 % of the variance are about this many of m, the smaller of lines and
#: markers: factor and power of m (seven populations of six species, off by up to 35 %).
COMPONENTS = (1.9, 0.77)

#: Different numbers of components, each of which is compiled anew, that the folds of a job have between them.
SHAPES = 3

#: Parameter that the time of a fit is proportional to.
ROUNDS = "iterations"

#: Rules that read a dataset as it is, before it is thinned.
UNTHINNED = ("convert", "beagle", "genotypes")
#: Rules of which only names are listed: they run nothing.
TARGETS = ("all", "qc", "predict", "experiments", "transfer")

#: CPU seconds of stage one for a plot, without a trend in the field and with (the most: all are compared), in
#: environments of 640 plots (`./run bench plots`, `./run bench plots auto`).
PLOT, PLOT_WITH_TREND = 8.4e-5, 1.6e-3

#: CPU seconds of writing a number of a table of relationships as text.
WRITTEN = 1.6e-6

#: Rules that cost what another does.
ALIKE = {
    **{"environments": "phenotypes", "ungenotyped": "phenotypes"},
    **{"transfer_lines": "genotypes", "transfer_tables": "accuracy"},
    **dict.fromkeys(("training_sets", "iso_costs", "experiment_contrasts"), "learning_curve"),
    **{"layer": "phenotypes", "predictions": "accuracy", "importance": "accuracy"},
    **{"selection": "accuracy", "prediction_page": "report"},
    **{"phenotype_next": "clusters", "selection_index": "accuracy", "lr_statistics": "clusters"},
    **{"simulated_crosses": "splits", "shared_parents": "splits"},
}

#: CPU seconds to choose one training sample, for each pair of candidates (`./run bench training_design`).
CHOICE = 4e-9

#: CPU seconds to make and predict one offspring, for each marker, and of the start of that job
#: (`./run bench mating`).
OFFSPRING, MATING_START = 1e-7, 2.5

COLUMNS = [
    "rule",
    "model",
    "jobs",
    "estimated_cpu_s",
    "measured_cpu_s",
    "ratio",
    "estimated_mb",
    "measured_mb",
]


@dataclass(frozen=True)
class Size:
    """Lines and markers of the genotypes of a dataset, and how many of the lines have each trait (folder).

    Of several ``environments``, how many have it in each, on average. Of field trials, rows of ``plots``.
    """

    lines: int
    markers: int
    with_trait: Mapping[str, int]
    environments: int = 1
    plots: int = 0

    def thinned(self, qc: Mapping[str, Any]) -> Size:
        """The most that thinning leaves; what other filters remove is not known before they run."""
        lines = qc["thin_samples"]["to"] if qc["thin_samples"] else self.lines
        markers = qc["thin"]["to"] if qc["thin"] else self.markers
        with_trait = {trait: min(n, lines) for trait, n in self.with_trait.items()}
        return replace(
            self, lines=min(self.lines, lines), markers=min(self.markers, markers), with_trait=with_trait
        )


@dataclass(frozen=True)
class Price:
    """CPU seconds and MiB as functions of size.

    ``start`` are CPU seconds that a job takes beside its folds, ``shape`` what each further number of
    features takes to compile. ``training`` are the parameters of a network that decide how long it trains,
    with their defaults; training steps until it may stop
    (:meth:`dnngp.methods.networks.training.Engine.settling_steps`); and
    the epochs after those, beside its patience, at which it did stop when it was priced.
    """

    seconds: CostModel
    memory: CostModel
    start: float = 0.0
    shape: float = 0.0
    training: Mapping[str, Any] | None = None

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> Price:
        """From an entry of ``costs.json``."""
        return cls(
            CostModel(stored["cpu_s"]),
            CostModel(stored["mb"]),
            stored.get("start_s", 0.0),
            stored.get("shape_s", 0.0),
            stored.get("training"),
        )


@dataclass(frozen=True)
class Costs:
    """Stored cost models.

    ``methods`` and ``rules`` hold a :class:`Price` by name: of a fold, and of a whole job with n lines and p
    markers of the dataset. ``driver`` is what Snakemake takes: CPU seconds to start, and a job. ``speed`` is
    that of the machine they were measured on.
    """

    methods: Mapping[str, Price]
    rules: Mapping[str, Price]
    driver: tuple[float, float]
    speed: MachineSpeed

    @classmethod
    def load(cls, path: str | Path) -> Costs:
        """Read ``costs.json``."""
        stored = json.loads(Path(path).read_text())
        return cls(
            methods={name: Price.of(one) for name, one in stored["methods"].items()},
            rules={name: Price.of(one) for name, one in stored["rules"].items()},
            driver=(stored["snakemake"]["start_s"], stored["snakemake"]["job_s"]),
            speed=MachineSpeed(**stored["speed"]),
        )


def dataset_size(dataset: Dataset) -> Size:
    """Lines and markers of a dataset from its headers, lines with a trait from its phenotypes.

    Raises
    ------
    UserError
        When the files are not there yet (a public dataset before it was fetched).
    """
    if dataset.simulate is not None:
        lines = simulated_samples(dataset.simulate)
        count = (dataset.environments and dataset.environments.count) or 1
        plots = lines * (dataset.simulate.get("plots") or {"replicates": 0})["replicates"]
        return Size(lines, dataset.simulate["markers"], dict.fromkeys(dataset.traits, lines), count, plots)
    absent = [path for path in (*dataset.files, dataset.phenotypes) if not Path(path).exists()]
    if absent:
        raise UserError(f"{absent[0]} is not there yet.", remedy="Its jobs are counted, not priced.")
    table = phenotype_table(dataset)
    genotyped = measured_ids(dataset)
    table = replace(table, ids=dataset.table.folded(table.ids, genotyped or (), dataset.phenotypes))
    ids = list(dict.fromkeys(table.ids)) if genotyped is None else genotyped
    count = _environments_of(dataset, table)
    with_trait = {
        folder: _values_of(dataset, table, column, set(ids)) // count
        for folder, column in dataset.traits.items()
    }
    in_file = ids if dataset.crosses is None else ids_of_file(dataset) or ids
    plots = len(table.ids) if dataset.plots else 0
    return Size(len(ids), count_variants(dataset.genotypes, len(in_file)), with_trait, count, plots)


def _environments_of(dataset: Dataset, table: TextTable) -> int:
    """Number of environments, 1 where samples have one record each."""
    if dataset.environments is None:
        return 1
    column = dataset.environments.column
    return dataset.environments.count or len(set(table.columns[column] if column else ()))


def _values_of(dataset: Dataset, table: TextTable, trait: str, ids: Collection[str]) -> int:
    """Values of a trait of some samples, in all environments."""
    environments = dataset.environments
    chosen = [id in ids for id in table.ids]
    if environments is not None and environments.column is not None and environments.names is not None:
        places = table.columns[environments.column]
        chosen = [one and place in environments.names for one, place in zip(chosen, places, strict=True)]
    columns = (environments and environments.columns) or [trait]
    return sum(
        one and cell not in MISSING
        for column in columns
        for one, cell in zip(chosen, table.columns[column], strict=True)
    )


@dataclass
class Estimator:
    """Prices the jobs of one configuration by stored cost models, for a machine of known speed."""

    config: Configuration
    costs: Costs
    speed: MachineSpeed

    def __post_init__(self) -> None:
        self._slower = self.speed.mixed / self.costs.speed.mixed
        self._slower_networks = self.speed.products / self.costs.speed.products
        self.problems: list[str] = []
        self._sizes: dict[str, Size | None] = {}
        self._models = self.config.models | self.config.experiments.models

    def size(self, dataset: str) -> Size | None:
        """Size of a dataset; None, and a problem noted, where its files are not there."""
        if dataset not in self._sizes:
            try:
                self._sizes[dataset] = dataset_size(self.config.datasets[dataset])
            except UserError as problem:
                self.problems.append(f"dataset {dataset}: {problem}")
                self._sizes[dataset] = None
        return self._sizes[dataset]

    def job(self, rule: str, wildcards: Mapping[str, str]) -> tuple[float, float]:
        """CPU seconds and MiB of one job; zero for rules that run nothing, or have no price."""
        seconds, memory = self._job(rule, wildcards)
        return seconds * self._slower, memory

    def _job(self, rule: str, wildcards: Mapping[str, str]) -> tuple[float, float]:
        if rule in ("explain", "individuals"):
            return self._fit_of_traits(self.config.predictions[wildcards["prediction"]])
        dataset = wildcards.get("dataset")
        if rule in ("phenotype_next", "mating"):
            dataset = self.config.predictions[wildcards["prediction"]].dataset
        if rule in ("transfer_lines", "transfer_fit"):
            dataset = self.config.transfers[wildcards["transfer"]].target.dataset
        size = None if dataset is None else self.size(dataset)
        if rule in TARGETS or (dataset is not None and size is None):
            return 0.0, 0.0
        if size is not None and rule not in UNTHINNED:
            size = size.thinned(self.config.datasets[str(dataset)].qc)
        if size is not None and rule in ("fit", "experiment_fit", "bundle"):
            return self._fit(rule, size, wildcards)
        if size is not None and rule == "marker_blocks":
            return self._marker_blocks(size, wildcards)
        if size is not None and rule == "export_r":
            return self._export(size, wildcards)
        if size is not None and rule == "controls":
            return self._controls(size)
        if size is not None and rule == "heritability":
            encoding = METHODS["gblup"].default_encoding
            return self._folds("gblup", encoding, {}, size.with_trait[wildcards["trait"]], size.markers, 1)
        if size is not None and rule in ("means", "fold_means"):
            return self._means(size, wildcards)
        if size is not None and rule == "training_set_fits":
            return self._training_sets(size, wildcards["trait"])
        if size is not None and rule == "transfer_fit":
            return self._transfer(size, wildcards)
        if rule == "covariances":
            return self._covariances(self.config.predictions[wildcards["prediction"]])
        if size is not None and rule == "mating":
            return self._mating(size, wildcards["prediction"])
        price = self.costs.rules.get(ALIKE.get(rule, rule))
        if price is None:
            self._lacks(f"the jobs of {rule}.")
            return 0.0, 0.0
        lines, markers = (0, 0) if size is None else (size.lines, size.markers)
        return price.seconds.predict(lines, markers), price.memory.predict(lines, markers)

    def driver(self, jobs: int) -> float:
        """CPU seconds of Snakemake itself for a run of so many jobs."""
        start, each = self.costs.driver
        return (start + jobs * each) * self._slower

    def _lacks(self, problem: str) -> None:
        if problem not in self.problems:
            self.problems.append(problem)

    def _fit(self, rule: str, size: Size, wildcards: Mapping[str, str]) -> tuple[float, float]:
        """A job of folds, of one size of a study, or of all lines."""
        cv, sizes = self.config.cv, self.config.experiments.learning_curve
        dataset = self.config.datasets[wildcards["dataset"]]
        scheme = wildcards.get("scheme", "random")
        _, folds = SCHEMES[scheme].counts(cv, dataset)
        n, p = size.with_trait[wildcards["trait"]], size.markers
        if rule == "bundle":
            count = 1
        else:
            count, n = min(cv["folds_per_job"] or folds, folds), n - n // folds
        if rule == "experiment_fit":
            assert sizes is not None
            n = n if wildcards["samples"] == "all" else int(wildcards["samples"])
            p = p if wildcards["markers"] == "all" else int(wildcards["markers"])
            count = sizes.folds or folds
        model = self._models[wildcards["model"]]
        if rule == "fit" and Plan(self.config).marker_blocks(dataset.name, scheme, model.id):
            own = {name: one.default for name, one in METHODS[model.method].parameters.items()} | model.params
            # What is left is a regression on the predictors.
            p = -(-p // own["block_size"]) * len(own["heritabilities"])
        return self._folds(
            model.method, model.encoding, model.params, n, p, count, model.tune, size.environments
        )

    def _marker_blocks(self, size: Size, wildcards: Mapping[str, str]) -> tuple[float, float]:
        """A part of the markers in every fold of all traits."""
        cv, model = self.config.cv, self._models[wildcards["model"]]
        repeats, folds = SCHEMES[wildcards["scheme"]].counts(cv, self.config.datasets[wildcards["dataset"]])
        seconds = memory = start = 0.0
        for n in size.with_trait.values():
            asked = (model.method, model.encoding, model.params, n - n // folds, size.markers)
            each, most, start, _ = self.fold(*asked)
            seconds, memory = seconds + repeats * folds * each, max(memory, most)
        return start + seconds / cv["marker_jobs"], memory

    def _means(self, size: Size, wildcards: Mapping[str, str]) -> tuple[float, float]:
        """Stage one on all plots, or once in every fold of all repeats."""
        dataset, start = self.config.datasets[wildcards["dataset"]], self.costs.rules["phenotypes"]
        assert dataset.plots is not None
        times = 1
        if "scheme" in wildcards:
            repeats, folds = SCHEMES[wildcards["scheme"]].counts(self.config.cv, dataset)
            times = repeats * folds
        each = PLOT if dataset.plots.spatial == "none" else PLOT_WITH_TREND
        seconds = start.seconds.predict(size.lines, size.markers) + times * each * size.plots
        return seconds, start.memory.predict(size.lines, size.markers)

    def _fit_of_traits(self, prediction: Prediction) -> tuple[float, float]:
        """A fit of every trait: to encode again and take predictions apart costs no more."""
        dataset, model = self.config.datasets[prediction.dataset], self._models[prediction.model]
        size = self.size(prediction.dataset)
        if size is None:
            return 0.0, 0.0
        size, found = size.thinned(dataset.qc), []
        for trait in prediction.traits:
            shape = size.with_trait[trait], size.markers, 1, 1, size.environments
            found.append(self._folds(model.method, model.encoding, model.params, *shape))
        return sum(seconds for seconds, _ in found), max(memory for _, memory in found)

    def _export(self, size: Size, wildcards: Mapping[str, str]) -> tuple[float, float]:
        """Relationships of every fold of a repeat, priced as a fit, and written as text."""
        _, folds = SCHEMES[wildcards["scheme"]].counts(
            self.config.cv, self.config.datasets[wildcards["dataset"]]
        )
        encoding, lines = METHODS["gblup"].default_encoding, size.with_trait[wildcards["trait"]]
        seconds, memory = self._folds("gblup", encoding, {}, lines, size.markers, folds)
        return seconds + WRITTEN * folds * lines**2, memory

    def _training_sets(self, size: Size, trait: str) -> tuple[float, float]:
        """Sets of every design and size, chosen and fitted, on the folds of a repeat."""
        sets = self.config.experiments.training_sets
        assert sets is not None
        folds, lines = sets.folds or self.config.cv["folds"], size.with_trait[trait]
        encoding, count = METHODS["gblup"].default_encoding, len(sets.designs) * folds
        fits = [self._folds("gblup", encoding, {}, n, size.markers, count) for n in sets.samples]
        chosen = CHOICE * (lines - lines // folds) ** 2 * sum(sets.samples) * count
        clusters = self.costs.rules["clusters"]
        seconds = clusters.seconds.predict(size.lines, size.markers) + chosen
        memory = clusters.memory.predict(size.lines, size.markers)
        return seconds + sum(one for one, _ in fits), max(memory, *(one for _, one in fits))

    def _transfer(self, size: Size, wildcards: Mapping[str, str]) -> tuple[float, float]:
        """A model in one repeat of a transfer: every training, and the fits for its intervals."""
        transfer, model = self.config.transfers[wildcards["transfer"]], self._models[wildcards["model"]]
        of_each = {name: self.size(name) or size for name in transfer.datasets}
        fits = 1 + CALIBRATION_FOLDS * (transfer.level is not None)
        seconds = memory = start = 0.0
        for n in training_sizes(transfer, self.config.datasets, of_each):
            asked = (model.method, model.encoding, model.params, n, size.markers)
            start = self.fold(*asked)[2]
            cost = self._folds(*asked, fits, model.tune)
            seconds, memory = seconds + cost[0] - start, max(memory, cost[1])
        return start + seconds, memory

    def _mating(self, size: Size, name: str) -> tuple[float, float]:
        """Offspring of every cross or effects of all markers, the more: predictions tell which are needed."""
        prediction = self.config.predictions[name]
        mating = prediction.options["mating"]
        wanted = mating["parents"]
        if wanted == "selected":
            wanted = prediction.options["select"]["number"]
        parents = wanted if isinstance(wanted, int) else len(wanted)
        made = max(size.markers, mating["simulated"] * parents * (parents - 1) // 2)
        traits = len(index_traits(prediction.options["select"])) if "select" in prediction.options else 1
        reading = self.costs.rules["clusters"].memory.predict(size.lines, size.markers)
        return MATING_START + OFFSPRING * traits * made * size.markers, reading

    def _controls(self, size: Size) -> tuple[float, float]:
        """Every model, shortened, on half of the samples; those whose fits are not cheap on half of some."""
        lines, found = max(size.with_trait.values()), []
        for model in self.config.models.values():
            if not METHODS[model.method].alone and size.environments == 1:
                continue
            n, p = lines // 2, size.markers
            if not METHODS[model.method].cheap:
                n, p = min(n, controls.LINES // 2), min(p, controls.MARKERS)
            short = controls.shortened(model.method, model.params)
            tried = min(model.tune, 2)
            counts = (n, p, controls.PERMUTATIONS, tried, size.environments)
            found.append(self._folds(model.method, model.encoding, short, *counts))
        return sum(seconds for seconds, _ in found), max(memory for _, memory in found)

    def _covariances(self, prediction: Prediction) -> tuple[float, float]:
        """The traits of an index as environments of one fit of the multi-trait model."""
        size = self.size(prediction.dataset)
        if size is None:
            return 0.0, 0.0
        size = size.thinned(self.config.datasets[prediction.dataset].qc)
        traits = len(index_traits(prediction.options["select"]))
        encoding, n = METHODS["gblup_multi"].default_encoding, max(size.with_trait.values())
        return self._folds("gblup_multi", encoding, {}, n, size.markers, 1, environments=traits)

    def _folds(
        self,
        method: str,
        encoding: EncodingEntries,
        params: Mapping[str, Any],
        n: int,
        p: int,
        count: int,
        tune: int = 1,
        environments: int = 1,
    ) -> tuple[float, float]:
        """CPU seconds and MiB of a job of so many folds with n training lines each, in each environment."""
        seconds, memory, start, shape = self.fold(method, encoding, params, n, p, environments)
        if tune > 1:
            inner = self.fold(method, encoding, params, _inner(n), p, environments)
            seconds += tune * INNER_FOLDS * inner[0]
        return start + count * seconds + (min(count, SHAPES) - 1) * shape, memory

    def fold(
        self,
        method: str,
        encoding: EncodingEntries,
        params: Mapping[str, Any],
        n: int,
        p: int,
        environments: int = 1,
    ) -> tuple[float, float, float, float]:
        """Of one fold: CPU seconds; MiB of its job; CPU seconds of the start, and of each further shape."""
        if environments > 1:
            return self._over_environments(method, encoding, params, n, p, environments)
        if METHODS[method].members:
            return self._stack(method, params, n, p)
        own = method if method in self.costs.methods else METHODS[method].priced_as
        priced = METHODS[method].estimator.price_of(params, n) or own
        price = self.costs.methods.get(priced)
        if price is None:
            self._lacks(f"the method {method}; `./run bench costs {method}` prices it.")
            return 0.0, 0.0, 0.0, 0.0
        if METHODS[method].reads_pedigree and omics_layers_read(method, encoding, params) != [MARKERS]:
            # A matrix of n by n for each layer: that of a pedigree is read as n features would be.
            one = METHODS[priced].default_encoding
            sizes = [p if omics_layer_of(layer) == MARKERS else n for layer in each(encoding)]
            parts = [self.fold(priced, one, {}, n, columns) for columns in sizes]
            return sum(part[0] for part in parts), max(part[1] for part in parts), parts[0][2], 0.0
        if omics_layers_read(method, encoding, params) != [MARKERS]:
            self._lacks("fits that read layers beside the markers.")
            return 0.0, 0.0, 0.0, 0.0
        (only,) = each(encoding)
        epochs = 0.0 if price.training is None else expected_epochs({**price.training, **params}, n)
        q = features(only, n, p)
        seconds = price.seconds.predict(n, p, q, epochs)
        if price.training is not None:
            seconds *= self._slower_networks / self._slower
        if ROUNDS in METHODS[method].parameters:
            usual, known = (METHODS[name].parameters[ROUNDS].default for name in (method, priced))
            seconds *= params.get(ROUNDS, usual) / known
        shape = price.shape if only.get("variance") is not None else 0.0
        return seconds, price.memory.predict(n, p, q), price.start, shape

    def _over_environments(
        self, name: str, encoding: EncodingEntries, params: Mapping[str, Any], n: int, p: int, count: int
    ) -> tuple[float, float, float, float]:
        """A fit within each of so many environments of n training lines, or one on all of their records.

        Mixed models of all records take about as long as those within each (one decomposition, blocks of
        environments); a covariance for each pair takes longer with the square of their number.
        """
        method = METHODS[name]
        if method.environments and method.family != "mixed model":
            return self.fold(method.priced_as, encoding, params, n * count, p)
        seconds, memory, start, shape = self.fold(method.priced_as or name, encoding, params, n, p)
        pairs = max(1.0, count**2 / 6) if method.most_environments else 1.0
        return count * pairs * seconds, memory, start, shape

    def _stack(
        self, name: str, params: Mapping[str, Any], n: int, p: int
    ) -> tuple[float, float, float, float]:
        """Every member on the training lines and on the inner folds."""
        inner_folds = params.get("folds", INNER_FOLDS)
        seconds = memory = start = shape = 0.0
        for member in members(name, params):
            method, own, given = member["method"], chosen_encoding(member), member.get("params", {})
            whole = self.fold(method, own, given, n, p)
            inner = self.fold(method, own, given, _inner(n, inner_folds), p)
            seconds += whole[0] + inner_folds * inner[0]
            memory, start, shape = max(memory, whole[1]), max(start, whole[2]), shape + whole[3]
        return seconds, memory, start, shape

    def table(self, jobs: Iterable[tuple[str, Mapping[str, str]]]) -> pd.DataFrame:
        """Jobs, CPU seconds and largest memory by rule, and by model of fits; rules that run nothing last."""
        rows = [(rule, wildcards.get("model", ""), *self.job(rule, wildcards)) for rule, wildcards in jobs]
        table = pd.DataFrame(rows, columns=["rule", "model", "estimated_cpu_s", "estimated_mb"])
        grouped = table.groupby(["rule", "model"], sort=False)
        found = grouped.agg(
            jobs=("rule", "size"),
            estimated_cpu_s=("estimated_cpu_s", "sum"),
            estimated_mb=("estimated_mb", "max"),
        )
        return found.reset_index()


def features(encoding: Mapping[str, Any], n: int, p: int) -> float:
    """Features of the input of a network: components, expected where a share of the variance is asked for."""
    if encoding["name"] != "pca":
        return p
    most = min(n - 1, p)
    if encoding.get("components") is not None:
        return min(encoding["components"], most)
    share = encoding.get("variance")
    if share is None or share >= 1:
        return most
    factor, power = COMPONENTS
    return min(most, factor * most**power * (np.log(1 - share) / np.log(0.05)) ** 0.5)


def expected_epochs(training: Mapping[str, Any], n: int) -> float:
    """Epochs that a network trains in all.

    Parameters
    ----------
    training
        As in :class:`Price`, with the parameters of the model put over the defaults.
    n
        Training lines.
    """
    longer = stretch(training["min_updates"], training["epochs"], training["batch_size"], n)
    most, stopping = math.ceil(longer * training["epochs"]), training["stopping"]
    if stopping == "none":
        return most * training["members"]
    steps = math.ceil(n * (1 - training["inner_fraction"]) / training["batch_size"])
    settling = min(math.ceil(training["settling_steps"] / steps), most // 2)
    stopped = min(most, settling + math.ceil(longer * training["patience"]) + training["later"])
    return stopped * (2 if stopping == "refit" else 1) * training["members"]


def _inner(n: int, folds: int = INNER_FOLDS) -> int:
    """Training lines of an inner fold."""
    return n - n // folds


def job_of(log: str, patterns: Mapping[str, str]) -> tuple[str, dict[str, str]] | None:
    """Rule and wildcards of a job by the path of its log.

    Parameters
    ----------
    log
        The path below the folder of logs.
    patterns
        Pattern of the log of each rule there, with wildcards in braces.
    """
    for rule, pattern in patterns.items():
        parts = re.split(r"\{(\w+)\}", pattern)
        expression = "".join(
            re.escape(part) if number % 2 == 0 else f"(?P<{part}>[^/]+)" for number, part in enumerate(parts)
        )
        found = re.fullmatch(expression, log)
        if found:
            return rule, found.groupdict()
    return None


def compare(
    estimator: Estimator, used: Sequence[tuple[str, Mapping[str, str], float, float]]
) -> pd.DataFrame:
    """Estimated beside measured, by rule and model, and in all that have a price (rule ``all``).

    What has no price has no estimate.

    Parameters
    ----------
    estimator
        Of the run.
    used
        Rule, wildcards, CPU seconds and MiB of every job; none, when the logs are gone.
    """
    table = estimator.table((rule, wildcards) for rule, wildcards, _, _ in used)
    measured = pd.DataFrame(
        [(rule, wildcards.get("model", ""), cpu, mb) for rule, wildcards, cpu, mb in used],
        columns=["rule", "model", "measured_cpu_s", "measured_mb"],
    )
    spent = measured.groupby(["rule", "model"], sort=False).agg(
        measured_cpu_s=("measured_cpu_s", "sum"), measured_mb=("measured_mb", "max")
    )
    table = table.merge(spent.reset_index(), on=["rule", "model"])
    priced = table[table["estimated_cpu_s"] > 0]
    whole = {"rule": "all", "model": "", "jobs": priced["jobs"].sum()}
    whole |= {name: priced[name].sum() for name in ("estimated_cpu_s", "measured_cpu_s")}
    whole |= {name: table[name].max() for name in ("estimated_mb", "measured_mb")}
    table = pd.concat([table, pd.DataFrame([whole])], ignore_index=True)
    numbers = ["estimated_cpu_s", "measured_cpu_s"]
    table[numbers] = table[numbers].astype(float)
    unpriced = table["estimated_cpu_s"] == 0
    table.loc[unpriced, ["estimated_cpu_s", "estimated_mb"]] = np.nan
    table["ratio"] = table["estimated_cpu_s"] / table["measured_cpu_s"]
    return table[COLUMNS]


def report(estimator: Estimator, jobs: Sequence[tuple[str, Mapping[str, str]]], cores: int) -> str:
    """What ``./run estimate`` prints of jobs, each a rule and its wildcards, on so many cores."""
    if not jobs:
        return "Nothing to run: every result is there."
    table, driver = estimator.table(jobs), estimator.driver(len(jobs))
    table = table.sort_values("estimated_cpu_s", ascending=False, kind="stable")
    rules, models = (max(floor, table[name].str.len().max()) for name, floor in (("rule", 16), ("model", 24)))
    lines = [f"{'rule':<{rules}} {'model':<{models}} {'jobs':>6} {'CPU s':>10} {'MiB a job':>10}"]
    for row in table[table["estimated_cpu_s"] > 0].itertuples():
        what = f"{row.rule:<{rules}} {row.model:<{models}} {row.jobs:>6} {row.estimated_cpu_s:>10.1f}"
        lines.append(f"{what} {row.estimated_mb:>10.0f}")
    total, most = table["estimated_cpu_s"].sum() + driver, table["estimated_mb"].max()
    lines += [
        f"{'Snakemake itself':<{rules + models + 8}} {driver:>10.1f}",
        "",
        f"{len(jobs)} jobs, {total / 3600:.2f} CPU hours ({total:.0f} CPU s), at most {most:.0f} "
        f"MiB a job; about {_duration(total / cores)} on {cores} free cores.",
    ]
    if estimator.problems:
        lines += ["It takes longer than that: some jobs are counted, but have no price."]
        lines += [f"Not priced: {problem}" for problem in estimator.problems]
    return "\n".join(lines)


def _duration(seconds: float) -> str:
    for size, name in ((3600, "hours"), (60, "minutes")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {name}"
    return f"{seconds:.0f} seconds"
