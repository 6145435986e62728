"""GBLUP with large markers: found where there are some, GBLUP where there are none."""

import numpy as np
import pytest

from dnngp.methods.gblup import GBLUP
from dnngp.methods.gblup_large import LargeMarkersBLUP


def population(large, seed, n=300, p=400):
    """Dosages (n, p) and a trait of h2 0.6, of which ``large`` markers make up half of the genetic part."""
    rng = np.random.default_rng(seed)
    rows = rng.binomial(2, rng.uniform(0.2, 0.8, p), (n, p)).astype(float)
    effects = rng.normal(size=p)
    small = rows @ effects
    genetic = (small - small.mean()) / small.std()
    if large:
        top = rows[:, : 20 * large : 20] @ np.where(np.arange(large) % 2, -1.0, 1.0)
        genetic = (genetic + (top - top.mean()) / top.std()) / 2**0.5
    return rows, 5 + 0.6**0.5 * genetic + 0.4**0.5 * rng.normal(size=n), genetic


def test_large_markers_are_found_and_gain():
    gains, found = [], 0
    for seed in range(5):
        rows, y, genetic = population(2, seed)
        train, test = np.arange(200), np.arange(200, 300)
        model = LargeMarkersBLUP().fit(rows[train], y[train])
        found += len({0, 20} & set(model._chosen))
        plain = GBLUP().fit(rows[train], y[train])
        r = [np.corrcoef(one.predict(rows[test]), genetic[test])[0, 1] for one in (model, plain)]
        gains.append(r[0] - r[1])
    assert found >= 8
    assert np.mean(gains) > 0.02


def test_without_large_markers_it_is_gblup():
    found = 0
    for seed in range(8):
        rows, y, _ = population(0, seed, n=120, p=150)
        model, plain = LargeMarkersBLUP().fit(rows, y), GBLUP().fit(rows, y)
        found += model.diagnostics_["large_markers"]
        if not model.diagnostics_["large_markers"]:
            np.testing.assert_allclose(model.predict(rows), plain.predict(rows), rtol=1e-6)
    assert found <= 2


def test_a_marker_that_tells_the_same_is_not_fixed_twice():
    rows, y, _ = population(2, 1)
    doubled = np.column_stack([rows, rows[:, [0, 20]]])
    chosen = LargeMarkersBLUP().fit(doubled, y)._chosen
    assert len({0, 400} & set(chosen)) == 1
    assert len({20, 401} & set(chosen)) == 1


@pytest.mark.parametrize("most", [1, 2])
def test_no_more_than_asked_for(most):
    rows, y, _ = population(3, 2)
    model = LargeMarkersBLUP(most=most).fit(rows, y)
    assert model.diagnostics_["large_markers"] == most


def test_gradients_are_the_slopes_of_the_predictions():
    rows, y, _ = population(2, 3)
    model = LargeMarkersBLUP().fit(rows, y)
    base = rows.mean(axis=0)
    slopes = model.gradients(rows[:3], np.broadcast_to(base, (3, len(base))))
    expected = model.predict(rows[:3]) - model.predict(base[None])
    np.testing.assert_allclose(np.sum(slopes * (rows[:3] - base), axis=1), expected, rtol=1e-6)
