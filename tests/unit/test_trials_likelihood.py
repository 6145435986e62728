"""The likelihood of records against its definition, and its maximum against other optimisers."""

import numpy as np
import pytest
from scipy.optimize import minimize

from dnngp.evaluation.trials.likelihood import Dense, Table, likelihood, maximise
from dnngp.evaluation.trials.structures import Terms, Unstructured
from dnngp.methods.mixed.reml import spread_of, variance_shares

A = np.array([[1.0, 0.7, 0.2], [0.7, 1.0, 0.1], [0.2, 0.1, 1.0]]) * 0.6
B = np.array([[1.0, 0.3, 0.0], [0.3, 1.0, -0.2], [0.0, -0.2, 1.0]]) * 0.4


class Records:
    """Lines in three conditions, a fifth of the records missing."""

    def __init__(self, n=40, missing=0.2, seed=0):
        rng = np.random.default_rng(seed)
        rows = rng.binomial(2, 0.4, (n, 150)).astype(float)
        rows -= rows.mean(axis=0)
        self.kernel = rows @ rows.T / 72
        u = (
            np.linalg.cholesky(self.kernel + 1e-9 * np.eye(n))
            @ rng.normal(size=(n, 3))
            @ np.linalg.cholesky(A).T
        )
        y = u + rng.normal(size=(n, 3)) @ np.linalg.cholesky(B).T + [1, 2, 3]
        self.line, self.condition = np.nonzero(rng.random((n, 3)) >= missing)
        self.y = y[self.line, self.condition]
        self.design = np.eye(3)[self.condition]
        self.same = self.line[:, None] == self.line

    def covariance(self, a, b):
        pairs = np.ix_(self.condition, self.condition)
        return self.kernel[np.ix_(self.line, self.line)] * a[pairs] + self.same * b[pairs]

    def defined(self, a, b):
        """The log density of orthonormal contrasts, and P y, by matrices of all records."""
        v, x, y = self.covariance(a, b), self.design, self.y
        inverse = np.linalg.inv(v)
        crossed = x.T @ inverse @ x
        p = inverse - inverse @ x @ np.linalg.solve(crossed, x.T @ inverse)
        logs = [np.linalg.slogdet(matrix)[1] for matrix in (v, crossed, x.T @ x)]
        df = len(y) - 3
        return -(logs[0] + logs[1] - logs[2] + y @ p @ y + df * np.log(2 * np.pi)) / 2, p

    def of(self, form):
        return form(self.kernel, self.line, self.condition, self.y)


@pytest.fixture(scope="module")
def records():
    return Records()


@pytest.mark.parametrize("form", [Table, Dense])
def test_both_forms_are_the_definition(records, form):
    point, (value, p) = records.of(form).at(A, B), records.defined(A, B)
    assert point.value == pytest.approx(value, abs=1e-9)
    assert point.weights[records.line, records.condition] == pytest.approx(p @ records.y, abs=1e-10)
    unrecorded = np.ones_like(point.weights, bool)
    unrecorded[records.line, records.condition] = False
    assert np.abs(point.weights[unrecorded]).max() < 1e-10
    v = records.covariance(A, B)
    means = np.linalg.solve(
        records.design.T @ np.linalg.solve(v, records.design),
        records.design.T @ np.linalg.solve(v, records.y),
    )
    assert point.means == pytest.approx(means)


@pytest.mark.parametrize("form", [Table, Dense])
@pytest.mark.parametrize("which", [0, 1])
def test_slopes_are_differences_of_the_definition(records, form, which):
    point = records.of(form).at(A, B)
    slopes = (point.slope_a, point.slope_b)[which]
    for j in range(3):
        for k in range(j + 1):
            change = np.zeros((3, 3))
            change[j, k] = change[k, j] = 1e-5
            moved = [
                records.defined(*(m + sign * change * (i == which) for i, m in enumerate((A, B))))[0]
                for sign in (1, -1)
            ]
            expected = (moved[0] - moved[1]) / 2e-5
            assert np.vdot(slopes, change) / 1e-5 == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize("form", [Table, Dense])
def test_the_average_information_is_its_definition(records, form):
    changes = Unstructured(3).changes(Unstructured(3).start())
    found = records.of(form).at(A, B).information(changes)
    _, p = records.defined(A, B)
    images = [records.covariance(*change) @ p @ records.y for change in changes]
    expected = [[one @ p @ other / 2 for other in images] for one in images]
    assert found == pytest.approx(np.array(expected), abs=1e-9)


def terms():
    ones, each = np.ones((3, 3)), np.eye(3)
    return Terms({"main": ones, "gxe": each}, {"line": ones, "error": each}, np.ones(3, bool))


@pytest.mark.parametrize("covariances", [terms(), Unstructured(3)], ids=["terms", "unstructured"])
def test_nothing_near_the_maximum_is_higher(records, covariances):
    found = [maximise(records.of(form), covariances) for form in (Table, Dense)]
    assert found[0][1].value == pytest.approx(found[1][1].value, abs=1e-8)
    parameters, point = found[0]
    assert point.value > records.defined(*covariances.of(covariances.start()))[0]
    bounds = [(low if np.isfinite(low) else None, None) for low in covariances.lower()]
    other = minimize(
        lambda values: -records.defined(*covariances.of(values))[0],
        parameters + 0.02,
        bounds=bounds,
        method="L-BFGS-B",
        options={"maxiter": 60},
    )
    assert -other.fun <= point.value + 1e-6


def test_few_records_on_a_ridge_are_maximised_too():
    """Some ten records a condition leave both matrices singular; Newton's steps get short before the end."""
    few, covariances = Records(n=16, missing=0.4, seed=4), Unstructured(3)
    assert np.bincount(few.condition).tolist() == [11, 12, 10]
    found = [maximise(few.of(form), covariances)[1].value for form in (Table, Dense)]
    assert found[0] == pytest.approx(found[1], abs=1e-3)
    form = few.of(Dense)

    def objective(values):
        point = form.at(*covariances.of(values))
        changes = covariances.changes(values)
        slope = [np.vdot(point.slope_a, a) + np.vdot(point.slope_b, b) for a, b in changes]
        return -point.value, -np.array(slope)

    other = minimize(objective, covariances.start(), jac=True, method="L-BFGS-B", options={"maxiter": 3000})
    assert -other.fun <= min(found) + 1e-3


def test_variances_agree_with_those_of_several_kernels(records):
    """Another implementation: kernels of all records, contrasts, L-BFGS."""
    parameters, _ = maximise(likelihood(records.kernel, records.line, records.condition, records.y), terms())
    nothing, ones, each = np.zeros((3, 3)), np.ones((3, 3)), np.eye(3)
    kernels = [records.covariance(*pair) for pair in ((ones, nothing), (each, nothing), (nothing, ones))]
    shares = variance_shares(kernels, records.y, records.design[:, 1:])
    weighed = parameters[:3] * [spread_of(kernel) for kernel in kernels]
    assert weighed / weighed.sum() == pytest.approx(shares, abs=1e-3)


def test_a_missing_part_costs_the_cheaper_way():
    full, holed = Records(missing=0.0), Records(missing=0.6)
    assert isinstance(full.of(likelihood), Table)
    assert isinstance(holed.of(likelihood), Dense)
