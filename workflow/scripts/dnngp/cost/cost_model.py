"""What fits cost: time and memory as sums of powers of lines, markers and epochs; and what they bought.

A cost model is a list of terms with a coefficient each, none below zero, so that
it grows with every size and never predicts less than nothing. Which terms a method
has is found from its timings: the fit sets most coefficients to zero.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.optimize import nnls

#: Terms by name, as powers of n training lines, p markers, q features of a network's input, e epochs.
TERMS: Mapping[str, Mapping[str, int]] = {
    "1": {},
    "n": {"n": 1},
    "p": {"p": 1},
    "n p": {"n": 1, "p": 1},
    "n^2": {"n": 2},
    "n^2 p": {"n": 2, "p": 1},
    "n^3": {"n": 3},
    "epochs": {"epochs": 1},
    "epochs n": {"epochs": 1, "n": 1},
    "epochs n q": {"epochs": 1, "n": 1, "q": 1},
}

#: Terms that memory may have.
MEMORY_TERMS = ("1", "n", "p", "n p", "n^2")

#: What is modelled, by the column that it stands in, and the terms that it may have.
QUANTITIES = {"cpu_s": tuple(TERMS), "peak_mb": MEMORY_TERMS}

#: Least CPU seconds that a relative error is taken of: the clock and the machine's noise decide below.
SMALLEST = 0.05

#: Fewest different sizes that tell the terms of a method apart.
LEAST_SIZES = 4

#: Terms that together predict less than this share of the largest fit are not reported.
LEAST_SHARE = 1e-4

COLUMNS = [
    *("model", "method", "quantity", "term", "coefficient", "share", "fits", "sizes", "n_low", "n_high"),
    *("p_low", "p_high", "error", "status", "reason"),
]


@dataclass(frozen=True)
class CostModel:
    """CPU seconds of one fold, or MiB of its job: ``coefficients`` by name in :data:`TERMS`."""

    coefficients: Mapping[str, float]

    def predict(self, n: float, p: float, q: float = 0, epochs: float = 0) -> float:
        """CPU seconds of encoding, fitting and predicting a fold, or MiB.

        Parameters
        ----------
        n, p
            Training lines; markers.
        q, epochs
            Of networks: features of the input; epochs trained in all.
        """
        sizes = {"n": n, "p": p, "q": q, "epochs": epochs}
        return sum(
            coefficient * math.prod(sizes[name] ** power for name, power in TERMS[term].items())
            for term, coefficient in self.coefficients.items()
        )


def fit_costs(fits: pd.DataFrame, terms: Sequence[str] = tuple(TERMS), quantity: str = "cpu_s") -> CostModel:
    """The model with the least sum of squared relative errors.

    Parameters
    ----------
    fits
        A row per fit: ``n``, ``p``, the quantity; ``q`` and ``epochs``, missing where the method has none.
    terms
        Those that may be used; of epochs, for fits that have them.
    quantity
        The column to explain.
    """
    network = fits["epochs"].notna().all()
    terms = [name for name in terms if network or "epochs" not in TERMS[name]]
    design = np.column_stack(
        [
            np.prod([fits[name].to_numpy(float) ** power for name, power in TERMS[term].items()], axis=0)
            * np.ones(len(fits))
            for term in terms
        ]
    )
    spent = fits[quantity].to_numpy(float)
    weight = 1 / np.maximum(spent, SMALLEST)
    scale = np.abs(design).max(axis=0)
    coefficients, _ = nnls(design / scale * weight[:, None], spent * weight)
    found = zip(terms, coefficients / scale, strict=True)
    return CostModel({term: float(value) for term, value in found if value > 0})


def cost_table(fits: pd.DataFrame) -> pd.DataFrame:
    """Models of the time and the memory of every model of a run, a row per term.

    Parameters
    ----------
    fits
        As for :func:`fit_costs`, with ``model``, ``method`` and the columns of :data:`QUANTITIES`.

    Returns
    -------
    DataFrame
        Columns :data:`COLUMNS`. ``share`` is the part of the term in the quantity of the largest fit,
        ``error`` the median relative error over the fits. Models run at fewer than :data:`LEAST_SIZES`
        sizes have the status ``not identified`` and one row without a term for each quantity.
    """
    rows = []
    for (model, method), part in fits.groupby(["model", "method"], sort=False):
        # Folds whose numbers of lines hardly differ are one size.
        sizes = np.unique(np.log(part[["n", "p"]].to_numpy(float)).round(1), axis=0)
        row = {
            **{"model": model, "method": method, "fits": len(part)},
            **{"sizes": len(sizes)},
            **{"n_low": part["n"].min(), "n_high": part["n"].max()},
            **{"p_low": part["p"].min(), "p_high": part["p"].max()},
        }
        if row["sizes"] < LEAST_SIZES:
            reason = f"{row['sizes']} sizes of n and p, {LEAST_SIZES} needed ( `experiments.learning_curve`)"
            row |= {"status": "not identified", "reason": reason}
            rows += [row | {"quantity": quantity} for quantity in QUANTITIES]
            continue
        for quantity, terms in QUANTITIES.items():
            found = _terms(part, terms, quantity)
            rows += [row | one | {"quantity": quantity, "status": "ok", "reason": ""} for one in found]
    return pd.DataFrame(rows, columns=COLUMNS)


def _terms(fits: pd.DataFrame, terms: Sequence[str], quantity: str) -> list[dict[str, Any]]:
    """Term, coefficient, share and error of the terms of a model that weigh something."""
    model = fit_costs(fits, terms, quantity)
    predicted, spent = _predicted(model, fits), fits[quantity].to_numpy(float)
    error = np.median(np.abs(predicted - spent) / np.maximum(spent, SMALLEST))
    largest = fits.iloc[[int(np.argmax(predicted))]]
    shares = {
        term: _predicted(CostModel({term: coefficient}), largest)[0] / predicted.max()
        for term, coefficient in model.coefficients.items()
    }
    return [
        {"term": term, "coefficient": model.coefficients[term], "share": share, "error": error}
        for term, share in shares.items()
        if share >= LEAST_SHARE
    ]


def _predicted(model: CostModel, fits: pd.DataFrame) -> np.ndarray:
    sizes = fits[["n", "p", "q", "epochs"]].fillna(0).to_numpy(float)
    return np.array([model.predict(*size) for size in sizes])


def fits_of(accuracy: pd.DataFrame, timing: pd.DataFrame, markers: Mapping[str, int]) -> pd.DataFrame:
    """Size and cost of every fold of a comparison, as :func:`cost_table` takes them.

    Parameters
    ----------
    accuracy
        A row per fold: dataset, trait, scheme, model, method, repeat, fold, status, n_train, n_features;
        ``epochs`` where a network was run.
    timing
        A row per fold and stage, and per job (without a fold) for what its folds share; ``peak_mb`` is that
        of the job so far.
    markers
        Markers of each dataset.
    """
    cell = ["dataset", "trait", "scheme", "model"]
    spent = timing[timing["stage"] != "import"]
    by_fold = spent.groupby([*cell, "repeat", "fold"], as_index=False)
    folds = by_fold.agg({"cpu_s": "sum", "peak_mb": "max"})
    shared = spent[spent["fold"].isna()].groupby(cell)["cpu_s"].sum() / accuracy.groupby(cell).size()
    table = accuracy[accuracy["status"] == "ok"].merge(folds, on=[*cell, "repeat", "fold"])
    table = table.merge(shared.rename("shared_s").fillna(0.0).reset_index(), on=cell)
    return pd.DataFrame(
        {
            "model": table["model"],
            "method": table["method"],
            "n": table["n_train"],
            "p": table["dataset"].map(markers),
            "q": table["n_features"].astype(float),
            "epochs": table.get("epochs", np.nan),
            "cpu_s": table["cpu_s"] + table["shared_s"],
            "peak_mb": table["peak_mb"],
        }
    )


def pareto(summary: pd.DataFrame, models: Sequence[str]) -> pd.DataFrame:
    """Accuracy against CPU time, per dataset and over all.

    Parameters
    ----------
    summary
        A row per dataset, trait, scheme and model: ``pearson``, ``cpu_s``.
    models
        Those to look at.

    Returns
    -------
    DataFrame
        dataset ("" for all, which count equally), scheme, model, pearson and cpu_s (means over traits; CPU
        seconds of all folds of a trait), on_front: no other model is as accurate for less. A model
        without an accuracy somewhere has none there and is on no front.
    """
    keys = ["dataset", "scheme", "model"]
    chosen = summary[summary["model"].isin(models)]

    def means(table: pd.DataFrame, by: list[str]) -> pd.DataFrame:
        undefined = table["pearson"].isna().groupby([table[name] for name in by], sort=False).any()
        found = table.groupby(by, sort=False)[["pearson", "cpu_s"]].mean()
        return found.assign(pearson=found["pearson"].where(~undefined)).reset_index()

    within = means(chosen, keys)
    overall = means(within, keys[1:]).assign(dataset="")
    # Over all means over every dataset that has the scheme.
    datasets = within.groupby("scheme")["dataset"].nunique()
    count = within.groupby(keys[1:], sort=False)["dataset"].nunique().reset_index(drop=True)
    overall.loc[(count < overall["scheme"].map(datasets)).to_numpy(), "pearson"] = np.nan
    table = pd.concat([within, overall], ignore_index=True)[[*keys, "pearson", "cpu_s"]]
    table["on_front"] = False
    for _, part in table.dropna(subset=["pearson"]).groupby(keys[:2], sort=False):
        order = part.sort_values(["cpu_s", "pearson"], ascending=[True, False])
        best = order["pearson"].cummax().shift(fill_value=-np.inf)
        table.loc[order.index[order["pearson"] > best], "on_front"] = True
    return table
