"""Lines of the populations of a transfer: who they are, their values, and what becomes of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from dnngp.base.errors import UserError, nearest
from dnngp.genotypes.phenotypes import WEIGHT
from dnngp.genotypes.populations import Population, joined
from dnngp.genotypes.store import Genotypes
from dnngp.validation.splits import clusters_of
from dnngp.validation.transfer_draws import roles

#: Name of the population that is predicted.
TARGET = "target"

COLUMNS = ["line", "population", "role", "dataset", "sample", "unit", "value"]

#: Fewest lines of a source.
SMALLEST_SOURCE = 10


def lines_of(
    populations: Mapping[str, Mapping[str, Any]],
    phenotypes: Sequence[pd.DataFrame],
    *,
    clusters: Mapping[str, pd.DataFrame],
    near_duplicates: pd.DataFrame | None,
) -> pd.DataFrame:
    """All lines with a value.

    Parameters
    ----------
    populations
        By name: ``dataset``, ``groups``, ``clusters`` and ``environment``.
    phenotypes
        Of each, as :func:`dnngp.genotypes.records.phenotype_of` gives it.
    clusters
        ``sample`` and ``cluster`` of the datasets of which clusters are named.
    near_duplicates
        Pairs of them in the dataset of the target, where they stay together.

    Returns
    -------
    DataFrame
        :data:`COLUMNS`, and the weight where there is one. The ``unit`` of a line is its sample, or its
        cluster of near-duplicates; a sample of the same id in another dataset is the same unit.

    Raises
    ------
    UserError
        A population without lines, or a source of very few.
    """
    together = {} if near_duplicates is None else clusters_of(near_duplicates)
    tables = []
    for (name, asked), phenotype in zip(populations.items(), phenotypes, strict=True):
        table = _chosen(name, asked, phenotype, clusters.get(asked["dataset"]))
        unit = [together.get(sample, sample) for sample in table["sample"]]
        about = {"population": name, "role": "target" if name == TARGET else "source"}
        tables.append(table.assign(**about, dataset=asked["dataset"], unit=unit))
    lines = pd.concat(tables, ignore_index=True)
    lines["line"] = lines["population"] + "/" + lines["sample"]
    return lines[[*COLUMNS, *([WEIGHT] if WEIGHT in lines else [])]]


def joined_lines(
    lines: pd.DataFrame, stores: Mapping[str, Genotypes], min_markers: float
) -> tuple[Genotypes, pd.DataFrame]:
    """Their genotypes at the markers that all datasets have (:func:`dnngp.genotypes.populations.joined`)."""
    populations = [
        Population(str(name), part["dataset"].iloc[0], part["sample"].to_numpy(str))
        for name, part in lines.groupby("population", sort=False)
    ]
    reference = lines.loc[lines["population"] == TARGET, "dataset"].iloc[0]
    return joined(populations, stores, reference, min_markers)


def draws_of(lines: pd.DataFrame, added: Sequence[int], tested: int | None, repeats: int) -> pd.DataFrame:
    """``repeat``, ``line`` and ``role`` of the lines of the target, in the order in which they join."""
    target = lines[lines["population"] == TARGET]
    of_samples = dict(zip(target["sample"], target["unit"], strict=True))
    rows = [
        (repeat, f"{TARGET}/{sample}", role)
        for repeat in range(1, repeats + 1)
        for sample, role in roles(of_samples, target["dataset"].iloc[0], repeat, max(added), tested)
    ]
    return pd.DataFrame(rows, columns=["repeat", "line", "role"])


def _chosen(
    name: str, asked: Mapping[str, Any], phenotype: pd.DataFrame, clusters: pd.DataFrame | None
) -> pd.DataFrame:
    """``sample``, ``value`` and weight of the lines of one population that have a value."""
    table = phenotype[phenotype["value"].notna()]
    if asked["environment"] is not None:
        known = list(table["environment"].unique())
        if asked["environment"] not in known:
            raise UserError(
                f"{asked['dataset']} has no environment {asked['environment']!r}.",
                remedy=nearest(asked["environment"], known),
            )
        table = table[table["environment"] == asked["environment"]]
    if asked["groups"] is not None:
        table = _in_groups(asked["dataset"], "group", asked["groups"], table, table["group"])
    elif asked["clusters"] is not None:
        assert clusters is not None
        of = clusters.set_index("sample")["cluster"].astype(str)
        table = _in_groups(asked["dataset"], "cluster", asked["clusters"], table, table["sample"].map(of))
    fewest = 1 if name == TARGET else SMALLEST_SOURCE
    if len(table) < fewest:
        raise UserError(
            f"{name} has {len(table)} lines of {asked['dataset']} with a value; {fewest} are needed.",
            remedy="Name more `groups` or `clusters`, or another dataset.",
        )
    return table[["sample", "value", *([WEIGHT] if WEIGHT in table else [])]]


def _in_groups(
    dataset: str, kind: str, names: Sequence[str], table: pd.DataFrame, groups: pd.Series
) -> pd.DataFrame:
    known = sorted(set(groups.dropna()))
    for name in names:
        if name not in known:
            raise UserError(f"{dataset} has no {kind} {name!r}.", remedy=nearest(name, known))
    return table[groups.isin(names)]
