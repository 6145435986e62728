"""Tables of transfers over repeats: accuracy by the number of lines added, and by genomic distance."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from dnngp.base import ledger
from dnngp.base.tables import concatenated
from dnngp.evaluation.gathering import keyed
from dnngp.evaluation.transfer import ALONE, JOINED
from dnngp.validation.scores import scores_of

#: What identifies a curve.
CURVE = ["transfer", "dataset", "trait", "model"]

#: Scores whose means over repeats are shown.
MEANS = [
    *("n_train", "n_test", "pearson", "slope", "bias", "rmse"),
    *("coverage", "width", "relative_width"),
]

COLUMNS = [*CURVE, "training", "added", "repeats", *MEANS, "pearson_sd", "difference", "difference_sd"]

#: Distances are cut into so many bins of equal size; fewer lines of a repeat in one of them have no r.
BINS, SMALLEST_BIN = 4, 10

DISTANCE_COLUMNS = [
    *(*CURVE, "added", "bin", "nearest_edge", "farthest_edge"),
    *("samples", "distance", "repeats", "pearson", "rmse"),
]


def curve(scores: pd.DataFrame) -> pd.DataFrame:
    """Means over repeats of every number of lines added, with the target alone beside the sources.

    Parameters
    ----------
    scores
        Of all fits (:class:`dnngp.evaluation.transfer.TransferEvaluation`), with :data:`CURVE`.

    Returns
    -------
    DataFrame
        :data:`COLUMNS`. Where a repeat failed, its means are missing. ``difference`` is the mean over repeats
        of r with the sources minus r of the same added lines alone, on the same tested lines; of ``alone``,
        and where nothing was added, it is missing.
    """
    scores = scores.reindex(columns=list(dict.fromkeys([*scores.columns, *MEANS])))
    keys = [*CURVE, "added", "repeat"]
    alone = scores[scores["training"] == ALONE].set_index(keys)["pearson"]
    joined = scores["training"] == JOINED
    own = alone.reindex(pd.MultiIndex.from_frame(scores[keys])).to_numpy()
    scores = scores.assign(difference=(scores["pearson"] - own).where(joined))
    groups = scores.groupby([*CURVE, "training", "added"], sort=False)
    found = groups[[*MEANS, "difference"]].mean()
    complete = groups[[*MEANS, "difference"]].count().eq(groups.size(), axis=0)
    found = found.where(complete)
    found["repeats"] = groups.size()
    for name in ("pearson", "difference"):
        found[f"{name}_sd"] = groups[name].std()
    return found.reset_index()[COLUMNS]


def by_distance(predictions: pd.DataFrame, distances: pd.DataFrame) -> pd.DataFrame:
    """Accuracy of tested lines by their distance to the training lines.

    Parameters
    ----------
    predictions
        Of all fits, with :data:`CURVE`.
    distances
        ``transfer``, ``repeat``, ``added``, ``sample`` and ``distance``.

    Returns
    -------
    DataFrame
        :data:`DISTANCE_COLUMNS`. The edges of the bins are quartiles over all repeats and numbers added of a
        transfer, so that bins are the same for all of them. r is the mean over the repeats with at least
        :data:`SMALLEST_BIN` lines in the bin, within each of which it is taken.
    """
    keys = ["transfer", "repeat", "added", "sample"]
    joined = predictions[predictions["training"] == JOINED]
    table = joined.merge(distances[[*keys, "distance"]], on=keys)
    rows = []
    for cell, part in table.groupby(CURVE, sort=False):
        of_transfer = distances.loc[distances["transfer"] == cell[0], "distance"]
        edges = np.unique(np.quantile(of_transfer, np.linspace(0, 1, BINS + 1)))
        numbers = np.clip(np.searchsorted(edges, part["distance"], side="right"), 1, max(1, len(edges) - 1))
        for (added, bin), of_bin in part.groupby(["added", numbers]):
            number = int(str(bin))
            low, high = edges[number - 1], edges[min(number, len(edges) - 1)]
            about = {"added": added, "bin": number, "nearest_edge": low, "farthest_edge": high}
            rows.append(dict(zip(CURVE, cell, strict=True)) | about | _of_bin(of_bin))
    return pd.DataFrame(rows, columns=DISTANCE_COLUMNS)


def _of_bin(part: pd.DataFrame) -> dict[str, float]:
    scores = [scores_of(one) for _, one in part.groupby("repeat") if len(one) >= SMALLEST_BIN]
    return {
        "samples": len(part),
        "distance": part["distance"].mean(),
        "repeats": len(scores),
        **{
            name: float(np.mean([one[name] for one in scores])) if scores else np.nan
            for name in ("pearson", "rmse")
        },
    }


def ledger_of(metas: Iterable[Mapping[str, Any]]) -> pd.DataFrame:
    """What each step of the fits saw of the lines that its fit was to predict, by transfer and model."""
    keys = ["transfer", "model"]
    tables = [
        keyed(pd.DataFrame(meta["ledger"], columns=ledger.COLUMNS), **{key: meta[key] for key in keys})
        for meta in metas
    ]
    return ledger.labelled(ledger.combined(concatenated(tables), keys))
