"""Means of the learning-curve experiment, which its surfaces and curves show."""

from __future__ import annotations

import pandas as pd

SIZE = ["dataset", "trait", "model", "label", "marker_order", "n", "p"]


def surface_means(surface: pd.DataFrame) -> pd.DataFrame:
    """Means over repeats and folds of every size of the experiment.

    Parameters
    ----------
    surface
        A row per fit: dataset, trait, model, label, marker_order, n, p, pearson,
        cpu_s, peak_mb, status. Sizes that a dataset does not have (status
        ``unavailable``) are left out.

    Returns
    -------
    DataFrame
        A row per dataset, trait, model, choice of markers, lines and markers:
        folds, pearson and pearson_sd (missing where any fit failed), cpu_s (mean
        of a fit), peak_mb (largest).
    """
    surface = surface[surface["status"] != "unavailable"]
    failed = surface["status"] != "ok"
    table = surface.assign(pearson=surface["pearson"].mask(failed))
    groups = table.groupby(SIZE, sort=False, dropna=False)
    means = groups.agg(
        folds=("status", "size"),
        pearson=("pearson", lambda values: values.mean(skipna=False)),
        pearson_sd=("pearson", lambda values: values.std(skipna=False)),
        cpu_s=("cpu_s", "mean"),
        peak_mb=("peak_mb", "max"),
    )
    return means.reset_index()


def learning_curves(means: pd.DataFrame, curves: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Means along lines with the most markers, and along markers with the most lines, and where they end.

    Parameters
    ----------
    means
        What :func:`surface_means` gave.
    curves
        Fitted curves: dataset, trait, label, marker_order, axis, other_size, asymptote.

    Returns
    -------
    tuple of DataFrame
        Points: dataset, trait, label, axis, other_size, size, pearson. Ends: dataset,
        trait, label, axis, asymptote, of the curves that were identified.
    """
    parts = []
    for axis, size, other in (("lines", "n", "p"), ("markers", "p", "n")):
        most = means.groupby(["dataset", "trait", "marker_order"])[other].transform("max")
        part = means[means[other] == most].rename(columns={size: "size", other: "other_size"})
        parts.append(
            part[part.groupby(["dataset", "trait"])["size"].transform("nunique") > 1].assign(axis=axis)
        )
    points = pd.concat(parts, ignore_index=True)
    points = points[["dataset", "trait", "label", "marker_order", "axis", "other_size", "size", "pearson"]]
    keys = ["dataset", "trait", "label", "axis", "other_size"]
    if curves.empty:
        return points, pd.DataFrame(columns=[*keys, "asymptote"])
    ends = curves[curves["asymptote"].notna()].merge(points[keys].drop_duplicates(), on=keys)
    return points, ends[[*keys, "asymptote"]]
