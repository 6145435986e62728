"""Cross products, exact."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dnngp.genotypes import grm

SCRIPTS = Path(grm.__file__).parents[2]


def dosages(n=30, p=10_000, top=2, missing=0.0, seed=0):
    rng = np.random.default_rng(seed)
    rows = rng.integers(0, top + 1, (n, p), dtype=np.int8)
    rows[rng.random((n, p)) < missing] = -1
    return rows


@pytest.mark.parametrize("top", [1, 2, 8, 127])
@pytest.mark.parametrize("missing", [0.0, 0.1])
def test_cross_products_are_exact(top, missing):
    rows = dosages(top=top, missing=missing)
    known = np.maximum(rows, 0).astype(np.int64)
    assert np.array_equal(grm.cross_products(rows), known @ known.T)


def test_cross_products_take_either_memory_order_and_read_only_arrays():
    rows = dosages()
    marker_major = np.ascontiguousarray(rows.T)
    marker_major.flags.writeable = False
    assert np.array_equal(grm.cross_products(marker_major.T), grm.cross_products(rows))


def test_cross_products_add_up_over_markers():
    """What lets a fold add and remove single markers without a rounding error."""
    rows = dosages()
    whole = grm.cross_products(rows)
    assert np.array_equal(grm.cross_products(rows[:, :77]) + grm.cross_products(rows[:, 77:]), whole)
    assert not grm.cross_products(rows[:, :0]).any()


def test_cross_products_need_integers():
    with pytest.raises(TypeError, match="float64"):
        grm.cross_products(np.zeros((2, 2)))
    with pytest.raises(ValueError, match="too large"):
        grm.cross_products(np.full((2, 2), 5000, np.int16))


def test_threads_do_not_change_a_bit():
    code = (
        "import hashlib, numpy as np; from dnngp.genotypes.grm import cross_products;"
        "rows = np.random.default_rng(0).integers(0, 3, (300, 9000), dtype=np.int8);"
        "print(hashlib.sha256(cross_products(rows).tobytes()).hexdigest())"
    )
    digests = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={"OMP_NUM_THREADS": str(threads), "PYTHONPATH": str(SCRIPTS)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for threads in (1, 2, 3)
    }
    assert len(digests) == 1


@pytest.mark.parametrize("top", [2, 4])
@pytest.mark.parametrize("n", [1, 2, 7, 201])
def test_any_number_of_own_threads_gives_the_same(n, top):
    rows = dosages(n=n, p=20_000, top=top)
    expected = grm.cross_products(rows)
    for threads in (2, 3, 8):
        assert grm.cross_products(rows, threads=threads).tobytes() == expected.tobytes()


@settings(max_examples=40, deadline=None)
@given(
    st.integers(1, 20),
    st.lists(st.integers(-1, 9), min_size=1, max_size=300),
    st.integers(0, 1000),
)
def test_cross_products_of_any_shape_are_exact(n, values, seed):
    """Blocks that end within a word, and lines of dosages up to 2 beside others."""
    rng = np.random.default_rng(seed)
    rows = np.array([rng.permutation(values) for _ in range(n)], np.int8)
    known = np.maximum(rows, 0).astype(np.int64)
    assert np.array_equal(grm.cross_products(rows), known @ known.T)


def test_cross_products_of_some_markers(monkeypatch):
    monkeypatch.setattr(grm, "PLANE_BLOCK", 100)
    rows = dosages(p=1000, top=3, missing=0.1)
    rows[:, :500] = np.minimum(rows[:, :500], 2)  # blocks of both kinds
    markers = np.random.default_rng(1).choice(1000, 730, replace=False)
    expected = grm.cross_products(np.ascontiguousarray(rows[:, markers]))
    assert np.array_equal(grm.cross_products(rows, markers), expected)
    known = np.maximum(rows, 0).astype(np.int64)
    assert np.array_equal(grm.cross_products(rows), known @ known.T)


@pytest.mark.parametrize("ploidy", [1, 2, 4, 6])
@pytest.mark.parametrize("missing", [0.0, 0.1])
@pytest.mark.parametrize("real", [False, True])
def test_relationships_are_vanradens_first(ploidy, missing, real):
    rows = dosages(p=3000, top=ploidy, missing=missing)
    values = np.where(rows < 0, np.nan, rows).astype(float)
    if real:
        values *= 0.9
    frequency = np.nanmean(values, axis=0) / ploidy
    centred = np.where(np.isnan(values), 0, values - ploidy * frequency)
    expected = centred @ centred.T / (ploidy * (frequency * (1 - frequency)).sum())
    stored = values.T.astype(np.float32) if real else np.ascontiguousarray(rows.T)
    found = grm.relationships(stored, ploidy)
    np.testing.assert_allclose(found, expected, rtol=1e-5 if real else 1e-10, atol=1e-6 if real else 1e-10)
    assert np.array_equal(found, grm.relationships(stored, ploidy, threads=2))


def test_relationships_by_hand():
    """Two markers at frequency 1/2: the denominator is 1, deviations are -1, 0 or 1."""
    dosages = np.array([[0, 1, 2, 1], [2, 0, 1, 1]], np.int8)
    expected = [[2, -1, -1, 0], [-1, 1, 0, 0], [-1, 0, 1, 0], [0, 0, 0, 0]]
    np.testing.assert_allclose(grm.relationships(dosages, 2), expected, atol=1e-15)


def test_relationships_need_variation():
    with pytest.raises(ValueError, match="no marker varies"):
        grm.relationships(np.full((3, 4), 2, np.int8), 2)


def test_centring_the_products_is_centring_the_rows():
    rows = dosages(p=500)
    train, test = rows[:20], rows[20:]
    raw = grm.cross_products(rows)
    centred, others = train - train.mean(axis=0), test - train.mean(axis=0)
    np.testing.assert_allclose(grm.centre(raw[:20, :20]), centred @ centred.T, atol=1e-9)
    cross, squares = grm.centre_cross(raw[:20, :20], raw[20:, :20], np.diagonal(raw)[20:])
    np.testing.assert_allclose(cross, others @ centred.T, atol=1e-9)
    np.testing.assert_allclose(squares, (others**2).sum(axis=1), atol=1e-9)


def test_centred_products_impute_the_mean():
    rows = dosages(p=9000, missing=0.1)
    train, test = np.arange(20), np.arange(20, 30)
    markers = np.arange(0, 9000, 2)
    part = np.where(rows < 0, np.nan, rows)[:, markers]
    means, deviations = np.nanmean(part[:20], axis=0), np.nanstd(part[:20], axis=0)
    whole = np.where(np.isnan(part), 0, (part - means) / deviations)
    gram, squares = grm.centred_products(rows.T, markers, train, means, deviations)
    np.testing.assert_allclose(gram, whole[:20] @ whole[:20].T, atol=1e-8)
    assert np.array_equal(gram, gram.T)
    assert np.array_equal(squares, np.diagonal(gram))
    cross, squares = grm.centred_products(rows.T, markers, train, means, deviations, others=test)
    np.testing.assert_allclose(cross, whole[20:] @ whole[:20].T, atol=1e-8)
    np.testing.assert_allclose(squares, (whole[20:] ** 2).sum(axis=1), atol=1e-8)


def test_missing_values_of_features():
    values = np.array([[1.0, np.nan, -3.0]])
    assert grm.is_missing(values).tolist() == [[False, True, False]]
    assert grm.is_missing(np.array([0, 2, -1], np.int8)).tolist() == [False, False, True]
    result = grm.standardised(values.astype(np.float32), np.array([-1.0]), np.array([2.0]))
    assert result.dtype == np.float64
    assert result.tolist() == [[1.0, 0.0, -1.0]]


@pytest.mark.parametrize(("p", "slices"), [(0, 0), (1, 1), (grm.BLOCK, 1), (grm.BLOCK + 1, 2)])
def test_blocks_cover_all_markers(p, slices):
    parts = list(grm.blocks(p))
    assert len(parts) == slices
    assert sum(part.stop - part.start for part in parts) == p


def test_vanraden_scale_for_any_ploidy():
    """For two chromosome sets 2 sum p(1-p); a tetraploid carries twice the variance."""
    frequency = np.array([0.5, 0.1])
    assert grm.vanraden_scale(frequency, 2) == pytest.approx(2 * (0.25 + 0.09))
    assert grm.vanraden_scale(frequency, 4) == pytest.approx(4 * (0.25 + 0.09))


def test_squared_distances():
    rows = dosages(p=50).astype(float)
    expected = ((rows[:, None] - rows[None]) ** 2).sum(axis=-1)
    found = grm.squared_distances(rows @ rows.T)
    np.testing.assert_allclose(found, expected, atol=1e-9)
    assert (found >= 0).all()
