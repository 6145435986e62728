"""Datasets of the configuration: their files, how to read them, and the columns of their phenotype tables."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from functools import cache, cached_property, partial
from typing import Any

from dnngp.base.errors import UserError, nearest, some
from dnngp.base.problems import absent_columns, absent_files, absent_inputs, refuse
from dnngp.base.remote import is_remote
from dnngp.base.seeds import digest
from dnngp.config.environment_entries import DatasetEnvironments, read_environments
from dnngp.config.plot_entries import DatasetPlots, read_plots_entry
from dnngp.config.public_datasets import Preset, preset
from dnngp.genotypes.cross_tables import CrossTable
from dnngp.genotypes.file_formats import genotype_files, marker_names, side_of_samples
from dnngp.genotypes.plot_tables import PLACES
from dnngp.genotypes.table_reading import TableReading
from dnngp.genotypes.trait_types import CONTINUOUS, TraitType
from dnngp.genotypes.weight_columns import WeightColumns
from dnngp.validation.user_folds import assigned_folds

#: Column of the phenotype table that the simulation writes its subpopulations to.
SIMULATED_GROUPS = "population"

#: And those of its plots.
SIMULATED_PLACES = PLACES
#: The one with numbers of replicates, where they differ.
SIMULATED_REPLICATES = "replicates"

#: The default of `species`.
UNSPECIFIED = "unspecified"

#: Reads the ids of a phenotype table when they are asked for; None where the files are not there yet.
Ids = Callable[[], Collection[str]] | None

#: Keys of a dataset that say how its genotypes are read.
READING = ("ploidy", "format", "field", "multiallelic", "samples_in", "filter", "no_reads", "map")

#: Options that name a column of the phenotype table or of the table of samples.
BESIDE = ("groups", "time", "covariates")

#: Options of quality control that hold in each fold.
FOLD_FILTERS = ("maf", "mac")

#: Options of quality control that name a file.
QC_FILES = ("include_markers", "exclude_markers", "include_samples", "exclude_samples")


@dataclass(frozen=True)
class Measured:
    """What lines were measured by: markers, or another layer.

    ``files`` are all files, ``reading`` the arguments of :class:`dnngp.genotypes.parsing.format.Reading`,
    ``qc`` all options of quality control.
    """

    files: list[str]
    reading: dict[str, Any]
    qc: dict[str, Any]

    @cached_property
    def filters(self) -> dict[str, Any]:
        """What is asked of markers among the training lines of each fold."""
        return {key: self.qc[key] for key in FOLD_FILTERS}

    @cached_property
    def lists(self) -> list[str]:
        """Lists of markers and samples that quality control reads, and the map of markers."""
        own = self.reading["map"]
        return [*qc_files(self.qc).values(), *([] if own is None else [own])]


@dataclass(frozen=True)
class OmicsLayer(Measured):
    """A layer of a dataset beside its markers; ``on_missing`` is ``drop`` or ``impute``."""

    on_missing: str

    @property
    def is_pedigree(self) -> bool:
        """Whether it is a table of individuals and their parents."""
        return bool(self.reading["format"] == "pedigree")

    @property
    def relates(self) -> bool:
        """Whether it holds relationships, be they those of a pedigree or of another program."""
        return self.is_pedigree or bool(self.reading["format"] == "relationships")


@dataclass(frozen=True)
class Dataset(Measured):
    """One population: where its files are, how to read them and what to predict in it.

    As a layer it is that of its markers; ``qc`` has the options of the dataset put over the common ones.
    ``traits`` maps the folder name of a trait to its column in the phenotype table, ``covariates`` a column
    to ``number`` or ``factor``, ``trait_types`` a trait to what was said of it, ``better`` a trait to
    ``higher`` or ``lower``, where that was said. ``folds`` are the numbers of repeats and of folds of
    ``folds_file``.
    ``omics`` are those beside the markers, by name. ``crosses`` says which crosses of the genotyped lines the
    samples are; None: those lines.
    """

    name: str
    species: str
    genotypes: str
    impute: str | None
    phenotypes: str
    traits: dict[str, str]
    trait_types: dict[str, TraitType]
    better: dict[str, str]
    table: TableReading
    weights_confirmed: bool
    groups: str | None
    time: str | None
    folds_file: str | None
    folds: tuple[int, int] | None
    covariates: dict[str, str]
    environments: DatasetEnvironments | None
    plots: DatasetPlots | None
    omics: dict[str, OmicsLayer]
    crosses: CrossTable | None
    labels: dict[str, str]
    simulate: dict[str, Any] | None
    preset: Preset | None

    @property
    def table_options(self) -> dict[str, Any]:
        """How the phenotype table is read, as a parameter of a rule."""
        return asdict(self.table)

    @property
    def joined_table_options(self) -> dict[str, Any]:
        """How the table is read that is joined to the genotypes: the phenotypes, or the means of plots."""
        if self.plots is None:
            return self.table_options
        means = replace(self.table, id_column="id", missing_values=None, sheet=None, trait_types={})
        return asdict(replace(means, weights=self.weights))

    def weighs(self, trait: str) -> bool:
        """Whether the records of a trait have weights, in a column of its own or of its environments."""
        columns = self.weights.get("columns", {})
        return trait in columns or (trait not in self.value_columns and bool(columns))

    @property
    def weights(self) -> dict[str, Any]:
        """Kind and columns of the weights of records, those of means of plots among them; empty without."""
        if self.plots is None:
            return dict(self.table.weights)
        return (
            {} if self.plots.error == "none" else {"kind": "variance", "columns": {"value": "error_variance"}}
        )

    @property
    def samples_file(self) -> str | None:
        """The table of samples beside the phenotypes."""
        return self.table.samples_file

    @property
    def first_trait(self) -> str:
        """Folder of the trait that the controls permute."""
        return next(iter(self.traits))

    @property
    def value_columns(self) -> list[str]:
        """Columns of the phenotype table that hold values of its traits."""
        wide = self.environments.columns if self.environments else None
        return list(wide or self.traits.values())

    @property
    def is_long(self) -> bool:
        """Whether the phenotype table has a row per sample and environment."""
        return self.environments is not None and self.environments.column is not None

    @property
    def labels_text(self) -> str:
        """The free labels as one cell of a table."""
        return "; ".join(f"{key}={value}" for key, value in self.labels.items())

    @property
    def record_options(self) -> dict[str, Any] | None:
        """How records are read (:func:`dnngp.genotypes.records.phenotype_of_records`).

        None where samples have one record each.
        """
        if self.environments is None:
            return None
        column = self.environments.column
        return {
            "environment_column": column if self.plots is None else "environment",
            "columns": self.environments.columns,
            "names": self.environments.names,
        }

    @property
    def plot_options(self) -> dict[str, Any]:
        """How plots are read (:func:`dnngp.methods.field_trials.stage_one.read_plots`)."""
        assert self.plots is not None
        beside = [self.groups, self.time, *self.covariates]
        return {
            "environment_column": self.environments.column if self.environments else None,
            "columns": self.plots.columns,
            "carried": [column for column in beside if column is not None],
        }

    @cached_property
    def fit_options(self) -> dict[str, Any]:
        """What a fit is told of its dataset: :attr:`filters`, types of traits, covariates."""
        return {
            "filters": self.filters,
            "trait_types": _types(self.trait_types),
            "errors_known": WeightColumns(**self.weights).known,
            "covariates": self.covariates,
            "environment_covariates": self.environments.covariates if self.environments else {},
        }

    def trait_type(self, trait: str) -> TraitType:
        """What the values of a trait are."""
        return self.trait_types.get(trait, CONTINUOUS)

    @property
    def lower(self) -> list[str]:
        """Traits whose lower values are the better ones; those treated as environments by these names."""
        return [trait for trait, better in self.better.items() if better == "lower"]

    def sign(self, trait: str) -> int:
        """What turns a trait into one that is the larger, the better: 1, or -1 of lower values."""
        return -1 if trait in self.lower else 1

    def layer_filters(self, layers: Iterable[str]) -> dict[str, dict[str, Any]]:
        """:attr:`filters` of some of the layers, by name."""
        return {layer: self.omics[layer].filters for layer in layers}


def folder_name(text: str, taken: Iterable[str] = ()) -> str:
    """A short ASCII name for a folder, unique among ``taken``, the same on every machine."""
    ascii_text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    name = re.sub(r"[^A-Za-z0-9.-]+", "_", ascii_text).strip("_.-")[:60]
    if not name or name in taken:
        name = f"{name or 'trait'}-{digest(text)[:8]}"
    return name


def simulated_samples(simulate: Mapping[str, Any]) -> int:
    """Samples of a simulated dataset: its lines, or their crosses."""
    crosses = simulate["crosses"]
    return int(simulate["samples"] if crosses is None else crosses["number"])


def qc_files(qc: Mapping[str, Any]) -> dict[str, str]:
    """Lists of markers and lines that quality control reads, by the option that names them."""
    return {key: qc[key] for key in QC_FILES if qc[key] is not None}


def dataset_named(name: str, datasets: Mapping[str, Dataset]) -> Dataset:
    """One of the datasets; a :class:`UserError` names the nearest if there is none of that name."""
    if name not in datasets:
        raise UserError(f"there is no dataset {name!r}. {nearest(name, datasets)}")
    return datasets[name]


def read_dataset(name: str, entry: dict[str, Any]) -> Dataset:
    """One entry of ``datasets``, with defaults, checked against the headers of the files that it names.

    What a preset decides is filled into the entry, where the tables show it.

    Raises
    ------
    UserError
        A line for each file or column that is not there; what readers of headers find.
    """
    simulate = entry["simulate"]
    phenotyped: Ids = None
    public = preset(entry["preset"]) if entry["preset"] is not None else None
    if simulate is not None:
        known = [SIMULATED_GROUPS, *([SIMULATED_REPLICATES] if simulate["replicates"] > 1 else [])]
        if (simulate["plots"] is None) != (entry["plots"] is None):
            raise UserError("`plots` of the dataset and `simulate.plots` come together: give both or none.")
        _check_columns(entry, known, "simulated data")
        genotypes = f"<resources>/{name}/genotypes.vcf.gz"
        files = [genotypes]
        phenotypes = f"<resources>/{name}/phenotypes.csv"
        columns = list(simulate["traits"])
    elif public is not None:
        _check_columns(entry, public.columns, f"the preset {public.name!r}")
        genotypes = f"<resources>/public/{public.name}/genotypes.csv.gz"
        files = [genotypes]
        phenotypes = f"<resources>/public/{public.name}/phenotypes.csv"
        columns = _preset_traits(entry, public)
        entry |= {"ploidy": public.ploidy, "samples_in": public.samples_in, "id_column": None}
        if entry["species"] == UNSPECIFIED:
            entry["species"] = public.species
    else:
        genotypes, phenotypes = entry["genotypes"], entry["phenotypes"]
        files = genotype_files(genotypes)
        named = [] if entry["samples_file"] is None else [("samples_file", entry["samples_file"])]
        inputs = [*(("genotypes", path) for path in files), ("phenotypes", phenotypes)]
        refuse([*absent_inputs(inputs), *absent_files([*named, *_named_lists(entry)])])
        columns = _named_traits(entry) if is_remote(phenotypes) else _trait_columns(entry)
        phenotyped = None if is_remote(phenotypes) else cache(partial(_table(entry).ids_of, phenotypes))
    crosses = _crosses(name, entry)
    if crosses is not None and phenotyped is not None:
        genotyped: Ids = partial(_parents, crosses)
    else:
        genotyped = phenotyped
    environments = read_environments(entry["environments"], phenotypes, columns, _header(entry) or columns)
    directed = environments.columns if environments is not None and environments.are_traits else None
    plots = read_plots_entry(entry["plots"], phenotypes, _header(entry) or [*SIMULATED_PLACES])
    if environments is not None and environments.columns is not None:
        columns = [environments.trait]
    omics = {layer: _omics_layer(layer, given, phenotyped) for layer, given in entry["omics"].items()}
    traits: dict[str, str] = {}
    for column in columns:
        traits[folder_name(column, traits)] = column
    trait_types = _trait_types(entry, columns)
    wide = environments.columns if environments else None
    types_by_column = dict.fromkeys(wide, *trait_types.values()) if wide and trait_types else trait_types
    return Dataset(
        name=name,
        species=entry["species"],
        genotypes=genotypes,
        files=files,
        reading=_told_side(_reading(entry), files[0], genotyped)
        | ({} if crosses is None else {"crosses": asdict(crosses)}),
        impute=entry["impute"],
        phenotypes=phenotypes,
        traits=traits,
        trait_types=trait_types,
        better=_better(entry, directed or columns),
        table=replace(
            _table(entry), trait_types=_types(types_by_column), weights=_weights(entry, wide or columns)
        ),
        weights_confirmed=bool(entry["weights"] and entry["weights"]["confirmed"]),
        groups=entry["groups"],
        time=entry["time"],
        folds_file=entry["folds_file"],
        folds=_folds_of_file(entry["folds_file"]),
        covariates=entry["covariates"],
        environments=environments,
        plots=plots,
        qc=entry["qc"],
        omics=omics,
        crosses=crosses,
        labels=entry["labels"],
        simulate=simulate,
        preset=public,
    )


def _long_column(entry: Mapping[str, Any]) -> list[str]:
    """The column of the environments of a long phenotype table."""
    column = (entry["environments"] or {}).get("column")
    return [column] if column is not None and column in _header(entry) else []


def _plot_columns(entry: Mapping[str, Any]) -> dict[str, str]:
    """Columns that say where a plot was, by name, each with its option."""
    given = entry["plots"] or {}
    return {given[name]: f"plots.{name}" for name in PLACES if given.get(name) is not None}


def _header(entry: Mapping[str, Any]) -> list[str]:
    """Names of the columns of the phenotype table; none where it is yet to be made or fetched."""
    path = entry["phenotypes"]
    return [] if path is None or is_remote(path) else _table(entry).header(path)


def _table(entry: Mapping[str, Any]) -> TableReading:
    """How the phenotype table of a dataset is read, but for the types and weights of its traits."""
    options = (field.name for field in fields(TableReading) if field.name not in ("trait_types", "weights"))
    return TableReading(**{name: entry[name] for name in options})


def _trait_types(entry: Mapping[str, Any], traits: Sequence[str]) -> dict[str, TraitType]:
    """What is said of each trait: a kind alone, or classes in their order."""
    given = entry["trait_types"]
    refuse(f"`trait_types` is about {name!r}. {nearest(name, traits)}" for name in given.keys() - {*traits})
    return {
        name: TraitType(one["type"], tuple(one["order"])) if isinstance(one, Mapping) else _of_kind(one)
        for name, one in given.items()
    }


def _better(entry: Mapping[str, Any], traits: Sequence[str]) -> dict[str, str]:
    """Directions that were declared, of traits that there are."""
    given: dict[str, str] = entry["better"]
    refuse(f"`better` is about {name!r}. {nearest(name, traits)}" for name in given if name not in traits)
    return given


def _weights(entry: Mapping[str, Any], values: Sequence[str]) -> dict[str, Any]:
    """Kind and columns of weights, by the columns of values; empty without any."""
    given = entry["weights"]
    if given is None:
        return {}
    columns = given["columns"] or dict.fromkeys(values, given["column"])
    refuse(
        f"`weights.columns` is about {name!r}, which holds no values to predict. {nearest(name, values)}"
        for name in columns
        if name not in values
    )
    lacking = [name for name in values if name not in columns]
    if lacking and entry["environments"] is not None:
        raise UserError(f"`weights.columns` lacks {some(lacking)}: name the weights of every environment.")
    return {"kind": given["kind"], "columns": columns}


def _weight_columns(entry: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Pairs of option and column of the weights."""
    given = entry["weights"] or {"column": None, "columns": {}}
    named = [] if given["column"] is None else [given["column"]]
    return [("weights", column) for column in dict.fromkeys([*named, *given["columns"].values()])]


def _of_kind(kind: str) -> TraitType:
    return TraitType(kind, ("0", "1") if kind == "binary" else ())


def _types(types: Mapping[str, TraitType]) -> dict[str, dict[str, Any]]:
    """Those that are not continuous, as parameters of a rule."""
    return {name: asdict(one) for name, one in types.items() if one != CONTINUOUS}


def _crosses(name: str, entry: Mapping[str, Any]) -> CrossTable | None:
    """The table of crosses of a dataset, which is made with simulated ones."""
    if entry["simulate"] is not None and entry["simulate"]["crosses"] is not None:
        return CrossTable(f"<resources>/{name}/crosses.csv")
    if entry["crosses"] is None:
        return None
    refuse([*_unhalved(entry), *absent_files([("crosses.file", entry["crosses"]["file"])])])
    return CrossTable(**entry["crosses"], ids=entry["ids"])


def _unhalved(entry: Mapping[str, Any]) -> Iterator[str]:
    """Genotypes of parents of which no gamete has half."""
    if entry["format"] == "features":
        yield "`crosses` are made of dosages of their parents, and `format: features` has none."
    elif entry["ploidy"] % 2:
        yield (
            f"`crosses` are made of parents of an even ploidy, not `ploidy: {entry['ploidy']}`. Write inbred "
            "lines as 0 and 2, with `ploidy: 2`."
        )


def _parents(crosses: CrossTable) -> set[str]:
    """Ids of the parents of crosses, as their table has them."""
    return {parent for one in crosses.read() for parent in (one.female, one.male)}


def _omics_layer(name: str, entry: Mapping[str, Any], phenotyped: Ids) -> OmicsLayer:
    files = genotype_files(entry["file"])
    place = f"omics.{name}"
    lists = ((f"{place}.{key}", path) for key, path in _named_lists(entry))
    odd = entry["format"] == "pedigree" and entry["ploidy"] % 2
    refuse(
        [
            *([f"{place}: a pedigree needs an even ploidy, not `ploidy: {entry['ploidy']}`."] if odd else []),
            *absent_inputs((f"{place}.file", path) for path in files),
            *absent_files(lists),
        ]
    )
    reading = _told_side(_reading(entry), files[0], phenotyped)
    return OmicsLayer(files, reading, entry["qc"], entry["on_missing"])


def _reading(entry: Mapping[str, Any]) -> dict[str, Any]:
    """How the files of a dataset or a layer are read."""
    return {key: entry[key] for key in READING} | {"strict": entry["qc"]["strict"]}


def _told_side(reading: dict[str, Any], path: str, phenotyped: Ids) -> dict[str, Any]:
    """How a file is read, with the side of its samples where ids of the phenotypes tell."""
    if reading["samples_in"] != "auto" or phenotyped is None:
        return reading
    return reading | {"samples_in": side_of_samples(path, reading["format"], phenotyped)}


def _named_lists(entry: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Pairs of option and file of the map and the quality control of a dataset or a layer."""
    named = [(f"qc.{key}", path) for key, path in qc_files(entry["qc"]).items()]
    return named if entry["map"] is None else [("map", entry["map"]), *named]


def _folds_of_file(path: str | None) -> tuple[int, int] | None:
    """Repeats of a file of folds, and the folds of the repeat that has most."""
    if path is None:
        return None
    refuse(absent_files([("folds_file", path)]))
    assigned = assigned_folds(path)
    return len(assigned), max(max(one.values()) for one in assigned)


def _named_columns(entry: Mapping[str, Any], keys: Iterable[str]) -> list[tuple[str, str]]:
    """Pairs of option and column, of some options and of the covariates."""
    named = [(key, entry[key]) for key in keys if entry[key] is not None]
    return named + [("covariates", column) for column in entry["covariates"]]


def _check_columns(entry: Mapping[str, Any], known: Sequence[str], where: str) -> None:
    """Refuse columns that a phenotype table made by the workflow will not have."""
    for key, column in [*_named_columns(entry, ("groups", "time")), *_weight_columns(entry)]:
        if column not in known:
            there = f"there is {', '.join(map(repr, known))}" if known else "there is none"
            raise UserError(f"{where} has no column {column!r} (`{key}`); {there}.")


def _preset_traits(entry: Mapping[str, Any], public: Preset) -> list[str]:
    if entry["traits"] == "all":
        return public.traits
    for trait in entry["traits"]:
        if trait not in public.traits:
            raise UserError(
                f"the preset {public.name!r} has no trait {trait!r}. {nearest(trait, public.traits)}"
            )
    return list(entry["traits"])


def _named_traits(entry: Mapping[str, Any]) -> list[str]:
    """Traits of a phenotype table that is not here to be looked at."""
    missing = " and ".join(
        text
        for text, wrong in (
            ("the names of the traits (`traits`)", entry["traits"] == "all"),
            ("a file here, for `environments`", entry["environments"] is not None),
        )
        if wrong
    )
    if missing:
        raise UserError(f"{entry['phenotypes']} is fetched by the run. Beforehand it takes {missing}.")
    return list(entry["traits"])


def _trait_hint(
    trait: str, candidates: Sequence[str], others: Mapping[str, str], entry: Mapping[str, Any]
) -> str:
    """What a name may stand for that is no trait; ``others`` are options by the column that each names."""
    if trait in others:
        return f"The column is there for `{others[trait]}`."
    if trait in marker_names(entry["genotypes"], entry["format"], entry["samples_in"]):
        return f"{entry['genotypes']} has: are `genotypes` and `phenotypes` swapped?"
    return nearest(trait, candidates)


def _trait_columns(entry: Mapping[str, Any]) -> list[str]:
    path, table = entry["phenotypes"], _table(entry)
    header, beside = table.header(path), list(table.beside().columns)
    named = _named_columns(entry, ("id_column", "groups", "time"))
    named += [("not_traits", column) for column in entry["not_traits"]]
    weights = _weight_columns(entry)
    reserved = {column: option for option, column in [*named, *weights]}
    reserved |= dict.fromkeys(_long_column(entry), "environments") | _plot_columns(entry)
    reserved[entry["id_column"] or header[0]] = "id_column"
    # A column without a name holds the row names of R, which are no trait.
    candidates = [column for column in header if column and column not in reserved]
    wanted = candidates if entry["traits"] == "all" else list(entry["traits"])
    problems = [*absent_columns(path, [*header, *beside], named), *absent_columns(path, header, weights)]
    for option, column in named:
        if option in BESIDE and column in header and column in beside:
            problems.append(f"{path} and {table.samples_file} both have a column {column!r} (`{option}`).")
    for trait in wanted:
        if trait not in candidates:
            problems.append(
                f"{path} has no trait {trait!r}. {_trait_hint(trait, candidates, reserved, entry)}"
            )
    if "NA" in wanted:
        problems.append(f"{path}: a trait cannot be called 'NA', which means missing. Rename it.")
    if not wanted:
        problems.append(f"{path} has no trait column beside {', '.join(map(repr, header))}.")
    refuse(problems)
    return wanted
