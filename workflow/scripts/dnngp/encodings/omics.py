"""Layers of a population: what its lines were measured by - markers, expression, spectral bands, ions.

An encoding reads one layer, which it names; the markers need no name. A method that
reads several layers has a list of encodings, one a layer. Read by the
configuration, so that it needs nothing but the standard library.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

#: The layer of a dataset's own genotypes.
MARKERS = "markers"

#: What methods that read a pedigree expect its layer to be called.
PEDIGREE = "pedigree"

#: ``name``, options, and ``omics``, the layer, where it is not the markers.
EncodingEntry = Mapping[str, Any]

#: What a method reads: one encoding, or one for each of several omics layers.
EncodingEntries = EncodingEntry | Sequence[EncodingEntry]


def each(encoding: EncodingEntries) -> list[EncodingEntry]:
    """The encodings of a method, one a layer."""
    return [encoding] if isinstance(encoding, Mapping) else list(encoding)


def omics_layer_of(encoding: EncodingEntry) -> str:
    """Name of the layer that an encoding reads."""
    return str(encoding.get("omics", MARKERS))
