"""The plan of a run: which fits there are, and where their files lie.

Paths begin with ``<results>``, ``<resources>`` or ``<logs>``, which Snakemake replaces; as patterns they
have Snakemake's wildcards. Imported by the Snakefile at each start, so it needs nothing but the standard
library.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

from dnngp.base.tables.catalogue import TABLES
from dnngp.config import Configuration
from dnngp.config.dataset_entries import Dataset
from dnngp.config.export_entries import checked_model, not_checked
from dnngp.config.model_entries import Model
from dnngp.config.prediction_entries import Prediction, usable_schemes
from dnngp.config.prediction_options import PREDICTION_OPTIONS
from dnngp.config.prediction_options.select import index_traits, needs_covariances
from dnngp.config.suitability import can_use, unsuited, usable_traits
from dnngp.encodings.encoding import encoding_kinds
from dnngp.encodings.omics import each
from dnngp.evaluation.contrasts import encoding_text
from dnngp.methods.registry import METHODS, fits_covariates
from dnngp.validation.schemes import SCHEMES


@dataclass(frozen=True)
class _Job:
    """A job that leaves several files, named by what it is about."""

    #: Where its files lie, without the ending that tells them apart; the braces are fields and wildcards.
    FOLDER: ClassVar[str]
    NAME: ClassVar[str]

    @classmethod
    def pattern(cls, output: str) -> str:
        """Path of one output, with the fields as wildcards."""
        return f"<results>/{cls.FOLDER}/{cls.NAME}.{output}"

    @classmethod
    def log(cls) -> str:
        """Path of the log, with the fields as wildcards."""
        return f"<logs>/{cls.FOLDER}/{cls.NAME}.log"

    def path(self, output: str) -> str:
        """Path of one output, ``predictions.tsv`` say."""
        return self.pattern(output).format_map(self.__dict__)


@dataclass(frozen=True)
class Fit(_Job):
    """One model on one repeat of one scheme, or on a block of its folds.

    ``trait`` is the folder of a trait, not its name; ``repeat`` and ``block`` count from 1.
    """

    FOLDER = "{dataset}/{trait}/{scheme}/{model}"
    NAME = "r{repeat}b{block}"

    dataset: str
    trait: str
    scheme: str
    model: str
    repeat: int
    block: int


@dataclass(frozen=True)
class SizedFit(_Job):
    """One model on so many training samples and markers (numbers, or ``all``) of one repeat."""

    FOLDER = "{dataset}/{trait}/experiments/n{samples}_p{markers}/{model}"
    NAME = "r{repeat}"

    dataset: str
    trait: str
    model: str
    samples: int | str
    markers: int | str
    repeat: int


@dataclass(frozen=True)
class DesignedFit(_Job):
    """Training sets of every design and size on the folds of one repeat."""

    FOLDER = "{dataset}/{trait}/experiments/training_sets"
    NAME = "r{repeat}"

    dataset: str
    trait: str
    repeat: int


@dataclass(frozen=True)
class TransferFit(_Job):
    """One model in one repeat of a transfer, with every number of lines added."""

    FOLDER = "transfer/{transfer}/{model}"
    NAME = "r{repeat}"

    transfer: str
    model: str
    repeat: int


def paths(jobs: Iterable[_Job], output: str) -> list[str]:
    """The same output of several jobs."""
    return [job.path(output) for job in jobs]


@dataclass(frozen=True)
class Plan:
    """The jobs of a configuration, and the paths of their files."""

    config: Configuration

    #: Folder of a model that is fitted on all samples, and stem of the tables of its markers' importance.
    BUNDLE: ClassVar[str] = "<results>/{dataset}/{trait}/{scheme}/{model}/bundle"
    MARKERS: ClassVar[str] = "<results>/{dataset}/{trait}/markers/{model}"
    #: Predictions of partial against those of whole data.
    LR: ClassVar[str] = "<results>/{dataset}/{trait}/lr/{model}.tsv"
    #: Covariances of the traits of a prediction's index.
    COVARIANCES: ClassVar[str] = "<results>/predict/{prediction}/covariances.json"
    #: Means of the plots of a dataset, the phenotypes of its samples.
    MEANS: ClassVar[str] = "<results>/{dataset}/{trait}/field_trials/means.tsv"
    #: Those of the training entries of each fold, where stage one is within folds.
    FOLD_MEANS: ClassVar[str] = "<results>/{dataset}/{trait}/{scheme}/fold_means.tsv"
    #: Folder of what R needs to check GBLUP.
    CHECK_IN_R: ClassVar[str] = "<results>/{dataset}/{trait}/{scheme}/check_in_r"
    #: Phenotypes of samples with a pedigree that have no genotypes.
    UNGENOTYPED: ClassVar[str] = "<results>/{dataset}/{trait}/ungenotyped/{layer}.tsv"
    #: What one job makes from a part of the markers for the fits of a model.
    MARKER_BLOCKS: ClassVar[str] = "<resources>/marker_blocks/{dataset}/{scheme}/{model}/p{part}.npz"
    #: Folder of an omics layer after quality control.
    LAYER: ClassVar[str] = "<results>/{dataset}/omics/{layer}"

    @cached_property
    def models(self) -> dict[str, Model]:
        """Every model, also those of experiments alone."""
        return self.config.models | self.config.experiments.models

    # Fits of the comparison

    def fits(
        self,
        *,
        dataset: str | None = None,
        trait: str | None = None,
        scheme: str | None = None,
        model: str | None = None,
    ) -> list[Fit]:
        """Fits of the comparison; of one dataset, trait (by folder), scheme or model where it is named."""
        return [
            fit
            for name in self.config.datasets
            if dataset in (None, name)
            for fit in self._fits_of(name, self.config.models if model is None else [model])
            if trait in (None, fit.trait) and scheme in (None, fit.scheme)
        ]

    def _fits_of(
        self, dataset: str, models: Iterable[str], traits: Iterable[str] | None = None
    ) -> Iterator[Fit]:
        of_scheme = {
            scheme: [
                (repeat, block)
                for repeat in range(1, self.repeats(dataset, scheme) + 1)
                for block in self.blocks(dataset, scheme)
            ]
            for scheme in self.config.cv["schemes"]
        }
        for trait in self.config.datasets[dataset].traits if traits is None else traits:
            for scheme, parts in of_scheme.items():
                for model in models:
                    if self._can_use(dataset, scheme, model) and self._predicts(dataset, trait, model):
                        for repeat, block in parts:
                            yield Fit(dataset, trait, scheme, model, repeat, block)

    def _can_use(self, dataset: str, scheme: str, model: str) -> bool:
        method = METHODS[self.models[model].method]
        return can_use(method, SCHEMES[scheme], self.config.datasets[dataset])

    def _predicts(self, dataset: str, trait: str, model: str) -> bool:
        """Whether a model takes what the values of a trait, by folder, are."""
        return trait in usable_traits(self.models[model], self.config.datasets[dataset])

    def usable(self, dataset: str) -> list[str]:
        """Models of the comparison that can be used with the environments, and a trait, of a dataset."""
        described = self.config.datasets[dataset]
        return [
            name
            for name, model in self.config.models.items()
            if not unsuited(METHODS[model.method], described.environments, bool(described.crosses))
            and usable_traits(model, described)
        ]

    def repeats(self, dataset: str, scheme: str) -> int:
        """Repeats of a scheme."""
        return self._counts(dataset, scheme)[0]

    def blocks(self, dataset: str, scheme: str) -> range:
        """Numbers of the jobs that a repeat is cut into."""
        folds = self._counts(dataset, scheme)[1]
        return range(1, -(-folds // (self.config.cv["folds_per_job"] or folds)) + 1)

    def _counts(self, dataset: str, scheme: str) -> tuple[int, int]:
        return SCHEMES[scheme].counts(self.config.cv, self.config.datasets[dataset])

    # Experiments

    @cached_property
    def experiment_tables(self) -> dict[str, str]:
        """Tables of the experiments that the configuration asks for, by name."""
        experiments, prices = self.config.experiments, self.config.prices
        asked: dict[str, object] = {
            **{"surface": experiments.learning_curve, "curves": experiments.learning_curve},
            **{"encodings": experiments.encodings, "ablation": experiments.ablation},
            **{"training_sets": experiments.training_sets},
            **{"iso_costs": prices, "iso_cost_curves": prices},
        }
        return {name: f"<results>/experiments/{name}.tsv" for name, settings in asked.items() if settings}

    def sized_fits(self) -> list[SizedFit]:
        """The fits of the learning curves."""
        size = self.config.experiments.learning_curve
        if size is None:
            return []
        return [
            SizedFit(dataset, trait, model, samples, markers, repeat)
            for dataset, trait in size.cells
            for model in size.models
            if self._can_use(dataset, "random", model) and self._predicts(dataset, trait, model)
            for samples in size.samples
            for markers in size.markers
            for repeat in range(1, size.repeats + 1)
        ]

    def designed_fits(self) -> list[DesignedFit]:
        """The fits of training sets."""
        sets = self.config.experiments.training_sets
        if sets is None:
            return []
        repeats = range(1, sets.repeats + 1)
        return [DesignedFit(*cell, repeat) for cell in sets.cells for repeat in repeats]

    def paired_fits(self, experiment: str) -> list[Fit]:
        """The fits of an experiment that compares choices in pairs, on the folds of the comparison."""
        pairs = getattr(self.config.experiments, experiment)
        models = dict.fromkeys(name for contrast in pairs.contrasts for name in contrast[:2])
        return [
            fit for dataset, trait in pairs.cells for fit in self._fits_of(dataset, models, traits=[trait])
        ]

    # Transfers

    #: Folder of a transfer.
    TRANSFER: ClassVar[str] = "<results>/transfer/{transfer}"

    @property
    def transfer_tables(self) -> list[str]:
        """Tables over all transfers, where the configuration asks for any."""
        names = ("curve", "scores", "distance", "ledger") if self.config.transfers else ()
        return [f"<results>/transfer/{name}.tsv" for name in names]

    def transfer_fits(self) -> list[TransferFit]:
        """The fits of all transfers."""
        return [
            TransferFit(name, model, repeat)
            for name, transfer in self.config.transfers.items()
            for model in transfer.models
            for repeat in range(1, transfer.repeats + 1)
        ]

    def transfer_phenotypes(self, name: str) -> list[str]:
        """Values of the populations of a transfer, in their order."""
        return [
            f"<results>/{one.dataset}/{one.trait}/phenotype.tsv"
            for one in self.config.transfers[name].populations.values()
        ]

    def transfer_files(self, name: str, file: str, needed: Callable[[Dataset], bool] = bool) -> list[str]:
        """A file of those datasets of a transfer that need it, that of the target first."""
        return [
            f"<results>/{dataset}/{file}"
            for dataset in self.config.transfers[name].datasets
            if needed(self.config.datasets[dataset])
        ]

    # Predictions and importance

    def bundles(self, prediction: Prediction, file: str) -> list[str]:
        """A file of the bundle of every trait of a prediction."""
        return [
            f"{self.BUNDLE}/{file}".format(
                dataset=prediction.dataset, trait=trait, scheme=prediction.scheme, model=prediction.model
            )
            for trait in prediction.traits
        ]

    def prediction_tables(self, prediction: Prediction) -> dict[str, str]:
        """Paths of the tables of a prediction by their name in the catalogue, those of its options behind."""
        names = ["candidate_predictions", "candidate_markers", "prediction_models"]
        for option, given in prediction.options.items():
            declared = PREDICTION_OPTIONS[option]
            names += [*declared.tables, *declared.more_tables(given)]
        return {name: f"<results>/{TABLES[name].path}".format(prediction=prediction.name) for name in names}

    def phenotypes(self, prediction: Prediction) -> list[str]:
        """The values of every trait of a prediction."""
        return [f"<results>/{prediction.dataset}/{trait}/phenotype.tsv" for trait in prediction.traits]

    @property
    def of_individuals(self) -> list[str]:
        """Predictions by a model that reads a pedigree, of its individuals."""
        return [name for name, one in self.config.predictions.items() if one.pedigree is not None]

    def pedigree(self, prediction: Prediction) -> str:
        """The layer of the pedigree that a prediction reads."""
        return self.LAYER.format(dataset=prediction.dataset, layer=prediction.pedigree)

    def ungenotyped(self, prediction: Prediction) -> list[str]:
        """Values of individuals without genotypes, of every trait of a prediction."""
        return [
            self.UNGENOTYPED.format(dataset=prediction.dataset, trait=trait, layer=prediction.pedigree)
            for trait in prediction.traits
        ]

    def fits_of_prediction(self, prediction: Prediction) -> list[Fit]:
        """The fits that held out the samples of the traits of a prediction."""
        of = {"dataset": prediction.dataset, "scheme": prediction.scheme, "model": prediction.model}
        return [fit for trait in prediction.traits for fit in self.fits(trait=trait, **of)]

    def next_file(self, prediction: Prediction, pattern: str) -> str:
        """A file of the trait of a prediction whose phenotypes ``phenotype_next`` asks for."""
        wanted = prediction.options["phenotype_next"]["trait"]
        trait = next(folder for folder, name in prediction.traits.items() if wanted in (None, name))
        return pattern.format(
            dataset=prediction.dataset, trait=trait, scheme=prediction.scheme, model=prediction.model
        )

    def held_out(self, prediction: Prediction) -> list[Fit]:
        """The fits that held out the samples of the traits of a prediction's index."""
        return [
            fit
            for folder in self._index_folders(prediction)
            for fit in self.fits(
                dataset=prediction.dataset, trait=folder, scheme=prediction.scheme, model=prediction.model
            )
        ]

    def index_phenotypes(self, prediction: Prediction) -> list[str]:
        """The values of the traits of a prediction's index."""
        folders = self._index_folders(prediction)
        return [f"<results>/{prediction.dataset}/{trait}/phenotype.tsv" for trait in folders]

    def covariances(self, prediction: Prediction) -> str | list[str]:
        """The file of their covariances, in a list of no files where the index needs none."""
        select = prediction.options.get("select")
        needed = select is not None and needs_covariances(select)
        return self.COVARIANCES.format(prediction=prediction.name) if needed else []

    def index_traits(self, prediction: Prediction) -> list[str]:
        """Traits of a prediction's index, in the order of :meth:`index_phenotypes`; all without an index."""
        if "select" not in prediction.options:
            return list(prediction.traits.values())
        named = index_traits(prediction.options["select"])
        if self.are_traits(prediction):
            return named
        return [trait for trait in prediction.traits.values() if trait in named]

    def _index_folders(self, prediction: Prediction) -> list[str]:
        named = index_traits(prediction.options["select"])
        every = self.are_traits(prediction)
        return [folder for folder, trait in prediction.traits.items() if every or trait in named]

    def are_traits(self, prediction: Prediction) -> bool:
        """Whether the environments of a prediction's dataset are traits."""
        environments = self.config.datasets[prediction.dataset].environments
        return environments is not None and environments.are_traits

    def predicts_jointly(self, prediction: Prediction) -> bool:
        """Whether one model predicts all traits of a prediction together."""
        return self.are_traits(prediction) and METHODS[self.models[prediction.model].method].environments

    def importances(self, *endings: str) -> list[str]:
        """Tables and figures of the markers' importance that the configuration asks for."""
        return [
            f"{self.MARKERS}.{ending}".format(dataset=name, trait=trait, model=model)
            for name, dataset in self.config.datasets.items()
            for trait in dataset.traits
            for model in self.config.importance
            if self._schemes_of(name, model) and self._predicts(name, trait, model)
            for ending in endings
        ]

    def lr_tables(self) -> list[str]:
        """Statistics of the method LR that the configuration asks for, of traits that are numbers."""
        return [
            self.LR.format(dataset=name, trait=folder, model=model)
            for name, dataset in self.config.datasets.items()
            for folder, trait in dataset.traits.items()
            for model in self.config.lr_statistics
            if self._schemes_of(name, model) and self._predicts(name, folder, model)
            if not dataset.trait_type(trait).has_classes
        ]

    def first_bundle(self, dataset: str, trait: str, model: str) -> str:
        """Folder of the bundle of the first scheme that a model can be used in."""
        scheme = self._schemes_of(dataset, model)[0]
        return self.BUNDLE.format(dataset=dataset, trait=trait, scheme=scheme, model=model)

    def _schemes_of(self, dataset: str, model: str) -> list[str]:
        return usable_schemes(self.models[model], self.config.datasets[dataset], self.config.cv["schemes"])

    # Export

    @cached_property
    def exports(self) -> list[str]:
        """Folders for R that the configuration asks for."""
        if self.config.resolved["export"] is None:
            return []
        fits = self.fits(model=checked_model(self.config.models))
        cells = {
            (one.dataset, one.trait, one.scheme): None
            for one in fits
            if not not_checked(self.config.datasets[one.dataset], self._trait(one))
        }
        return [self.CHECK_IN_R.format(dataset=cell[0], trait=cell[1], scheme=cell[2]) for cell in cells]

    def checked_fits(self, dataset: str, trait: str, scheme: str) -> list[Fit]:
        """The fits of a trait and scheme that R does again: those of the first repeat."""
        fits = self.fits(dataset=dataset, trait=trait, scheme=scheme, model=checked_model(self.config.models))
        return [fit for fit in fits if fit.repeat == 1]

    def _trait(self, fit: Fit) -> str:
        """The trait of a fit by its name, not its folder."""
        return self.config.datasets[fit.dataset].traits[fit.trait]

    # Datasets

    def of_folds(self, pattern: str) -> list[str]:
        """A file of the folds of every scheme that a fit uses."""
        folds = {(one.dataset, one.trait, one.scheme): None for one in self.fits()}
        return [pattern.format(dataset=cell[0], trait=cell[1], scheme=cell[2]) for cell in folds]

    def of_crosses(self, pattern: str) -> list[str]:
        """Those of :meth:`of_folds` of datasets of crosses."""
        crossed = [name for name, dataset in self.config.datasets.items() if dataset.crosses]
        folds = {
            (one.dataset, one.trait, one.scheme): None for name in crossed for one in self.fits(dataset=name)
        }
        return [pattern.format(dataset=cell[0], trait=cell[1], scheme=cell[2]) for cell in folds]

    def of_traits(self, name: str) -> list[str]:
        """The file ``name`` of every trait of every dataset."""
        return [
            f"<results>/{dataset}/{trait}/{name}"
            for dataset, described in self.config.datasets.items()
            for trait in described.traits
        ]

    @cached_property
    def means(self) -> list[str]:
        """Means of every trait of datasets with plots."""
        return self._means_of(name for name, dataset in self.config.datasets.items() if dataset.plots)

    @cached_property
    def means_before_folds(self) -> list[str]:
        """Those of them that fits train on."""
        plots = {name: dataset.plots for name, dataset in self.config.datasets.items()}
        return self._means_of(name for name, of in plots.items() if of and not of.within_folds)

    def _means_of(self, datasets: Iterable[str]) -> list[str]:
        return [
            self.MEANS.format(dataset=name, trait=trait)
            for name in datasets
            for trait in self.config.datasets[name].traits
        ]

    def layers(self, dataset: str, layers: Iterable[str]) -> list[str]:
        """Folders of omics layers, as quality control left them."""
        return [self.LAYER.format(dataset=dataset, layer=layer) for layer in layers]

    def environments(self, dataset: str, trait: str) -> str | list[str]:
        """What is known of the environments of a trait, in a list of no files where nothing is."""
        environments = self.config.datasets[dataset].environments
        known = environments is not None and environments.file is not None
        return f"<results>/{dataset}/{trait}/environments.tsv" if known else []

    def beside_markers(
        self, dataset: str, trait: str, scheme: str, model: str, **others: str
    ) -> dict[str, str | list[str]]:
        """Files that a fit reads beside the markers, by name.

        Names without files are left out: each costs a kilobyte a fit.
        """
        layers = self.layers(dataset, self.models[model].omics)
        files = {"layers": layers, "environments": self.environments(dataset, trait)}
        plots = self.config.datasets[dataset].plots
        if plots is not None and plots.within_folds:
            files["fold_means"] = self.FOLD_MEANS.format(dataset=dataset, trait=trait, scheme=scheme)
        if self.trains_ungenotyped(dataset, scheme, model):
            layer = self.models[model].omics[-1]
            files["ungenotyped"] = self.UNGENOTYPED.format(dataset=dataset, trait=trait, layer=layer)
        files["marker_blocks"] = self.marker_blocks(dataset, scheme, model)
        return {name: paths for name, paths in files.items() if paths}

    def marker_blocks(self, dataset: str, scheme: str, model: str) -> list[str]:
        """What jobs make from parts of the markers for the fits of a model, in their order; none without."""
        jobs, described = self.config.cv["marker_jobs"], self.config.datasets[dataset]
        if not jobs or described.environments or described.plots or not _in_blocks(self.models[model]):
            return []
        place = {"dataset": dataset, "scheme": scheme, "model": model}
        return [self.MARKER_BLOCKS.format(part=part, **place) for part in range(1, jobs + 1)]

    def of_marker_blocks(self, dataset: str, model: str, file: str) -> list[str]:
        """A file of every trait of a dataset that a model predicts."""
        traits = usable_traits(self.models[model], self.config.datasets[dataset])
        return [f"<results>/{dataset}/{trait}/{file}" for trait in traits]

    def trains_ungenotyped(self, dataset: str, scheme: str, model: str) -> bool:
        """Whether a model is trained on samples without genotypes in the folds of a scheme."""
        described, method = self.config.datasets[dataset], METHODS[self.models[model].method]
        within_folds = described.plots is not None and described.plots.within_folds
        one_record = described.environments is None and not within_folds
        return method.reads_pedigree and SCHEMES[scheme].outsiders_train and one_record

    @cached_property
    def compared_layers(self) -> list[str]:
        """Omics layers that any model of the comparison reads."""
        return list(dict.fromkeys(layer for model in self.config.models.values() for layer in model.omics))

    def descriptions(self, dataset: str) -> dict[str, dict[str, str]]:
        """Method, encoding and what is read beside the markers, of each model of the comparison, as cells."""
        return {
            name: {
                "method": model.method,
                "encoding": encoding_text(model.encoding),
                "other_inputs": _read_beside(self.config.datasets[dataset], model),
            }
            for name, model in self.config.models.items()
        }

    # Wildcards

    @cached_property
    def wildcards(self) -> dict[str, list[str]]:
        """Every value of the wildcards that name something of the configuration."""
        config = self.config
        return {
            "dataset": list(config.datasets),
            "scheme": list(config.cv["schemes"]),
            "model": list(self.models),
            "layer": [layer for dataset in config.datasets.values() for layer in dataset.omics],
            "prediction": list(config.predictions),
            "transfer": list(config.transfers),
            "preset": [dataset.preset.name for dataset in config.datasets.values() if dataset.preset],
            "experiment": ["encodings", "ablation"],
        }


def _in_blocks(model: Model) -> bool:
    """Whether parts of the fits of a model can be made from parts of the markers alone."""
    if model.omics or not METHODS[model.method].in_blocks:
        return False
    (encoding,) = each(model.encoding)
    alone = encoding.get("impute", "mean") == "mean"
    return alone and encoding_kinds()[encoding["name"]].streamed is not None


def _read_beside(dataset: Dataset, model: Model) -> str:
    """What a model reads beside the markers, layers and covariates, as one cell of a table."""
    fixed = dataset.covariates if fits_covariates(model.method, model.params) else []
    return ", ".join([*model.omics, *fixed])
