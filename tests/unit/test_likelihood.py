"""The likelihood of records against its definition, and its maximum against other optimisers."""

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import minimize

from dnngp.encodings.samples.record_weights import RecordWeights
from dnngp.methods.mixed.error_contrasts import spread_of
from dnngp.methods.mixed.kernel_fit import fit_kernel, variance_shares
from dnngp.methods.mixed.likelihood import Dense, Table, likelihood
from dnngp.methods.mixed.maximum import maximise
from dnngp.methods.mixed.structures import ERROR, OWN, Terms, Unstructured

A = np.array([[1.0, 0.7, 0.2], [0.7, 1.0, 0.1], [0.2, 0.1, 1.0]]) * 0.6
B = np.array([[1.0, 0.3, 0.0], [0.3, 1.0, -0.2], [0.0, -0.2, 1.0]]) * 0.4
C = np.stack([A, 0.3 * np.ones((3, 3)), B])


class Records:
    """Samples in three environments, a fifth of the records missing."""

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
        self.sample, self.environment = np.nonzero(rng.random((n, 3)) >= missing)
        self.y = y[self.sample, self.environment]
        self.design = np.eye(3)[self.environment]
        self.same = self.sample[:, None] == self.sample
        self.weight, self.known = np.ones(len(self.y)), 0.0

    def parts(self):
        """Covariances (3, N, N) of the records that C multiplies."""
        roots = 1 / np.sqrt(self.weight)
        return np.stack(
            [self.kernel[np.ix_(self.sample, self.sample)], self.same, self.same * np.outer(roots, roots)]
        )

    def covariance(self, c):
        return np.sum(c[:, self.environment[:, None], self.environment] * self.parts(), axis=0)

    def defined(self, c):
        """The log density of orthonormal contrasts, and P y, by matrices of all records."""
        v, x, y = self.covariance(c) + self.known, self.design, self.y
        inverse = np.linalg.inv(v)
        crossed = x.T @ inverse @ x
        p = inverse - inverse @ x @ np.linalg.solve(crossed, x.T @ inverse)
        logs = [np.linalg.slogdet(matrix)[1] for matrix in (v, crossed, x.T @ x)]
        df = len(y) - x.shape[1]
        return -(logs[0] + logs[1] - logs[2] + y @ p @ y + df * np.log(2 * np.pi)) / 2, p

    def of(self, form):
        return form(self.kernel if form is Table else [self.kernel], self.sample, self.environment, self.y)


class Weighted(Records):
    """Records of unequal weight with fixed effects, one of them a copy of others."""

    def __init__(self, **options):
        super().__init__(**options)
        rng = np.random.default_rng(9)
        self.weight = rng.uniform(0.2, 5, len(self.y))
        columns = rng.normal(size=(len(self.y), 2))
        self.fixed = np.column_stack([columns, columns @ [1.0, -2.0] + 3])
        self.design = np.column_stack([self.design, columns])

    def of(self, form):
        return Dense(
            [self.kernel], self.sample, self.environment, self.y, self.fixed, RecordWeights(self.weight)
        )


class Fixed(Weighted):
    """The same fixed effects, equal weights, and a fixed effect that is a mean of an environment."""

    def __init__(self, **options):
        super().__init__(**options)
        self.weight[:] = 1
        self.fixed = np.column_stack([self.environment == 1, self.fixed])

    def of(self, form):
        kernel = self.kernel if form is Table else [self.kernel]
        return form(kernel, self.sample, self.environment, self.y, self.fixed)


class Known(Weighted):
    """The same records with error variances that are known, beside the ones of the model."""

    def __init__(self, **options):
        super().__init__(**options)
        self.known = np.diag(1 / self.weight)
        self.weight = np.ones(len(self.y))

    def of(self, form):
        known = RecordWeights(1 / np.diagonal(self.known), known=True)
        return Dense([self.kernel], self.sample, self.environment, self.y, self.fixed, known)


@pytest.fixture(scope="module")
def records():
    return Records()


@pytest.fixture(scope="module")
def weighted():
    return Weighted()


@pytest.fixture(scope="module")
def known():
    return Known()


@pytest.fixture(scope="module")
def fixed():
    return Fixed()


#: Records, and the form of their likelihood.
FORMS = pytest.mark.parametrize(
    ("kind", "form"),
    [
        *(("records", Table), ("records", Dense), ("weighted", Dense), ("known", Dense)),
        *(("fixed", Table), ("fixed", Dense)),
    ],
    ids=["table", "dense", "weighted", "known", "table with fixed effects", "dense with fixed effects"],
)


@FORMS
def test_every_form_is_the_definition(kind, form, request):
    records = request.getfixturevalue(kind)
    point, (value, p) = records.of(form).at(C), records.defined(C)
    assert point.value == pytest.approx(value, abs=1e-9)
    assert point.weights[records.sample, records.environment] == pytest.approx(p @ records.y, abs=1e-10)
    assert point.errors[records.sample, records.environment] == pytest.approx(
        p @ records.y / np.sqrt(records.weight), abs=1e-10
    )
    unrecorded = np.ones_like(point.weights, bool)
    unrecorded[records.sample, records.environment] = False
    assert np.abs(point.weights[unrecorded]).max() < 1e-10
    v = records.covariance(C) + records.known
    effects = np.linalg.solve(
        records.design.T @ np.linalg.solve(v, records.design),
        records.design.T @ np.linalg.solve(v, records.y),
    )
    columns = np.eye(3)[records.environment]
    if kind != "records":
        columns = np.column_stack([columns, records.fixed])
    assert columns @ point.effects == pytest.approx(records.design @ effects)


@FORMS
@pytest.mark.parametrize("which", [0, 1, 2])
def test_slopes_are_differences_of_the_definition(kind, form, which, request):
    records = request.getfixturevalue(kind)
    slopes = records.of(form).at(C).slopes
    for j in range(3):
        for k in range(j + 1):
            change = np.zeros((3, 3, 3))
            change[which, j, k] = change[which, k, j] = 1e-5
            expected = (records.defined(C + change)[0] - records.defined(C - change)[0]) / 2e-5
            assert np.vdot(slopes, change) / 1e-5 == pytest.approx(expected, abs=1e-5)


@FORMS
def test_the_average_information_is_its_definition(kind, form, request):
    records = request.getfixturevalue(kind)
    changes = np.concatenate([Unstructured(3).changes(Unstructured(3).start()), terms().changes(None)])
    found = records.of(form).at(C).information(changes)
    _, p = records.defined(C)
    images = [records.covariance(change) @ p @ records.y for change in changes]
    expected = [[one @ p @ other / 2 for other in images] for one in images]
    assert found == pytest.approx(np.array(expected), abs=1e-9)


def terms():
    ones, each = np.ones((3, 3)), np.eye(3)
    named = {"main": (0, ones), "gxe": (0, each), "line": (OWN, ones), "error": (ERROR, each)}
    return Terms(named, np.ones(3, bool))


@pytest.mark.parametrize("structure", [terms(), Unstructured(3)], ids=["terms", "unstructured"])
@pytest.mark.parametrize("kind", ["records", "weighted", "fixed"])
def test_nothing_near_the_maximum_is_higher(kind, structure, request):
    records = request.getfixturevalue(kind)
    found = [maximise(records.of(form), structure) for form in (Table, Dense)]
    assert found[0][1].value == pytest.approx(found[1][1].value, abs=1e-8)
    parameters, point = found[0]
    assert point.value > records.defined(structure.of(structure.start()))[0]
    bounds = [(low if np.isfinite(low) else None, None) for low in structure.lower()]
    other = minimize(
        lambda values: -records.defined(structure.of(values))[0],
        parameters + 0.02,
        bounds=bounds,
        method="L-BFGS-B",
        options={"maxiter": 60},
    )
    assert -other.fun <= point.value + 1e-6


def test_few_records_on_a_ridge_are_maximised_too():
    """Some ten records an environment leave both matrices singular; Newton's steps get short early."""
    few, structure = Records(n=16, missing=0.4, seed=4), Unstructured(3)
    assert np.bincount(few.environment).tolist() == [11, 12, 10]
    found = [maximise(few.of(form), structure)[1].value for form in (Table, Dense)]
    assert found[0] == pytest.approx(found[1], abs=1e-3)
    form = few.of(Dense)

    def objective(values):
        point = form.at(structure.of(values))
        return -point.value, -point.slope(structure.changes(values))

    other = minimize(objective, structure.start(), jac=True, method="L-BFGS-B", options={"maxiter": 3000})
    assert -other.fun <= min(found) + 1e-3


def test_variances_agree_with_those_of_several_kernels(records):
    """Kernels of all records, as if of one environment, are the terms."""
    parameters, _ = maximise(records.of(likelihood), terms())
    kernels = [records.covariance(c) for c in terms().changes(None)[:3]]
    shares = variance_shares(kernels, records.y, records.design[:, 1:])
    weighed = parameters[:3] * [spread_of(kernel) for kernel in kernels]
    assert weighed / weighed.sum() == pytest.approx(shares, abs=1e-5)


def test_a_missing_part_costs_the_cheaper_way():
    full, holed = Records(missing=0.0), Records(missing=0.6)
    assert isinstance(full.of(likelihood), Table)
    assert isinstance(holed.of(likelihood), Dense)


@pytest.mark.parametrize("seed", [16, 28, 33, 36, 78, 142])
def test_absent_effects_do_not_end_the_search_early(seed):
    """Steps that cross the bound of a variance: another optimiser finds nothing higher."""
    rng = np.random.default_rng(seed)
    n, count = int(rng.integers(20, 70)), int(rng.integers(2, 7))
    kernels = []
    for _ in range(count):
        rows = rng.normal(size=(n, int(rng.integers(3, 100))))
        rows -= rows.mean(axis=0)
        kernels.append(rows @ rows.T / np.trace(rows @ rows.T) * n)
    if seed % 3 == 0:  # two that are nearly one
        kernels[1] = 0.9 * kernels[0] + 0.1 * kernels[1]
    variances = rng.uniform(0, 1, count) * (rng.random(count) < 0.4)
    covariance = np.tensordot(variances, kernels, axes=1) + rng.choice([0.01, 0.5, 2]) * np.eye(n)
    y = np.linalg.cholesky(covariance) @ rng.normal(size=n)
    form = Dense(kernels, np.arange(n), np.zeros(n, int), (y - y.mean()) / y.std())
    structure = Terms.of_kernels(count)
    _, point = maximise(form, structure)

    def objective(values):
        at = form.at(structure.of(values))
        return -at.value, -at.slope(structure.changes(values))

    other = minimize(
        objective,
        np.append(np.full(count, 0.5 / count), 0.5),
        jac=True,
        bounds=[(low, None) for low in structure.lower()],
        method="L-BFGS-B",
        options={"ftol": 1e-14, "maxiter": 1000},
    )
    assert -other.fun <= point.value + 1e-7


#: Plots of agridat, the effects that are fixed and random in them, and lme4's restricted log likelihood.
PLOTS = {
    "john_alpha_random": (
        "john.alpha.tsv",
        ["rep"],
        {"gen": ["gen"], "rep:block": ["rep", "block"]},
        -46.596910121,
    ),
    "john_alpha_weighted": (
        "john.alpha.tsv",
        ["rep"],
        {"gen": ["gen"], "rep:block": ["rep", "block"]},
        -46.9928155369,
    ),
    "gilmour_serpentine_random": (
        "gilmour.serpentine.tsv",
        ["rep"],
        {"gen": ["gen"], "row": ["row"], "col": ["col"]},
        -1874.01159596,
    ),
    "burgueno_rowcol_random": (
        "burgueno.rowcol.tsv",
        ["rep"],
        {"gen": ["gen"], "rep:col": ["rep", "col"], "rep:row": ["rep", "row"]},
        -104.098515811,
    ),
    "gilmour_serpentine_fixed": (
        "gilmour.serpentine.tsv",
        ["gen", "rep"],
        {"row": ["row"], "col": ["col"]},
        -1285.39889882,
    ),
}


@pytest.mark.parametrize("name", PLOTS)
def test_variances_and_likelihood_of_plots_equal_lme4(name, shared):
    """Several kernels, fixed effects and weights: a kernel says which plots have a level in common."""
    table, fixed, random, log_likelihood = PLOTS[name]
    plots = pd.read_csv(shared / "data" / "plots" / table, sep="\t")
    fixed = np.hstack([pd.get_dummies(plots[one], drop_first=True).to_numpy(float) for one in fixed])
    kernels = []
    for columns in random.values():
        level = plots.groupby(columns).ngroup().to_numpy()
        kernels.append((level[:, None] == level).astype(float))
    y, n = plots["yield"].to_numpy(float), len(plots)
    weight = RecordWeights(1.0 + plots["plot"].to_numpy() % 3) if "weighted" in name else None
    records = Dense(kernels, np.arange(n), np.zeros(n, int), (y - y.mean()) / y.std(), fixed, weight)
    variances, point = maximise(records, Terms.of_kernels(len(kernels)))
    expected = pd.read_csv(shared / "reference" / "phenotypes" / f"{name}_variances.csv", index_col="grp")[
        "vcov"
    ]
    found = pd.Series(variances * y.var(), [*random, "Residual"])[expected.index]
    assert found.to_numpy() == pytest.approx(expected.to_numpy(), rel=1e-4, abs=1e-4 * y.var())
    # lme4's density is that of other contrasts, whose lengths are those of the fixed effects.
    design = np.column_stack([np.ones(n), fixed])
    logs = np.linalg.slogdet(design.T @ design)[1] / 2 - (n - design.shape[1]) * np.log(y.std())
    assert point.value + logs - np.linalg.slogdet(design.T @ design)[1] == pytest.approx(
        log_likelihood, abs=1e-5
    )


def test_blups_of_weighted_plots_and_their_errors_equal_lme4(shared):
    """By the way that methods go: shares of two kernels, then one kernel."""
    plots = pd.read_csv(shared / "data" / "plots" / "john.alpha.tsv", sep="\t")
    levels = [pd.get_dummies(plots["gen"]), pd.get_dummies(plots["rep"] + plots["block"])]
    genotypes, blocks = (level.to_numpy(float) for level in levels)
    fixed = pd.get_dummies(plots["rep"], drop_first=True).to_numpy(float)
    y, weight = plots["yield"].to_numpy(float), RecordWeights(1.0 + plots["plot"].to_numpy() % 3)
    kernels = [one @ one.T for one in (genotypes, blocks)]
    shares = variance_shares(kernels, y, fixed, weight)
    parts = [share / spread_of(kernel) for share, kernel in zip(shares, kernels, strict=True)]
    fit = fit_kernel(parts[0] * kernels[0] + parts[1] * kernels[1], y, fixed, weight)
    found, variance = fit.components, fit.components.vu * parts[0]
    covariance = found.vu * (parts[0] * kernels[0] + parts[1] * kernels[1])
    covariance += np.diag(found.ve / weight.values)
    expected = pd.read_csv(shared / "reference" / "phenotypes" / "john_alpha_weighted_blup.csv").set_index(
        "gen"
    )
    expected = expected.loc[levels[0].columns]
    blup = parts[0] * genotypes.T @ fit.weights
    # lme4's errors are those at known fixed effects.
    explained = genotypes * np.linalg.solve(covariance, genotypes)
    errors = variance - variance**2 * explained.sum(axis=0)
    assert blup == pytest.approx(expected["blup"].to_numpy(), abs=1e-4)
    assert errors == pytest.approx(expected["pev"].to_numpy(), abs=1e-4)
