"""The populations on which benchmarks/overtake.py compares methods: their truth is what they say."""

import sys
from pathlib import Path

import numpy as np
import pytest

PAIRED = ("epistatic_10", "epistatic_100", "epistatic_1000")


@pytest.fixture
def known_truth(monkeypatch):
    """The module, beside which lies the one that it draws mosaics by."""
    monkeypatch.syspath_prepend(Path(__file__).parents[2] / "benchmarks")
    import known_truth as module

    yield module
    del sys.modules["known_truth"], sys.modules["mosaics"]


@pytest.fixture
def dosages(known_truth):
    """Markers (300, 2000) int8."""
    return known_truth.population(300, known_truth.REFERENCE, 1).dosages


def test_a_smaller_population_begins_a_larger_one(known_truth, dosages):
    more = known_truth.population(300, known_truth.REFERENCE + 500, 1).dosages
    few, many = (known_truth.trait(one, "epistatic_10", 0.3, 2) for one in (dosages, more))
    assert np.array_equal(dosages, more[:, : dosages.shape[1]])
    for part, longer in zip(few, many, strict=True):
        np.testing.assert_allclose(part, longer[: len(part)], rtol=1e-12)


@pytest.mark.parametrize("name", ["additive", "dominant", *PAIRED])
def test_variance_shares_are_those_declared(known_truth, dosages, name):
    kind = known_truth.KINDS[name]
    parts = known_truth.parts(dosages, kind, np.random.default_rng(3))
    declared = {"additive": 1 - kind.dominance - kind.epistasis}
    declared |= {part: getattr(kind, part) for part in ("dominance", "epistasis") if getattr(kind, part)}
    assert {part: values.var() for part, values in parts.items()} == pytest.approx(declared)
    others = [
        np.corrcoef(parts["additive"], values)[0, 1] for part, values in parts.items() if part != "additive"
    ]
    # Loci in linkage, and pairs that share one, leave a little.
    assert np.abs(others).max(initial=0) < 0.15


def test_heritability_is_that_asked_for(known_truth, dosages):
    y, genetic = known_truth.trait(dosages, "additive", 0.3, 1)
    assert genetic.var() == pytest.approx(0.3)
    assert np.corrcoef(y, genetic)[0, 1] ** 2 == pytest.approx(0.3, abs=0.04)


def test_no_line_through_markers_explains_epistasis(known_truth, dosages):
    parts = known_truth.parts(dosages, known_truth.KINDS["epistatic_10"], np.random.default_rng(5))
    X = np.column_stack([np.ones(dosages.shape[1]), np.asarray(dosages, float).T])
    values = np.column_stack([parts["additive"], parts["epistasis"]])
    explained = X @ np.linalg.lstsq(X, values, rcond=None)[0]
    shares = explained.var(axis=0) / values.var(axis=0)
    assert shares[0] == pytest.approx(1)
    # 300 markers of 2,000 samples fit 0.15 of anything by chance.
    assert shares[1] < 0.3
