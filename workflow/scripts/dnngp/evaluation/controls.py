"""Controls of a run: what must come out whatever the data, on a small part of each dataset.

A permuted phenotype that no method can predict; GBLUP and RR-BLUP, which are one
model written in two ways; and the mean, whose error is known beforehand. Each
goes through the same folds, encoders and fits as the results.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from dnngp.base.lazy import stats
from dnngp.base.seeds import hashed_ranks
from dnngp.encodings.omics import EncodingEntries
from dnngp.encodings.samples.population import Source
from dnngp.evaluation.evaluate import Evaluation, evaluate
from dnngp.genotypes.store import Genotypes
from dnngp.genotypes.subsets import first_lines
from dnngp.methods.registry import METHODS, members
from dnngp.validation.splits import split_table
from dnngp.validation.units import Units

log = logging.getLogger(__name__)

#: Lines and markers a control takes at most, and permutations.
LINES, MARKERS, PERMUTATIONS = 200, 1000, 5

#: Probability of a false alarm in a whole run.
ALARM = 1e-3

#: Parameters that make a fit long, and what they are set to at most: a leak does not need many epochs.
SHORT = {"epochs": 10, "iterations": 400, "burn_in": 100}

MEASURED = ["control", "trait", "model", "value", "se", "message"]
CONTROLS = ["control", "dataset", "trait", "model", "value", "bound", "status", "message"]


def measure(
    genotypes: Genotypes,
    phenotype: pd.Series,
    models: Mapping[str, Mapping[str, Any]],
    *,
    dataset: str,
    seed: int,
    maf: float = 0.0,
    mac: int = 0,
    layers: Mapping[str, Source] | None = None,
) -> pd.DataFrame:
    """Measure the controls of one dataset.

    ``permuted phenotype`` is the mean r over :data:`PERMUTATIONS` permutations of
    the phenotypes by hashed ids. In each, half of the lines train and the other
    half is tested, once: the r of two folds of one permutation are correlated (both
    are products of the same two halves), those of different permutations are not,
    so the standard error is known: r of m permuted lines with anything has the
    variance 1 / (m - 1). A permutation whose predictions are constant counts as 0.

    ``GBLUP = RR-BLUP`` is the largest difference of their predictions, in standard
    deviations of the phenotypes. ``mean predictor`` is the relative difference of
    its root mean squared error from that of the training mean.

    Parameters
    ----------
    genotypes, phenotype
        All lines of the dataset; trait values by id. At most :data:`LINES` lines and :data:`MARKERS`
        markers, or features of a layer, are used.
    models
        ``method``, ``encoding``, ``params`` and ``tune`` of each model.
    dataset, seed
        Enter every draw.
    maf, mac, layers
        As in :func:`dnngp.evaluation.evaluate.evaluate`.

    Returns
    -------
    DataFrame
        Columns :data:`MEASURED`; ``se`` is missing where the bound does not depend on it, ``value`` where
        the control could not be measured.
    """
    known = phenotype.loc[genotypes.samples].dropna()
    lines = first_lines(sorted(known.index), LINES, dataset, "control")
    positions = genotypes.positions(lines)
    small = genotypes.select(positions, _spread(genotypes.n_variants))
    small_layers = {
        name: layer.select(positions, _spread(layer.genotypes.n_variants))
        for name, layer in (layers or {}).items()
    }
    values = known.loc[lines].to_numpy()

    def run(
        number: int,
        y: np.ndarray,
        method: str,
        encoding: EncodingEntries,
        **options: Any,
    ) -> Evaluation:
        ids = list(lines)
        halves = split_table(Units(f"{dataset}|control {number}", ids, ids), "random", 2, 1)
        return evaluate(
            small,
            pd.Series(y, index=lines),
            halves[halves["fold"] == 1],
            method=method,
            encoding=encoding,
            params=options.get("params", {}),
            tune=options.get("tune", 1),
            maf=maf,
            mac=mac,
            layers=small_layers,
            names=(seed, dataset, "control", number),
        )

    rows = []
    for name, model in models.items():
        short = shortened(model["method"], model["params"])
        options = {"params": short, "tune": min(model["tune"], 2)}
        found = []
        log.info("%s on %d permutations of the phenotypes", name, PERMUTATIONS)
        for number in range(1, PERMUTATIONS + 1):
            y = values[hashed_ranks(lines, dataset, "permutation", number)]
            found.append(run(number, y, model["method"], model["encoding"], **options).folds.iloc[0])
        rows.append({"model": name} | _mean_of(found, _told(model, short)))
    permuted = pd.DataFrame(rows).assign(control="permuted phenotype")

    checks = []
    log.info("GBLUP, RR-BLUP and the mean on the phenotypes as they are")
    plain = {
        name: run(0, values, name, METHODS[name].default_encoding) for name in ("gblup", "rrblup", "mean")
    }
    for control, name, check in (
        ("GBLUP = RR-BLUP", "rrblup", _difference(plain["gblup"], plain["rrblup"], values)),
        ("mean predictor", "mean", _excess(plain["mean"], pd.Series(values, index=lines))),
    ):
        checks.append({"control": control, "model": name} | check)
    return pd.concat([permuted, pd.DataFrame(checks)], ignore_index=True).reindex(columns=MEASURED)


def _spread(count: int) -> np.ndarray:
    """Numbers of at most :data:`MARKERS` of so many, evenly spaced."""
    return np.unique(np.linspace(0, count - 1, MARKERS).astype(int))


def shortened(method: str, params: Mapping[str, Any]) -> dict[str, Any]:
    """Parameters of a method, and of the members of a stack, no longer than :data:`SHORT`."""
    short = dict(params)
    for key in SHORT.keys() & METHODS[method].parameters.keys():
        short[key] = min(int(params.get(key, SHORT[key])), SHORT[key])
    if key := METHODS[method].members:
        short[key] = [
            {**member, "params": shortened(member["method"], member.get("params", {}))}
            for member in members(method, params)
        ]
    return short


def judge(measured: pd.DataFrame) -> pd.DataFrame:
    """Bounds and status of the controls of all datasets.

    The bound of ``permuted phenotype`` is so many standard errors that, by the
    normal distribution, one false alarm is expected in 1 / :data:`ALARM` whole
    runs: 3.5 for four methods and datasets, 4.4 for two hundred. Only values above
    it fail: a leak makes predictions better.

    Parameters
    ----------
    measured
        What :func:`measure` gave for each dataset, with a column ``dataset``.

    Returns
    -------
    DataFrame
        Columns :data:`CONTROLS`; ``status`` is ``ok`` or ``failed``.
    """
    table = measured.copy()
    permuted = table["control"] == "permuted phenotype"
    errors = stats.norm.isf(ALARM / max(permuted.sum(), 1))
    table["bound"] = np.where(permuted, errors * table["se"].astype(float), 1e-6)
    value = table["value"].astype(float)
    table["status"] = np.where(value <= table["bound"], "ok", "failed")
    return table.reindex(columns=CONTROLS)


def leak_control(ledger: pd.DataFrame) -> pd.DataFrame:
    """As a control of each dataset and model: test phenotypes that any step of any fold saw; none may."""
    fitted = ledger[ledger["model"].notna()]
    seen = fitted.groupby(["dataset", "model"], sort=False)["test_phenotypes_seen"].sum()
    table = seen.rename("value").reset_index().assign(control="leak ledger", bound=0.0)
    table["status"] = np.where(table["value"] > 0, "failed", "ok")
    return table.reindex(columns=CONTROLS)


def _mean_of(folds: Iterable[pd.Series], told: str) -> dict[str, Any]:
    """Mean r of single folds of different permutations, and its standard error."""
    folds = list(folds)
    failed = [fold["message"] for fold in folds if fold["status"] != "ok"]
    if failed:
        return {"value": np.nan, "se": np.nan, "message": f"a fit failed: {failed[0]}"}
    abilities = np.nan_to_num([fold["pearson"] for fold in folds])
    lines = sum(fold["n_test"] - 1 for fold in folds)
    return {"value": float(np.mean(abilities)), "se": lines**-0.5, "message": told}


def _told(model: Mapping[str, Any], short: Mapping[str, Any]) -> str:
    """What was shortened, in words."""
    parts = [
        f"{key} {short[key]}" for key in SHORT if key in short and short[key] != model["params"].get(key)
    ]
    if model["tune"] > 2:
        parts.append("2 settings tried")
    return f"shortened: {', '.join(parts)}" if parts else ""


def _difference(gblup: Evaluation, rrblup: Evaluation, values: np.ndarray) -> dict[str, Any]:
    if "failed" in {gblup.folds["status"].iloc[0], rrblup.folds["status"].iloc[0]}:
        return {"value": np.nan, "message": "a fit failed"}
    both = [one.predictions.set_index("sample")["predicted"] for one in (gblup, rrblup)]
    # A rare trait may have one value among the lines of a control: 0 of 0 is no difference.
    scale = float(np.std(values)) or 1.0
    return {"value": float((both[0] - both[1]).abs().max()) / scale, "message": ""}


def _excess(mean: Evaluation, phenotype: pd.Series) -> dict[str, Any]:
    fold = mean.folds.iloc[0]
    if fold["status"] != "ok" or not np.isnan(fold["pearson"]):
        return {"value": np.nan, "message": "its predictions vary"}
    tested = phenotype.loc[mean.predictions["sample"]]
    naive = float(np.sqrt(np.mean((tested - phenotype.drop(tested.index).mean()) ** 2)))
    return {"value": abs(float(fold["rmse"]) - naive) / (naive or 1.0), "message": ""}
