"""Stage one on the training entries of each fold alone."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import pandas as pd

from dnngp.methods.field_trials.stage_one import ONLY, stage_one

COLUMNS = ["repeat", "fold", "sample", "environment", "value", "error_variance"]


def means_within_folds(
    plots: pd.DataFrame,
    splits: pd.DataFrame,
    samples: Collection[str],
    trait: str,
    fitting: Mapping[str, Any],
) -> pd.DataFrame:
    """Means of the training records of every fold, from their own plots and those of entries without markers.

    Parameters
    ----------
    plots
        As from :func:`dnngp.methods.field_trials.stage_one.read_plots`; ids of samples as ``samples`` has
        them.
    splits
        Table of folds; ``environment`` is missing where samples have one record each.
    samples
        All samples that have a value; other entries are checks, which nobody predicts.
    trait, fitting
        Name, and arguments of :func:`dnngp.methods.field_trials.stage_one.stage_one`.

    Returns
    -------
    DataFrame
        Columns :data:`COLUMNS`.
    """
    entries = plots["id"] + "\t" + plots["environment"]
    check = ~plots["id"].isin(set(samples))
    parts = []
    training = splits[splits["role"] == "train"].astype({"environment": object})
    for _, part in training.groupby(["repeat", "fold"]):
        environments = part["environment"].fillna(ONLY)
        known = entries.isin(set(part["sample"] + "\t" + environments))
        seen = plots[known | (check & plots["environment"].isin(set(environments)))]
        means = stage_one(seen, trait, **fitting)["means"].rename(columns={"id": "sample"})
        means = means[means["sample"].isin(set(samples))]
        means = means.assign(repeat=part["repeat"].iloc[0], fold=part["fold"].iloc[0])
        parts.append(means.sort_values(["environment", "sample"])[COLUMNS])
    found = pd.concat(parts, ignore_index=True)
    return found.assign(environment=found["environment"].where(found["environment"] != ONLY))
