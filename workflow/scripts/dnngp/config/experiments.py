"""Studies of the configuration: sizes, and choices compared in pairs, beside the comparison of variants."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from dnngp.base.delimited import text_table
from dnngp.base.errors import UserError, nearest
from dnngp.config.datasets import Dataset
from dnngp.config.models import Variant, defaults_of, encoding_problems, made_variants, read_variants
from dnngp.config.sample_checks import measured_ids
from dnngp.encodings.omics import Encoding
from dnngp.evaluation.contrasts import LINEAR, Contrast, ablation_contrasts, input_contrasts
from dnngp.methods.registry import METHODS


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


def study_problems(
    resolved: Mapping[str, Any], datasets: Mapping[str, Dataset], read_inputs: bool
) -> Iterator[str]:
    """What studies name and is not there, and sizes that cannot be reached."""
    study, cv = resolved["study"], resolved["cv"]
    compared = [*resolved["methods"], *resolved["variants"]]
    known = list(dict.fromkeys([*compared, *study["variants"], *METHODS]))
    names = [entry["name"] for entry in resolved["datasets"]]
    for key in ("size", "inputs", "ablation"):
        part = study[key]
        if part is None:
            continue
        yield from _unknown(f"study.{key}.variants", part["variants"], known)
        yield from _unknown(f"study.{key}.datasets", part["datasets"], names)
        chosen = [dataset for name, dataset in datasets.items() if name in (part["datasets"] or names)]
        if chosen:
            traits = [trait for dataset in chosen for trait in dataset.traits.values()]
            yield from _unknown(f"study.{key}.traits", part["traits"], traits)
        if key == "size":
            for dataset in chosen:
                yield from _size_problems(dataset, part, cv["folds"], read_inputs)
    size, inputs, ablation = study["size"], study["inputs"], study["ablation"]
    if size is not None:
        if "random" not in cv["schemes"]:
            yield "study.size: the study runs on random folds. Add `random` to `cv.schemes`."
        for key in ("folds", "repeats"):
            if (size[key] or 0) > cv[key]:
                asked = f"study.size.{key}: {size[key]} of {cv[key]}."
                yield f"{asked} Raise `cv.{key}`, or take no more of them."
    if inputs is not None:
        for encoding in _encodings(inputs):
            yield from encoding_problems("study.inputs.encodings", encoding)
    if ablation is not None:
        for name in ablation["variants"]:
            variant = (resolved["variants"] | study["variants"]).get(name, {"method": name})
            if variant["method"] != "dnngp" and name in known:
                yield f"study.ablation.variants: {name!r} is no variant of dnngp, the network taken apart."
        yield from _unknown("study.ablation.relatives", ablation["relatives"], METHODS)


def _unknown(place: str, names: Iterable[str] | None, known: Collection[str]) -> Iterator[str]:
    for name in names or []:
        if name not in known:
            yield f"{place}: {name!r} does not exist. {nearest(name, known)}"


def _encodings(inputs: Mapping[str, Any]) -> list[Encoding]:
    """The encodings to compare, those named alone as objects too."""
    return [{"name": one} if isinstance(one, str) else one for one in inputs["encodings"]]


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
            genotyped = measured_ids(dataset)
            phenotyped = text_table(dataset.phenotypes, dataset.id_column).ids
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


def read_study(resolved: Mapping[str, Any], datasets: Mapping[str, Dataset]) -> Study:
    """The studies of a configuration without problems.

    Raises
    ------
    UserError
        If a study needs a variant under a name that another has.
    """
    study, compared = resolved["study"], read_variants(resolved)
    entries = defaults_of(METHODS) | study["variants"] | defaults_of(resolved["methods"])
    entries |= resolved["variants"]
    needed: dict[str, Variant] = {}
    size = inputs = ablation = None
    if study["size"] is not None:
        asked = study["size"]
        names = asked["variants"] or list(compared)
        needed |= made_variants({name: entries[name] for name in names})
        size = SizeStudy(
            lines=asked["lines"],
            markers=asked["markers"],
            choose=asked["choose"],
            variants=names,
            folds=asked["folds"],
            repeats=asked["repeats"] or resolved["cv"]["repeats"],
            cells=_cells(asked, datasets),
        )
    if study["inputs"] is not None:
        asked = study["inputs"]
        chosen = {name: entries[name] for name in dict.fromkeys([LINEAR, *asked["variants"]])}
        inputs = _pairs(input_contrasts(chosen, _encodings(asked)), asked, datasets, compared, needed)
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
    made = made_variants({contrast.id: contrast.entry for contrast in contrasts})
    name_of = {}
    for id, variant in made.items():
        same = [name for name, other in compared.items() if replace(other, id=id) == variant]
        name_of[id] = same[0] if same else id
        if not same and id in compared:
            raise UserError(f"study: the name {id!r} is taken by another variant. Rename that variant.")
        needed[name_of[id]] = replace(variant, id=name_of[id])
    named = [(name_of[one.id], name_of[one.reference], one.part, one.setting) for one in contrasts]
    return PairStudy(contrasts=list(dict.fromkeys(named)), cells=_cells(asked, datasets))


def _cells(study: Mapping[str, Any], datasets: Mapping[str, Dataset]) -> list[tuple[str, str]]:
    """Dataset and folder of the trait of every cell that a study looks at."""
    return [
        (name, folder)
        for name, dataset in datasets.items()
        if study["datasets"] is None or name in study["datasets"]
        for folder, trait in dataset.traits.items()
        if study["traits"] is None or trait in study["traits"]
    ]
