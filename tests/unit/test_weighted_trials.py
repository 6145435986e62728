"""Simulated trials of 1 to 8 replicates: what weights gain, and that each class of replicates is covered."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from dnngp.encodings.samples.record_weights import RecordWeights
from dnngp.genotypes.simulate import simulate
from dnngp.methods.mixed.kernel_fit import fit_kernel
from dnngp.validation.intervals import with_intervals

TRIALS, N, FOLDS = 60, 200, 5


def trial(seed):
    """Predictions of five folds of one trial by GBLUP, without and with weights."""
    rng = np.random.default_rng(seed)
    dosages = rng.binomial(2, rng.uniform(0.1, 0.9, 60), (N, 60)) - 1.0
    truth = dosages @ rng.normal(size=60)
    replicates, fold = rng.integers(1, 9, N), np.arange(N) % FOLDS
    observed = truth + rng.normal(size=N) * 2 * truth.std() / np.sqrt(replicates)
    rows = dosages - dosages.mean(axis=0)
    kernel = rows @ rows.T / 60
    table = pd.DataFrame(
        {"trait": f"t{seed}", "scheme": "random", "repeat": 1, "fold": fold, "observed": observed}
    ).assign(weight=replicates.astype(float), truth=truth)
    tables = []
    for model in ("equal", "weighted"):
        predicted = np.empty(N)
        for number in range(FOLDS):
            train, test = fold != number, fold == number
            weight = RecordWeights(replicates[train].astype(float)) if model == "weighted" else None
            fit = fit_kernel(kernel[np.ix_(train, train)], observed[train], None, weight)
            predicted[test] = fit.predict(kernel[np.ix_(test, train)])
        tables.append(table.assign(model=model, predicted=predicted))
    return with_intervals(pd.concat(tables, ignore_index=True))


@pytest.fixture(scope="module")
def trials():
    return pd.concat([trial(seed) for seed in range(TRIALS)])


def test_weighted_gblup_predicts_better(trials):
    r = trials.groupby(["model", "trait"])[["predicted", "truth"]].apply(lambda one: one.corr().iloc[0, 1])
    gain = r["weighted"] - r["equal"]
    assert gain.mean() > 0.01
    assert stats.ttest_1samp(gain, 0, alternative="greater").pvalue < 1e-3


def test_intervals_cover_each_class_of_replicates(trials):
    weighted = trials[trials["model"] == "weighted"]
    inside = weighted["observed"].between(weighted["lower"], weighted["upper"])
    assert inside.groupby(weighted["weight"]).mean().between(0.87, 0.93).all()


def test_a_simulated_dataset_may_have_unequal_replicates():
    settings = {
        **{"samples": 80, "held_back": 0, "markers": 60, "chromosomes": 2, "founders": 8, "populations": 2},
        **{"missing": 0.0, "inbred": True},
        "traits": {"yield": {"h2": 0.4, "architecture": "additive", "qtl": 10, "epistasis": 0.5}},
    }
    plain, made = (simulate("trial", settings | {"replicates": most}, 1) for most in (1, 4))
    assert "replicates" not in plain.phenotypes
    assert set(made.phenotypes["replicates"]) == {1, 2, 3, 4}
    assert made.truth == plain.truth
    table = made.phenotypes.set_index("id")
    residual = table["yield"] - pd.Series(made.truth["traits"]["yield"]["genetic_values"])
    assert residual.var() == pytest.approx(0.6, rel=0.1)
    assert residual[table["replicates"] == 1].var() > 2 * residual[table["replicates"] == 4].var()
