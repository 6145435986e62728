"""The fits of a dataset, or of an experiment, gathered: every table says of which fit it is."""

from __future__ import annotations

import shlex
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from dnngp.base.ledger import COLUMNS as LEDGER
from dnngp.base.ledger import combined
from dnngp.base.tables import concatenated, read_json, read_table
from dnngp.base.timing import COLUMNS as TIMING
from dnngp.evaluation.evaluate import COMPONENTS
from dnngp.evaluation.summaries import with_selection
from dnngp.validation.intervals import coverage, with_intervals
from dnngp.validation.scores import turned

#: What tells the tables of one fit from those of another, beside the repeat; the first columns of each.
KEYS = ("dataset", "trait", "scheme", "model")

PROVENANCE = [
    *(*KEYS, "repeat", "block", "log", "predictions", "seed"),
    *("genotypes_sha256", "phenotype_sha256", "splits_sha256", "command"),
]


def keyed(table: pd.DataFrame, **keys: str) -> pd.DataFrame:
    """A table with what it is about in its first columns."""
    table = table.drop(columns=[name for name in keys if name in table])
    for place, (name, value) in enumerate(keys.items()):
        table.insert(place, name, value)
    return table


def gather(paths: Iterable[str | Path]) -> pd.DataFrame:
    """The same table of many fits as one."""
    return concatenated(map(read_table, paths))


def gather_stages(metas: Iterable[Mapping[str, Any]], name: str, columns: list[str]) -> pd.DataFrame:
    """A table that the descriptions of fits hold (``timing``, ``ledger``, ``components``), of many as one."""
    return concatenated(keyed(pd.DataFrame(meta[name], columns=columns), **_keys_of(meta)) for meta in metas)


def gather_fits(
    paths: Mapping[str, Sequence[str]],
    *,
    species: str,
    labels: str,
    selected: float,
    lower: Collection[str],
    models: Mapping[str, Mapping[str, str]],
    logs: Path,
    config: Path,
) -> dict[str, pd.DataFrame]:
    """The tables of one dataset.

    Parameters
    ----------
    paths
        ``folds``, ``predictions``, ``history`` and ``meta`` of each fit.
    species, labels
        Of the dataset, as cells.
    selected
        Part of the samples that would be selected.
    lower
        Traits of which lower values are wanted.
    models
        ``method``, ``encoding`` and ``other_inputs`` of each model, as cells.
    logs, config
        As in :func:`provenance`.

    Returns
    -------
    dict
        ``accuracy``, ``predictions``, ``intervals``, ``timing``, ``history``, ``ledger``, ``components``,
        ``provenance``.
    """
    metas = {path: read_json(path) for path in paths["meta"]}
    predictions = with_intervals(gather(paths["predictions"]))
    ledger = combined(gather_stages(metas.values(), "ledger", LEDGER), KEYS)
    folds = with_selection(gather(paths["folds"]), turned(predictions, lower), selected)
    dataset = folds["dataset"].iloc[0]
    return {
        "accuracy": described(folds, species, labels, models),
        "predictions": predictions,
        "intervals": keyed(coverage(predictions), dataset=dataset),
        "timing": gather_stages(metas.values(), "timing", TIMING),
        "history": gather(paths["history"]),
        "ledger": ledger,
        "components": gather_stages(metas.values(), "components", COMPONENTS),
        "provenance": provenance(metas, logs, config),
    }


def described(
    folds: pd.DataFrame, species: str, labels: str, models: Mapping[str, Mapping[str, str]]
) -> pd.DataFrame:
    """Folds with what is to be known of their dataset and model, each in its column."""
    folds = folds.copy()
    folds.insert(1, "species", species)
    folds.insert(2, "labels", labels)
    place = list(folds.columns).index("model") + 1
    for key in ("other_inputs", "encoding", "method"):
        folds.insert(place, key, folds["model"].map({name: model[key] for name, model in models.items()}))
    return folds


def provenance(metas: Mapping[str, Mapping[str, Any]], logs: Path, config: Path) -> pd.DataFrame:
    """Where the numbers of each fit come from, and the command that makes them again.

    Parameters
    ----------
    metas
        What ``meta.json`` of each fit holds, by its path.
    logs
        Folder of the logs of the dataset.
    config
        The configuration with every default, as the run leaves it.

    Returns
    -------
    DataFrame
        Columns :data:`PROVENANCE`, a row per fit. ``seed`` lists those of its folds.
    """
    rows = []
    for path, meta in metas.items():
        predictions = path.removesuffix("meta.json") + "predictions.tsv"
        log = Path(
            logs, meta["trait"], meta["scheme"], meta["model"], f"r{meta['repeat']}b{meta['block']}.log"
        )
        rows.append(
            {
                **_keys_of(meta),
                **{"repeat": int(meta["repeat"]), "block": int(meta["block"])},
                "log": log,
                "predictions": predictions,
                "seed": "; ".join(f"{fold}: {seed}" for fold, seed in meta["seeds"].items()),
                "genotypes_sha256": meta["genotypes"].get("sha256"),
                "phenotype_sha256": meta["phenotype_sha256"],
                "splits_sha256": meta["splits_sha256"],
                "command": f"./run --cores 1 --configfile {shlex.quote(str(config))} "
                f"--force {shlex.quote(predictions)}",
            }
        )
    return pd.DataFrame(rows, columns=PROVENANCE)


def _keys_of(meta: Mapping[str, Any]) -> dict[str, Any]:
    """Of a fit, by its description."""
    return dict(zip(KEYS, (meta["dataset"], meta["trait_name"], meta["scheme"], meta["model"]), strict=True))
