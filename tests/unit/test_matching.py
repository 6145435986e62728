"""Markers are found whichever allele and strand a file counts, and counted where they are not."""

import numpy as np
import pytest

from dnngp.base.errors import UserError
from dnngp.genotypes.harmonise import at_markers, disagreement, match_markers
from dnngp.genotypes.store import Genotypes, variant_table

WANTED = variant_table(
    ["1", "1", "2", "2", "X"],
    [10, 20, 10, 30, 5],
    ["a", "b", "c", "d", "e"],
    ["A", "C", "A", "G", "AT"],
    ["G", "T", "T", "A", "A"],
)


def genotypes(variants, dosages, ploidy=2):
    dosages = np.asarray(dosages)
    samples = np.array([f"s{i}" for i in range(dosages.shape[1])])
    return Genotypes(samples, variants, dosages, ploidy, {})


def changed(**columns):
    """The wanted markers with some cells written differently."""
    table = WANTED.copy()
    for name, cells in columns.items():
        for row, value in cells.items():
            table.loc[row, name] = value
    return table


def test_the_same_markers_in_any_order():
    order = [3, 0, 4, 2, 1]
    match = match_markers(WANTED, WANTED.iloc[order].reset_index(drop=True))
    assert match.row.tolist() == [1, 4, 3, 0, 2]
    assert not match.swapped.any()
    assert match.counts() == {
        **{"markers": 5, "same": 5, "swapped": 0, "strand": 0, "assumed": 0},
        **{"unclear": 0, "alleles": 0, "absent": 0},
        **{"ambiguous": 1, "unknown": 0},
    }


@pytest.mark.parametrize("ploidy", [2, 4])
@pytest.mark.parametrize("dtype", [np.int8, np.float32])
def test_swapped_alleles_count_the_other_way_round(ploidy, dtype):
    missing = -1 if dtype == np.int8 else np.nan
    found = changed(ref={0: "G", 4: "A"}, alt={0: "A", 4: "AT"})
    lines = genotypes(found, np.array([[0, 1, ploidy, missing]] * 5, dtype), ploidy)
    match = match_markers(WANTED, found)
    assert match.outcome.tolist() == ["swapped", "same", "same", "same", "swapped"]
    dosages = at_markers(lines, WANTED, match, ploidy).dosages
    np.testing.assert_array_equal(dosages[0], np.array([ploidy, ploidy - 1, 0, missing], dtype))
    np.testing.assert_array_equal(dosages[1], np.array([0, 1, ploidy, missing], dtype))
    assert dosages.dtype == dtype


def test_the_other_strand_and_what_it_leaves_unclear():
    """C/T is G/A on the other strand. That A/T of the same file is A/T cannot be told then."""
    match = match_markers(WANTED, changed(ref={1: "G", 3: "T"}, alt={1: "A", 3: "C"}))
    assert match.outcome.tolist() == ["same", "strand", "unclear", "strand", "same"]
    assert match.swapped.tolist() == [False, False, False, True, False]
    assert match.row[2] == -1
    assert match.coverage == 0.8


def test_a_swapped_ambiguous_marker_is_used_where_the_others_tell_the_strand():
    match = match_markers(WANTED, changed(ref={2: "T"}, alt={2: "A"}))
    assert match.outcome[2] == "swapped"
    alone = match_markers(WANTED.iloc[[2]], WANTED.iloc[[2]])
    assert alone.outcome.tolist() == ["unclear"]


def test_other_alleles_and_absent_markers_are_not_used():
    match = match_markers(WANTED, changed(alt={0: "C"}).drop(index=4).reset_index(drop=True))
    assert match.outcome.tolist() == ["alleles", "same", "same", "same", "absent"]
    assert match.row.tolist() == [-1, 1, 2, 3, -1]
    assert match.counts()["unknown"] == 1
    lines = genotypes(WANTED, np.ones((5, 2), np.int8))
    assert at_markers(lines, WANTED, match, 2).dosages.tolist() == [
        [-1, -1],
        [1, 1],
        [1, 1],
        [1, 1],
        [-1, -1],
    ]


def test_chromosomes_may_be_called_chr():
    assert (match_markers(WANTED, WANTED.assign(chrom="chr" + WANTED["chrom"])).row == np.arange(5)).all()


def test_ids_serve_where_positions_do_not():
    nowhere = WANTED.assign(chrom="", pos=0)
    assert (match_markers(WANTED, nowhere).row == np.arange(5)).all()
    bare = nowhere.assign(ref="", alt="")
    assert match_markers(WANTED, bare).outcome.tolist() == ["assumed"] * 5
    assert match_markers(WANTED, bare, features=True).outcome.tolist() == ["same"] * 5
    # Another assembly: the alleles must speak for the id.
    moved = WANTED.assign(pos=WANTED["pos"] + 7)
    assert (match_markers(WANTED, moved).row == np.arange(5)).all()
    assert (match_markers(WANTED, moved.assign(ref="", alt="")).row == -1).all()


def test_one_marker_cannot_stand_for_two():
    split = variant_table("1", [10, 10], ["a", "b"], "A", ["G", "C"])
    with pytest.raises(UserError, match="more than one marker"):
        match_markers(split, variant_table("1", [10], ["a"], "", ""))
    assert match_markers(split, split).row.tolist() == [0, 1]


def test_another_ploidy_is_refused():
    match = match_markers(WANTED, WANTED)
    with pytest.raises(UserError, match="ploidy 4"):
        at_markers(genotypes(WANTED, np.ones((5, 1), np.int8), 4), WANTED, match, 2)


def test_a_file_without_markers_has_none():
    assert match_markers(WANTED, WANTED.iloc[:0]).coverage == 0


def test_one_known_allele_tells_which_is_counted():
    """Markers that do not vary among the candidates, as HapMap, letters and PLINK have them."""
    lone = WANTED.assign(ref=["A", "T", "A", "A", "AT"], alt="")
    match = match_markers(WANTED, lone)
    assert match.outcome.tolist() == ["same", "swapped", "same", "swapped", "same"]
    lines = genotypes(lone, np.zeros((5, 1), np.int8))
    assert at_markers(lines, WANTED, match, 2).dosages[:, 0].tolist() == [0, 2, 0, 2, 0]
    counted = WANTED.assign(ref="", alt=["A", "T", "T", "A", "A"])  # as PLINK .raw
    assert match_markers(WANTED, counted).outcome.tolist() == ["swapped", "same", "same", "same", "same"]
    other = WANTED.assign(ref=["C", "T", "A", "A", "AT"], alt="")
    assert match_markers(WANTED, other).outcome.tolist()[0] == "alleles"


@pytest.mark.parametrize("number", [1, 2, 5, 100])
@pytest.mark.parametrize("strand", [False, True])
def test_a_sample_is_harmonised_alike_whoever_else_is_in_the_file(number, strand):
    """As letters are read: REF is the commoner allele of the file, and lone alleles have no ALT."""
    rng = np.random.default_rng(number)
    p = 300
    pairs = rng.choice(["AG", "CT", "AC", "GT", "TC", "GA"], p)
    wanted = variant_table(
        "1", np.arange(1, p + 1), [f"m{i}" for i in range(p)], [a[0] for a in pairs], [a[1] for a in pairs]
    )
    truth = 2 * rng.binomial(1, rng.uniform(0.1, 0.9, (p, 1)), (p, 100)).astype(np.int8)
    counted = truth[:, :number]
    common_is_alt = counted.mean(axis=1) > 1
    varies = (counted != counted[:, :1]).any(axis=1)
    alleles = np.array(
        [[a[1], a[0]] if turned else [a[0], a[1]] for a, turned in zip(pairs, common_is_alt, strict=True)]
    )
    alleles[~varies, 1] = ""
    if strand:
        alleles = np.array([[a.translate(str.maketrans("ACGT", "TGCA")) for a in row] for row in alleles])
    dosages = np.where(common_is_alt[:, None], 2 - counted, counted).astype(np.int8)
    found = wanted.assign(ref=alleles[:, 0], alt=alleles[:, 1])
    match = match_markers(wanted, found)
    assert np.array_equal(at_markers(genotypes(found, dosages), wanted, match, 2).dosages, counted)


def test_positions_that_are_off_by_one_are_named():
    with pytest.raises(UserError, match="off by one"):
        match_markers(WANTED, WANTED.assign(pos=WANTED["pos"] - 1))


def test_frequencies_tell_that_other_alleles_are_counted():
    rng = np.random.default_rng(4)
    training = rng.uniform(0.05, 0.95, 400)
    for n in (1, 2, 20, 100):
        found = rng.binomial(n, training) / n
        observed, expected, count = disagreement(training, found, n)
        assert count > 100
        assert abs(observed - expected) < 0.08
        assert disagreement(training, 1 - found, n)[0] - expected > 0.5
    minor = np.minimum(found, 1 - found)
    observed, expected, _ = disagreement(training, minor, 100)
    assert 0.35 < observed < 0.65
    assert expected < 0.01
