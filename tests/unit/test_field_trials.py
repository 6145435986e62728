"""Stage one, from plots to means: equal to R's lme4 and to dense algebra."""

import numpy as np
import pandas as pd
import pytest
import scipy.sparse

from dnngp.methods.field_trials.mixed_model import Point, Sums

#: Table, columns of entries and values, fixed and random terms, restricted log likelihood with entries fixed
#: and random (README of the references).
REFERENCES = {
    "john_alpha": ("john.alpha.tsv", "gen", "yield", "rep", ["rep:block"], -32.4492307135, -46.596910121),
    "gilmour_serpentine": (
        *("gilmour.serpentine.tsv", "gen", "yield", "rep", ["row", "col"]),
        *(-1285.39889882, -1874.01159596),
    ),
    "burgueno_rowcol": (
        *("burgueno.rowcol.tsv", "gen", "yield", "rep", ["rep:row", "rep:col"]),
        *(-83.2698236671, -104.098515811),
    ),
    "besag_met_C1": (
        *("besag.met.tsv", "gen", "yield", "rep", ["rep:block"]),
        *(-543.360389599, -783.030257017),
    ),
    "potato_hancock15": (
        *("potato_hancock_plots.csv", "id", "total.yield", None, ["block"]),
        *(-349.195972903, -1411.58376954),
    ),
}


def plots_of(folder, name):
    table = pd.read_csv(folder / name, sep=None, engine="python", dtype={"rep": str})
    for column, environment in (("county", "C1"), ("env", "Hancock15")):
        table = table[table[column] == environment] if column in table else table
    return table


def indicators(table, term):
    return pd.get_dummies(table[term.split(":")].astype(str).agg("\x1f".join, axis=1), dtype=float)


@pytest.mark.parametrize("fixed", [True, False])
@pytest.mark.parametrize("name", REFERENCES)
def test_a_trial_is_fitted_as_r_fits_it(shared, name, fixed):
    file, entry, trait, replicate, terms, *values = REFERENCES[name]
    table = plots_of(shared / "data/plots", file).dropna(subset=trait)
    design = indicators(table, entry)
    columns = np.ones((len(table), 0 if fixed else 1))
    if replicate:
        columns = np.column_stack([columns, indicators(table, replicate).to_numpy()[:, 1:]])
    random = [indicators(table, term).to_numpy() for term in terms]
    y, entries = table[trait].to_numpy(float), scipy.sparse.csr_array(design.to_numpy())
    point = Sums(y, entries, columns, random).fit(fixed)
    errors = point.entry_covariance()
    if fixed:
        errors = np.sqrt(np.diag(errors))
    else:  # of lme4, given the fixed effects
        given = Point(Sums(y, entries, columns[:, :0], random), point.ratios, False)
        errors = np.diag(given.entry_covariance()) / given.error_variance * point.error_variance
    kind = "fixed" if fixed else "random"
    folder = shared / "reference/phenotypes"
    expected = pd.read_csv(folder / f"{name}_{kind}_blue.csv", index_col=0).loc[design.columns]
    np.testing.assert_allclose(point.entries, expected.iloc[:, 0], rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(errors, expected.iloc[:, 1], rtol=1e-5)
    variances = dict(pd.read_csv(folder / f"{name}_{kind}_variances.csv").to_numpy())
    found = dict(zip(terms if fixed else ["gen", *terms], point.variances, strict=True))
    for term, variance in {**found, "Residual": point.error_variance}.items():
        assert variance == pytest.approx(variances[term], rel=1e-4)
    assert point.value == pytest.approx(values[0 if fixed else 1], abs=1e-6)


@pytest.mark.parametrize("fixed", [True, False])
@pytest.mark.parametrize("rotated", [True, False])
def test_a_trial_equals_dense_algebra(fixed, rotated):
    rng = np.random.default_rng(1)
    n, g = 40, 15
    design = np.eye(g)[np.r_[:g, rng.integers(g, size=n - g)]]
    columns = np.column_stack([np.ones((n, 0 if fixed else 1)), rng.normal(size=(n, 1))])
    random = [rng.normal(size=(n, 4)), rng.normal(size=(n, 3))]
    y, ratios = rng.normal(size=n), np.array([0.4, 0.7] if fixed else [0.6, 0.4, 0.0])
    sums = Sums(y, design if rotated else scipy.sparse.csr_array(design), columns, random)
    point = sums.at(ratios, fixed)

    spread = np.eye(n) + sum(
        ratio * part @ part.T
        for ratio, part in zip(ratios, random if fixed else [design, *random], strict=True)
    )
    every = np.column_stack([design, columns]) if fixed else columns
    inverse = np.linalg.inv(spread)
    crossed = every.T @ inverse @ every
    hat = inverse @ every @ np.linalg.inv(crossed) @ every.T @ inverse
    projection = inverse - hat
    error = y @ projection @ y / (n - every.shape[1])
    determinants = np.linalg.slogdet(spread)[1], np.linalg.slogdet(crossed)[1]
    value = -((n - every.shape[1]) * (1 + np.log(2 * np.pi * error)) + sum(determinants)) / 2
    assert point.value == pytest.approx(value)
    residual, standard = point.residuals()
    np.testing.assert_allclose(residual, projection @ y, atol=1e-12)
    known = np.isfinite(standard)
    assert known.sum() > n / 2
    scale = np.sqrt(error * np.diag(projection))
    np.testing.assert_allclose(standard[known], (projection @ y)[known] / scale[known])
    if fixed:
        np.testing.assert_allclose(point.entry_covariance(), error * np.linalg.inv(crossed)[:g, :g])
    else:
        left = ratios[0] * np.eye(g) - ratios[0] ** 2 * design.T @ projection @ design
        np.testing.assert_allclose(point.entry_covariance(), error * left)
        full = -(n * np.log(2 * np.pi * error) + n - every.shape[1] + determinants[0]) / 2
        assert point.full_value == pytest.approx(full)
    steps = 1e-5 * np.eye(len(ratios))
    numeric = [(sums.at(ratios + s, fixed).value - point.value) / 1e-5 for s in steps]
    np.testing.assert_allclose(point.quadratic()[0], numeric, rtol=1e-3, atol=1e-3)
