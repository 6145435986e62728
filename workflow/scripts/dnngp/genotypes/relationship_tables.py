"""Relationships of samples stored as an omics layer: a feature of a sample is its relationship to another."""

from __future__ import annotations

from typing import Any

import numpy as np

from dnngp.genotypes.parsing.format import Sink
from dnngp.genotypes.store import Genotypes, variant_table

#: In :attr:`dnngp.genotypes.store.Genotypes.source` of such a layer, under ``holds``.
RELATIONSHIPS = "relationships"


def relationship_table(ids: list[str], values: np.ndarray, source: dict[str, Any], sink: Sink) -> Genotypes:
    """Relationships (n, n) of samples, as float32."""
    with sink.writer(ids, None, source | {"holds": RELATIONSHIPS}) as writer:
        writer.add(variant_table("", 0, ids, "", ""), np.ascontiguousarray(values, np.float32))
        return writer.close()


def holds_relationships(genotypes: Genotypes) -> bool:
    """Whether a layer holds relationships."""
    return genotypes.source.get("holds") == RELATIONSHIPS
