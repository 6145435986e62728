"""Haplotype blocks: blocks and classes equal to a slow count by hand; what no training sample has."""

import itertools

import numpy as np
import pytest
from tests.unit.encoded_fold import encoded_fold

from dnngp.base.errors import UserError
from dnngp.encodings.haplotype_blocks import HaplotypeBlocks
from dnngp.genotypes.store import Genotypes, variant_table

TRAIN, TEST = np.arange(0, 70), np.arange(70, 90)


def linked(n=90, p=60, missing=0.0, ploidy=2, seed=0):
    """Dosages (n, p): every sixth marker starts a run of copies of one another with a few errors."""
    rng = np.random.default_rng(seed)
    founders = rng.binomial(ploidy, rng.uniform(0.2, 0.7, -(-p // 6)), (n, -(-p // 6)))
    values = np.repeat(founders, 6, axis=1)[:, :p].astype(np.int8)
    wrong = rng.random((n, p)) < 0.06
    values[wrong] = rng.integers(0, ploidy + 1, wrong.sum())
    values[rng.random((n, p)) < missing] = -1
    return values


def genotypes(values, ploidy=2):
    """Two chromosomes whose markers lie in the file from the last to the first."""
    p = values.shape[1]
    chromosome = ["1"] * (p // 2) + ["2"] * (p - p // 2)
    variants = variant_table(chromosome, range(p, 0, -1), [f"m{i}" for i in range(p)], "", "")
    samples = np.array([f"line{i}" for i in range(len(values))])
    return Genotypes(samples, variants, np.ascontiguousarray(values.T), ploidy, {})


def by_hand(train, other, chromosome, r2, longest):
    """Columns of ``other`` by their definition, one sample, block and class at a time."""
    p = train.shape[1]

    def correlated(i, j):
        both = (train[:, i] >= 0) & (train[:, j] >= 0)
        return np.corrcoef(train[both, i].astype(float), train[both, j].astype(float))[0, 1] ** 2 >= r2

    blocks = [[0]]
    for marker in range(1, p):
        block = blocks[-1]
        fits = len(block) < longest and chromosome[marker] == chromosome[block[0]]
        if fits and all(correlated(marker, one) for one in block):
            block.append(marker)
        else:
            blocks.append([marker])
    columns, means = [], []
    for block in blocks:
        patterns = [tuple(row) for row in train[:, block].tolist() if min(row) >= 0]
        counts = {one: patterns.count(one) for one in sorted(set(patterns), key=lambda one: one[::-1])}
        common = [one for one, count in counts.items() if count >= max(0.01 * len(patterns), 2)]
        classes = {one: common.index(one) if one in common else len(common) for one in counts}
        width = len(set(classes.values()))
        if width < 2:
            continue

        def encoded(row, classes=classes, counts=counts, common=common, width=width):
            allowed = [
                one for one in counts if all(have in (-1, of) for have, of in zip(row, one, strict=True))
            ]
            if not allowed and len(common) < width:
                return np.eye(width)[len(common)]
            found = np.zeros(width)
            for one in allowed or counts:
                found[classes[one]] += counts[one]
            return found / found.sum()

        of_train = np.array([encoded(row) for row in train[:, block].tolist()])
        means.append(of_train.mean(axis=0))
        columns.append(np.array([encoded(row) for row in other[:, block].tolist()]) - means[-1])
    return np.hstack(columns), blocks


@pytest.mark.parametrize(
    ("ploidy", "missing", "r2", "longest"),
    [(2, 0, 0.2, 10), (2, 0.04, 0.3, 4), (4, 0, 0.3, 10), (1, 0.1, 0.2, 5), (2, 0.02, 0, 3)],
)
def test_columns_equal_those_counted_by_hand(ploidy, missing, r2, longest):
    values = linked(missing=missing, ploidy=ploidy)
    chromosome = np.repeat(["1", "2"], 30)
    expected, blocks = by_hand(values[TRAIN], values, chromosome, r2, longest)
    fitted = HaplotypeBlocks(ploidy, r2, longest, chromosome, np.arange(60)).fit(values[TRAIN])
    assert np.diff(fitted.ends_, prepend=0).tolist() == [len(one) for one in blocks]
    found = fitted.transform(values)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, expected, atol=1e-6)
    np.testing.assert_allclose(found[TRAIN].mean(axis=0), 0, atol=1e-6)
    if r2:
        assert max(map(len, blocks)) > 2


def test_markers_go_by_their_place_on_the_genome_and_not_in_the_file():
    values = linked()
    choice = {"name": "haplotype_blocks", "r2": 0.3}
    found = encoded_fold(genotypes(values), choice, "array", TRAIN, TEST)
    sorted_markers = np.r_[29:-1:-1, 59:29:-1]
    expected, _ = by_hand(
        values[TRAIN][:, sorted_markers], values[:, sorted_markers], np.repeat([1, 2], 30), 0.3, 10
    )
    np.testing.assert_allclose(found.train, expected[TRAIN], atol=1e-6)
    np.testing.assert_allclose(found.test, expected[TEST], atol=1e-6)


def test_the_kernel_is_that_of_the_columns():
    """Relationships by haplotypes: 1 on average on the diagonal."""
    data = genotypes(linked(missing=0.03))
    rows = encoded_fold(data, {"name": "haplotype_blocks"}, "array", TRAIN, TEST)
    kernel = encoded_fold(data, {"name": "haplotype_blocks"}, "kernel", TRAIN, TEST)
    train, test = rows.train.astype(float), rows.test.astype(float)
    np.testing.assert_allclose(kernel.kernel, train @ train.T, atol=1e-4)
    np.testing.assert_allclose(kernel.cross, test @ train.T, atol=1e-4)
    np.testing.assert_allclose(kernel.diagonal, (test**2).sum(axis=1), atol=1e-4)
    assert np.trace(kernel.kernel) / len(TRAIN) == pytest.approx(kernel.scale)


def test_a_pattern_that_no_training_sample_has_is_a_rare_one_or_says_nothing():
    common = np.array([[0, 0], [2, 2]] * 20, np.int8)
    unseen = np.array([[0, 2], [0, -1]], np.int8)
    plain = HaplotypeBlocks().fit(common)
    np.testing.assert_allclose(plain.transform(unseen), [[0, 0], [0.5, -0.5]], atol=1e-7)
    with_rare = HaplotypeBlocks().fit(np.vstack([common, [[2, 0]]]))
    of_rare = with_rare.transform(np.array([[2, 0], [0, 2]], np.int8))
    assert np.array_equal(of_rare[0], of_rare[1])
    assert of_rare[0, 2] == pytest.approx(1 - 1 / 41)


def test_a_stored_encoding_gives_the_same_bytes():
    values = linked(missing=0.05)
    fitted = HaplotypeBlocks().fit(values[TRAIN])
    again = HaplotypeBlocks().from_arrays(fitted.to_arrays())
    assert np.array_equal(again.transform(values), fitted.transform(values))


def test_blocks_too_long_for_the_samples_are_refused():
    every = np.array(list(itertools.product(range(3), repeat=4)), np.int8)
    with pytest.raises(UserError, match=r"none of 1 haplotype blocks .* common enough"):
        HaplotypeBlocks(r2=0).fit(every)


@pytest.mark.parametrize(
    ("values", "ploidy", "message"),
    [
        (linked().astype(np.float32), 2, "needs whole dosages, but this is a table of real-valued dosages"),
        (linked().astype(np.float32), None, "needs whole dosages, but this is a table of features"),
    ],
)
def test_other_tables_are_refused(values, ploidy, message):
    with pytest.raises(UserError, match=message):
        encoded_fold(genotypes(values, ploidy), {"name": "haplotype_blocks"}, "array", TRAIN, TEST)
    fitted = HaplotypeBlocks().fit(linked())
    with pytest.raises(UserError, match="fitted on whole dosages"):
        fitted.transform(linked() + 0.25)
