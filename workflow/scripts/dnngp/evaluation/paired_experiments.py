"""Tables of experiments that compare choices in pairs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from dnngp.base.tables import read_json
from dnngp.base.timing import COLUMNS as TIMING
from dnngp.evaluation.contrasts import LINEAR
from dnngp.evaluation.gathering import gather, gather_stages
from dnngp.evaluation.summaries import shares_of_folds
from dnngp.validation.comparison import CELL, comparisons
from dnngp.validation.main_scores import with_main_scores

_COMPARED = ["difference", "se", "lower", "upper", "p", "verdict", "message"]

COLUMNS = [
    *("dataset", "trait", "scheme", "part", "setting", "model", "reference", "n_features", "pearson"),
    *("cpu_s", "epochs", "folds", "status", *_COMPARED),
]


def paired_table(
    experiment: str,
    folds: Sequence[str],
    metas: Sequence[str],
    *,
    species: Mapping[str, str],
    contrasts: Sequence[tuple[str, str, str, str]],
    margin: float,
) -> pd.DataFrame:
    """The table of ``inputs`` or ``ablation``, from the paths of what each fit left; species are by dataset.

    Contrasts and margin as in :func:`contrast_table`.
    """
    accuracy = shares_of_folds(gather(folds))
    accuracy["species"] = accuracy["dataset"].map(species)
    timing = gather_stages(map(read_json, metas), "timing", TIMING)
    table = contrast_table(accuracy, timing, contrasts, margin)
    return input_table(table) if experiment == "encodings" else table


def contrast_table(
    accuracy: pd.DataFrame,
    timing: pd.DataFrame,
    contrasts: Sequence[tuple[str, str, str, str]],
    margin: float,
) -> pd.DataFrame:
    """Every contrast within each dataset, trait and scheme.

    Parameters
    ----------
    accuracy, timing
        Tables of the fits: as for :func:`dnngp.validation.comparison.comparisons`, with n_features, and
        ``epochs`` of networks; a row per fold and stage.
    contrasts
        Model, its reference, and in words the part that was changed and its setting.
    margin
        Differences of r within it are of no practical interest.

    Returns
    -------
    DataFrame
        Columns :data:`COLUMNS`: means over folds (empty when a fold failed), CPU seconds of all folds, and
        the difference to the reference on the same folds. The reference itself has the verdict
        ``reference``.
    """
    accuracy = with_main_scores(accuracy)
    compared = comparisons(
        accuracy, list(dict.fromkeys(reference for _, reference, _, _ in contrasts)), margin
    )
    pairs = compared.set_index([*CELL, "model", "reference"])[_COMPARED].to_dict("index")
    spent = (
        timing[timing["stage"] != "import"].groupby(["dataset", "trait", "scheme", "model"])["cpu_s"].sum()
    )
    rows = []
    for cell, part in accuracy.groupby(CELL, sort=False):
        dataset, _, trait, scheme = cell
        for model, reference, what, setting in contrasts:
            folds = part[part["model"] == model]
            if folds.empty:
                continue
            ok = (folds["status"] == "ok").all()
            row = {
                **{"dataset": dataset, "trait": trait, "scheme": scheme, "part": what},
                **{"setting": setting, "model": model, "reference": reference},
                "n_features": folds["n_features"].mean(),
                "pearson": folds["pearson"].mean(skipna=False) if ok else np.nan,
                "cpu_s": spent.get((dataset, trait, scheme, model), np.nan),
                "epochs": folds["epochs"].mean() if "epochs" in folds else np.nan,
                **{"folds": len(folds), "status": "ok" if ok else "failed"},
            }
            if model == reference:
                rows.append(row | {"verdict": "reference"})
            else:
                found = pairs[*cell, model, reference]
                rows.append(row | {name: found[name] for name in _COMPARED})
    return pd.DataFrame(rows, columns=COLUMNS)


def input_table(contrasts: pd.DataFrame) -> pd.DataFrame:
    """The experiment on encodings: ``part`` is the method, ``setting`` its encoding.

    ``linear_kept`` is the share of the linear signal that an encoding keeps: r of ridge regression on it over
    that of ridge regression on all markers, in the same dataset, trait and scheme; empty where that is not
    above zero.
    """
    table = contrasts.rename(columns={"part": "method", "setting": "encoding"})
    cell = ["dataset", "trait", "scheme"]
    linear = table[table["method"] == LINEAR]
    whole = linear[linear["verdict"] == "reference"][[*cell, "pearson"]].rename(columns={"pearson": "whole"})
    kept = linear[[*cell, "encoding", "pearson"]].merge(whole, on=cell)
    kept["linear_kept"] = (kept["pearson"] / kept["whole"]).where(kept["whole"] > 0)
    table = table.merge(kept[[*cell, "encoding", "linear_kept"]], how="left", on=[*cell, "encoding"])
    front = [*cell, "method", "encoding", "linear_kept"]
    return table[[*front, *(name for name in table.columns if name not in front)]]
