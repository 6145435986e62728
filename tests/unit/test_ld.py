"""Squared correlations of markers, and pruning by them."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dnngp.genotypes.ld import MarkerPlanes, prune_markers


def dosages(p=40, n=130, ploidy=2, missing=0.1, seed=0):
    """Markers in runs of ten that hardly differ."""
    rng = np.random.default_rng(seed)
    values = np.repeat(rng.integers(0, ploidy + 1, (-(-p // 10), n)), 10, axis=0)[:p]
    noise = rng.random((p, n)) < 0.2
    values[noise] = rng.integers(0, ploidy + 1, noise.sum())
    values[rng.random((p, n)) < missing] = -1
    return values.astype(np.int8)


def correlation(x, y):
    """r2 over the lines called in both, by numpy."""
    both = (x >= 0) & (y >= 0)
    x, y = x[both].astype(float), y[both].astype(float)
    return np.corrcoef(x, y)[0, 1] ** 2 if len(x) and x.std() and y.std() else np.nan


def minor_of(values, ploidy):
    called = (values >= 0).sum(axis=1)
    frequency = np.where(values > 0, values, 0).sum(axis=1) / (ploidy * np.maximum(called, 1))
    return np.minimum(frequency, 1 - frequency)


def table(p, chromosomes=1, spacing=1000):
    chrom = np.repeat([f"c{k}" for k in range(chromosomes)], -(-p // chromosomes))[:p]
    return pd.DataFrame({"chrom": chrom, "pos": np.arange(1, p + 1) * spacing})


def pruned(values, ploidy=2, r2=0.3, window=15, unit="variants", step=3, variants=None, lines=None):
    variants = table(len(values)) if variants is None else variants
    minor = minor_of(values if lines is None else values[:, lines], ploidy)
    return prune_markers(values, ploidy, variants, minor, r2, window, unit, step, lines)


@pytest.mark.parametrize("ploidy", [1, 2, 3, 4, 6, 8])
@pytest.mark.parametrize("missing", [0.0, 0.15])
def test_r2_of_pairs_is_the_squared_correlation(ploidy, missing):
    values = dosages(ploidy=ploidy, missing=missing)
    values[3] = ploidy
    first, second = np.triu_indices(len(values))
    found = MarkerPlanes(values, ploidy).r2(first, second)
    expected = [correlation(values[i], values[j]) for i, j in zip(first, second, strict=True)]
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-14)


def test_r2_of_some_rows_and_lines_alone():
    values = dosages()
    rows, lines = np.array([30, 2, 7]), np.arange(values.shape[1]) % 3 > 0
    planes = MarkerPlanes(values, 2, rows, lines)
    assert planes.n_lines == lines.sum()
    expected = [
        correlation(values[30][lines], values[7][lines]),
        correlation(values[2][lines], values[7][lines]),
    ]
    np.testing.assert_allclose(planes.r2(np.array([0, 1]), np.array([2, 2])), expected, rtol=1e-12)


def test_real_valued_dosages_count_as_the_nearest_whole_number():
    values = dosages()
    jitter = np.random.default_rng(1).uniform(-0.4, 0.4, values.shape)
    real = np.where(values < 0, np.nan, values + jitter).astype(np.float32)
    pairs = np.triu_indices(len(values))
    assert np.array_equal(
        MarkerPlanes(real, 2).r2(*pairs), MarkerPlanes(values, 2).r2(*pairs), equal_nan=True
    )


@pytest.mark.parametrize("n", [1, 7, 63, 64, 65, 200])
def test_any_number_of_lines(n):
    values = dosages(p=6, n=n)
    found = MarkerPlanes(values, 2).r2(np.array([0, 2]), np.array([1, 5]))
    np.testing.assert_allclose(found, [correlation(values[0], values[1]), correlation(values[2], values[5])])


def windows(p, window, step):
    return [range(start, min(start + window, p)) for start in range(0, p, step)]


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 1000),
    st.sampled_from([1, 2, 4]),
    st.integers(2, 20),
    st.integers(1, 7),
    st.sampled_from([0.0, 0.05, 0.5, 1.0]),
)
def test_no_window_keeps_a_pair_above_the_limit(seed, ploidy, window, step, r2):
    values = dosages(ploidy=ploidy, seed=seed)
    kept = pruned(values, ploidy, r2, window, step=step)
    for members in windows(len(values), window, step):
        left = [marker for marker in members if kept[marker]]
        for place, i in enumerate(left):
            for j in left[place + 1 :]:
                # The reference of an r2 of 0 is 0 but for rounding.
                assert not correlation(values[i], values[j]) > r2 + 1e-12


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 1000))
def test_a_marker_goes_only_for_one_in_disequilibrium_of_no_lower_frequency(seed):
    values = dosages(seed=seed)
    minor = minor_of(values, 2)
    kept = pruned(values, r2=0.3, window=len(values), step=1)
    for marker in np.flatnonzero(~kept):
        assert any(
            correlation(values[marker], values[other]) > 0.3 and minor[other] >= minor[marker] - 1e-12
            for other in range(len(values))
            if other != marker
        )


@settings(max_examples=20, deadline=None)
@given(st.permutations(range(130)))
def test_the_order_of_lines_does_not_matter(order):
    values = dosages()
    assert np.array_equal(pruned(values[:, order]), pruned(values))


def test_the_order_of_markers_in_the_file_does_not_matter():
    values, variants = dosages(), table(40, chromosomes=2)
    expected = pruned(values, variants=variants)
    order = np.random.default_rng(3).permutation(40)
    shuffled = variants.iloc[order].reset_index(drop=True)
    assert np.array_equal(pruned(values[order], variants=shuffled), expected[order])


def test_chromosomes_are_pruned_alone():
    one = dosages(p=20)
    twice = np.concatenate([one, one])
    alone = pruned(one)
    assert np.array_equal(pruned(twice, variants=table(40, chromosomes=2)), np.concatenate([alone, alone]))


def test_of_two_the_rarer_goes_and_the_later_of_equals():
    rarer, commoner = [0, 0, 0, 0, 0, 1, 2, 2], [0, 0, 0, 1, 1, 1, 2, 2]
    assert pruned(np.array([rarer, commoner], np.int8)).tolist() == [False, True]
    assert pruned(np.array([commoner, rarer], np.int8)).tolist() == [True, False]
    assert pruned(np.array([commoner, commoner], np.int8)).tolist() == [True, False]


def test_markers_that_do_not_vary_go():
    constant = [[1, 1, 1, 1], [2, 2, -1, 2], [-1, -1, -1, -1], [0, 1, 2, 0]]
    assert pruned(np.array(constant, np.int8)).tolist() == [False, False, False, True]


def test_a_window_of_kilobases_holds_its_end():
    same = np.array([[0, 1, 2, 1]] * 3, np.int8)
    variants = pd.DataFrame({"chrom": "1", "pos": [1, 1001, 2002]})
    assert pruned(same, window=1, unit="kb", variants=variants).tolist() == [True, False, True]
    assert pruned(same, window=1.001, unit="kb", variants=variants).tolist() == [True, False, True]
    assert pruned(same, window=2.001, unit="kb", variants=variants).tolist() == [True, False, False]


def test_only_the_lines_chosen_count():
    values = dosages()
    lines = np.arange(130) % 2 == 0
    expected = pruned(np.ascontiguousarray(values[:, lines]))
    assert np.array_equal(pruned(values, lines=lines), expected)
