"""Quality control: each rule against the rule written out in plain loops."""

import numpy as np
import pytest

from dnngp import qc
from dnngp.errors import UserError
from dnngp.genotypes import SKIPPED_COLUMNS, Genotypes, variant_table
from dnngp.qc import quality_control

KEEP_ALL = {
    "min_call_rate_marker": 0.0,
    "min_call_rate_sample": 0.0,
    "max_heterozygosity": None,
    "drop_duplicate_markers": False,
    "maf": 0.0,
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


def run(genotypes, **settings):
    kept, waterfall, removed = quality_control(genotypes, KEEP_ALL | settings)
    return kept, waterfall.set_index("step"), removed


@pytest.fixture(params=[50, 16_000_000], ids=["small blocks", "one block"])
def blocks(request, monkeypatch):
    monkeypatch.setattr(qc, "BLOCK_CELLS", request.param)


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
    kept, waterfall, removed = run(population(dosages), min_call_rate_marker=0.5, min_call_rate_sample=0.88)
    assert kept.samples.tolist() == ["s0", "s2", "s3"]
    assert removed.loc[removed["kind"] == "sample", ["id", "reason"]].values.tolist() == [
        ["s1", "call rate 0.4444"]
    ]
    assert waterfall.loc["call rate (samples)", "samples_left"] == 3


def test_variants_are_looked_at_again_after_samples_went():
    dosages = np.array([[0, 1, 2, 1], [2, 1, -1, -1], [0, 0, 1, -1], [1, 2, 0, -1], [1, -1, -1, 0]])
    kept, waterfall, removed = run(population(dosages), min_call_rate_marker=0.5, min_call_rate_sample=0.5)
    assert kept.samples.tolist() == ["s0", "s1", "s2"]
    assert kept.variants["id"].tolist() == ["m0", "m1", "m2", "m3"]
    assert removed["step"].tolist() == ["call rate (samples)", "call rate (variants, again)"]
    assert waterfall.loc["call rate (variants, again)", "variants_removed"] == 1


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
        pos=[5, 5, 5, 5, 0, 0, 9],
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
    kept, waterfall, removed = run(genotypes, maf=0.05)
    assert waterfall.loc["maf (in every fold)", "variants_removed"] == low
    assert kept.n_variants == waterfall["variants_left"].iloc[-2]
    assert "maf (in every fold)" not in set(removed["step"])


def test_variants_all_heterozygous_are_monomorphic():
    _, waterfall, _ = run(population([[1, 1, -1], [0, 1, 2]]))
    assert waterfall.loc["maf (in every fold)", "variants_removed"] == 1


def test_sites_the_reader_skipped_are_the_first_row():
    genotypes = population([[0, 1, 2]])
    genotypes.skipped.loc[0] = ["rs9", "3 alleles"]
    assert list(genotypes.skipped) == SKIPPED_COLUMNS
    _, waterfall, removed = run(genotypes)
    assert waterfall.loc["input", "variants_left"] == 2
    assert waterfall.loc["biallelic", ["variants_removed", "variants_left"]].tolist() == [1, 1]
    assert removed.values.tolist() == [["variant", "rs9", "biallelic", "3 alleles"]]


@pytest.mark.parametrize("ploidy", [2, None])
def test_the_waterfall_adds_up_and_lists_every_removal(ploidy):
    genotypes = random_population()
    if ploidy is None:
        values = np.where(genotypes.dosages < 0, np.nan, genotypes.dosages)
        genotypes = population(values, None)
    settings = {
        "min_call_rate_marker": 0.8,
        "min_call_rate_sample": 0.9,
        "max_heterozygosity": 0.235,
        "drop_duplicate_markers": True,
        "maf": 0.05,
    }
    kept, waterfall, removed = quality_control(genotypes, settings)
    for kind, plural in (("variant", "variants"), ("sample", "samples")):
        left = waterfall[f"{plural}_left"].tolist()
        gone = waterfall[f"{plural}_removed"].tolist()
        assert all(
            before - now == after for before, now, after in zip(left, gone[1:], left[1:], strict=False)
        )
        counted = removed[removed["kind"] == kind].groupby("step").size()
        in_steps = waterfall[waterfall["step"] != "maf (in every fold)"].set_index("step")[
            f"{plural}_removed"
        ]
        assert counted.to_dict() == in_steps[in_steps > 0].to_dict()
    assert not removed.duplicated(["kind", "id"]).any()
    assert set(kept.samples) | set(removed.loc[removed["kind"] == "sample", "id"]) == set(genotypes.samples)


def test_features_lose_empty_and_constant_columns_alone():
    values = [[0.5, 0.7, np.nan], [np.nan] * 3, [3, 3, np.nan], [0.0, 0.0, 1e-6]]
    kept, waterfall, removed = run(
        population(values, None), drop_duplicate_markers=True, max_heterozygosity=0.0
    )
    assert kept.variants["id"].tolist() == ["m0", "m3"]
    assert removed["reason"].tolist() == ["no call at all", "one value in all samples"]
    assert list(waterfall.index) == ["input", "call rate (variants)", "constant", "call rate (samples)"]


def test_variants_and_samples_without_any_call_always_go():
    kept, _, removed = run(population([[0, 1, -1], [-1, -1, -1], [2, 0, -1]]))
    assert kept.dosages.tolist() == [[0, 1], [2, 0]]
    assert removed["id"].tolist() == ["m1", "s2"]


def test_nothing_left_is_an_error_that_names_the_rule():
    with pytest.raises(UserError, match=r"leaves no variant: .*call rate of a variant >= 0.9"):
        run(population([[0, -1], [-1, 1]]), min_call_rate_marker=0.9)
    with pytest.raises(UserError, match=r"leaves no sample: .*heterozygous"):
        run(population([[1, 1], [1, 1]]), max_heterozygosity=0.5)


def test_nothing_to_remove_copies_nothing():
    genotypes = population([[0, 1, 2]])
    assert run(genotypes)[0].dosages is genotypes.dosages
