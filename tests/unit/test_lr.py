"""The method LR: what theory says of right and of wrong variances comes out."""

import numpy as np
import pandas as pd
import pytest

from dnngp.base.errors import UserError
from dnngp.config import read_configuration
from dnngp.genotypes.store import VARIANT_COLUMNS, Genotypes
from dnngp.plan import Plan
from dnngp.prediction.whole_data import spread_within
from dnngp.report.sections import lr_statistics as section
from dnngp.validation.lr import lr_statistics

H2, N, FOCAL = 0.4, 240, 80


@pytest.fixture(scope="module")
def root():
    rng = np.random.default_rng(1)
    dosages = rng.binomial(2, rng.uniform(0.1, 0.9, 120), (N, 120)).astype(float)
    centred = dosages - dosages.mean(axis=0)
    return centred / np.sqrt(centred.var(axis=0).sum())


def weights(kernel, h2):
    """What turns phenotypes into predictions of the focal samples, of partial and of whole data."""
    known = np.arange(N) >= FOCAL
    found = []
    for used in (known, np.ones(N, bool)):
        covariance = h2 * kernel[np.ix_(used, used)] + (1 - h2) * np.eye(used.sum())
        inverse = np.linalg.inv(covariance)
        ones = np.ones(used.sum())
        mean = ones @ inverse / (ones @ inverse @ ones)
        slopes = h2 * kernel[:FOCAL, used] @ inverse
        whole = np.zeros((FOCAL, N))
        whole[:, used] = slopes - np.outer(slopes @ ones, mean) + mean
        found.append(whole)
    return found


def tables(partial, whole):
    ids = [f"s{number}" for number in range(len(partial))]
    fold = {"repeat": 1, "fold": 1}
    return (
        pd.DataFrame({"sample": ids, "predicted": partial, **fold}),
        pd.DataFrame({"sample": ids[::-1], "predicted": whole[::-1]}),
    )


def simulated(root, h2, times=40):
    """Statistics of simulated traits of heritability H2, predicted with ``h2``, and true accuracies."""
    rng, kernel = np.random.default_rng(2), root @ root.T
    partial, whole = weights(kernel, h2)
    found, accuracies = [], []
    for _ in range(times):
        genetic = root @ rng.normal(size=root.shape[1]) * H2**0.5
        y = genetic + rng.normal(size=N) * (1 - H2) ** 0.5
        variance = H2 * root[:FOCAL].var(axis=0, ddof=1).sum()
        found.append(lr_statistics(*tables(partial @ y, whole @ y), variance, 0.9, 3))
        accuracies.append([np.corrcoef(one @ y, genetic[:FOCAL])[0, 1] for one in (partial, whole)])
    return pd.DataFrame(found), np.array(accuracies)


def expected_dispersion(root, h2):
    """Of predictions with ``h2`` where H2 is true: from covariances of the phenotypes, without any draw."""
    kernel = root @ root.T
    partial, whole = weights(kernel, h2)
    true = H2 * kernel + (1 - H2) * np.eye(N)
    centre = np.eye(FOCAL) - 1 / FOCAL
    return np.trace(centre @ whole @ true @ partial.T) / np.trace(centre @ partial @ true @ partial.T)


def test_a_right_model_has_no_bias_a_slope_of_one_and_the_ratio_of_the_true_accuracies(root):
    found, accuracies = simulated(root, H2)
    error = found.std() / np.sqrt(len(found))
    assert abs(found["bias"].mean()) < 3 * error["bias"]
    assert abs(found["dispersion"].mean() - 1) < 3 * error["dispersion"]
    true = accuracies.mean(axis=0)
    assert found["ratio"].mean() == pytest.approx(true[0] / true[1], abs=0.06)
    assert found["accuracy"].mean() == pytest.approx(true[0], abs=0.06)
    assert expected_dispersion(root, H2) == pytest.approx(1, abs=0.02)


@pytest.mark.parametrize("factor", [2.0, 0.5])
def test_a_wrong_heritability_moves_the_dispersion_as_theory_says(root, factor):
    found, _ = simulated(root, factor * H2)
    theory = expected_dispersion(root, factor * H2)
    assert (theory < 1) == (factor > 1)
    assert found["dispersion"].mean() == pytest.approx(theory, abs=3 * found["dispersion"].std() / 40**0.5)
    assert abs(theory - 1) > 0.03


def test_intervals_hold_what_is_expected_of_independent_samples_as_often_as_they_say():
    """Predictions of a fold share the luck of their training records, which no draw of samples shows."""
    rng, inside = np.random.default_rng(7), []
    wishes = {"bias": 0, "dispersion": 1, "ratio": 0.5**0.5, "accuracy": 0.5**0.5}
    for _ in range(100):
        partial = rng.normal(size=100)
        found = lr_statistics(*tables(partial, partial + rng.normal(size=100)), 2.0, 0.9, 3)
        inside.append(
            [found[f"{name}_lower"] < wanted < found[f"{name}_upper"] for name, wanted in wishes.items()]
        )
    assert np.all(np.abs(np.mean(inside, axis=0) - 0.9) < 0.1)


def test_moments_are_those_within_folds_and_environments():
    rng = np.random.default_rng(4)
    partial, whole = tables(*rng.normal(size=(2, 60)))
    folds = partial.assign(fold=np.arange(60) % 3)
    moved = folds.assign(predicted=folds["predicted"] + 10 * folds["fold"])
    one, other = (lr_statistics(table, whole, 1.0, 0.9, 5) for table in (folds, moved))
    assert other["dispersion"] == pytest.approx(one["dispersion"])
    assert other["bias"] == pytest.approx(one["bias"] + 10)
    assert one["samples"] == 60
    parts = [part.merge(whole, on="sample") for _, part in folds.groupby("fold")]
    products = np.sum([19 * np.cov(part["predicted_x"], part["predicted_y"]) for part in parts], axis=0)
    assert one["dispersion"] == pytest.approx(products[0, 1] / products[0, 0])
    placed = [table.assign(environment=place) for table in (folds, whole) for place in ("a", "b")]
    several = lr_statistics(pd.concat(placed[:2]), pd.concat(placed[2:]), np.nan, 0.9, 5)
    assert several["dispersion"] == pytest.approx(one["dispersion"])
    assert np.isnan(several["accuracy"])


def test_the_genetic_variance_is_that_among_the_samples_of_a_fold():
    rng = np.random.default_rng(6)
    dosages = rng.integers(0, 3, (50, 40)).astype(np.int8)
    dosages[:, 20:] = dosages[:, [20]]
    variants = pd.DataFrame({name: [f"{name}{n}" for n in range(50)] for name in VARIANT_COLUMNS})
    samples = [f"s{number}" for number in range(40)]
    genotypes = Genotypes(np.array(samples), variants.assign(pos=np.arange(50)), dosages, 2, {})
    whole = dosages.T.astype(float).var(axis=0).sum()
    folds = pd.DataFrame({"repeat": 1, "fold": 1, "sample": samples[:20]})
    expected = dosages.T[:20].astype(float).var(axis=0, ddof=1).sum() / whole
    assert spread_within(genotypes, samples, folds) == pytest.approx(expected)
    alike = pd.DataFrame({"repeat": 1, "fold": 1, "sample": samples[20:]})
    assert spread_within(genotypes, samples, alike) == pytest.approx(0)


def test_what_is_asked_for_is_planned_with_one_fit_or_refused():
    simulate = {"traits": {"yield": {}, "rust": {"classes": [0.5, 0.5]}}}
    dataset = {"name": "peas", "simulate": simulate, "trait_types": {"rust": "binary"}}
    config = {"datasets": [dataset], "methods": ["gblup"], "lr_statistics": ["gblup"]}
    plan = Plan(read_configuration(config))
    assert plan.lr_tables() == ["<results>/peas/yield/lr/gblup.tsv"]
    for change, words in (
        ({"lr_statistics": ["gblub"]}, "lr_statistics: 'gblub' is neither in"),
        ({"datasets": [dataset | {"covariates": {"population": "factor"}}]}, "fits the covariates of peas"),
    ):
        with pytest.raises(UserError, match=words):
            read_configuration(config | change)


def test_the_report_draws_what_it_tables():
    """A model that is no longer asked for is left out, and so is what has no number."""
    row = {"dataset": "peas", "trait": "yield", "scheme": "random", "model": "gblup", "label": "GBLUP"}
    row |= {f"{name}{end}": 1.0 for name in section.DRAWN for end in ("", "_lower", "_upper")}
    table = pd.DataFrame([row | {"accuracy": np.nan}, row | {"model": "rkhs"}])

    class Run(dict):
        def __init__(self):
            super().__init__(lr_statistics=table)
            self.config = {"lr_statistics": ["gblup"]}

    run = Run()
    assert [one["model"] for one in section.context(run)["lr_rows"]] == ["gblup"]
    figure = section.figures(run)["lr_statistics"]
    assert [panel.title for panel in figure.panels] == ["dispersion", "ratio"]
    assert figure.tables["lr_statistics"]["wanted"].dropna().tolist() == [1.0]
    assert "dispersion" in figure.svg()
