"""The methods by name, found in the files of this folder.

The Snakefile imports this module, so it needs nothing but what Snakemake brings; libraries are imported when
a method is fitted.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from dnngp.base.plugins import scan
from dnngp.encodings.omics import MARKERS, EncodingEntries, EncodingEntry, each, omics_layer_of
from dnngp.genotypes.trait_types import BINARY, CONTINUOUS, TraitType
from dnngp.methods.declaration import Method
from dnngp.methods.ordinal_steps import OrdinalSteps
from dnngp.methods.within_environments import WithinEnvironments

#: Every method by name, in the order of the report.
METHODS: dict[str, Method] = scan("dnngp.methods", "METHOD")


def members(name: str, params: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Members of a stack, each with ``method`` and perhaps ``encoding``, ``omics`` and ``params``.

    Other methods have none.
    """
    key = METHODS[name].members
    given = params.get(key, METHODS[name].parameters[key].default) if key else ()
    return [{"method": member} if isinstance(member, str) else member for member in given]


def methods_of(name: str, params: Mapping[str, Any]) -> list[Method]:
    """A method and, of a stack, its members at any depth; names that are no methods are passed over."""
    found = [METHODS[name]]
    for member in members(name, params):
        if member.get("method") in METHODS:
            found += methods_of(member["method"], member.get("params", {}))
    return found


def untaken(name: str, params: Mapping[str, Any], trait: TraitType) -> str:
    """Why a method, or a member of a stack, cannot predict a trait; empty where it can."""
    loose = [method.name for method in methods_of(name, params) if trait.kind not in method.trait_types]
    return f"{loose[0]} predicts no {trait.kind} traits" if loose else ""


def modules(name: str, params: Mapping[str, Any]) -> list[str]:
    """Modules that a method, the encodings it may read and, of a stack, its members live in."""
    methods = methods_of(name, params)
    read = {f"dnngp.encodings.{encoding}" for method in methods for encoding in method.encodings}
    return sorted(read | {method.module for method in methods})


def chosen_encoding(entry: Mapping[str, Any]) -> EncodingEntries:
    """What a choice of method, encoding and layers reads: an encoding, or one for each of several layers.

    Parameters
    ----------
    entry
        ``method`` and perhaps ``encoding`` (a name, or an object with ``name`` and options) and ``omics``
        (names, or objects with ``layer`` and ``encoding``), as a model or the member of a stack has them.
        Without ``omics`` it is what the method declares.
    """
    found: list[EncodingEntry] = []
    for item in entry.get("omics") or METHODS[entry["method"]].omics:
        given = {"layer": item} if isinstance(item, str) else item
        method = METHODS[entry["method"]]
        encoding = _completed(method, given.get("encoding") or entry.get("encoding"))
        beside = {**encoding, **method.omics_options, "omics": given["layer"]}
        found.append(encoding if given["layer"] == MARKERS else beside)
    return found[0] if len(found) == 1 else found


def _completed(method: Method, encoding: str | Mapping[str, Any] | None) -> dict[str, Any]:
    default = method.default_encoding
    if encoding is None or encoding == default["name"]:
        return default
    return {"name": encoding} if isinstance(encoding, str) else dict(encoding)


def omics_layers_read(name: str, encoding: EncodingEntries, params: Mapping[str, Any]) -> list[str]:
    """Layers that a method reads; of a stack, those of its members."""
    found = [] if METHODS[name].members else [omics_layer_of(one) for one in each(encoding)]
    for member in members(name, params):
        found += omics_layers_read(member["method"], chosen_encoding(member), member.get("params", {}))
    return list(dict.fromkeys(found))


def encodings_read(
    name: str, encoding: EncodingEntries, params: Mapping[str, Any]
) -> list[tuple[Method, EncodingEntry]]:
    """Encodings that a method reads, each behind the method; of a stack, those of its members."""
    method = METHODS[name]
    own = method.estimator.ENCODINGS if method.estimator.OWN_ENCODINGS else each(encoding)
    found = [(method, one) for one in own]
    for member in members(name, params):
        found += encodings_read(member["method"], chosen_encoding(member), member.get("params", {}))
    return found


def fits_covariates(name: str, params: Mapping[str, Any]) -> bool:
    """Whether covariates of the samples enter the predictions of a method; of a stack, those of a member."""
    return any(method.covariates for method in methods_of(name, params))


def create(
    name: str,
    params: Mapping[str, Any],
    seed: int,
    encoding: EncodingEntries | None = None,
    several_environments: bool = False,
    trait: TraitType = CONTINUOUS,
) -> Any:
    """An unfitted regressor.

    Parameters
    ----------
    name
        A key of :data:`METHODS`.
    params
        Keyword arguments of its class.
    seed
        Its ``random_state``.
    encoding
        What it reads; None: its default.
    several_environments
        Whether it will be fitted on records of several environments: a method that does not take them is
        fitted on each alone.
    trait
        What it will be fitted on: a method that tells but two classes apart is fitted on each step of more.
    """
    method = METHODS[name]
    if several_environments and not method.environments:
        return WithinEnvironments(partial(create, name, params, seed, encoding, trait=trait))
    if trait.kind == "ordinal" and not method.estimator.ORDERED:
        return OrdinalSteps(partial(create, name, params, seed, encoding, trait=BINARY), trait)
    reads = method.default_encoding if encoding is None else encoding
    regressor = method.estimator(**params, random_state=seed, encoding=reads)
    regressor.trait = trait
    return regressor
