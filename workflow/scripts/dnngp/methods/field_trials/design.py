"""The design of a field trial: which terms its columns describe, how they nest, as a formula."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

#: The term that is fixed; all others are random.
FIXED = "replicate"

Places = Mapping[str, np.ndarray]


@dataclass(frozen=True)
class Design:
    """Terms beside the entries: ``replicate`` is fixed, others are random; ``notes`` say what is left out."""

    terms: tuple[str, ...]
    notes: list[str] = field(default_factory=list)

    @property
    def random(self) -> tuple[str, ...]:
        """The random terms."""
        return tuple(term for term in self.terms if term != FIXED)

    def formula(self, trait: str, trend: str = "none") -> str:
        """As R writes it, with the spatial trend behind it."""
        terms = [term if term == FIXED else f"(1 | {term})" for term in self.terms]
        beside = {"splines": ["s(row, column)"], "ar1": ["ar1(row):ar1(column)"]}.get(trend, [])
        return f"{trait} ~ {' + '.join(['entry', *terms, *beside])}"


def levels(places: Places, term: str) -> np.ndarray:
    """(n,) int, the level of each plot in a term like ``replicate:block``."""
    parts = pd.DataFrame({name: places[name] for name in term.split(":")})
    return np.asarray(parts.groupby(list(parts), sort=True).ngroup())


def indicators(codes: np.ndarray) -> np.ndarray:
    """(n, levels) float64, 1 at the level of each plot."""
    return np.asarray(codes[:, None] == np.arange(codes.max() + 1), float)


def design_of(places: Places, asked: Sequence[str] | None = None) -> Design:
    """The design that columns describe.

    Parameters
    ----------
    places
        (n,) labels of the plots, for what is known of them (:data:`dnngp.genotypes.plot_tables.PLACES`).
    asked
        Terms to use; None derives them: replicates; blocks within replicates; rows and columns, within
        replicates where these have each their own plot at the same row and column.

    Returns
    -------
    Design
        Without terms that have one level, a level per plot, or the very groups of another.
    """
    wanted = _described(places) if asked is None else asked
    kept: dict[str, np.ndarray] = {}
    notes = []
    for term in wanted:
        codes = levels(places, term)
        if why := _useless(codes, kept):
            notes.append(f"{term} is left out: {why}.")
        else:
            kept[term] = codes
    return Design(tuple(kept), notes)


def _described(places: Places) -> Iterator[str]:
    several = FIXED in places and len(set(places[FIXED])) > 1
    if several:
        yield FIXED
    within = f"{FIXED}:" if several else ""
    if "block" in places:
        yield f"{within}block"
    lines = [name for name in ("row", "column") if name in places]
    if len(lines) == 2 and not shared_positions(places):
        within = ""
    yield from (f"{within}{name}" for name in lines)


def shared_positions(places: Places) -> bool:
    """Whether several plots have the same row and column, as where each replicate counts its own."""
    return bool(pd.DataFrame({name: places[name] for name in ("row", "column")}).duplicated().any())


def _useless(codes: np.ndarray, kept: Mapping[str, np.ndarray]) -> str:
    """Why a term adds nothing; empty where it does."""
    count = codes.max() + 1
    if count == 1:
        return "it has one level"
    if count == len(codes):
        return "it has a level per plot"
    for other, theirs in kept.items():
        pairs = len(set(zip(codes.tolist(), theirs.tolist(), strict=True)))
        if pairs == count == theirs.max() + 1:
            return f"its levels are those of {other}"
    return ""
