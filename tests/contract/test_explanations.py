"""What windows add to single predictions: they sum to the prediction less the mean; a large QTL is found."""

import numpy as np
import pytest

from dnngp.base.errors import UserError
from dnngp.prediction.explanations import chosen_candidates, explained
from dnngp.report.charts.explanation_charts import explanations_svg
from dnngp.report.prediction_part import PredictionResults
from dnngp.report.prediction_parts.explanations import context

from .conftest import Population
from .test_bundle import bundled

#: How far sums may be from predictions, in ranges of the predictions: of what is additive but for rounding,
#: of trees in single precision, of quadratures.
EXACT = ("gblup", "rrblup", "ridge", "elastic_net", "bayesr", "gblup_ad", "lightgbm", "random_forest")
SINGLE, QUADRATURE = ("xgboost",), ("rkhs", "svr", "gblup_epistasis")
TOLERANCES = dict.fromkeys(EXACT, 1e-6) | dict.fromkeys(SINGLE, 1e-4) | dict.fromkeys(QUADRATURE, 2e-3)


@pytest.fixture(scope="module")
def chromosomes():
    """120 lines, 40 of them to be predicted; two chromosomes, in the file from the last marker on."""
    population = Population(n=120, p=80, seed=7)
    dosages = population.genotypes.dosages
    dosages[np.random.default_rng(4).random(dosages.shape) < 0.03] = -1
    variants = population.genotypes.variants
    variants["chrom"] = ["2"] * 40 + ["1"] * 40
    variants["pos"] = np.tile(np.arange(4000, 0, -100), 2)
    return population


def explained_by(population, name, wanted=5, windows=4, **options):
    """Explanations of candidates, and the table of predictions."""
    bundle = bundled(population, name, known=80, **options)
    candidates = population.genotypes.select(np.arange(80, 120))
    match = bundle.match(candidates, 0.5, "")
    predictions = bundle.predict(candidates, match, 0.9)
    training = bundle.training_among(population.genotypes)
    chosen = chosen_candidates(predictions, wanted, False)
    return explained(bundle, training, candidates, match, chosen, windows), predictions


@pytest.mark.parametrize("name", TOLERANCES)
def test_contributions_sum_to_the_prediction_less_the_mean(chromosomes, name):
    table, predictions = explained_by(chromosomes, name, 40)
    tolerance = TOLERANCES[name] * np.ptp(predictions["predicted"])
    by_sample = table.groupby("sample")
    sums = by_sample["contribution"].sum()
    of = predictions.set_index("sample")["predicted"].loc[sums.index]
    mean = by_sample["mean"].first()
    assert np.abs(of - mean - sums).max() <= tolerance
    np.testing.assert_allclose(by_sample["remainder"].first(), of - mean - sums, atol=1e-9)
    assert mean.nunique() == 1


def test_those_of_blocks_of_haplotypes_do_too(chromosomes):
    encoding = {"name": "haplotype_blocks", "r2": 0, "markers": 2}
    for name in ("gblup", "ridge"):
        table, predictions = explained_by(chromosomes, name, encoding=encoding)
        assert table["remainder"].abs().max() <= 1e-6 * np.ptp(predictions["predicted"])


def test_windows_are_equal_parts_of_each_chromosome_in_their_order(chromosomes):
    table, predictions = explained_by(chromosomes, "gblup", 1)
    assert table["sample"].unique().tolist() == predictions["sample"].tolist()[:1]
    assert table["window"].tolist() == list(range(1, 9))
    assert table["chrom"].tolist() == ["2"] * 4 + ["1"] * 4
    assert (table["start"] <= table["end"]).all()
    assert (table["start"].iloc[1:4].to_numpy() > table["end"].iloc[:3].to_numpy()).all()
    assert table["markers"].sum() == 80


@pytest.mark.parametrize("name", ["gblup", "rkhs", "lightgbm"])
def test_the_window_of_a_large_qtl_speaks_for_carriers_and_against_others(name):
    """One marker makes the trait: its window has the largest contribution, of the sign of the genotype."""
    population = Population(n=160, p=80, seed=5)
    variants, dosages = population.genotypes.variants, population.genotypes.dosages
    variants["chrom"], variants["pos"] = np.repeat(["1", "2"], 40), np.tile(np.arange(1, 41), 2)
    population.phenotype[:] = 3.0 * dosages[50] + np.random.default_rng(6).normal(size=160)
    bundle = bundled(population, name, known=120)
    candidates = population.genotypes.select(np.arange(120, 160))
    match = bundle.match(candidates, 0.5, "")
    chosen = chosen_candidates(bundle.predict(candidates, match, 0.9), 40, False)
    table = explained(bundle, bundle.training_among(population.genotypes), candidates, match, chosen, 8)
    copies = dict(zip(candidates.samples, candidates.dosages[50], strict=True))
    for sample, part in table.groupby("sample"):
        if copies[sample] != 1:
            largest = part.loc[part["contribution"].abs().idxmax()]
            assert (largest["chrom"], largest["start"] <= 11 <= largest["end"]) == ("2", True)
            assert np.sign(largest["contribution"]) == copies[sample] - 1


def test_the_best_are_the_lowest_where_that_is_better(chromosomes):
    _, predictions = explained_by(chromosomes, "gblup", 1)
    by_value = predictions.sort_values("predicted")["sample"].tolist()
    assert chosen_candidates(predictions, 3, True).index.tolist() == by_value[:3]
    assert chosen_candidates(predictions, ["line99", "line81"], True).index.tolist() == ["line99", "line81"]
    with pytest.raises(UserError, match=r"'line7' is not among the samples predicted\. Did you mean"):
        chosen_candidates(predictions, ["line7"], True)


def test_each_explained_candidate_has_a_picture_and_its_largest_windows(chromosomes):
    table, _ = explained_by(chromosomes, "gblup", 2)
    table.insert(0, "trait", "yield")
    assert explanations_svg(table).count(">yield: predicted ") == 2
    results = PredictionResults({"explanations": table}, "x", "beans", "gblup", "random", 0.9)
    (of_trait,) = context(results)["explained"]
    first, second = of_trait["samples"]
    assert (first["sample"], second["sample"]) == tuple(table["sample"].unique())
    of_first = table[table["sample"] == first["sample"]]
    largest = of_first.loc[of_first["contribution"].abs().idxmax()]
    assert first["largest"][0].startswith(f"{largest['chrom']}: {largest['start']:,} to {largest['end']:,}: ")
    assert f'value="{largest["contribution"]:.3f}'[:-1] in first["largest"][0]
    assert "<svg" in of_trait["picture"]
    assert "http" not in of_trait["picture"]
