"""Train in some populations, predict in another: known truth, nested and paired draws, no leak."""

import numpy as np
import pandas as pd
import pytest

from dnngp.base.errors import UserError
from dnngp.evaluation.transfer import distances_of_tested, evaluate_transfer
from dnngp.evaluation.transfer_lines import draws_of, joined_lines, lines_of
from dnngp.evaluation.transfer_tables import by_distance, curve
from dnngp.genotypes.store import Genotypes, variant_table

GBLUP = {"method": "gblup", "encoding": {"name": "additive"}, "params": {}, "maf": 0.0}
P = 60


def store(dosages, prefix, alleles=("A", "G")):
    """A dataset of lines (n, p) at positions of their own."""
    n, p = dosages.shape
    variants = variant_table(
        ["1"] * p, range(1, p + 1), [f"m{i}" for i in range(p)], [alleles[0]] * p, [alleles[1]] * p
    )
    ids = np.array([f"{prefix}{i}" for i in range(n)])
    return Genotypes(ids, variants, np.ascontiguousarray(dosages.T), 2, {})


def phenotypes(genotypes, effects, h2, rng, mean=0.0, unit=1.0):
    genetic = genotypes.dosages.T @ effects
    noise = genetic.std() * np.sqrt((1 - h2) / h2) * rng.normal(size=len(genetic))
    value = mean + unit * (genetic - genetic.mean() + noise)
    return pd.DataFrame({"sample": genotypes.samples, "value": value, "group": np.nan})


class Transfer:
    """A source and a target of unlinked markers that carry the effects."""

    def __init__(self, n=(250, 160), seed=0, effects=None, mean=0.0, unit=1.0, h2=0.6, permuted=False):
        rng = np.random.default_rng(seed)
        frequency = rng.uniform(0.2, 0.8, P)
        own = rng.normal(size=P)
        self.stores, tables = {}, []
        for name, size in zip("ab", n, strict=True):
            self.stores[name] = store(rng.binomial(2, frequency, (size, P)).astype(np.int8), name)
            target = name == "b"
            of = own if effects is None or not target else effects(own, rng)
            table = phenotypes(self.stores[name], of, h2, rng, mean * target, unit if target else 1.0)
            if target and permuted:
                table["value"] = rng.permutation(table["value"])
            tables.append(table)
        asked = {"groups": None, "clusters": None, "environment": None}
        populations = {"source1": {"dataset": "a", **asked}, "target": {"dataset": "b", **asked}}
        self.lines = lines_of(populations, tables, clusters={}, near_duplicates=None)
        self.genotypes, self.markers = joined_lines(self.lines, self.stores, 0.1)

    def at(self, added=(0,), repeats=1, lines=None, scale="standardised", level=None, tested=None):
        lines = self.lines if lines is None else lines
        draws = draws_of(lines, added, tested, repeats)
        return [
            evaluate_transfer(
                self.genotypes,
                lines,
                draws,
                repeat,
                added=added,
                scale=scale,
                level=level,
                names=(1, "t"),
                errors_known=False,
                **GBLUP,
            )
            for repeat in range(1, repeats + 1)
        ]


def mean_r(transfer, **options):
    scores = pd.concat([one.scores for one in transfer.at(**options)])
    return scores.groupby(["training", "added"])["pearson"].mean()


def test_the_same_population_is_predicted_as_from_within_and_other_effects_worse():
    """With one set of effects, 250 lines of the source are worth 250 of the target; else they mislead."""
    same, others, opposite = [], [], []
    for seed in range(3):
        same.append(mean_r(Transfer(seed=seed))["joined", 0])
        others.append(mean_r(Transfer(seed=seed, effects=lambda own, rng: rng.normal(size=P)))["joined", 0])
        opposite.append(mean_r(Transfer(seed=seed, effects=lambda own, rng: -own))["joined", 0])
    within = np.mean([mean_r(Transfer((20, 410), seed), added=(250,))["alone", 250] for seed in range(3)])
    assert np.mean(same) == pytest.approx(within, abs=0.07)
    assert abs(np.mean(others)) < 0.2 < 0.5 < np.mean(same)
    assert np.mean(opposite) < -0.5


def test_another_linkage_phase_costs_accuracy_and_added_lines_win_it_back():
    """Markers stand for loci beside them; in the target a third of them stand for the other allele."""

    def turned(own, rng):
        return np.where(np.arange(P) % 3 == 0, -own, own)

    same = mean_r(Transfer(seed=4))["joined", 0]
    found = mean_r(Transfer(seed=4, effects=turned), added=(0, 100), repeats=2)
    assert found["joined", 0] < same - 0.15
    assert found["joined", 100] > found["joined", 0] + 0.05


def test_a_permuted_target_is_not_predicted():
    found = mean_r(Transfer(permuted=True, n=(250, 400)), added=(0, 50), repeats=2)
    assert (found.abs() < 0.15).all()


def test_scales_differ_and_nothing_of_it_leaks():
    """The target is measured in another unit from another zero; k lines of it tell both."""
    transfer = Transfer(mean=500, unit=40)
    tables = {scale: transfer.at((0, 50), scale=scale)[0] for scale in ("standardised", "as_measured")}
    scores = {name: table.scores.set_index(["training", "added"]) for name, table in tables.items()}
    of = scores["standardised"].loc["joined"]
    spread = tables["standardised"].predictions["observed"].std()
    assert abs(of.loc[50, "bias"]) < 0.4 * spread < 400 < abs(of.loc[0, "bias"])
    assert of.loc[50, "slope"] == pytest.approx(1, abs=0.35)
    assert of.loc[50, "pearson"] > 0.5
    assert scores["as_measured"].loc[("joined", 50), "pearson"] < of.loc[50, "pearson"]
    ledger = tables["standardised"].evaluation.ledger
    assert (ledger["test_phenotypes_seen"] == 0).all()
    assert (ledger["test_genotypes_seen"] == 0).all()
    assert "scale of each population" in ledger["step"].iloc[0]


def test_a_tested_phenotype_changes_no_byte_of_a_prediction():
    transfer = Transfer(n=(60, 60))
    tested = transfer.at((0, 20), level=0.9)[0].predictions
    lines = transfer.lines.copy()
    held = lines["line"].isin("target/" + tested["sample"])
    lines.loc[held, "value"] = -7e6
    again = transfer.at((0, 20), lines=lines, level=0.9)[0].predictions
    kept = ["sample", "predicted", "lower", "upper", "added", "training"]
    pd.testing.assert_frame_equal(tested[kept], again[kept], check_exact=True)
    assert (again["observed"] == -7e6).all()


def test_lines_that_join_are_nested_and_the_tested_stay():
    transfer = Transfer(n=(20, 90))
    draws = draws_of(transfer.lines, [10, 20, 40], 30, 2)
    other = draws_of(transfer.lines, [10], 30, 2)
    for repeat in (1, 2):
        joins, fewer = (
            one[(one["repeat"] == repeat) & (one["role"] == "joins")]["line"].tolist()
            for one in (draws, other)
        )
        assert joins[:10] == fewer
    assert draws.groupby(["repeat", "role"]).size().to_dict() == {
        (repeat, role): count
        for repeat in (1, 2)
        for role, count in (("joins", 40), ("tested", 30), ("unused", 20))
    }
    result = transfer.at([0, 20, 40], tested=30)[0].predictions
    assert result.groupby(["training", "added"])["sample"].apply(frozenset).nunique() == 1
    with pytest.raises(UserError, match="15 are left to test, and 20 are needed"):
        draws_of(transfer.lines, [75], None, 1)


def test_intervals_come_from_lines_like_those_tested():
    """Of a source that is the target, nine in ten tested phenotypes are covered, whatever was added."""
    scores = pd.concat([one.scores for one in Transfer(n=(200, 300)).at((0, 50), 2, level=0.9)])
    coverage = scores.groupby(["training", "added"])["coverage"].mean()
    assert coverage["joined", 0] == pytest.approx(0.9, abs=0.05)
    assert (coverage - 0.9).abs().max() < 0.1


def test_one_line_in_two_environments_is_never_on_both_sides():
    """The source holds other values of the target's own lines: those tested are not trained on."""
    transfer = Transfer(n=(20, 80))
    table = transfer.lines[transfer.lines["population"] == "target"][["sample", "value"]].assign(group=np.nan)
    here, there = (table.assign(environment=name) for name in ("here", "there"))
    asked = {"dataset": "b", "groups": None, "clusters": None}
    populations = {
        "source1": asked | {"environment": "here"},
        "target": asked | {"environment": "there"},
    }
    both = pd.concat([here, there])
    lines = lines_of(populations, [both, both], clusters={}, near_duplicates=None)
    genotypes, _ = joined_lines(lines, {"b": transfer.stores["b"]}, 0.1)
    draws = draws_of(lines, [20], 30, 1)
    result = evaluate_transfer(
        genotypes,
        lines,
        draws,
        1,
        added=[0, 20],
        scale="standardised",
        level=0.9,
        names=(1,),
        errors_known=False,
        **GBLUP,
    )
    scores = result.scores.set_index(["training", "added"])
    assert scores["n_train"].to_dict() == {("joined", 0): 50, ("joined", 20): 70, ("alone", 20): 20}
    assert (result.evaluation.ledger["test_genotypes_seen"] == 0).all()
    # A tested line that were trained on in the other environment would be its own nearest.
    distances = distances_of_tested(genotypes, lines, draws, [0, 20])
    assert not (distances["nearest"].str.partition("/")[2] == distances["sample"]).any()
    assert (distances["similarity"] < 0.99).all()


def test_groups_and_clusters_choose_lines():
    table = pd.DataFrame(
        {"sample": [f"s{i}" for i in range(60)], "value": 1.0, "group": ["x", "y", "z"] * 20}
    )
    clusters = {"d": pd.DataFrame({"sample": table["sample"], "cluster": [1, 2] * 30})}
    asked = {"dataset": "d", "groups": None, "clusters": None, "environment": None}
    populations = {"source1": asked | {"groups": ["x", "z"]}, "target": asked | {"clusters": ["2"]}}
    lines = lines_of(populations, [table, table], clusters=clusters, near_duplicates=None)
    assert lines.groupby("population").size().to_dict() == {"source1": 40, "target": 30}
    with pytest.raises(UserError, match="d has no group 'w'"):
        lines_of({"target": asked | {"groups": ["w"]}}, [table], clusters={}, near_duplicates=None)


def test_markers_of_two_files_are_harmonised():
    """The source counts the other allele of every marker, on the other strand, and lacks a tenth of them."""
    transfer = Transfer(n=(60, 60))
    turned = transfer.stores["a"]
    other = Genotypes(
        turned.samples,
        turned.variants.assign(ref="C", alt="T"),
        2 - turned.dosages,
        2,
        {},
    ).select(None, np.arange(6, P))
    genotypes, counts = joined_lines(transfer.lines, {"b": transfer.stores["b"], "a": other}, 0.1)
    np.testing.assert_array_equal(genotypes.dosages, transfer.genotypes.dosages[6:])
    row = counts.set_index("dataset").loc["a"]
    assert (row["strand"], row["absent"], row["coverage"]) == (P - 6, 6, 0.9)
    with pytest.raises(UserError, match=r"At least 95% are needed"):
        joined_lines(transfer.lines, {"b": transfer.stores["b"], "a": other}, 0.95)
    stranger = Genotypes(other.samples, other.variants.assign(chrom="9", id="x"), other.dosages, 2, {})
    with pytest.raises(UserError, match="a has 0 of the 60 markers of b"):
        joined_lines(transfer.lines, {"b": transfer.stores["b"], "a": stranger}, 0)


def test_tables_hold_the_curve_beside_the_target_alone_and_r_by_distance():
    transfer = Transfer(n=(60, 100))
    results, keys = transfer.at((0, 20), 2), {"transfer": "t", "dataset": "b", "trait": "y", "model": "gblup"}
    scores = pd.concat([one.scores for one in results], ignore_index=True).assign(**keys)
    table = curve(scores).set_index(["training", "added"])
    assert table["repeats"].tolist() == [2, 2, 2]
    both = scores.pivot_table(index=["training", "added"], columns="repeat", values="pearson")
    difference = both.loc["joined", 20] - both.loc["alone", 20]
    assert table.loc[("joined", 20), "difference"] == pytest.approx(difference.mean())
    assert table["difference"].isna().tolist() == [True, False, True]
    failed = scores.assign(pearson=scores["pearson"].mask(scores.index == 0))
    assert curve(failed).set_index(["training", "added"])["pearson"].isna().sum() == 1
    predictions = pd.concat([one.predictions for one in results], ignore_index=True).assign(**keys)
    draws = draws_of(transfer.lines, [0, 20], None, 2)
    distances = distances_of_tested(transfer.genotypes, transfer.lines, draws, [0, 20]).assign(transfer="t")
    bins = by_distance(predictions, distances)
    assert bins.groupby("added")["samples"].sum().tolist() == [160, 160]
    assert bins["distance"].between(bins["nearest_edge"], bins["farthest_edge"]).all()
    assert bins.groupby("added")["bin"].apply(list).tolist() == [[1, 2, 3, 4]] * 2
