"""Crosses of chosen parents: means and standard deviations of their offspring, and the best set of crosses.

The standard deviation is that of the predictions of the offspring, shrunken as predictions are. Where
predictions are additive in the markers of the parents, which is tried on exchanged markers, it follows in
closed form from effects (:mod:`dnngp.prediction.cross_variance`); else offspring are simulated and predicted.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from dnngp.base.errors import UserError
from dnngp.encodings.samples.environment_covariates import Environments
from dnngp.genotypes.store import Genotypes
from dnngp.prediction.bundle import Bundle
from dnngp.prediction.candidates import headline
from dnngp.prediction.cross_plan import best_plan
from dnngp.prediction.cross_variance import cross_variances
from dnngp.prediction.mating_parents import Parents, at_map, chosen_parents, parents_at
from dnngp.prediction.offspring_predictions import Predictor, additive_effects, of_offspring
from dnngp.prediction.selection import index_table

log = logging.getLogger(__name__)

#: The name of the weighted sum of traits.
INDEX = "index"


@dataclass(frozen=True)
class Crosses:
    """Every cross of the parents and what its offspring are expected to be.

    Attributes
    ----------
    names
        (c, 2) ids of the parents, the better one first.
    pairs
        (c, 2) their numbers.
    kinship
        (c,) between them.
    mean, sd, usefulness
        (c, t) of the traits, and of the index behind them.
    directions
        (t,) 1, or -1 where lower values are better.
    sd_from
        ``effects`` or ``simulation``.
    """

    names: np.ndarray
    pairs: np.ndarray
    kinship: np.ndarray
    mean: np.ndarray
    sd: np.ndarray
    usefulness: np.ndarray
    directions: np.ndarray
    sd_from: str


def crosses_of(
    predictions: pd.DataFrame,
    bundles: Mapping[str, Bundle],
    genotypes: Genotypes,
    options: Mapping[str, Any],
    *,
    weights: Mapping[str, float],
    signs: Mapping[str, int],
    by_index: bool,
    selected: Sequence[str] | None,
    path: str,
    min_markers: float,
    min_agreement: float,
    names: Sequence[object],
    environments: Callable[[Bundle], Environments | None] = lambda bundle: bundle.environments,
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """The tables ``mating``, ``mating_plan`` and ``mating_summary`` of the catalogue.

    Parameters
    ----------
    predictions
        ``trait``, ``sample`` and ``predicted`` of the candidates.
    bundles
        By trait.
    genotypes
        Of all candidates.
    options
        ``mating`` of the configuration.
    weights
        By trait: of the index.
    signs
        By trait: 1, or -1 where lower values are better.
    by_index
        Whether crosses are ordered by the index; else by the only trait.
    selected
        Ids of selected candidates, where these are the parents.
    path
        Where the candidates were read from, for messages.
    min_markers, min_agreement
        As of :meth:`Bundle.match`.
    names
        What the simulated offspring are drawn from.
    environments
        Where to predict with a bundle.

    Raises
    ------
    UserError
        Candidates that are no diploid genotypes, and what the steps find.
    """
    if genotypes.ploidy != 2:
        raise UserError("`mating` needs genotypes of diploids.", file=path, remedy="Leave `mating` out.")
    bundles = {trait: bundles[trait] for trait in signs}
    matches = {
        trait: bundle.match(genotypes, min_markers, path, min_agreement) for trait, bundle in bundles.items()
    }
    variants, rows, morgans, moved = at_map(
        genotypes, bundles, matches, options["genetic_map"], options["cm_per_mb"]
    )
    index = index_table(headline(predictions), weights, "predicted")["index"]
    wanted = options["parents"] if selected is None else selected
    chosen = chosen_parents(index, wanted, genotypes.samples.tolist())
    parents = parents_at(genotypes, chosen, variants, rows, morgans)
    places = {trait: environments(bundle) for trait, bundle in bundles.items()}
    predict = Predictor(bundles, moved, variants, {trait: weights[trait] for trait in signs}, places)
    crosses = every_cross(predict, parents, options, [*signs.values(), 1], names)
    main = len(signs) if by_index else 0
    useful = crosses.usefulness[:, main] * crosses.directions[main]
    limits = [options["max_kinship"], options["max_contributions"]]
    plan = best_plan(useful, crosses.pairs, crosses.kinship, options["number"], *limits)
    free = best_plan(useful, crosses.pairs, crosses.kinship, options["number"])
    order = np.argsort(-useful, kind="stable")
    traits = [*signs, INDEX]
    shown = dict.fromkeys([main, *(range(len(signs)) if by_index else [])])
    every = pd.concat(
        [
            _table(crosses, column, order).assign(trait=traits[column], planned=np.isin(order, plan))
            for column in shown
        ],
        ignore_index=True,
    )
    sets = {"within limits": plan, "without limits": free, "all crosses": order}
    summary = [{"plan": name, **_summary(crosses, main, rows)} for name, rows in sets.items()]
    chance = intensity(options["selected_fraction"])
    columns = ["trait", "parent_1", "parent_2", "mean", "sd", "usefulness", "kinship", "sd_from", "planned"]
    return every[columns], _plan(crosses, main, plan), pd.DataFrame(summary).assign(intensity=chance)


def every_cross(
    predict: Callable[[np.ndarray], np.ndarray],
    parents: Parents,
    options: Mapping[str, Any],
    signs: Sequence[int],
    names: Sequence[object],
) -> Crosses:
    """Means, standard deviations and usefulness of the offspring of every cross.

    Parameters
    ----------
    predict
        Predictions (n, t) of rows (n, p) of dosages.
    options
        ``offspring``, ``simulated`` and ``selected_fraction`` of ``mating``.
    signs
        (t,) 1, or -1 where lower values are better.
    names
        What the simulated offspring are drawn from.
    """
    pairs, kind = parents.crosses, options["offspring"]
    effects = additive_effects(predict, parents, names)
    if effects is None:
        mean, sd = of_offspring(predict, parents, kind, options["simulated"], names)
    else:
        mean = predict(parents.rows)[pairs].mean(axis=1)
        sd = cross_variances(parents.rows, pairs, effects, parents.rate, kind) ** 0.5
    log.info("%d crosses, sd from %s", len(pairs), "simulation" if effects is None else "effects")
    directions = np.array(signs)
    return Crosses(
        names=np.array(parents.names, object)[pairs],
        pairs=pairs,
        kinship=parents.kinship[pairs[:, 0], pairs[:, 1]],
        mean=mean,
        sd=sd,
        usefulness=mean + intensity(options["selected_fraction"]) * sd * directions,
        directions=directions,
        sd_from="simulation" if effects is None else "effects",
    )


def intensity(fraction: float) -> float:
    """Selection intensity: mean of the best ``fraction`` of a normal distribution, in standard deviations."""
    from scipy.stats import norm

    return float(norm.pdf(norm.ppf(fraction)) / fraction)


def _table(crosses: Crosses, column: int, rows: np.ndarray) -> pd.DataFrame:
    """Some crosses by one of the traits."""
    return pd.DataFrame(
        {
            "parent_1": crosses.names[rows, 0],
            "parent_2": crosses.names[rows, 1],
            "mean": crosses.mean[rows, column],
            "sd": crosses.sd[rows, column],
            "usefulness": crosses.usefulness[rows, column],
            "kinship": crosses.kinship[rows],
            "sd_from": crosses.sd_from,
        }
    )


def _plan(crosses: Crosses, main: int, plan: np.ndarray) -> pd.DataFrame:
    """The chosen crosses, the most useful first."""
    used = np.bincount(crosses.pairs[plan].ravel(), minlength=int(crosses.pairs.max()) + 1)
    first, second = used[crosses.pairs[plan]].T
    table = _table(crosses, main, plan).drop(columns="sd_from").assign(crosses_1=first, crosses_2=second)
    table.insert(0, "rank", np.arange(1, len(plan) + 1))
    return table


def _summary(crosses: Crosses, main: int, rows: np.ndarray) -> dict[str, Any]:
    """How a set of crosses is on average, and how its parents are used."""
    return {
        "crosses": len(rows),
        "parents": len(np.unique(crosses.pairs[rows])),
        "most_crosses": int(np.bincount(crosses.pairs[rows].ravel()).max()),
        "usefulness": crosses.usefulness[rows, main].mean(),
        "kinship": crosses.kinship[rows].mean(),
    }
