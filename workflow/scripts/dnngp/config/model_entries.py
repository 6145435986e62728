"""Models of the configuration: choices of method, encoding and parameters."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from dnngp.base.errors import nearest
from dnngp.base.problems import unknown_keys
from dnngp.config.dataset_entries import Dataset
from dnngp.encodings.encoding import encoding_kinds, encoding_problems
from dnngp.encodings.omics import MARKERS, PEDIGREE, EncodingEntries, EncodingEntry, each, omics_layer_of
from dnngp.evaluation.contrasts import encoding_text
from dnngp.methods.declaration import Method
from dnngp.methods.registry import METHODS, chosen_encoding, members, omics_layers_read

#: The method that is added to a comparison where a pedigree is given.
PARENTS = "parent_average"


@dataclass(frozen=True)
class Model:
    """A named choice of method, encoding and parameters; the id is the folder name.

    ``encoding`` is a list where it reads several layers, one each. ``tune`` is the number of settings of
    hyper-parameters to try; 1 takes the defaults.
    """

    id: str
    method: str
    encoding: EncodingEntries
    params: dict[str, Any]
    tune: int

    @cached_property
    def omics(self) -> list[str]:
        """Layers that it reads beside the markers, be it through the members of a stack."""
        found = omics_layers_read(self.method, self.encoding, self.params)
        return [layer for layer in found if layer != MARKERS]

    @cached_property
    def settings(self) -> dict[str, Any]:
        """All but the id: what a fit is told of it."""
        return {key: getattr(self, key) for key in ("method", "encoding", "params", "tune")}


def read_models(resolved: Mapping[str, Any]) -> dict[str, Model]:
    """The models that are compared: methods as they are, then those with choices of their own."""
    return made_models(defaults_of(resolved["methods"]) | resolved["models"])


def baselines(models: Mapping[str, Model], datasets: Iterable[Dataset]) -> dict[str, Model]:
    """The parent average from each pedigree of the datasets, unless one is among the models: a control."""
    if any(model.method == PARENTS for model in models.values()):
        return {}
    layers = {name for of in datasets for name, layer in of.omics.items() if layer.is_pedigree}
    entry: dict[str, Any] = {"method": PARENTS, "params": {}, "tune": None}
    return made_models(
        {
            PARENTS if layer == PEDIGREE else f"{PARENTS}_{layer}": entry | {"omics": [layer]}
            for layer in sorted(layers)
        }
    )


def defaults_of(methods: Iterable[str]) -> dict[str, Any]:
    """Entries of methods as they are, by name."""
    return {name: {"method": name, "params": {}, "tune": None} for name in methods}


def made_models(entries: Mapping[str, Any]) -> dict[str, Model]:
    """Models of entries with defaults, by name."""
    return {
        name: Model(
            id=name,
            method=entry["method"],
            encoding=chosen_encoding(entry),
            params=entry["params"],
            tune=entry["tune"]["budget"] if entry["tune"] else 1,
        )
        for name, entry in entries.items()
    }


def comparison(resolved: Mapping[str, Any]) -> dict[str, Any]:
    """The reference and the candidate of the comparisons, as given or by default."""
    entries = {name: name for name in resolved["methods"]}
    entries |= {name: model["method"] for name, model in resolved["models"].items()}
    others = [name for name, method in entries.items() if method != "mean"] or list(entries)
    given = resolved["compare"]
    reference = given["reference"] or ("gblup" if "gblup" in entries else next(iter(others), None))
    stacks = [name for name, method in entries.items() if method == "stack"]
    return {"reference": reference, "candidate": given["candidate"] or next(iter(stacks), reference)}


def not_run(name: str, models: Iterable[str]) -> str:
    """The problem of a model that is named where one of those compared is needed."""
    return f"{name!r} is neither in `methods` nor in `models`. {nearest(name, models)}"


def other_layers(model: Model) -> str:
    """The layers that a model reads beside the markers, in words."""
    return f"the {'layer' if len(model.omics) == 1 else 'layers'} {', '.join(model.omics)}"


def model_problems(resolved: Mapping[str, Any]) -> Iterator[str]:
    """Methods and models, of the comparison and of experiments, that cannot be run as they are."""
    for name in resolved["methods"]:
        if name not in METHODS:
            yield f"methods: {name!r} does not exist. {nearest(name, METHODS)}"
        elif name in resolved["models"]:
            yield f"models: {name!r} is already listed in `methods`. Rename the model."
    if not resolved["methods"] and not resolved["models"]:
        yield "methods: nothing to run. List a method or a model."
    for key in ("reference", "candidate"):
        name, run = resolved["compare"][key], [*resolved["methods"], *resolved["models"]]
        if name is not None and name not in run:
            yield f"compare.{key}: {name!r} is not run. {nearest(name, run)}"
    for name, model in resolved["models"].items():
        yield from choice_problems(f"models.{name}", model)
    for name, model in resolved["experiments"]["models"].items():
        if name in resolved["methods"] or name in resolved["models"]:
            yield f"experiments.models: {name!r} is already listed in `methods` or `models`. Rename it."
        yield from choice_problems(f"experiments.models.{name}", model)


def choice_problems(place: str, choice: Mapping[str, Any]) -> Iterator[str]:
    """Problems of one choice of method, encoding and parameters, and of the members of a stack."""
    method = METHODS.get(choice["method"])
    if method is None:
        yield f"{place}: method {choice['method']!r} does not exist. {nearest(choice['method'], METHODS)}"
        return
    encodings = each(chosen_encoding(choice))
    taken = method.encodings or (method.default_encoding["name"],)
    for encoding in {encoding_text(one): one for one in encodings}.values():
        if encoding["name"] not in taken:
            yield (
                f"{place}: method {method.name!r} takes the encodings "
                f"{', '.join(taken)}, not {encoding['name']!r}."
            )
        elif method.encodings:
            yield from (f"{place}: {problem}" for problem in encoding_problems(encoding))
            if encoding.get("impute") == "none" and not method.accepts_missing:
                yield f"{place}: `impute: none` leaves missing calls, which {method.name!r} does not take."
    names = [omics_layer_of(encoding) for encoding in encodings]
    if choice.get("omics") and not method.encodings:
        yield f"{place}: method {method.name!r} takes no `omics`. " + (
            "Give them to its members." if method.members else "It reads markers alone."
        )
    elif len(set(names)) < len(names):
        yield f"{place}: a layer is listed twice."
    elif method.reads_pedigree:
        yield from (f"{place}: {problem}" for problem in _pedigree_problems(method, names, encodings))
    elif len(names) > 1 and "onehot" in [encoding["name"] for encoding in encodings]:
        yield f"{place}: the encoding onehot has a channel a genotype and cannot stand beside other layers."
    params = choice.get("params", {})
    wrong = list(parameter_problems(place, method, params))
    yield from wrong
    if choice.get("tune") and not method.search.keys() - params.keys():
        yield f"{place}: method {method.name!r} has no hyper-parameters left to tune. Leave `tune` out."
    for number, member in enumerate([] if wrong else members(method.name, params), start=1):
        yield from choice_problems(f"{place}.params.{method.members}[{number}]", member)


def _pedigree_problems(
    method: Method, layers: Sequence[str], encodings: Sequence[EncodingEntry]
) -> Iterator[str]:
    """Layers and encodings that do not suit a method that reads a pedigree."""
    if layers[:-1] != list(method.omics[:-1]) or layers[-1] == MARKERS:
        expected = ", ".join([*method.omics[:-1], "the layer of a pedigree"])
        yield f"method {method.name!r} reads {expected}; `omics` has {', '.join(layers)}."
    elif any(one.get("impute", "mean") != "mean" for one in encodings):
        yield f"method {method.name!r} fills no sample without markers from others. Leave `impute` out."


def parameter_problems(place: str, method: Method, params: Mapping[str, Any]) -> Iterator[str]:
    """Parameters that a method does not have, and values that they do not take."""
    yield from unknown_keys(f"{place}: method {method.name!r}", "parameter", params, method.parameters)
    for name, problem in method.problems(params).items():
        yield f"{place}.params.{name} {problem}."


def layer_problems(resolved: Mapping[str, Any], datasets: Mapping[str, Dataset]) -> Iterator[str]:
    """Layers that a model reads and a dataset lacks, and what can be done with markers alone."""
    experiments = resolved["experiments"]
    layered = {
        f"{place}.{name}": model
        for place, entries in (
            ("methods", defaults_of(resolved["methods"])),
            ("models", resolved["models"]),
            ("experiments.models", experiments["models"]),
        )
        for name, model in made_models(entries).items()
        if model.omics
    }
    for place, model in layered.items():
        for dataset in datasets.values():
            for layer in model.omics:
                if layer not in dataset.omics:
                    yield (
                        f"{place}: dataset {dataset.name} has no layer {layer!r}. "
                        + nearest(layer, [MARKERS, *dataset.omics])
                    )
                elif METHODS[model.method].reads_pedigree and not dataset.omics[layer].relates:
                    yield (
                        f"{place}: {model.method} reads a pedigree, and {layer!r} of {dataset.name} is "
                        "none. Name one of `format: pedigree` or `relationships`."
                    )
    names = [model.id for model in layered.values()]
    for key in ("learning_curve", "encodings"):
        compared = [*resolved["methods"], *resolved["models"]]
        asked = [] if experiments[key] is None else experiments[key]["models"] or compared
        for name in [name for name in asked if name in names]:
            yield f"experiments.{key}: {name!r} reads other layers than markers. List `models` without it."


def importance_problems(names: Iterable[str], models: Mapping[str, Model]) -> Iterator[str]:
    """Models whose markers are asked for and cannot be told; none are known where other parts are wrong."""
    for name in names if models else []:
        if name not in models:
            yield f"importance: {not_run(name, models)}"
            continue
        model = models[name]
        if model.omics:
            layers = other_layers(model)
            yield f"importance: {name!r} reads {layers}; importance needs a model that reads markers alone."
            continue
        if reason := untold(model.method, model.encoding, model.params):
            yield f"importance: {name!r} {reason} Leave it out."


def untold(method: str, encoding: EncodingEntries, params: Mapping[str, Any]) -> str:
    """Why a method does not say what markers add to its predictions, as what it does; empty if it says it."""
    if not METHODS[method].importance:
        return "does not know it of markers."
    kinds = encoding_kinds()
    if METHODS[method].importance == "shares" and any(
        kinds[one["name"]].components for one in each(encoding)
    ):
        return "grows trees on components, whose splits do not lead back to markers."
    for member in members(method, params):
        if reason := untold(member["method"], chosen_encoding(member), member.get("params", {})):
            return f"has the member {member['method']!r}, which {reason}"
    return ""
