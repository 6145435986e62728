"""Experiments that compare one choice with another: input forms of a method, parts taken from the network.

Here is what is run and what each is compared with. Read by the configuration, so
that it needs nothing but the standard library.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from dnngp.encodings.omics import MARKERS, EncodingEntries, each, omics_layer_of
from dnngp.methods.registry import METHODS

#: What a reduction keeps is measured by it: linear, without a choice to make.
LINEAR = "ridge"

#: Parts of DNNGP: settings of each, and the parameters that make them.
PARTS: Mapping[str, Mapping[str, Mapping[str, Any]]] = {
    "early stopping": {"off": {"stopping": "none"}},
    "batch normalisation": {"one": {"batch_norm": "paper"}, "off": {"batch_norm": "none"}},
    "dropout": {"off": {"dropout1": 0.0, "dropout2": 0.0, "dropout3": 0.0}},
    "depth": {"1": {"depth": 1}, "2": {"depth": 2}},
}


@dataclass(frozen=True)
class Contrast:
    """One choice and the one it is compared with.

    ``entry`` is what the configuration would say of the first: method, encoding, params, tune; it has the
    name ``id``, and ``reference`` is the ``id`` of the other. ``part`` and ``setting`` say in words what was
    changed.
    """

    id: str
    entry: Mapping[str, Any]
    reference: str
    part: str
    setting: str


def input_contrasts(
    entries: Mapping[str, Mapping[str, Any]], encodings: Iterable[Mapping[str, Any]]
) -> list[Contrast]:
    """Every encoding of every method against the additive one, or the first that the method takes.

    Parameters
    ----------
    entries
        Methods with their parameters, by name.
    encodings
        Objects with ``name`` and options; those that a method does not take are left out.
    """
    found = []
    for name, entry in entries.items():
        method = METHODS[entry["method"]]
        taken = [encoding for encoding in encodings if encoding["name"] in method.encodings]
        additive = [encoding for encoding in taken if encoding["name"] == "additive"]
        if not taken:
            continue
        reference = (additive or taken)[0]
        for encoding in taken:
            found.append(
                Contrast(
                    id=f"{name}.{_folder(encoding)}",
                    entry={**entry, "encoding": encoding},
                    reference=f"{name}.{_folder(reference)}",
                    part=name,
                    setting=encoding_text(encoding),
                )
            )
    return found


def ablation_contrasts(
    name: str, entry: Mapping[str, Any], parts: Iterable[str], relatives: Iterable[str]
) -> list[Contrast]:
    """A network without each of its parts (keys of :data:`PARTS`), and its relatives, against the network."""
    found = [Contrast(name, entry, name, "none", "as it is")]
    for part in parts:
        for setting, params in PARTS[part].items():
            changed = {**entry, "params": {**entry["params"], **params}}
            id = f"{name}.{part.replace(' ', '-')}-{setting}"
            found.append(Contrast(id, changed, name, part, setting))
    for relative in relatives:
        other: dict[str, Any] = {"method": relative, "params": {}, "tune": None}
        found.append(Contrast(relative, other, name, "relative", METHODS[relative].label))
    return found


def _folder(encoding: Mapping[str, Any]) -> str:
    options = [f"{key}{value}" for key, value in encoding.items() if key != "name"]
    return "-".join([str(encoding["name"]), *options])


def encoding_text(encoding: EncodingEntries) -> str:
    """What a method reads in one line, as the tables show it.

    ``pca (variance=0.95)`` of markers alone, else with the layers: ``markers: additive + bands: additive``.
    """
    layers = each(encoding)
    texts = []
    for one in layers:
        options = ", ".join(f"{key}={value}" for key, value in one.items() if key not in ("name", "omics"))
        text = f"{one['name']} ({options})" if options else str(one["name"])
        named = len(layers) > 1 or omics_layer_of(one) != MARKERS
        texts.append(f"{omics_layer_of(one)}: {text}" if named else text)
    return " + ".join(texts)
