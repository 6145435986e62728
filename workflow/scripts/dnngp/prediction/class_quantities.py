"""What an index selects by, of classes and counts: a probability, an expected class or count."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from dnngp.genotypes.trait_types import TraitType


@dataclass(frozen=True)
class ClassQuantities:
    """Predictions of classes as quantities, the better class of two in front.

    Attributes
    ----------
    labels
        In words, by trait; of measurements there are none.
    weights
        Of the index by trait, per unit of these quantities: that of a probability is of the class that the
        weight asks for, and so above 0.
    turned
        Traits of two classes of which the first is asked for.
    """

    labels: Mapping[str, str]
    weights: Mapping[str, float]
    turned: frozenset[str]

    @classmethod
    def of(cls, types: Mapping[str, TraitType], weights: Mapping[str, float]) -> ClassQuantities:
        """Of traits by their types and their weights in the index."""
        turned = frozenset(
            trait for trait, weight in weights.items() if types[trait].kind == "binary" and weight < 0
        )
        labels = {trait: _label(types[trait], trait in turned) for trait in weights}
        return cls(
            {trait: label for trait, label in labels.items() if label},
            {trait: -weight if trait in turned else weight for trait, weight in weights.items()},
            turned,
        )

    def seen(self, table: pd.DataFrame) -> pd.DataFrame:
        """A table with ``trait`` and ``predicted``, and perhaps ``observed``, in these quantities."""
        chosen = table["trait"].isin(self.turned)
        columns = [name for name in ("observed", "predicted") if name in table]
        return table.assign(**{name: table[name].where(~chosen, 1 - table[name]) for name in columns})

    def labelled(self, response: pd.DataFrame) -> pd.DataFrame:
        """A table with a row a trait, with ``quantity`` behind ``trait``, where there are labels."""
        if self.labels:
            response = response.copy()
            response.insert(1, "quantity", response["trait"].map(self.labels))
        return response


def _label(kind: TraitType, turned: bool) -> str:
    if kind.kind == "binary":
        return f"probability of {kind.classes[0 if turned else 1]}"
    if kind.kind == "ordinal":
        last = len(kind.classes) - 1
        return f"expected class, from 0 ({kind.classes[0]}) to {last} ({kind.classes[last]})"
    return "expected count" if kind.kind == "count" else ""
