"""Quality control: each rule against the rule written out in plain loops."""

import logging

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dnngp.base.errors import UserError
from dnngp.base.tables import read_table, write_large_table, write_table
from dnngp.encodings.row_transformer import MarkerFilter
from dnngp.genotypes import counts, grm
from dnngp.genotypes.counts import count_genotypes
from dnngp.genotypes.hardy_weinberg import hardy_weinberg_p
from dnngp.genotypes.quality_control import quality_control
from dnngp.genotypes.store import SKIPPED_COLUMNS, Genotypes, variant_table
from dnngp.genotypes.user_lists import match_samples
from dnngp.validation.splits import clusters_of

KEEP_ALL = {
    "min_call_rate_marker": 0.0,
    "min_call_rate_sample": 0.0,
    "max_heterozygosity": None,
    "min_inbreeding": None,
    "max_inbreeding": None,
    "hwe": None,
    "drop_duplicate_markers": False,
    "near_duplicates": "report",
    "near_duplicates_above": 1,
    "exclude_chromosomes": [],
    "include_markers": None,
    "exclude_markers": None,
    "include_samples": None,
    "exclude_samples": None,
    "thin": None,
    "thin_samples": None,
    "prune": None,
    "maf": 0.0,
    "mac": 0,
}


def population(dosages, ploidy=2, **columns):
    dosages = np.asarray(dosages, np.float32 if ploidy is None else np.int8)
    p, n = dosages.shape
    variants = {
        "chrom": "1",
        "pos": np.arange(1, p + 1),
        "id": [f"m{i}" for i in range(p)],
        "ref": "A",
        "alt": "C",
    }
    return Genotypes(
        np.array([f"s{i}" for i in range(n)]),
        variant_table(**(variants | columns)),
        dosages,
        ploidy,
        {"path": "made up"},
    )


def random_population(ploidy=2, p=300, n=40, seed=1):
    rng = np.random.default_rng(seed)
    frequency, missing = rng.beta(0.5, 0.5, (p, 1)), rng.beta(0.3, 2, (p, 1))
    dosages = rng.binomial(ploidy, frequency, (p, n))
    dosages[rng.random((p, n)) < missing] = -1
    return population(dosages, ploidy)


def control(genotypes, **settings):
    return quality_control(genotypes, KEEP_ALL | settings)


def run(genotypes, **settings):
    found = control(genotypes, **settings)
    kept = genotypes.select(found.samples, found.variants)
    return kept, found.filter_summary.set_index("step"), found.removed


@pytest.fixture(params=[50, 16_000_000], ids=["small blocks", "one block"])
def blocks(request, monkeypatch):
    monkeypatch.setattr(counts, "BLOCK_CELLS", request.param)
    monkeypatch.setattr(grm, "STRIPE_BYTES", 10 * request.param)  # of 12 lines: five, and all


@pytest.mark.usefixtures("blocks")
@pytest.mark.parametrize("ploidy", [1, 2, 4])
@pytest.mark.parametrize("least", [0.5, 0.8, 0.95])
def test_variants_go_by_their_call_rate(ploidy, least):
    genotypes = random_population(ploidy)
    kept, _, removed = run(genotypes, min_call_rate_marker=least)
    expected = [
        name
        for name, row in zip(genotypes.variants["id"], genotypes.dosages.tolist(), strict=True)
        if sum(value != -1 for value in row) / len(row) >= least
    ]
    assert kept.variants["id"].tolist() == expected
    assert set(removed["id"]) == set(genotypes.variants["id"]) - set(expected)


@pytest.mark.usefixtures("blocks")
def test_samples_go_by_their_call_rate_on_the_variants_left():
    dosages = np.zeros((10, 4))
    dosages[:, 0] = 1
    dosages[4:, 1] = -1  # 60 % missing
    dosages[9, :] = -1  # goes first, and takes a missing call of s2 and s3 with it
    dosages[8, 2] = -1
    kept, filter_summary, removed = run(
        population(dosages), min_call_rate_marker=0.5, min_call_rate_sample=0.88
    )
    assert kept.samples.tolist() == ["s0", "s2", "s3"]
    assert removed.loc[removed["kind"] == "sample", ["id", "reason"]].values.tolist() == [
        ["s1", "call rate 0.4444"]
    ]
    assert filter_summary.loc["call rate (samples)", "samples_left"] == 3


def test_variants_are_looked_at_again_after_samples_went():
    dosages = np.array([[0, 1, 2, 1], [2, 1, -1, -1], [0, 0, 1, -1], [1, 2, 0, -1], [1, -1, -1, 0]])
    kept, filter_summary, removed = run(
        population(dosages), min_call_rate_marker=0.5, min_call_rate_sample=0.5
    )
    assert kept.samples.tolist() == ["s0", "s1", "s2"]
    assert kept.variants["id"].tolist() == ["m0", "m1", "m2", "m3"]
    assert removed["step"].tolist() == ["call rate (samples)", "call rate (variants, again)"]
    assert filter_summary.loc["call rate (variants, again)", "variants_removed"] == 1


@pytest.mark.usefixtures("blocks")
@pytest.mark.parametrize("ploidy", [1, 2, 4])
def test_samples_go_by_their_heterozygosity(ploidy):
    genotypes = random_population(ploidy)
    share = []
    for column in genotypes.dosages.T.tolist():
        calls = [value for value in column if value != -1]
        share.append(sum(value not in (0, ploidy) for value in calls) / len(calls))
    most = sorted(share)[len(share) // 2]
    kept, _, removed = run(genotypes, max_heterozygosity=most)
    assert kept.samples.tolist() == [f"s{i}" for i, value in enumerate(share) if value <= most]
    assert (removed["step"] == "heterozygosity").sum() == sum(value > most for value in share)


def test_the_first_of_duplicate_variants_is_kept():
    genotypes = population(
        np.tile([0, 1, 2], (7, 1)),
        chrom=["1", "1", "1", "2", "", "", "1"],
        pos=[5, 5, 5, 5, 0, 0, 5],
        id=["", "a", "b", "", "c", "d", "b"],
        ref=["A", "A", "A", "A", "", "", "G"],
        alt=["C", "C", "G", "C", "", "", "T"],
    )
    kept, _, removed = run(genotypes, drop_duplicate_markers=True)
    assert kept.variants["id"].tolist() == ["", "b", "", "c", "d"]
    assert removed[["id", "reason"]].values.tolist() == [
        ["a", "same position and alleles as 1:5:A:C"],
        ["b", "same id as b"],
    ]
    assert run(genotypes)[0].n_variants == 7


def test_equal_ids_at_different_positions_are_different_markers(caplog):
    genotypes = population(
        np.tile([0, 1, 2], (4, 1)),
        chrom=["1", "1", "2", "1"],
        pos=[5, 9, 5, 5],
        id=["snp", "snp", "snp", "other"],
        ref=["A", "A", "A", "G"],
        alt=["C", "C", "C", "T"],
    )
    found = control(genotypes, drop_duplicate_markers=True)
    assert found.variants.all()
    told = "3 variants share their ids with others at other positions ('snp', for one)"
    assert told in found.tables["warnings"]["message"].iloc[0]
    assert told in caplog.text


def test_a_rule_that_removes_a_large_part_is_warned_of(caplog):
    dosages = np.tile([0, 1, 2, 1], (9, 1))
    dosages[:5, 0] = -1  # five of nine variants called in three of four samples
    found = control(population(dosages), min_call_rate_marker=0.9)
    rule = "the rule 'call rate of a variant >= 0.9' removed 5 of 9 variants (56%)."
    assert found.tables["warnings"].values.tolist() == [["call rate (variants)", rule]]
    assert rule in caplog.text
    dosages[4:, 0] = 1
    assert control(population(dosages), min_call_rate_marker=0.9).tables["warnings"].empty
    few = control(population(np.tile([0, 1, 2, -1], (9, 1))), min_call_rate_sample=0.9)
    assert few.tables["warnings"]["message"].str.contains("removed 1 of 4 samples").any()
    thinned = control(population(dosages), thin={"to": 2, "how": "random", "seed": 1})
    assert thinned.tables["warnings"].empty  # as it was told to


@pytest.mark.usefixtures("blocks")
@pytest.mark.parametrize("ploidy", [1, 2, 4])
def test_frequencies_are_counted_but_nothing_is_removed_by_them(ploidy):
    genotypes = random_population(ploidy)
    low = 0
    for row in genotypes.dosages.tolist():
        calls = [value for value in row if value != -1]
        if not calls:
            continue
        frequency = sum(calls) / (ploidy * len(calls))
        low += len(set(calls)) == 1 or min(frequency, 1 - frequency) < 0.05
    kept, filter_summary, removed = run(genotypes, maf=0.05)
    assert filter_summary.loc["maf (in every fold)", "variants_removed"] == low
    assert kept.n_variants == filter_summary["variants_left"].iloc[-2]
    assert "maf (in every fold)" not in set(removed["step"])


def test_variants_all_heterozygous_are_monomorphic():
    _, filter_summary, _ = run(population([[1, 1, -1], [0, 1, 2]]))
    assert filter_summary.loc["maf (in every fold)", "variants_removed"] == 1


def test_sites_the_reader_skipped_are_the_first_row():
    genotypes = population([[0, 1, 2]])
    genotypes.skipped.loc[0] = ["rs9", "3 alleles"]
    assert list(genotypes.skipped) == SKIPPED_COLUMNS
    _, filter_summary, removed = run(genotypes)
    assert filter_summary.loc["input", "variants_left"] == 2
    assert filter_summary.loc["biallelic", ["variants_removed", "variants_left"]].tolist() == [1, 1]
    assert removed.values.tolist() == [["variant", "rs9", "biallelic", "3 alleles"]]


@pytest.mark.parametrize("ploidy", [2, None])
def test_the_filter_summary_adds_up_and_lists_every_removal(ploidy):
    genotypes = random_population()
    if ploidy is None:
        values = np.where(genotypes.dosages < 0, np.nan, genotypes.dosages)
        genotypes = population(values, None)
    settings = KEEP_ALL | {
        "min_call_rate_marker": 0.8,
        "min_call_rate_sample": 0.9,
        "max_heterozygosity": 0.235,
        "max_inbreeding": 0.95,
        "hwe": 1e-6,
        "drop_duplicate_markers": True,
        "prune": {"r2": 0.4, "window": 50, "unit": "variants", "step": 5},
        "thin": {"to": 30, "how": "random", "seed": 1},
        "maf": 0.05,
    }
    found = quality_control(genotypes, settings)
    kept, filter_summary, removed = (
        genotypes.select(found.samples, found.variants),
        found.filter_summary,
        found.removed,
    )
    for kind, plural in (("variant", "variants"), ("sample", "samples")):
        left = filter_summary[f"{plural}_left"].tolist()
        gone = filter_summary[f"{plural}_removed"].tolist()
        assert all(
            before - now == after for before, now, after in zip(left, gone[1:], left[1:], strict=False)
        )
        counted = removed[removed["kind"] == kind].groupby("step").size()
        in_steps = filter_summary[filter_summary["step"] != "maf (in every fold)"].set_index("step")[
            f"{plural}_removed"
        ]
        assert counted.to_dict() == in_steps[in_steps > 0].to_dict()
    assert not removed.duplicated(["kind", "id"]).any()
    assert set(kept.samples) | set(removed.loc[removed["kind"] == "sample", "id"]) == set(genotypes.samples)


def test_features_lose_empty_and_constant_columns_alone():
    values = [[0.5, 0.7, np.nan], [np.nan] * 3, [3, 3, np.nan], [0.0, 0.0, 1e-6]]
    kept, filter_summary, removed = run(
        population(values, None), drop_duplicate_markers=True, max_heterozygosity=0.0
    )
    assert kept.variants["id"].tolist() == ["m0", "m3"]
    assert removed["reason"].tolist() == ["no call at all", "one value in all samples"]
    assert list(filter_summary.index) == ["input", "call rate (variants)", "constant", "call rate (samples)"]


def test_variants_and_samples_without_any_call_always_go():
    kept, _, removed = run(population([[0, 1, -1], [-1, -1, -1], [2, 0, -1]]))
    assert kept.dosages.tolist() == [[0, 1], [2, 0]]
    assert removed["id"].tolist() == ["m1", "s2"]


def test_nothing_left_is_an_error_that_names_the_rule():
    with pytest.raises(UserError, match=r"leaves no variant: .*call rate of a variant >= 0.9"):
        run(population([[0, -1], [-1, 1]]), min_call_rate_marker=0.9)
    with pytest.raises(UserError, match=r"leaves no sample: .*heterozygous"):
        run(population([[1, 1], [1, 1]]), max_heterozygosity=0.5)


def real_valued(genotypes, seed=0):
    """The same genotypes as dosages that an imputation might have estimated."""
    values = genotypes.dosages.astype(np.float32)
    values += np.random.default_rng(seed).uniform(-0.3, 0.3, values.shape).astype(np.float32)
    values = np.where(genotypes.dosages < 0, np.nan, values.clip(0, genotypes.ploidy)).astype(np.float32)
    return Genotypes(genotypes.samples, genotypes.variants, values, genotypes.ploidy, genotypes.source)


# -- counts ------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("blocks")
@pytest.mark.parametrize("ploidy", [1, 2, 3, 4, 6, 8])
@pytest.mark.parametrize("n", [1, 40, 63, 130])
@pytest.mark.parametrize("some", [False, True])
def test_counts_are_those_of_plain_numpy(ploidy, n, some):
    genotypes = random_population(ploidy, n=n)
    rng = np.random.default_rng(2)
    variants, samples = (rng.random(size) < 0.7 if some else np.ones(size, bool) for size in (300, n))
    samples[0] = True
    found = count_genotypes(genotypes.dosages, ploidy, variants, samples)
    calls = genotypes.dosages[variants][:, samples].astype(int)
    called, between = calls >= 0, (calls > 0) & (calls < ploidy)
    alleles = np.where(called, calls, 0).sum(axis=1)
    assert np.array_equal(found.called, called.sum(axis=1))
    assert np.array_equal(found.heterozygous, between.sum(axis=1))
    assert np.array_equal(found.alleles, alleles)
    assert np.array_equal(found.sample_called, called.sum(axis=0))
    assert np.array_equal(found.sample_heterozygous, between.sum(axis=0))
    frequency = np.nan_to_num(found.frequencies(ploidy))
    expected = (called * (2 * frequency * (1 - frequency))[:, None]).sum(axis=0)
    np.testing.assert_allclose(found.sample_expected, expected, rtol=1e-10, atol=1e-10)


def test_counts_of_a_memory_map(tmp_path):
    genotypes = random_population()
    np.save(tmp_path / "dosages.npy", genotypes.dosages)
    mapped = np.load(tmp_path / "dosages.npy", mmap_mode="r")
    found, expected = count_genotypes(mapped, 2), count_genotypes(genotypes.dosages, 2)
    assert all(np.array_equal(getattr(found, name), getattr(expected, name)) for name in vars(found))
    assert np.array_equal(mapped, genotypes.dosages)


def test_real_valued_dosages_count_as_the_nearest_call_but_for_the_frequency():
    genotypes = random_population(4)
    real = real_valued(genotypes)
    found, expected = count_genotypes(real.dosages, 4), count_genotypes(genotypes.dosages, 4)
    assert np.array_equal(found.heterozygous, expected.heterozygous)
    assert np.array_equal(found.sample_called, expected.sample_called)
    np.testing.assert_allclose(found.alleles, np.nansum(real.dosages.astype(float), axis=1), rtol=1e-6)


def test_inbreeding_by_hand():
    """q is 1/2 and 3/8 of eight alleles: 1/2 + 15/32 heterozygotes expected."""
    found = count_genotypes(np.array([[0, 1, 1, 2], [0, 0, 1, 2]], np.int8), 2).inbreeding()
    np.testing.assert_allclose(found, [1, 1 - 32 / 31, 1 - 64 / 31, 1])


# -- rules on samples --------------------------------------------------------------------------------------


def test_samples_go_by_their_inbreeding():
    genotypes = random_population(p=500)
    coefficient = count_genotypes(genotypes.dosages, 2).inbreeding()
    low, high = np.quantile(coefficient, [0.2, 0.9])
    kept, *_ = run(genotypes, min_inbreeding=low)
    assert kept.samples.tolist() == genotypes.samples[coefficient >= low].tolist()
    kept, _, removed = run(genotypes, max_inbreeding=high)
    assert kept.samples.tolist() == genotypes.samples[coefficient <= high].tolist()
    assert set(removed.loc[removed["kind"] == "sample", "step"]) == {"inbreeding"}
    assert "inbreeding" not in run(genotypes)[1].index


def test_inbreeding_and_hardy_weinberg_are_for_diploids():
    genotypes = random_population(4)
    kept, filter_summary, _ = run(genotypes, min_inbreeding=0.9, hwe=0.9)
    assert kept.n_samples == genotypes.n_samples
    assert filter_summary.loc["inbreeding", "rule"].endswith("for diploids, not looked at")
    assert filter_summary.loc["hardy-weinberg", "rule"].endswith("for diploids, not looked at")


def identity(genotypes, one, other):
    varying = [len(set(row[row >= 0].tolist())) > 1 for row in genotypes.dosages]
    x, y = genotypes.dosages[varying][:, [one, other]].T.astype(int)
    both = (x >= 0) & (y >= 0)
    return 1 - np.abs(x - y)[both].sum() / (genotypes.ploidy * both.sum())


def with_twins(ploidy=2, seed=5):
    """Samples 0, 1 and 2 form a chain of near-duplicates, 8 and 9 a pair."""
    genotypes = random_population(ploidy, p=600, n=12, seed=seed)
    rng = np.random.default_rng(seed)
    dosages = genotypes.dosages
    for copy, original in ((1, 0), (2, 1), (9, 8)):
        changed = rng.random(600) < 0.12
        dosages[:, copy] = np.where(changed, rng.integers(0, ploidy + 1, 600), dosages[:, original])
    return genotypes


@pytest.mark.usefixtures("blocks")
@pytest.mark.parametrize("ploidy", [1, 2, 4])
def test_near_duplicates_are_all_pairs_above_the_limit(ploidy):
    genotypes = with_twins(ploidy)
    for above in (0.5, 0.8, 0.9, 0.95):
        twins = control(genotypes, near_duplicates_above=above).tables["near_duplicates"]
        pairs = [(one, other) for one in range(12) for other in range(one + 1, 12)]
        expected = {
            tuple(sorted((f"s{one}", f"s{other}"))): value
            for one, other in pairs
            if (value := identity(genotypes, one, other)) > above
        }
        found = {(row.sample, row.twin): row.ibs for row in twins.itertuples()}
        assert found.keys() == expected.keys()
        assert all(found[pair] == pytest.approx(expected[pair]) for pair in found)


def test_clusters_of_near_duplicates_do_not_depend_on_the_order_of_samples():
    genotypes = with_twins()
    above = {"near_duplicates_above": 0.9}
    twins = control(genotypes, **above).tables["near_duplicates"]
    clusters = {frozenset(part["sample"]) | set(part["twin"]) for _, part in twins.groupby("cluster")}
    assert clusters == {frozenset({"s0", "s1", "s2"}), frozenset({"s8", "s9"})}
    order = np.random.default_rng(0).permutation(12)
    again = control(genotypes.select(samples=order), **above).tables["near_duplicates"]
    pd.testing.assert_frame_equal(again, twins)


def test_markers_that_do_not_vary_make_no_near_duplicates():
    """Full sibs of one cross: half of the markers are the same in all of them."""
    rng = np.random.default_rng(3)
    varying = rng.integers(0, 2, (300, 40))
    found = control(population(varying), near_duplicates_above=0.7)
    both = control(population(np.vstack([varying, np.ones((900, 40), int)])), near_duplicates_above=0.7)
    pd.testing.assert_frame_equal(found.tables["near_duplicates"], both.tables["near_duplicates"])


def test_near_duplicates_do_not_chain_a_population_together(caplog):
    """Each sample differs from the next in a few markers; first and last differ in all."""
    dosages = np.array([[2 * (sample > marker) for sample in range(61)] for marker in range(60)])
    found = control(population(dosages), near_duplicates="together", near_duplicates_above=0.98)
    twins = found.tables["near_duplicates"]
    together = clusters_of(twins)
    assert len(twins) == 60
    assert pd.Series(together).value_counts().max() == 3
    assert (twins["cluster"] == "between groups").sum() > 0
    assert found.tables["warnings"].empty
    alike = dosages[:, :10].copy()
    alike[:, :5] = alike[:, :1]
    found = control(population(alike), near_duplicates="together", near_duplicates_above=0.99)
    assert "5 of 10 samples are near-duplicates" in found.tables["warnings"]["message"].iloc[-1]


def test_dropping_near_duplicates_keeps_the_better_called_and_leaves_no_pair():
    genotypes = with_twins()
    genotypes.dosages[:5, [0, 2, 9]] = -1
    genotypes.dosages[5:8, 2] = -1
    above = {"near_duplicates_above": 0.9}
    called = dict(zip(genotypes.samples, (genotypes.dosages >= 0).sum(axis=0), strict=True))
    kept, _, removed = run(genotypes, near_duplicates="drop", **above)
    gone = set(removed.loc[removed["step"] == "near-duplicates", "id"])
    assert gone == set(genotypes.samples) - set(kept.samples)
    twins = control(genotypes, **above).tables["near_duplicates"]
    for name in gone:
        partners = set(twins.loc[twins["sample"] == name, "twin"]) | set(
            twins.loc[twins["twin"] == name, "sample"]
        )
        assert any((-called[twin], twin) < (-called[name], name) for twin in partners & set(kept.samples))
    assert control(kept, **above).tables["near_duplicates"].empty
    assert run(genotypes, near_duplicates="together", **above)[0].n_samples == 12


def test_samples_without_a_common_call_are_no_twins():
    dosages = [[0, -1], [1, -1], [-1, 2], [-1, 1]]
    assert control(population(dosages), near_duplicates_above=0.5).tables["near_duplicates"].empty


# -- rules on variants -------------------------------------------------------------------------------------


def test_variants_go_by_the_exact_test_among_the_samples_left():
    genotypes = random_population(p=500)
    genotypes.dosages[0] = 1  # all heterozygous
    genotypes.dosages[:450, 39] = -1  # goes by its call rate, before
    kept, _, removed = run(genotypes, hwe=1e-4, min_call_rate_sample=0.5)
    left = count_genotypes(genotypes.dosages, 2, samples=np.isin(genotypes.samples, kept.samples))
    p_value = hardy_weinberg_p(left.called, left.heterozygous, left.alleles)
    assert set(removed.loc[removed["step"] == "hardy-weinberg", "id"]) == {
        name for name, p in zip(genotypes.variants["id"], p_value, strict=True) if p < 1e-4
    }
    assert "m0" in set(removed["id"])


def test_pruning_is_accounted_for():
    genotypes = population([[0, 1, 2, 1], [0, 1, 2, 1], [2, 0, 1, 0], [1, 1, 1, 1]])
    kept, filter_summary, removed = run(
        genotypes, prune={"r2": 0.5, "window": 10, "unit": "variants", "step": 1}
    )
    assert kept.variants["id"].tolist() == ["m0", "m2"]
    assert filter_summary.loc["pruning", "variants_removed"] == 2
    assert removed["id"].tolist() == ["m1", "m3"]


def test_pruning_by_kilobases_leaves_variants_without_a_position_alone():
    dosages = np.tile([0, 1, 2], (4, 1))
    prune = {"r2": 0.5, "window": 10, "unit": "kb", "step": 1}
    kept, *_ = run(population(dosages, pos=[0, 0, 5, 6]), prune=prune)
    assert kept.variants["id"].tolist() == ["m0", "m1", "m2"]
    with pytest.raises(UserError, match="no variant has a position"):
        run(population(dosages, pos=0), prune=prune)


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 60), st.integers(1, 60), st.integers(0, 5), st.permutations(range(60)))
def test_random_thinning_is_nested_and_does_not_depend_on_the_order(small, large, seed, order):
    small, large = sorted((small, large))
    genotypes = random_population(p=60, n=8)
    genotypes.dosages[:, 0] = 1

    def drawn(chosen, to):
        kept, *_ = run(chosen, thin={"to": to, "how": "random", "seed": seed})
        return set(kept.variants["id"])

    some, more = drawn(genotypes, small), drawn(genotypes, large)
    assert (len(some), len(more)) == (small, large)
    assert some <= more
    assert drawn(genotypes.select(variants=np.array(order)), small) == some


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 30), st.integers(1, 30), st.integers(0, 5), st.permutations(range(30)))
def test_thinning_of_samples_is_nested_and_does_not_depend_on_the_order(small, large, seed, order):
    small, large = sorted((small, large))
    genotypes = random_population(p=20, n=30)
    genotypes.dosages[0] = 1

    def drawn(chosen, to):
        kept, *_ = run(chosen, thin_samples={"to": to, "seed": seed})
        return set(kept.samples)

    some, more = drawn(genotypes, small), drawn(genotypes, large)
    assert (len(some), len(more)) == (small, large)
    assert some <= more
    assert drawn(genotypes.select(samples=np.array(order)), small) == some


@settings(max_examples=50, deadline=None)
@given(st.integers(1, 70), st.lists(st.integers(1, 10**6), min_size=60, max_size=60, unique=True))
def test_even_thinning_draws_as_many_as_asked(to, positions):
    genotypes = population(np.tile([0, 1, 2], (60, 1)), pos=positions, chrom=["1"] * 25 + ["2"] * 35)
    kept, *_ = run(genotypes, thin={"to": to, "how": "even", "seed": 1})
    assert kept.n_variants == min(to, 60)


def test_even_thinning_follows_positions_or_else_the_file():
    crowded = [1, 2, 3, 4, 5, 6, 7, 8, 500, 1000]
    thin = {"to": 3, "how": "even", "seed": 1}
    dosages = np.tile([0, 1, 2], (10, 1))
    kept, *_ = run(population(dosages, pos=crowded), thin=thin)
    assert kept.variants["pos"].tolist() == [1, 500, 1000]
    kept, *_ = run(population(dosages, pos=0), thin=thin)
    assert kept.variants["id"].tolist() == ["m0", "m4", "m9"]


@pytest.mark.parametrize("ploidy", [1, 2, 4])
def test_the_preview_counts_what_the_filter_of_a_fold_removes(ploidy):
    for genotypes in (random_population(ploidy), real_valued(random_population(ploidy))):
        _, filter_summary, _ = run(genotypes, maf=0.03, mac=5)
        kept, *_ = run(genotypes)
        chosen = MarkerFilter(0.03, ploidy, 5).fit(kept.rows()).kept_
        assert filter_summary.loc["maf (in every fold)", "variants_left"] == chosen.sum()


# -- lists -------------------------------------------------------------------------------------------------


def listed(tmp_path, text):
    path = tmp_path / "list.txt"
    path.write_bytes(text.encode())
    return path


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("m1\nm3\n", ["m1", "m3"]),
        ("\ufeffm1\r\n\r\n# m2\r\nm3", ["m1", "m3"]),
        ("2:30-40\n", ["m3", "m4"]),
        ("1:1-1,000\nm5", ["m0", "m1", "m2", "m5"]),
        ("1\t10\t20\textra\n", ["m2"]),
        ("browser x\ntrack name=x\n1\t9\t20\n", ["m1", "m2"]),
        ("3:7:A:C", ["3:7:A:C"]),
        ("chr3:5-9", ["chr3:5-9"]),
    ],
)
def test_lists_of_markers(tmp_path, text, ids):
    genotypes = population(
        np.tile([0, 1, 2], (8, 1)),
        chrom=["1", "1", "1", "2", "2", "2", "3", "3"],
        pos=[5, 10, 20, 30, 40, 50, 7, 9],
        id=["m0", "m1", "m2", "m3", "m4", "m5", "", "chr3:5-9"],
    )
    names = ["m0", "m1", "m2", "m3", "m4", "m5", "3:7:A:C", "chr3:5-9"]
    path = listed(tmp_path, text)
    found = control(genotypes, include_markers=path)
    assert [name for name, kept in zip(names, found.variants, strict=True) if kept] == ids
    found = control(genotypes, exclude_markers=path)
    assert found.removed["id"].tolist() == ids
    assert found.filter_summary.set_index("step").loc["listed variants", "variants_removed"] == len(ids)


def test_lists_of_samples(tmp_path):
    genotypes = random_population(n=6)
    path = listed(tmp_path, "s4\ns1\n")
    assert run(genotypes, include_samples=path)[0].samples.tolist() == ["s1", "s4"]
    kept, _, removed = run(genotypes, exclude_samples=path)
    assert kept.samples.tolist() == ["s0", "s2", "s3", "s5"]
    assert removed.loc[removed["kind"] == "sample", "reason"].tolist() == [f"listed in {path}"] * 2


def test_ids_of_lists_are_brought_together_with_those_of_the_genotypes(tmp_path):
    path, samples = tmp_path / "out.txt", np.array(["L_01", "L_02", "L_03"])
    path.write_text("l-01\nL 03\n")
    with pytest.raises(UserError, match="'L_01'"):
        match_samples(path, samples)
    assert match_samples(path, samples, "separators").tolist() == [True, False, True]


def test_names_that_are_not_there(tmp_path, caplog):
    genotypes = random_population(n=6)
    with pytest.raises(UserError, match=r"line 2: none of 2 .* 'S4'\. Did you mean 's4'"):
        run(genotypes, include_samples=listed(tmp_path, "# mine\nS4\nS1"))
    with pytest.raises(UserError, match="none of 1 listed names of markers"):
        run(genotypes, exclude_markers=listed(tmp_path, "9:1-5"))
    with caplog.at_level(logging.WARNING):
        assert run(genotypes, include_samples=listed(tmp_path, "s4\nS1"))[0].samples.tolist() == ["s4"]
    assert "1 of 2 listed names of samples are not in the genotypes" in caplog.text


@pytest.mark.parametrize(
    ("text", "message"),
    [("", "lists no marker"), ("1:9-5", "line 1: the region ends before it begins")],
)
def test_lists_that_cannot_be_meant(tmp_path, text, message):
    with pytest.raises(UserError, match=message):
        run(random_population(), include_markers=listed(tmp_path, text))


def test_lists_that_cannot_be_read(tmp_path):
    path = tmp_path / "list.txt"
    with pytest.raises(UserError, match="cannot be read"):
        run(random_population(), include_markers=path)
    path.write_bytes(b"m1\n\xff\xfe\n")
    with pytest.raises(UserError, match="UTF-8"):
        run(random_population(), include_markers=path)


def test_chromosomes_go_by_name(caplog):
    genotypes = population(np.tile([0, 1, 2], (4, 1)), chrom=["1", "1", "Mt", "X"])
    with caplog.at_level(logging.WARNING):
        kept, _, removed = run(genotypes, exclude_chromosomes=["Mt", "x"])
    assert kept.variants["chrom"].tolist() == ["1", "1", "X"]
    assert removed["reason"].tolist() == ["on chromosome Mt"]
    assert "no chromosome 'x'" in caplog.text


# -- statistics --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ploidy", [1, 2, 4])
def test_statistics_describe_what_was_read_and_say_what_is_kept(ploidy):
    genotypes = random_population(ploidy)
    found = control(genotypes, min_call_rate_marker=0.9, min_call_rate_sample=0.9)
    variants, samples = found.tables["variant_statistics"], found.tables["sample_statistics"]
    counted = count_genotypes(genotypes.dosages, ploidy)
    assert variants["id"].tolist() == genotypes.variants["id"].tolist()
    assert variants["kept"].tolist() == found.variants.tolist()
    assert samples["kept"].tolist() == found.samples.tolist()
    np.testing.assert_allclose(variants["allele_frequency"], counted.frequencies(ploidy))
    np.testing.assert_allclose(samples["call_rate"], counted.sample_called / 300)
    assert variants["hwe_p"].notna().all() == (ploidy == 2)
    assert samples["inbreeding"].notna().all() == (ploidy == 2)


def test_real_valued_dosages_pass_through_every_rule():
    found = control(
        real_valued(random_population()),
        min_call_rate_marker=0.5,
        max_heterozygosity=0.9,
        min_inbreeding=-1,
        hwe=1e-9,
        near_duplicates="drop",
        near_duplicates_above=0.99,
        prune={"r2": 0.5, "window": 50, "unit": "variants", "step": 5},
        thin={"to": 50, "how": "even", "seed": 1},
        maf=0.05,
    )
    assert found.variants.sum() == 50


def test_features_know_no_frequencies(tmp_path):
    values = np.random.default_rng(0).normal(size=(30, 8))
    found = control(
        population(values, None),
        hwe=0.9,
        min_inbreeding=0.9,
        near_duplicates="drop",
        near_duplicates_above=0.5,
        prune={"r2": 0.0, "window": 50, "unit": "variants", "step": 5},
        thin={"to": 20, "how": "random", "seed": 1},
        exclude_markers=listed(tmp_path, "m3"),
        maf=0.5,
    )
    assert found.samples.all()
    assert found.variants.sum() == 20
    assert found.tables["variant_statistics"]["allele_frequency"].isna().all()


@settings(max_examples=25, deadline=None)
@given(st.permutations(range(40)), st.permutations(range(60)))
def test_the_order_of_samples_and_variants_does_not_matter(columns, rows):
    genotypes = random_population(p=60)
    options = {
        "min_call_rate_marker": 0.7,
        "min_call_rate_sample": 0.8,
        "max_heterozygosity": 0.4,
        "min_inbreeding": -0.5,
        "hwe": 1e-3,
        "near_duplicates": "drop",
        "near_duplicates_above": 0.8,
        "maf": 0.05,
    }
    kept, filter_summary, _ = run(genotypes, **options)
    again, other, _ = run(genotypes.select(np.array(columns), np.array(rows)), **options)
    assert set(again.samples) == set(kept.samples)
    assert set(again.variants["id"]) == set(kept.variants["id"])
    pd.testing.assert_frame_equal(other, filter_summary)


def test_quality_control_does_not_touch_the_store():
    genotypes = random_population()
    before = genotypes.dosages.copy()
    genotypes.dosages.flags.writeable = False
    control(genotypes, min_call_rate_marker=0.9, min_call_rate_sample=0.9, near_duplicates="drop")
    assert np.array_equal(genotypes.dosages, before)


def test_large_tables_read_as_small_ones_do(tmp_path):
    """NA, text that looks like a number or a missing value, six digits, and a quote within a name."""
    table = pd.DataFrame(
        {
            "id": ["007", "NA", "x y", "m"],
            "pos": [1, 2, 3, 10**9],
            "share": [1 / 3, np.nan, 0.0, 1.0],
            "p": [1.23456789e-200, 1e-7, 5e-324, np.nan],
            "kept": [True, False, True, True],
        }
    )
    for last in ("m", 'm"1'):
        table.loc[3, "id"] = last
        write_table(table, tmp_path / "small.tsv")
        write_large_table(table, tmp_path / "large.tsv")
        small, large = (read_table(tmp_path / f"{name}.tsv", ("id",)) for name in ("small", "large"))
        pd.testing.assert_frame_equal(large, small, rtol=1e-5, check_exact=False)
