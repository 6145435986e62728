"""Genetic positions of markers, in Morgans: of a genetic map, or of physical positions and a stated rate."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from dnngp.base.errors import UserError, some
from dnngp.genotypes.parsing.genetic_map_table import read_genetic_map


def genetic_positions(
    variants: pd.DataFrame, path: str | Path | None = None, cm_per_mb: float | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Chromosome (p,) of each marker, as text, and its place (p,) there, in Morgans.

    Parameters
    ----------
    variants
        ``chrom``, ``pos`` (0 where it is not known) and ``id``.
    path
        Genetic map: by the names of its markers where it knows one of them, which then lie on its
        chromosomes; else by chromosome and position, between its places in proportion and beyond them at the
        rate of the whole chromosome.
    cm_per_mb
        Where there is no map: centimorgans of a megabase, the same everywhere.

    Raises
    ------
    UserError
        Markers without a place, or with two; a chromosome of several markers and one place.
    """
    if path is not None:
        table = pd.DataFrame(read_genetic_map(path))
        if "marker" in table and set(table["marker"]) & set(variants["id"]):
            return _by_name(variants, table, path)
        if "pos" in table:
            return _by_position(variants, table, path)
        raise _placeless(variants["id"], len(variants), "on the genetic map", path)
    assert cm_per_mb is not None
    _check_positions(variants, None)
    return variants["chrom"].to_numpy(str), variants["pos"].to_numpy(float) * cm_per_mb / 1e8


def _by_name(variants: pd.DataFrame, table: pd.DataFrame, path: str | Path) -> tuple[np.ndarray, np.ndarray]:
    own = table.loc[table["marker"].isin(variants["id"]), ["marker", "chrom", "cm"]].drop_duplicates()
    if (again := own["marker"].duplicated()).any():
        twice = own["marker"][again].iloc[0]
        raise UserError(
            f"the marker {twice!r} has two places.", file=str(path), remedy="Keep one row of each marker."
        )
    places = own.set_index("marker").reindex(variants["id"])
    if (absent := places["cm"].isna()).any():
        raise _placeless(places.index[absent], len(variants), "on the genetic map", path)
    return places["chrom"].to_numpy(str), places["cm"].to_numpy(float) / 100


def _by_position(
    variants: pd.DataFrame, table: pd.DataFrame, path: str | Path
) -> tuple[np.ndarray, np.ndarray]:
    _check_positions(variants, path)
    chroms = variants["chrom"].to_numpy(str)
    absent = ~np.isin(chroms, table["chrom"])
    if absent.any():
        raise _placeless(variants["id"][absent], len(variants), "on a chromosome of the genetic map", path)
    places = np.empty(len(variants))
    for chrom, part in table.sort_values("pos").groupby("chrom"):
        here = chroms == chrom
        if here.sum() > 1 and part["pos"].nunique() < 2:
            raise UserError(
                f"chromosome {chrom} has a single place, from which no distances follow.",
                file=str(path),
                remedy="Give two places or more of each chromosome, or `mating.cm_per_mb` instead.",
            )
        places[here] = _between(variants["pos"].to_numpy(float)[here], part["pos"], part["cm"]) / 100
    return chroms, places


def _between(pos: np.ndarray, known: pd.Series, cm: pd.Series) -> np.ndarray:
    """Places between those known, beyond them at the mean rate of the chromosome."""
    low, high = known.iloc[0], known.iloc[-1]
    rate = (cm.iloc[-1] - cm.iloc[0]) / (high - low) if high > low else 0.0
    return np.interp(pos, known, cm) + rate * (np.minimum(pos - low, 0) + np.maximum(pos - high, 0))


def _check_positions(variants: pd.DataFrame, path: str | Path | None) -> None:
    unknown = (variants["pos"] <= 0) | (variants["chrom"].astype(str) == "")
    if unknown.any():
        raise _placeless(variants["id"][unknown], len(variants), "with chromosome and position", path)


def _placeless(names: pd.Series | pd.Index, count: int, where: str, path: str | Path | None) -> UserError:
    return UserError(
        f"{len(names)} of {count} markers are not {where} ({some(list(names))}), so that gametes cannot be "
        "simulated.",
        file=None if path is None else str(path),
        remedy="Give the dataset a `map` with positions, or `mating.genetic_map` the names of its markers.",
    )
