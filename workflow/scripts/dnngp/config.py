"""The configuration: defaults from the schema, then every problem in one list.

Imported by the Snakefile at each start, so it stays within the standard
library, PyYAML and jsonschema (both come with Snakemake).
"""

from __future__ import annotations

import ast
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from dnngp.assigned import assigned_folds
from dnngp.catalogue import Preset, preset
from dnngp.contrasts import LINEAR, Contrast, ablation_contrasts, encoding_text, input_contrasts
from dnngp.errors import UserError, nearest, some
from dnngp.headers import genotype_files, genotype_format, phenotype_header, phenotype_ids, sample_ids
from dnngp.models.registry import ENCODINGS, METHODS, chosen_encoding, layers_read
from dnngp.omics import MARKERS, Encoding, each, layer_of
from dnngp.seeds import digest
from dnngp.trials.options import Trial, read_trial

#: Column of the phenotype table that the simulation writes its subpopulations to.
SIMULATED_GROUPS = "population"

#: The default of `species`.
UNSPECIFIED = "unspecified"

#: Keys of a dataset that say how its genotypes are read.
READING = ("ploidy", "format", "field", "multiallelic", "samples_in")

#: Options of quality control that hold in each fold.
FOLD_FILTERS = ("maf", "mac")

#: Options of quality control that name a file.
QC_FILES = ("include_markers", "exclude_markers", "include_samples", "exclude_samples")


#: What a scheme needs to be told of each dataset.
NEEDED = {"leave_group_out": "groups", "forward": "time", "file": "folds_file"}


@dataclass(frozen=True)
class OmicsLayer:
    """A layer of a dataset beside its markers: all files, and how they are read, as in :class:`Dataset`.

    ``on_missing`` is ``drop`` or ``impute``, ``qc`` all options of quality control.
    """

    files: list[str]
    reading: dict[str, Any]
    on_missing: str
    qc: dict[str, Any]

    @cached_property
    def filters(self) -> dict[str, Any]:
        """What is asked of markers among the training lines of each fold."""
        return {key: self.qc[key] for key in FOLD_FILTERS}


@dataclass(frozen=True)
class Dataset:
    """One population: where its files are, how to read them and what to predict in it.

    ``files`` are all files of the genotypes, ``reading`` the arguments of
    :class:`dnngp.readers.options.Reading`, ``qc`` the options of quality control with those of the dataset
    put over the common ones. ``traits`` maps the folder name of a trait to its column in the phenotype table,
    ``covariates`` a column to ``number`` or ``factor``. ``folds`` are the numbers of repeats and of folds of
    ``folds_file``. ``layers`` are those beside the markers, by name.
    """

    name: str
    species: str
    genotypes: str
    files: list[str]
    reading: dict[str, Any]
    impute: str | None
    phenotypes: str
    traits: dict[str, str]
    id_column: str | None
    groups: str | None
    time: str | None
    folds_file: str | None
    folds: tuple[int, int] | None
    covariates: dict[str, str]
    qc: dict[str, Any]
    layers: dict[str, OmicsLayer]
    labels: dict[str, str]
    simulate: dict[str, Any] | None
    preset: Preset | None

    @cached_property
    def filters(self) -> dict[str, Any]:
        """What is asked of markers among the training lines of each fold."""
        return {key: self.qc[key] for key in FOLD_FILTERS}


@dataclass(frozen=True)
class Variant:
    """A named choice of method, encoding and parameters; the id is the folder name.

    ``encoding`` is a list where it reads several layers, one each. ``tune`` is the number of settings of
    hyper-parameters to try; 1 takes the defaults.
    """

    id: str
    method: str
    encoding: Encoding | list[Encoding]
    params: dict[str, Any]
    tune: int

    @cached_property
    def layers(self) -> list[str]:
        """Layers that it reads beside the markers, be it through the members of a stack."""
        found = layers_read(self.method, self.encoding, self.params)
        return [layer for layer in found if layer != MARKERS]

    @cached_property
    def settings(self) -> dict[str, Any]:
        """All but the id: what a fit is told of it."""
        return {key: getattr(self, key) for key in ("method", "encoding", "params", "tune")}


@dataclass(frozen=True)
class SizeStudy:
    """Sizes to evaluate.

    ``lines`` and ``markers`` hold numbers and ``all``; ``variants`` are ids; ``cells`` are pairs of dataset
    and folder of a trait; ``folds`` is how many folds of each of ``repeats`` repeats to run, None all.
    """

    lines: list[int | str]
    markers: list[int | str]
    choose: str
    variants: list[str]
    folds: int | None
    repeats: int
    cells: list[tuple[str, str]]


@dataclass(frozen=True)
class PairStudy:
    """Choices compared in pairs: (variant, reference, part, setting), as in :class:`Contrast`.

    ``cells`` as in :class:`SizeStudy`.
    """

    contrasts: list[tuple[str, str, str, str]]
    cells: list[tuple[str, str]]


@dataclass(frozen=True)
class Study:
    """Studies beside the comparison; ``variants`` are those that they alone need."""

    variants: dict[str, Variant]
    size: SizeStudy | None
    inputs: PairStudy | None
    ablation: PairStudy | None


@dataclass(frozen=True)
class Prediction:
    """Lines to predict: which, by what, and how sure.

    ``candidates`` is None for the lines of the dataset without a phenotype; ``files`` are all files of the
    candidates, ``reading`` says how to read them. ``traits`` maps folder names to traits. ``select`` has
    ``weights`` by trait, ``number`` and ``max_kinship``.
    """

    name: str
    dataset: str
    variant: str
    traits: dict[str, str]
    candidates: str | None
    files: list[str]
    reading: dict[str, Any]
    scheme: str
    min_markers: float
    level: float
    select: dict[str, Any] | None


@dataclass(frozen=True)
class Configuration:
    """The whole configuration with every default filled in."""

    title: str
    datasets: dict[str, Dataset]
    variants: dict[str, Variant]
    study: Study
    cv: dict[str, Any]
    compare: dict[str, Any]
    predictions: dict[str, Prediction]
    trials: dict[str, Trial]
    importance: list[str]
    controls: bool
    seed: int
    resolved: dict[str, Any]


def read_configuration(
    raw: Mapping[str, Any], schema_file: str | Path, *, read_inputs: bool = True
) -> Configuration:
    """Check ``raw`` against the schema and the files it names, and fill in defaults.

    Parameters
    ----------
    raw
        The configuration as loaded from YAML.
    schema_file
        The JSON schema, in YAML.
    read_inputs
        Whether to compare the ids of genotype and phenotype files; jobs on a
        cluster, which read the configuration again, leave it out.

    Raises
    ------
    UserError
        One error that lists every problem found.
    """
    schema = yaml.safe_load(Path(schema_file).read_text())
    given = _without_empty(raw)
    problems = list(_schema_problems(given, schema))
    if problems:
        raise _problem_list(problems)
    for entry, as_given in zip(given["datasets"], raw["datasets"], strict=True):
        # An option left empty for a dataset undoes the common one.
        entry["qc"] = _without_empty({**(raw.get("qc") or {}), **(as_given.get("qc") or {})})
    resolved = with_defaults(given, schema, schema)
    problems = [*_name_problems(resolved), *_variant_problems(resolved)]
    resolved["compare"] |= _compared(resolved)
    datasets = {}
    for entry in resolved["datasets"]:
        try:
            datasets[entry["name"]] = _dataset(entry)
        except UserError as error:
            problems += [f"dataset {entry['name']}: {line}" for line in str(error).splitlines()]
    for dataset in datasets.values():
        found = _dataset_problems(dataset, resolved["cv"], read_inputs)
        problems += [f"dataset {dataset.name}: {problem}" for problem in found]
    problems += _study_problems(resolved, datasets, read_inputs)
    problems += [] if problems else _layer_problems(resolved, datasets)
    variants = {} if problems else _variants(resolved)
    predictions = {}
    for name, entry in {} if problems else resolved["predict"].items():
        try:
            predictions[name] = _prediction(name, entry, datasets, variants, resolved["cv"]["schemes"])
        except UserError as error:
            problems += [f"predict.{name}: {line}" for line in str(error).splitlines()]
    problems += _importance_problems(resolved["importance"], variants)
    trials = {}
    for name, entry in resolved["trials"].items():
        try:
            trials[name] = _trial(name, entry, datasets)
        except UserError as error:
            problems += [f"trials.{name}: {line}" for line in str(error).splitlines()]
    if trials and "trials" in datasets:
        problems.append("datasets: the name 'trials' is that of the folder of trials. Rename the dataset.")
    if problems:
        raise _problem_list(problems)
    return Configuration(
        title=resolved["title"],
        datasets=datasets,
        variants=variants,
        study=_study(resolved, datasets),
        cv=resolved["cv"],
        compare=resolved["compare"],
        predictions=predictions,
        trials=trials,
        importance=resolved["importance"],
        controls=resolved["controls"],
        seed=resolved["seed"],
        resolved=resolved,
    )


def with_defaults(value: Any, schema: Mapping[str, Any], root: Mapping[str, Any]) -> Any:
    """Copy ``value`` with the schema's defaults filled in at every depth, keys in the order of the schema.

    The order matters to Snakemake, which compares parameters as text.
    """
    if "$ref" in schema:
        return with_defaults(value, _referred(schema["$ref"], root), root)
    if isinstance(value, Mapping):
        properties = schema.get("properties", {})
        others = schema.get("additionalProperties")
        filled = {}
        for key, inner_schema in properties.items():
            if key in value:
                filled[key] = with_defaults(value[key], inner_schema, root)
            elif "default" in inner_schema:
                filled[key] = with_defaults(deepcopy(inner_schema["default"]), inner_schema, root)
        for key in [key for key in value if key not in properties]:
            filled[key] = with_defaults(value[key], others if isinstance(others, Mapping) else {}, root)
        return filled
    if isinstance(value, list):
        return [with_defaults(item, schema.get("items", {}), root) for item in value]
    return value


def folder_name(text: str, taken: Iterable[str] = ()) -> str:
    """A short ASCII name for a folder, unique among ``taken``, the same on every machine."""
    ascii_text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    name = re.sub(r"[^A-Za-z0-9.-]+", "_", ascii_text).strip("_.-")[:60]
    if not name or name in taken:
        name = f"{name or 'trait'}-{digest(text)[:8]}"
    return name


def parameter_names(method: str) -> list[str]:
    """Parameters that a method's class accepts, read from its source without importing it."""
    entry = METHODS[method]
    return [name for name in _parameters(entry.module, entry.cls) if name != "random_state"]


def _parameters(module: str, cls: str) -> list[str]:
    """Arguments of the constructor of a class, or the fields of a dataclass and of its bases."""
    if not module.startswith("dnngp."):
        return []
    tree = ast.parse((Path(__file__).parents[1] / (module.replace(".", "/") + ".py")).read_text())
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and cls in [alias.name for alias in node.names]:
            return _parameters(str(node.module), cls)
        if isinstance(node, ast.ClassDef) and node.name == cls:
            fields = any("dataclass" in ast.unparse(decorator) for decorator in node.decorator_list)
            own = []
            for item in node.body:
                if isinstance(item, ast.FunctionDef) and item.name == "__init__":
                    return [argument.arg for argument in [*item.args.args[1:], *item.args.kwonlyargs]]
                if fields and isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name):
                    own += [] if "ClassVar" in ast.unparse(item.annotation) else [item.target.id]
            bases = [base.id for base in node.bases if isinstance(base, ast.Name)]
            inherited = [name for base in bases for name in _parameters(module, base)]
            return list(dict.fromkeys([*own, *inherited]))
    return []


def _problem_list(problems: list[str]) -> UserError:
    count = "one problem" if len(problems) == 1 else f"{len(problems)} problems"
    return UserError("\n".join([f"The configuration has {count}:", *(f"  - {text}" for text in problems)]))


def _without_empty(value: Any) -> Any:
    """Drop keys that YAML left empty (``qc:`` and nothing behind it)."""
    if isinstance(value, Mapping):
        return {key: _without_empty(inner) for key, inner in value.items() if inner is not None}
    if isinstance(value, list):
        return [_without_empty(item) for item in value]
    return value


def _referred(reference: str, root: Mapping[str, Any]) -> Mapping[str, Any]:
    node: Any = root
    for part in reference.removeprefix("#/").split("/"):
        node = node[part]
    return node


def _schema_problems(config: Any, schema: Mapping[str, Any]) -> Iterator[str]:
    errors = Draft202012Validator(schema).iter_errors(config)
    for error in sorted(errors, key=lambda error: list(map(str, error.absolute_path))):
        yield from _explain(error)


def _explain(error: ValidationError) -> Iterator[str]:
    place = ""
    for part in error.absolute_path:
        place += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if place else str(part)
    prefix = f"{place}: " if place else ""
    if error.validator == "additionalProperties":
        known = error.schema.get("properties", {})
        for key in error.instance:
            if key not in known:
                yield f"{prefix}unknown key {key!r}. {nearest(key, known)}"
    elif error.validator == "oneOf" and {"required": ["simulate"]} in error.validator_value:
        yield f"{prefix}needs both `genotypes` and `phenotypes`, or `simulate` or `preset` instead of them."
    elif error.validator == "required":
        missing = [key for key in error.validator_value if key not in error.instance]
        yield f"{prefix}{', '.join(missing)} is missing."
    elif error.validator == "pattern":
        yield f"{prefix}{error.instance!r} is no folder name: use letters, digits, '.', '_' and '-'."
    elif error.validator == "not":
        yield f"{prefix}{error.instance!r} has a meaning of its own. Use another name."
    elif error.validator == "enum":
        yield f"{prefix}{error.instance!r} is unknown. {nearest(str(error.instance), error.validator_value)}"
    else:
        yield f"{prefix}{error.message}."


def _name_problems(resolved: Mapping[str, Any]) -> Iterator[str]:
    places = {
        "datasets": [entry["name"] for entry in resolved["datasets"]],
        "variants": [*resolved["methods"], *resolved["variants"]],
    }
    for place, names in places.items():
        seen = set()
        for name in names:
            # Folders that differ in case alone are one folder on some file systems.
            if name.casefold() in seen and (place == "datasets" or name not in resolved["methods"]):
                yield f"{place}: the name {name!r} is used twice. Give each its own, not by case alone."
            seen.add(name.casefold())
            if name == "NA":
                yield f"{place}: the name 'NA' means missing in tables. Use another."


def _variant_problems(resolved: Mapping[str, Any]) -> Iterator[str]:
    for name in resolved["methods"]:
        if name not in METHODS:
            yield f"methods: {name!r} does not exist. {nearest(name, METHODS)}"
        elif name in resolved["variants"]:
            yield f"variants: {name!r} is already listed in `methods`. Rename the variant."
    if not resolved["methods"] and not resolved["variants"]:
        yield "methods: nothing to run. List a method or a variant."
    for key in ("reference", "answer"):
        name, run = resolved["compare"][key], [*resolved["methods"], *resolved["variants"]]
        if name is not None and name not in run:
            yield f"compare.{key}: {name!r} is not run. {nearest(name, run)}"
    for name, variant in resolved["variants"].items():
        yield from _choice_problems(f"variants.{name}", variant)
    for name, variant in resolved["study"]["variants"].items():
        if name in resolved["methods"] or name in resolved["variants"]:
            yield f"study.variants: {name!r} is already listed in `methods` or `variants`. Rename it."
        yield from _choice_problems(f"study.variants.{name}", variant)


def _choice_problems(place: str, choice: Mapping[str, Any]) -> Iterator[str]:
    """Problems of one choice of method, encoding and parameters, and of the members of a stack."""
    method = METHODS.get(choice["method"])
    if method is None:
        yield f"{place}: method {choice['method']!r} does not exist. {nearest(choice['method'], METHODS)}"
        return
    encodings = each(chosen_encoding(choice))
    for encoding in {encoding_text(one): one for one in encodings}.values():
        if encoding["name"] not in method.encodings:
            yield (
                f"{place}: method {method.name!r} takes the encodings "
                f"{', '.join(method.encodings)}, not {encoding['name']!r}."
            )
        else:
            yield from _encoding_problems(place, {k: v for k, v in encoding.items() if k != "layer"})
    names = [layer_of(encoding) for encoding in encodings]
    if choice.get("layers") and method.form == "lines":
        yield f"{place}: method {method.name!r} takes no `layers`. " + (
            "Give them to its members." if method.name == "stack" else "It reads markers alone."
        )
    elif len(set(names)) < len(names):
        yield f"{place}: a layer is listed twice."
    elif len(names) > 1 and "onehot" in [encoding["name"] for encoding in encodings]:
        yield f"{place}: the encoding onehot has a channel a genotype and cannot stand beside other layers."
    params = choice.get("params", {})
    known = parameter_names(method.name)
    for key in params:
        if key not in known:
            yield (
                f"{place}: method {method.name!r} has no parameter {key!r}. "
                + (nearest(key, known) if known else "It has none.")
            )
    if choice.get("tune") and not method.search.keys() - params.keys():
        yield f"{place}: method {method.name!r} has no hyper-parameters left to tune. Leave `tune` out."
    if method.name == "stack":
        for number, member in enumerate(params.get("members", []), start=1):
            yield from _choice_problems(
                f"{place}.params.members[{number}]", {"method": member} if isinstance(member, str) else member
            )


def _compared(resolved: Mapping[str, Any]) -> dict[str, Any]:
    """The reference and the answer of the comparisons, as given or by default."""
    entries = {name: name for name in resolved["methods"]}
    entries |= {name: variant["method"] for name, variant in resolved["variants"].items()}
    others = [name for name, method in entries.items() if method != "mean"] or list(entries)
    given = resolved["compare"]
    reference = given["reference"] or ("gblup" if "gblup" in entries else next(iter(others), None))
    stacks = [name for name, method in entries.items() if method == "stack"]
    return {"reference": reference, "answer": given["answer"] or next(iter(stacks), reference)}


def _variants(resolved: Mapping[str, Any]) -> dict[str, Variant]:
    return _made(_defaults_of(resolved["methods"]) | resolved["variants"])


def _defaults_of(methods: Iterable[str]) -> dict[str, Any]:
    """Entries of methods as they are, by name."""
    return {name: {"method": name, "params": {}, "tune": None} for name in methods}


def _made(entries: Mapping[str, Any]) -> dict[str, Variant]:
    return {
        name: Variant(
            id=name,
            method=entry["method"],
            encoding=chosen_encoding(entry),
            params=entry["params"],
            tune=entry["tune"]["budget"] if entry["tune"] else 1,
        )
        for name, entry in entries.items()
    }


def _study_problems(
    resolved: Mapping[str, Any], datasets: Mapping[str, Dataset], read_inputs: bool
) -> Iterator[str]:
    study, cv = resolved["study"], resolved["cv"]
    compared = [*resolved["methods"], *resolved["variants"]]
    known = list(dict.fromkeys([*compared, *study["variants"], *METHODS]))
    names = [entry["name"] for entry in resolved["datasets"]]
    for key in ("size", "inputs", "ablation"):
        part = study[key]
        if part is None:
            continue
        for name in part["variants"] or []:
            if name not in known:
                yield f"study.{key}.variants: {name!r} does not exist. {nearest(name, known)}"
        for name in part["datasets"] or []:
            if name not in names:
                yield f"study.{key}.datasets: {name!r} does not exist. {nearest(name, names)}"
        chosen = [dataset for name, dataset in datasets.items() if name in (part["datasets"] or names)]
        traits = [trait for dataset in chosen for trait in dataset.traits.values()]
        for trait in part["traits"] or []:
            if chosen and trait not in traits:
                yield f"study.{key}.traits: {trait!r} does not exist. {nearest(trait, traits)}"
        if key == "size":
            for dataset in chosen:
                yield from _size_problems(dataset, part, cv["folds"], read_inputs)
    if study["size"] is not None:
        if "random" not in cv["schemes"]:
            yield "study.size: the study runs on random folds. Add `random` to `cv.schemes`."
        for key in ("folds", "repeats"):
            if (study["size"][key] or 0) > cv[key]:
                asked = f"study.size.{key}: {study['size'][key]} of {cv[key]}."
                yield f"{asked} Raise `cv.{key}`, or take no more of them."
    for encoding in (study["inputs"] or {"encodings": []})["encodings"]:
        yield from _encoding_problems("study.inputs.encodings", encoding)
    for name in (study["ablation"] or {"variants": []})["variants"]:
        variant = (resolved["variants"] | study["variants"]).get(name, {"method": name})
        if variant["method"] != "dnngp" and name in known:
            yield f"study.ablation.variants: {name!r} is no variant of dnngp, the network taken apart."
    for name in (study["ablation"] or {"relatives": []})["relatives"]:
        if name not in METHODS:
            yield f"study.ablation.relatives: {name!r} does not exist. {nearest(name, METHODS)}"


def _layer_problems(resolved: Mapping[str, Any], datasets: Mapping[str, Dataset]) -> Iterator[str]:
    """Layers that a variant reads and a dataset lacks, and what can be done with markers alone."""
    study = resolved["study"]
    layered = {
        f"{place}.{name}": variant
        for place, entries in (("variants", resolved["variants"]), ("study.variants", study["variants"]))
        for name, variant in _made(entries).items()
        if variant.layers
    }
    for place, variant in layered.items():
        for dataset in datasets.values():
            for layer in variant.layers:
                if layer not in dataset.layers:
                    yield (
                        f"{place}: dataset {dataset.name} has no layer {layer!r}. "
                        + nearest(layer, [MARKERS, *dataset.layers])
                    )
    names = [variant.id for variant in layered.values()]
    for key in ("size", "inputs"):
        asked = [] if study[key] is None else study[key]["variants"] or list(resolved["variants"])
        for name in [name for name in asked if name in names]:
            yield f"study.{key}: {name!r} reads other layers than markers. List `variants` without it."


def _encoding_problems(place: str, encoding: Mapping[str, Any] | str) -> Iterator[str]:
    given = {"name": encoding} if isinstance(encoding, str) else encoding
    options = ENCODINGS.get(given["name"])
    if options is None:
        yield f"{place}: the encoding {given['name']!r} does not exist. {nearest(given['name'], ENCODINGS)}"
        return
    for key in given:
        if key != "name" and key not in options:
            yield f"{place}: encoding {given['name']!r} has no option {key!r}. " + (
                nearest(key, options) if options else "It has none."
            )


def _size_problems(dataset: Dataset, size: Mapping[str, Any], folds: int, read_inputs: bool) -> Iterator[str]:
    """Sizes that a dataset surely does not have; what quality control removes is known only later."""
    simulate = dataset.simulate
    lines = markers = None
    if simulate is not None:
        lines, markers = simulate["lines"], simulate["markers"]
    elif dataset.preset is not None:
        lines = dataset.preset.lines
    elif read_inputs:
        try:
            genotyped = sample_ids(
                dataset.genotypes, dataset.reading["format"], dataset.reading["samples_in"]
            )
            phenotyped = phenotype_ids(dataset.phenotypes, dataset.id_column)
        except UserError:  # told of the dataset already
            return
        if genotyped is not None:
            lines = len(set(genotyped) & set(phenotyped))
    trained = None if lines is None else lines - -(-lines // folds)
    for key, most, of in (
        ("lines", trained, f"{lines} lines in {folds} folds train"),
        ("markers", markers, "markers it has"),
    ):
        for number in size[key]:
            if most is not None and number != "all" and number > most:
                yield (
                    f"study.size.{key}: {number} is more than dataset {dataset.name} has: {most} "
                    f"({of}). Use `all`, leave the number out, or name other `datasets`."
                )


def _study(resolved: Mapping[str, Any], datasets: Mapping[str, Dataset]) -> Study:
    study, compared = resolved["study"], _variants(resolved)
    entries = _defaults_of(METHODS) | study["variants"] | _defaults_of(resolved["methods"])
    entries |= resolved["variants"]
    known = _made(entries)
    needed: dict[str, Variant] = {}
    size = inputs = ablation = None
    if study["size"] is not None:
        asked = study["size"]
        names = asked["variants"] or list(compared)
        needed |= {name: known[name] for name in names}
        size = SizeStudy(
            lines=asked["lines"],
            markers=asked["markers"],
            choose=asked["choose"],
            variants=names,
            folds=asked["folds"],
            repeats=asked["repeats"] or resolved["cv"]["repeats"],
            cells=_study_cells(asked, datasets),
        )
    if study["inputs"] is not None:
        asked = study["inputs"]
        chosen = {name: entries[name] for name in dict.fromkeys([LINEAR, *asked["variants"]])}
        encodings = [{"name": one} if isinstance(one, str) else one for one in asked["encodings"]]
        inputs = _pairs(input_contrasts(chosen, encodings), asked, datasets, compared, needed)
    if study["ablation"] is not None:
        asked = study["ablation"]
        contrasts = [
            contrast
            for name in asked["variants"]
            for contrast in ablation_contrasts(name, entries[name], asked["parts"], asked["relatives"])
        ]
        ablation = _pairs(contrasts, asked, datasets, compared, needed)
    own = {name: variant for name, variant in needed.items() if name not in compared}
    return Study(variants=own, size=size, inputs=inputs, ablation=ablation)


def _pairs(
    contrasts: list[Contrast],
    asked: Mapping[str, Any],
    datasets: Mapping[str, Dataset],
    compared: Mapping[str, Variant],
    needed: dict[str, Variant],
) -> PairStudy:
    """Contrasts that name variants of the comparison where they are the same; ``needed`` gains the others."""
    made = _made({contrast.id: contrast.entry for contrast in contrasts})
    name_of = {}
    for id, variant in made.items():
        same = [name for name, other in compared.items() if replace(other, id=id) == variant]
        name_of[id] = same[0] if same else id
        if not same and id in compared:
            raise UserError(f"study: the name {id!r} is taken by another variant. Rename that variant.")
        needed[name_of[id]] = replace(variant, id=name_of[id])
    named = [(name_of[one.id], name_of[one.reference], one.part, one.setting) for one in contrasts]
    return PairStudy(contrasts=list(dict.fromkeys(named)), cells=_study_cells(asked, datasets))


def _study_cells(study: Mapping[str, Any], datasets: Mapping[str, Dataset]) -> list[tuple[str, str]]:
    """Dataset and folder of the trait of every cell that a study looks at."""
    return [
        (name, folder)
        for name, dataset in datasets.items()
        if study["datasets"] is None or name in study["datasets"]
        for folder, trait in dataset.traits.items()
        if study["traits"] is None or trait in study["traits"]
    ]


def _dataset(entry: dict[str, Any]) -> Dataset:
    """The dataset of an entry; what a preset decides is filled into the entry, where the tables show it."""
    name = entry["name"]
    simulate = entry.get("simulate")
    public = preset(entry["preset"]) if "preset" in entry else None
    if simulate is not None:
        _check_columns(entry, [SIMULATED_GROUPS], "simulated data")
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
        named = [*(("genotypes", path) for path in files), ("phenotypes", phenotypes)]
        named += [(f"qc.{key}", entry["qc"][key]) for key in QC_FILES if entry["qc"][key] is not None]
        missing = [
            f"the file {path} does not exist (`{key}`, seen from {Path.cwd()})."
            for key, path in named
            if not Path(path).is_file()
        ]
        if missing:
            raise UserError("\n".join(missing))
        columns = _trait_columns(entry)
    layers = {layer: _omics_layer(layer, given) for layer, given in entry["layers"].items()}
    traits: dict[str, str] = {}
    for column in columns:
        traits[folder_name(column, traits)] = column
    return Dataset(
        name=name,
        species=entry["species"],
        genotypes=genotypes,
        files=files,
        reading={key: entry[key] for key in READING} | {"strict": entry["qc"]["strict"]},
        impute=entry["impute"],
        phenotypes=phenotypes,
        traits=traits,
        id_column=entry["id_column"],
        groups=entry["groups"],
        time=entry["time"],
        folds_file=entry["folds_file"],
        folds=_folds_of_file(entry["folds_file"]),
        covariates=entry["covariates"],
        qc=entry["qc"],
        layers=layers,
        labels=entry["labels"],
        simulate=simulate,
        preset=public,
    )


def _omics_layer(name: str, entry: Mapping[str, Any]) -> OmicsLayer:
    files = genotype_files(entry["file"])
    named = [*(("file", path) for path in files)]
    named += [(f"qc.{key}", entry["qc"][key]) for key in QC_FILES if entry["qc"][key] is not None]
    for key, path in named:
        if not Path(path).is_file():
            raise UserError(
                f"the file {path} does not exist (`layers.{name}.{key}`, seen from {Path.cwd()})."
            )
    reading = {key: entry[key] for key in READING} | {"strict": entry["qc"]["strict"]}
    return OmicsLayer(files, reading, entry["on_missing"], entry["qc"])


def _folds_of_file(path: str | None) -> tuple[int, int] | None:
    """Repeats of a file of folds, and the folds of the repeat that has most."""
    if path is None:
        return None
    if not Path(path).is_file():
        raise UserError(f"the file {path} does not exist (`folds_file`, seen from {Path.cwd()}).")
    assigned = assigned_folds(path)
    return len(assigned), max(max(one.values()) for one in assigned)


def _importance_problems(names: list[str], variants: Mapping[str, Variant]) -> Iterator[str]:
    """Problems of the variants whose markers are asked for; none are known where other parts are wrong."""
    for name in names if variants else []:
        if name not in variants:
            yield (
                f"importance: {name!r} is neither in `methods` nor in `variants`. {nearest(name, variants)}"
            )
            continue
        variant = variants[name]
        if variant.layers:
            yield f"importance: {name!r} reads {_also_read(variant)}; only what reads markers alone is told."
            continue
        family, encoding = METHODS[variant.method].family, each(variant.encoding)[0]["name"]
        if family == "trees" and encoding != "additive":
            yield (
                f"importance: {name!r} grows trees on components, whose splits do not lead back to markers. "
                "Use the encoding additive, or leave it out."
            )


def _also_read(variant: Variant) -> str:
    return f"the {'layer' if len(variant.layers) == 1 else 'layers'} {', '.join(variant.layers)}"


def _prediction(
    name: str,
    entry: Mapping[str, Any],
    datasets: Mapping[str, Dataset],
    variants: Mapping[str, Variant],
    schemes: list[str],
) -> Prediction:
    """One entry of `predict`; the datasets and variants are known to be right."""
    dataset, scheme = datasets.get(entry["dataset"]), entry["scheme"] or schemes[0]
    if dataset is None:
        raise UserError(f"there is no dataset {entry['dataset']!r}. {nearest(entry['dataset'], datasets)}")
    problems = []
    if entry["variant"] not in variants:
        problems.append(
            f"{entry['variant']!r} is neither in `methods` nor in `variants`. "
            + nearest(entry["variant"], variants)
        )
    elif variants[entry["variant"]].layers:
        problems.append(
            f"{entry['variant']!r} reads {_also_read(variants[entry['variant']])}, and lines are predicted "
            "from markers alone. Name a variant that reads no other layer."
        )
    if scheme not in schemes:
        problems.append(f"the scheme {scheme!r} is not in `cv.schemes`. {nearest(scheme, schemes)}")
    columns = list(dataset.traits.values())
    wanted = columns if entry["traits"] == "all" else entry["traits"]
    problems += [f"there is no trait {t!r}. {nearest(t, columns)}" for t in wanted if t not in columns]
    weighed = entry["select"]["weights"] if entry["select"] else {}
    problems += [
        f"select.weights: {trait!r} is not among the traits predicted. {nearest(trait, wanted)}"
        for trait in weighed
        if trait not in wanted
    ]
    candidates = None if entry["candidates"] == "unphenotyped" else entry["candidates"]
    files = []
    if candidates is not None:
        files = genotype_files(candidates)
        problems += [
            f"the file {path} does not exist (`candidates`, seen from {Path.cwd()})."
            for path in files
            if not Path(path).is_file()
        ]
    if problems:
        raise UserError("\n".join(problems))
    reading = {key: entry.get(key, dataset.reading[key]) for key in READING}
    return Prediction(
        name=name,
        dataset=dataset.name,
        variant=entry["variant"],
        traits={folder: trait for folder, trait in dataset.traits.items() if trait in wanted},
        candidates=candidates,
        files=files,
        reading=reading | {"strict": dataset.reading["strict"]},
        scheme=scheme,
        min_markers=entry["min_markers"],
        level=entry["level"],
        select=entry["select"],
    )


def _trial(name: str, entry: dict[str, Any], datasets: Mapping[str, Dataset]) -> Trial:
    """One entry of `trials`; what is chosen by default is filled into the entry, where the tables show it."""
    dataset = datasets.get(entry["dataset"])
    if dataset is None:
        raise UserError(f"there is no dataset {entry['dataset']!r}. {nearest(entry['dataset'], datasets)}")
    trial = read_trial(
        name,
        entry,
        phenotypes=dataset.phenotypes,
        id_column=dataset.id_column,
        columns=list(dataset.traits.values()),
    )
    entry |= {"schemes": trial.schemes, "methods": trial.methods}
    return trial


def _check_columns(entry: Mapping[str, Any], known: list[str], where: str) -> None:
    """Refuse columns that a phenotype table made by the workflow will not have."""
    wanted = {key: [entry[key]] for key in ("groups", "time") if entry[key]}
    for key, columns in (wanted | {"covariates": entry["covariates"]}).items():
        for column in columns:
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


def _trait_columns(entry: Mapping[str, Any]) -> list[str]:
    header = phenotype_header(entry["phenotypes"])
    problems = []
    named = [(key, entry[key]) for key in ("id_column", "groups", "time")]
    named += [("covariates", column) for column in entry["covariates"]]
    for key, column in named:
        if column is not None and column not in header:
            problems.append(
                f"{entry['phenotypes']} has no column {column!r} (`{key}`). " + nearest(column, header)
            )
    reserved = {entry["id_column"] or header[0], entry["groups"], entry["time"], *entry["covariates"]}
    candidates = [column for column in header if column not in reserved]
    wanted = candidates if entry["traits"] == "all" else entry["traits"]
    for trait in wanted:
        if trait not in candidates:
            problems.append(f"{entry['phenotypes']} has no trait {trait!r}. {nearest(trait, candidates)}")
    if "NA" in wanted:
        problems.append(
            f"{entry['phenotypes']}: a trait cannot be called 'NA', which means missing. Rename it."
        )
    if not wanted:
        problems.append(f"{entry['phenotypes']} has no trait column beside {', '.join(map(repr, header))}.")
    if problems:
        raise UserError("\n".join(problems))
    return list(wanted)


def _dataset_problems(dataset: Dataset, cv: Mapping[str, Any], read_inputs: bool) -> Iterator[str]:
    for scheme, key in NEEDED.items():
        if scheme in cv["schemes"] and getattr(dataset, key) is None:
            what = f"`{key}`" if key == "folds_file" else f"`{key}` column"
            yield f"`cv.schemes` lists {scheme}, but the dataset names no {what}."
    if dataset.simulate is not None and dataset.simulate["lines"] < cv["folds"]:
        yield f"{dataset.simulate['lines']} lines cannot fill {cv['folds']} folds. Lower `cv.folds`."
    if dataset.preset is not None and dataset.impute is not None:
        yield "`impute` takes a VCF, and a preset is a table. Impute in the encoding instead."
    if not read_inputs or dataset.simulate is not None or dataset.preset is not None:
        return
    reading = dataset.reading
    try:
        genotyped = sample_ids(dataset.genotypes, reading["format"], reading["samples_in"])
        phenotyped = phenotype_ids(dataset.phenotypes, dataset.id_column)
    except UserError as error:
        yield str(error)
        return
    if dataset.impute == "beagle":
        if genotype_format(dataset.genotypes) != "vcf":
            yield f"`impute: beagle` takes a VCF, and {dataset.genotypes} is none."
        if reading["ploidy"] != 2 or reading["field"] != "GT":
            yield "`impute: beagle` takes the calls (`field: GT`) of diploids (`ploidy: 2`) alone."
    yield from _join_problems(dataset, phenotyped)
    if genotyped is None:  # Parquet: only the reader can tell
        return
    if dataset.folds_file is not None:
        known = {*phenotyped, *genotyped}
        unknown = sorted({id for one in assigned_folds(dataset.folds_file) for id in one} - known)
        if unknown:
            yield (
                f"{len(unknown)} ids of {dataset.folds_file} ({some(unknown)}) are neither in "
                f"{dataset.genotypes} nor in {dataset.phenotypes}. Ids are compared as text."
            )
    matched = len(set(genotyped) & set(phenotyped))
    if matched == 0:
        yield (
            f"no id of {dataset.phenotypes} ({some(phenotyped)}) is found in "
            f"{dataset.genotypes} ({some(genotyped)}). Ids are compared as text; set `id_column` if the "
            "ids are in another column, `samples_in` if the lines of the genotypes are."
        )
    elif matched < cv["folds"]:
        yield (
            f"only {matched} lines have genotypes and phenotypes; that cannot fill {cv['folds']} folds. "
            "Lower `cv.folds`."
        )


def _join_problems(dataset: Dataset, phenotyped: list[str]) -> Iterator[str]:
    """Layers none of whose lines has a phenotype."""
    for name, layer in dataset.layers.items():
        try:
            measured = sample_ids(layer.files[0], layer.reading["format"], layer.reading["samples_in"])
        except UserError as error:
            yield str(error)
            continue
        if measured is not None and not set(measured) & set(phenotyped):
            yield (
                f"no id of {layer.files[0]} ({some(measured)}, the layer {name}) is found in "
                f"{dataset.phenotypes} ({some(phenotyped)}). Ids are compared as text; set `samples_in` "
                "if the lines are in the columns."
            )
