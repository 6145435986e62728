"""Predictions of a model that was fitted on all records, of the samples that it was fitted on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from dnngp.base.seeds import seed
from dnngp.genotypes.harmonise import match_markers
from dnngp.genotypes.records import OVERALL
from dnngp.genotypes.store import Genotypes
from dnngp.prediction.bundle import Bundle
from dnngp.validation.lr import lr_statistics

#: Nominal coverage of the intervals.
LEVEL = 0.95
#: Markers that are in memory at a time.
BLOCK = 2000


def lr_table(
    bundle: Bundle,
    genotypes: Genotypes,
    held_out: pd.DataFrame,
    heritability: Mapping[str, Any],
    keys: Mapping[str, str],
) -> pd.DataFrame:
    """Statistics of one model on one trait, a row a scheme (``lr_statistics`` of the catalogue).

    Parameters
    ----------
    bundle
        The model, fitted on all records.
    genotypes
        Of the dataset.
    held_out
        Predictions of the fits of all schemes.
    heritability
        ``vu`` of the trait, in its unit, the variance among the samples; NaN where it is not known.
    keys
        ``dataset``, ``trait`` and ``model``.
    """
    chosen = genotypes.select(genotypes.positions(bundle.samples))
    whole = bundle.predict(chosen, match_markers(bundle.markers, chosen.variants), LEVEL)
    several = bundle.environments is not None
    places = ["environment"] if several else []
    whole = whole[whole["environment"] != OVERALL] if several else whole
    rows = []
    for scheme, part in held_out.groupby("scheme", sort=False):
        partial = part[["repeat", "fold", "sample", "predicted", *places]]
        # h2 of several environments is that of standardised means: it has no variance in the trait's unit.
        vu = np.nan if several else float(heritability["vu"] or np.nan)
        share = spread_within(genotypes, bundle.samples, partial)
        number = seed(*keys.values(), scheme, "lr")
        found = lr_statistics(partial, whole[["sample", "predicted", *places]], vu * share, LEVEL, number)
        rows.append(
            {
                **{
                    "dataset": keys["dataset"],
                    "trait": keys["trait"],
                    "scheme": scheme,
                    "model": keys["model"],
                },
                **{"folds": part.groupby(["repeat", "fold"]).ngroups, **found},
                "genetic_variance": vu * share,
            }
        )
    return pd.DataFrame(rows)


def spread_within(genotypes: Genotypes, samples: list[str], folds: pd.DataFrame) -> float:
    """Variance of markers among the samples of a fold, mean over folds, over that among all ``samples``.

    Features that are no dosages count the same each, and missing calls as the mean.
    """
    rows = genotypes.positions(samples)
    place = {sample: number for number, sample in enumerate(samples)}
    groups = [
        np.array([place[sample] for sample in part["sample"].unique()])
        for _, part in folds.groupby(["repeat", "fold"])
    ]
    within, whole = np.zeros(len(groups)), 0.0
    for start in range(0, genotypes.n_variants, BLOCK):
        markers = np.arange(start, min(start + BLOCK, genotypes.n_variants))
        values = genotypes.rows(rows, markers).astype(float)
        if genotypes.is_dosage:
            values[values < 0] = np.nan
        means = np.nanmean(values, axis=0)
        values = np.where(np.isnan(values), means, values) - means
        if not genotypes.is_dosage:
            values /= np.where(values.std(axis=0) > 0, values.std(axis=0), 1)
        whole += float(values.var(axis=0).sum())
        within += [
            float(values[group].var(axis=0, ddof=1).sum()) if len(group) > 1 else 0.0 for group in groups
        ]
    sizes = np.array([len(group) - 1 for group in groups], float)
    return float(np.average(within, weights=sizes) / whole) if whole and sizes.any() else np.nan
