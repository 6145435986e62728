"""What the samples that a cross-validation held out say of the predictions of new ones."""

from __future__ import annotations

import numpy as np
import pandas as pd

from dnngp.genotypes.records import OVERALL
from dnngp.validation.intervals import record_deviations
from dnngp.validation.main_scores import main_of
from dnngp.validation.scores import scores_of, weights_of

#: In the place of an environment where there are none, and of all that no record of training is from.
ONE, NEW = "", "new environment"


def errors_by_environment(held_out: pd.DataFrame, new_environments: bool) -> dict[str, np.ndarray]:
    """Observed minus predicted of held-out records, by environment.

    Parameters
    ----------
    held_out
        ``repeat``, ``fold``, ``sample``, ``environment`` (missing where there is one), ``observed`` and
        ``predicted``.
    new_environments
        Whether the folds held whole environments out: then their errors are those of :data:`NEW` ones.

    Returns
    -------
    dict
        (k,) float64 by environment; :data:`ONE` where there is one. Of several, too, those of the mean over
        environments (:data:`OVERALL`), of samples held out in more than one.
    """
    table = held_out.assign(error=_of_typical_records(held_out))
    if "environment" not in table or table["environment"].isna().all():
        return {ONE: table["error"].to_numpy(float)}
    if new_environments:
        return {NEW: table["error"].to_numpy(float)}
    found = {str(name): part["error"].to_numpy(float) for name, part in table.groupby("environment")}
    means = table.groupby(["repeat", "fold", "sample"])["error"].agg(["mean", "size"])
    return found | {OVERALL: means.loc[means["size"] > 1, "mean"].to_numpy(float)}


def _of_typical_records(held_out: pd.DataFrame) -> pd.Series:
    """Errors of records; of unequal ones, each as large as if its record had the mean error variance."""
    errors, weight = held_out["observed"] - held_out["predicted"], weights_of(held_out)
    if weight is None:
        return errors
    deviations = record_deviations(errors.to_numpy(float), weight)
    return errors * deviations(np.array([1 / np.mean(1 / weight)])) / deviations(weight)


def predictive_ability(held_out: pd.DataFrame, kind: str = "continuous") -> float | None:
    """Mean over folds of the correlation between prediction and phenotype; None where there is none.

    Of classes it is the score that methods are compared by on such a kind of trait. Of several environments
    the mean over them, too.
    """
    keys = ["repeat", "fold", *(["environment"] if "environment" in held_out else [])]
    of_folds = [
        scores_of(part, kind)[main_of(kind)]
        for _, part in held_out.groupby(keys, dropna=False)
        if len(part) > 2
    ]
    known = [value for value in of_folds if np.isfinite(value)]
    return float(np.mean(known)) if known else None
