"""Hyper-parameters chosen within the training lines of a fold: random search scored on inner folds.

The search space is declared with the method (:mod:`dnngp.methods.registry`);
every method gets the same number of settings to try, the first of which is its
default, and the same inner folds. The test lines of the fold meet the chosen
setting only when it predicts them.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from dnngp.base import ledger
from dnngp.base.seeds import seed
from dnngp.encodings.omics import EncodingEntries
from dnngp.encodings.samples.record_weights import informative
from dnngp.encodings.samples.training_set import INNER_FOLDS, TrainingSet
from dnngp.methods.declaration import Method, Search, Span
from dnngp.methods.registry import create
from dnngp.validation.main_scores import main_of
from dnngp.validation.scores import scores_of

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Tuned:
    """The best of the settings tried.

    Attributes
    ----------
    params
        Chosen values of the hyper-parameters; empty where the defaults won.
    score
        Its mean Pearson r over the inner folds.
    tried
        Number of settings.
    """

    params: dict[str, Any]
    score: float
    tried: int


def settings(search: Search, budget: int, random_state: int) -> list[dict[str, Any]]:
    """Settings to try: the default (empty), then draws from the search space.

    Parameters
    ----------
    search
        Hyper-parameters and their values; none leaves the default alone.
    budget
        Number of settings, the default among them.
    random_state
        Seed. A larger budget begins with the settings of a smaller one.
    """
    rng = np.random.default_rng(random_state)
    draws = [{key: _draw(space, rng) for key, space in search.items()} for _ in range(budget - 1)]
    return [{}, *(draws if search else [])]


def tune(
    method: Method,
    params: Mapping[str, Any],
    encoding: EncodingEntries,
    training: TrainingSet,
    y: np.ndarray,
    budget: int,
    random_state: int,
) -> Tuned:
    """Choose hyper-parameters on the training lines of a fold.

    Parameters
    ----------
    method, params, encoding
        As in :func:`dnngp.evaluation.evaluate.evaluate`; parameters that are given are not tuned.
    training, y
        Training records and their phenotypes (n,).
    budget
        Number of settings to try, at least 1.
    random_state
        Seed of settings, inner folds and fits; all settings are fitted with the same.

    Raises
    ------
    RuntimeError
        Every setting failed.
    """
    search = {key: space for key, space in method.search.items() if key not in params}
    tried = settings(search, budget, seed(random_state, "settings"))
    if len(tried) == 1:
        return Tuned({}, float("nan"), 1)
    with ledger.within("tuning"):
        scores = [
            _score(method, {**params, **chosen}, encoding, training, y, random_state) for chosen in tried
        ]
    best = int(np.argmax(scores))
    if scores[best] == -np.inf:
        raise RuntimeError(f"all {len(tried)} settings of {method.name} failed on the inner folds")
    return Tuned(tried[best], float(scores[best]), len(tried))


def _score(
    method: Method,
    params: Mapping[str, Any],
    encoding: EncodingEntries,
    training: TrainingSet,
    y: np.ndarray,
    random_state: int,
) -> float:
    """Mean main score over inner folds; 0 where predictions are constant, -inf where a fit fails."""
    weights = informative(training.weights)
    abilities: list[float] = []
    for fit, held, inner, records in training.inner_folds(INNER_FOLDS, y, random_state):
        several = training.environments is not None
        model = create(
            *(method.name, params, seed(random_state, "inner fit", len(abilities)), encoding, several),
            trait=training.trait,
        )
        try:
            predicted = model.fit(inner, y[fit]).predict(records).mean
        except (ArithmeticError, RuntimeError, ValueError) as error:
            log.warning("%s with %s failed on an inner fold: %s", method.name, dict(params), error)
            return -np.inf
        if not np.isfinite(predicted).all():
            return -np.inf
        ledger.saw("scores", [training.record_ids[record] for record in held], y[held])
        held_out = pd.DataFrame({"observed": y[held], "predicted": predicted})
        if weights is not None:
            held_out["weight"] = weights.values[held]
        abilities.append(_ability(held_out, records.environments, training.trait.kind))
    return float(np.mean(np.nan_to_num(abilities)))


def _ability(held_out: pd.DataFrame, environments: np.ndarray | None, kind: str) -> float:
    """Main score of one inner fold, weighted where records are; of environments the mean."""
    score = main_of(kind, "weight" in held_out)
    if environments is None:
        return scores_of(held_out, kind)[score]
    parts = [environments == number for number in np.unique(environments)]
    return float(np.mean([scores_of(held_out[part], kind)[score] for part in parts]))


def _draw(space: Span | tuple[Any, ...], rng: np.random.Generator) -> Any:
    if isinstance(space, tuple):
        return space[rng.integers(len(space))]
    ends = np.log([space.low, space.high]) if space.log else np.array([space.low, space.high])
    value = rng.uniform(*ends)
    value = float(np.clip(np.exp(value) if space.log else value, space.low, space.high))
    return round(value) if space.whole else float(f"{value:.4g}")
