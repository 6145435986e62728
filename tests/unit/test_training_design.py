"""Training sets by CDmean and PEVmean: against mixed model equations, dense computation, brute force."""

from itertools import combinations

import numpy as np
import pandas as pd
import pytest

from dnngp.base.ledger import labelled
from dnngp.evaluation.training_sets import design_table, evaluate_designs
from dnngp.genotypes.grm import relationships
from dnngp.genotypes.store import Genotypes, variant_table
from dnngp.genotypes.subsets import stratified_lines
from dnngp.methods.mixed.kernel_fit import fit_kernel
from dnngp.methods.mixed.training_design import CRITERIA, SweptDesign, Targets, choose_training


def population(rng, lines, markers=200, families=4):
    """Dosages (markers, lines) of families of different allele frequencies."""
    frequency = rng.uniform(0.05, 0.95, (families, markers))
    dosages = rng.binomial(2, frequency[rng.integers(families, size=lines)]).T.astype(np.int8)
    return dosages[dosages.std(axis=1) > 0]


def kernel(rng, lines, **options):
    """Relationships of such lines."""
    return relationships(population(rng, lines, **options), 2)


@pytest.mark.parametrize("known", [[], [0, 1, 2]])
def test_both_means_are_those_of_the_mixed_model_equations(known):
    rng = np.random.default_rng(0)
    k, ratio, training, targets = kernel(rng, 30) + np.eye(30) / 100, 0.7, [*known, 7, 8, 9, 20], [20, 24, 29]
    design, inverse = np.eye(30)[training], np.linalg.inv(k)
    absorbed = np.eye(len(training)) - 1 / len(training)
    errors = ratio * np.linalg.inv(design.T @ absorbed @ design + ratio * inverse)
    contrasts = np.eye(30)[:, targets] - np.eye(30)[:, targets].mean(axis=1, keepdims=True)
    pev, own = (np.diag(contrasts.T @ matrix @ contrasts) for matrix in (errors, k))
    found = Targets(k, ratio, np.array(targets)).means(training)
    assert found["pevmean"] == pytest.approx(pev.mean(), abs=1e-10)
    assert found["cdmean"] == pytest.approx((1 - pev / own).mean(), abs=1e-10)


@pytest.mark.parametrize("criterion", CRITERIA)
def test_gains_and_losses_are_those_of_dense_computation_after_many_sweeps(criterion):
    rng = np.random.default_rng(1)
    of, known, candidates = Targets(kernel(rng, 60), 0.9, np.arange(30, 60)), [0, 1], np.arange(10, 50)
    design, weights = SweptDesign(of, candidates, np.array(known), criterion), of.weights(criterion)

    def explained(chosen):
        return weights @ of.explained([*known, *candidates[chosen]])

    for one in rng.integers(len(candidates), size=201):
        design.sweep(int(one))
    inside = np.flatnonzero(design.chosen)
    for other in np.flatnonzero(~design.chosen):
        gain = explained([*inside, other]) - explained(inside)
        assert design.gains()[other] == pytest.approx(gain, abs=1e-10)
    losses = [explained(inside) - explained(inside[inside != one]) for one in inside]
    np.testing.assert_allclose(design.losses(), losses, atol=1e-10)
    rows, columns, gains = design.exchanges()
    for i, j in zip(rng.integers(len(rows), size=50), rng.integers(len(columns), size=50), strict=True):
        after = explained([*np.delete(rows, i), columns[j]])
        assert gains[i, j] == pytest.approx(after - explained(rows), abs=1e-10)


@pytest.mark.parametrize("criterion", CRITERIA)
@pytest.mark.parametrize("known", [[], [0, 1]])
def test_small_sets_are_the_best_or_nearly(criterion, known):
    shares = []
    for seed in range(15):
        rng = np.random.default_rng(seed)
        of, candidates = Targets(kernel(rng, 12), 1.0, np.arange(12)), np.arange(2, 12)
        weights = of.weights(criterion)
        best = max(weights @ of.explained([*known, *some]) for some in combinations(candidates, 4))
        chosen = choose_training(of, candidates, 4, known=known, criterion=criterion)
        assert len(set(chosen.tolist()) & set(candidates.tolist())) == 4
        shares.append(weights @ of.explained([*known, *chosen]) / best)
    assert min(shares) > 0.97
    assert np.mean(np.greater(shares, 1 - 1e-9)) >= 0.8


def test_as_many_as_there_are_and_too_many():
    of = Targets(kernel(np.random.default_rng(2), 12), 1.0, np.arange(12))
    assert sorted(choose_training(of, range(4, 12), 8)) == list(range(4, 12))
    assert len(choose_training(of, [3], 1, known=[0])) == 1
    for candidates, number, known in (([1, 2], 3, [0]), ([1, 2], 1, []), ([1], 0, [0])):
        with pytest.raises(ValueError, match="cannot be chosen"):
            choose_training(of, candidates, number, known=known)


def test_chosen_sets_have_less_error_than_random_ones_always_and_predict_better():
    """Of 40 structured populations; r with true values exceeds that of random sets by 0.05 on average."""
    gains = []
    for seed in range(40):
        rng = np.random.default_rng(seed)
        dosages = population(rng, 120, families=6)
        k, targets = relationships(dosages, 2), np.arange(60, 120)
        true = (dosages - dosages.mean(axis=1, keepdims=True)).T @ rng.normal(size=len(dosages))
        y = true / true.std() + rng.normal(size=120)
        of = Targets(k, 1.0 * (np.trace(k) / 120 - k.mean()), targets)
        sets = [choose_training(of, range(60), 15), *(rng.permutation(60)[:15] for _ in range(10))]
        errors = [of.means(one)["pevmean"] for one in sets]
        assert errors[0] < min(errors[1:])
        r = []
        for one in sets:
            fit = fit_kernel(k[np.ix_(one, one)], y[one], ratio=of.ratio)
            r.append(np.corrcoef(fit.predict(k[np.ix_(targets, one)]), true[targets])[0, 1])
        gains.append(r[0] - np.mean(r[1:]))
    assert np.mean(gains) > 0.05


def test_strata_have_their_shares():
    ids, groups = [f"l{i}" for i in range(20)], ["a"] * 10 + ["b"] * 7 + ["c"] * 3
    chosen = stratified_lines(ids, groups, 6, "names")
    assert [sum(groups[ids.index(one)] == group for one in chosen) for group in "abc"] == [3, 2, 1]
    assert len(stratified_lines(ids, groups, 20, "names")) == 20


def genotypes_and_folds(rng):
    """Of 60 lines, in three folds."""
    dosages = population(rng, 60, markers=80)
    blank = [""] * len(dosages)
    variants = variant_table(blank, [0] * len(blank), [f"m{i}" for i in range(len(blank))], blank, blank)
    genotypes = Genotypes(np.array([f"l{i}" for i in range(60)]), variants, dosages, 2, {})
    rows = [
        (1, fold, id, "test" if number % 3 == fold else "train")
        for fold in range(3)
        for number, id in enumerate(genotypes.samples)
    ]
    return genotypes, pd.DataFrame(rows, columns=["repeat", "fold", "sample", "role"])


def test_designs_on_folds_see_test_genotypes_and_no_test_phenotype():
    rng = np.random.default_rng(3)
    genotypes, splits = genotypes_and_folds(rng)
    y = pd.Series(genotypes.rows()[:, :20].sum(axis=1) + rng.normal(size=60) * 2, index=genotypes.samples)
    asked = {"numbers": [10, 40], "designs": [*CRITERIA, "stratified", "random"], "clusters": 4}
    splits = splits[splits["fold"] == 0]
    found = evaluate_designs(genotypes, y, splits, **asked, names=(1,), maf=0.0)
    assert (found.folds.loc[found.folds["n"] == 40, "status"] == "unavailable").all()
    made = found.folds[found.folds["n"] == 10].set_index("design")
    assert made["cdmean"].idxmax() in CRITERIA
    assert made["pevmean"].idxmin() in CRITERIA
    labels = labelled(found.ledger).set_index("step")["label"]
    assert set(labels["choice of training lines"]) == {"transductive (genotypes only)"}
    assert set(labels.drop("choice of training lines")) == {"inductive"}
    tested = splits.loc[splits["role"] == "test", "sample"]
    changed = y.mask(y.index.isin(tested), rng.permutation(y))
    again = evaluate_designs(genotypes, changed, splits, **asked, names=(1,), maf=0.0)
    assert again.folds["cdmean"].equals(found.folds["cdmean"])
    table = design_table(found.folds.assign(dataset="d", trait="t"), 0.01)
    assert table["design"].tolist() == asked["designs"]
    assert table["verdict"].iloc[-1] == "reference"


def test_without_any_variance_no_set_is_chosen_and_nothing_fails():
    """Where the training lines of every fold are alike: REML finds nothing."""
    genotypes, splits = genotypes_and_folds(np.random.default_rng(3))
    y = pd.Series(1.0, index=genotypes.samples)
    asked = {"numbers": [10], "designs": ["cdmean", "random"], "clusters": 4}
    found = evaluate_designs(genotypes, y, splits[splits["fold"] == 0], **asked, names=(1,), maf=0.0)
    assert found.folds["status"].eq("unavailable").all()
    assert labelled(found.ledger).empty
    assert design_table(found.folds.assign(dataset="d", trait="t"), 0.01).empty
