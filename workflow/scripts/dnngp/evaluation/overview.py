"""The tables over all datasets, from those of each."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from dnngp.base.ledger import COLUMNS as LEDGER
from dnngp.base.ledger import combined, labelled
from dnngp.base.tables import concatenated, read_json
from dnngp.evaluation.controls import judge, leak_control
from dnngp.evaluation.gathering import KEYS
from dnngp.evaluation.summaries import (
    GAIN_CURVES,
    by_species,
    gain_curves,
    ledger_of_genotypes,
    ledger_of_plots,
    mean_components,
    over_environments,
    pooled,
    shares_of_folds,
    stack,
    summarise,
    true_accuracy,
    with_environment,
)
from dnngp.genotypes.records import OVERALL
from dnngp.validation.comparison import comparisons, ranks
from dnngp.validation.main_scores import with_main_scores
from dnngp.validation.scores import turned

#: How heritabilities are estimated (:func:`dnngp.methods.mixed.heritability.heritability`).
HERITABILITY = "REML"
WITHOUT_MATRIX = "REML by Lanczos"
LIABILITY = "threshold model (Laplace), of the liability"


def overview(
    paths: Mapping[str, Sequence[str]],
    *,
    species: Mapping[str, str],
    imputed: Collection[str],
    of_traits: Collection[str],
    lower: Mapping[str, Collection[str]],
    compare: Mapping[str, Any],
) -> dict[str, pd.DataFrame]:
    """The tables over all datasets, by name.

    Parameters
    ----------
    paths
        Of each dataset: ``accuracy``, ``predictions``, ``intervals``, ``timing``, ``history``, ``ledger``,
        ``components``, ``provenance``, ``filter_summary`` (of quality control), ``controls`` (where they
        ran), ``clusters`` (where they were made) and ``truth`` (of simulated ones); of each trait:
        ``heritability`` and ``ids``, and ``means`` beside it where it has plots.
    species
        By dataset.
    imputed
        Datasets whose missing calls were filled by Beagle.
    of_traits
        Datasets whose environments are traits: their records, in different units, are never pooled.
    lower
        By dataset, its traits of which lower values are wanted.
    compare
        The ``compare`` section of the configuration, with its defaults.
    """
    tables = {
        name: stack(paths[name]) for name in ("accuracy", "timing", "history", "intervals", "provenance")
    }
    predictions = {_dataset_of(path): stack([path]) for path in paths["predictions"]}
    truth = {_dataset_of(path): read_json(path)["traits"] for path in paths["truth"]}
    heritability = _heritabilities(paths["heritability"], species, truth)
    summary = summarise(
        tables["accuracy"],
        tables["timing"],
        heritability,
        _true_accuracies(predictions, truth),
        _pooled(predictions, of_traits),
    )
    declared = (compare["reference"], compare["candidate"])
    comparison = compared(tables["accuracy"], declared, compare["equivalence_margin"])
    over_all = over_environments(summary)
    curves = [
        gain_curves(turned(table, lower[name])).assign(dataset=name) for name, table in predictions.items()
    ]
    steps = _ledger(paths, predictions, imputed)
    measured = [judge(stack(paths["controls"]))] if paths["controls"] else []
    return tables | {
        "heritability": heritability,
        "summary": summary,
        "species": by_species(over_all),
        "components": mean_components(stack(paths["components"])),
        "gain_curves": pd.concat(curves)[["dataset", *GAIN_CURVES]],
        "comparisons": comparison,
        "ranks": ranks(with_main_scores(over_all), over_environments(comparison), declared[0], declared),
        "ledger": steps,
        "controls": pd.concat([*measured, leak_control(steps)]),
        "ids": _first(pd.DataFrame([read_json(path) for path in paths["ids"]]), ["dataset", "trait"]),
    }


def compared(accuracy: pd.DataFrame, declared: Sequence[str], margin: float) -> pd.DataFrame:
    """Models compared over all environments, and within each.

    Folds overlap as much within an environment as over all: the test takes all records of a fold, trained on
    and tested, for both.
    """
    accuracy = with_main_scores(with_environment(accuracy))
    keys = ["dataset", "trait", "scheme", "model", "repeat", "fold"]
    sizes = over_environments(accuracy).set_index(keys)["n_test"]
    parts: list[tuple[Any, pd.DataFrame]] = [(np.nan, shares_of_folds(accuracy))]
    for name, part in accuracy.groupby("environment", sort=False):
        if name != OVERALL:
            whole = sizes.loc[pd.MultiIndex.from_frame(part[keys])].to_numpy()
            parts.append((name, part.assign(n_test=whole)))
    tables = []
    for name, part in parts:
        table = comparisons(part, declared, margin)
        table.insert(list(table.columns).index("scheme") + 1, "environment", name)
        tables.append(table)
    return concatenated(tables)


def _first(table: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    """A table with some of its columns in front."""
    return table[[*names, *(name for name in table if name not in names)]]


def _dataset_of(path: str) -> str:
    """The folder of a file of a dataset has its name."""
    return Path(path).parent.name


def _heritabilities(
    paths: Sequence[str], species: Mapping[str, str], truth: Mapping[str, Mapping[str, Any]]
) -> pd.DataFrame:
    rows = []
    for estimate in map(read_json, paths):
        dataset, trait = estimate.pop("dataset"), estimate.pop("trait")
        exact = LIABILITY if estimate.pop("trait_type", "") else HERITABILITY
        method = WITHOUT_MATRIX if "h2_monte_carlo_error" in estimate else exact
        rows.append(
            {
                **{"dataset": dataset, "species": species[dataset], "trait": trait},
                **estimate,
                "h2_method": f"{method}, additive relationships of all lines",
                "true_h2": truth.get(dataset, {}).get(trait, {}).get("h2", np.nan),
            }
        )
    return pd.DataFrame(rows)


def _pooled(predictions: Mapping[str, pd.DataFrame], of_traits: Collection[str]) -> pd.DataFrame | None:
    """r over all records, of datasets with environments alone."""
    tables = [
        pooled(table).assign(dataset=name)
        for name, table in predictions.items()
        if name not in of_traits and with_environment(table)["environment"].notna().any()
    ]
    return pd.concat(tables) if tables else None


def _true_accuracies(
    predictions: Mapping[str, pd.DataFrame], truth: Mapping[str, Mapping[str, Any]]
) -> pd.DataFrame:
    """r with the true genetic values, of simulated datasets alone."""
    known = [pd.DataFrame(columns=["dataset", "trait", "scheme", "model", "true_accuracy"])]
    for dataset, traits in truth.items():
        values = {trait: traits[trait]["genetic_values"] for trait in traits}
        # Traits that are treated as environments of one are simulated as they are, not as that one.
        of_each = predictions[dataset][predictions[dataset]["trait"].isin(values)]
        known.append(true_accuracy(of_each, values).assign(dataset=dataset))
    return pd.concat(known).astype({"true_accuracy": float})


def _ledger(
    paths: Mapping[str, Sequence[str]], predictions: Mapping[str, pd.DataFrame], imputed: Collection[str]
) -> pd.DataFrame:
    """What every step saw of the test samples: those on all genotypes, then those of the fits."""
    filtered = {Path(path).parents[1].name: stack([path]) for path in paths["filter_summary"]}
    before = [
        ledger_of_genotypes(
            name,
            predictions=table,
            filter_summary=filtered[name],
            beagle=name in imputed,
            clustered=bool(paths["clusters"]),
        )
        for name, table in predictions.items()
    ]
    for path in paths["means"]:
        about = read_json(Path(path).parents[1] / "ids.json")
        dataset, trait = about["dataset"], about["trait"]
        before.append(ledger_of_plots(dataset, trait, stack([path]), predictions[dataset]))
    designs = [combined(stack(paths["designs"]), KEYS)] if paths.get("designs") else []
    steps = labelled(pd.concat([*before, stack(paths["ledger"]), *designs]))
    return steps[["dataset", "trait", "scheme", "model", *LEDGER, "label"]]
