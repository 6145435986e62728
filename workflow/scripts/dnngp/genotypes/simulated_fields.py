"""Field trials of simulated samples: where each plot stood, and what disturbed its value."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

#: An entry without markers, in every block.
CHECK = "check"

#: Share of the trend's variance that is a wave along the rows; the rest is one along the columns.
ALONG_ROWS = 0.5


def field_plots(
    rng: np.random.Generator, described: pd.DataFrame, traits: Mapping[str, Any], settings: Mapping[str, Any]
) -> pd.DataFrame:
    """One field trial of all samples.

    Replicate after replicate is laid along the rows of the field, each cut into blocks; a check stands in
    every block. The value of a plot is that of its entry (0 of the check), a smooth trend and an error, whose
    variance makes h2 hold for means over all replicates where there is no trend.

    Parameters
    ----------
    rng
        Draws.
    described
        A row a sample: ``id`` and what is known of it; those with plots alone.
    traits
        ``h2`` and ``genetic_values`` by sample, of each.
    settings
        ``replicates``, ``columns``, ``block`` (plots of samples), ``trend`` (its variance over that of
        errors), ``lost`` (share of the plots without values).

    Returns
    -------
    DataFrame
        A row a plot: the columns of ``described``, ``replicate``, ``block``, ``row``, ``column``, the traits.
    """
    layout = _layout(rng, len(described), settings)
    row, column = np.divmod(np.arange(len(layout)), settings["columns"])
    entry = layout["entry"].to_numpy()
    check = pd.DataFrame([{name: CHECK if name == "id" else None for name in described}])
    plots = pd.concat([described, check], ignore_index=True).iloc[entry].reset_index(drop=True)
    plots = plots.assign(replicate=layout["replicate"], block=layout["block"], row=row + 1, column=column + 1)
    lost = rng.random(len(plots)) < settings["lost"]
    for trait, truth in traits.items():
        genetic = np.append([truth["genetic_values"][id] for id in described["id"]], 0.0)[entry]
        error = math.sqrt(settings["replicates"] * (1 - truth["h2"]))
        trend = math.sqrt(settings["trend"]) * _waves(rng, row, column)
        values = genetic + error * (rng.standard_normal(len(plots)) + trend)
        plots[trait] = np.where(lost, np.nan, values.round(6) + 0.0)
    return plots


def _layout(rng: np.random.Generator, samples: int, settings: Mapping[str, Any]) -> pd.DataFrame:
    """Entry (the check is the last), replicate and block of each plot, in the order of the field."""
    parts = []
    for replicate in range(1, settings["replicates"] + 1):
        order = np.argsort(rng.random(samples), kind="stable")
        blocks = [order[start : start + settings["block"]] for start in range(0, samples, settings["block"])]
        for block, entries in enumerate(blocks, start=1):
            place = int(rng.integers(len(entries) + 1))
            entry = np.insert(entries, place, samples)
            parts.append(pd.DataFrame({"entry": entry, "replicate": replicate, "block": block}))
    return pd.concat(parts, ignore_index=True)


def _waves(rng: np.random.Generator, row: np.ndarray, column: np.ndarray) -> np.ndarray:
    """(n,) a smooth surface of variance 1."""
    surface = np.zeros(len(row))
    for place, share in ((row, ALONG_ROWS), (column, 1 - ALONG_ROWS)):
        turns, start = rng.random(2)
        angle = 2 * math.pi * ((0.75 + turns) * place / (place.max() + 1) + start)
        wave = np.sin(angle)
        surface += math.sqrt(share) * (wave - wave.mean()) / wave.std()
    return (surface - surface.mean()) / surface.std()
