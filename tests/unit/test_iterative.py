"""BLUP without a matrix: the solver that streams markers, beside the exact one on the same samples."""

import numpy as np
import pandas as pd
import pytest
from scipy.linalg import eigh

from dnngp.base.errors import UserError
from dnngp.encodings import pca
from dnngp.encodings.encoding import Encoding
from dnngp.encodings.pca import PCAScores
from dnngp.encodings.samples.arrays_and_kernels import Kernel
from dnngp.encodings.samples.population import Population, Samples, Selection, Source
from dnngp.encodings.samples.products import CentredProducts, Scores
from dnngp.encodings.samples.record_weights import RecordWeights
from dnngp.encodings.samples.streamed_markers import StreamedMarkers
from dnngp.encodings.samples.streamed_scores import StreamedScores
from dnngp.encodings.samples.training_set import TrainingSet
from dnngp.genotypes.store import Genotypes
from dnngp.methods import GBLUP, RKHS, RRBLUP
from dnngp.methods.mixed import heritability as of_traits
from dnngp.methods.mixed import streamed_blup
from dnngp.methods.mixed.core_kernel import core_of, fit_core
from dnngp.methods.mixed.heritability import heritability_of
from dnngp.methods.mixed.iterative import fit_iteratively
from dnngp.methods.mixed.kernel_fit import fit_kernel
from dnngp.methods.mixed.lanczos import Lanczos
from dnngp.prediction.bundle_files import load_bundle, save_bundle
from dnngp.prediction.bundle_training import train

N, P = 240, 300


@pytest.fixture(scope="module")
def families():
    """Dosages (p, n) of families, some calls missing, with phenotypes (n,) and covariates (n, 2)."""
    random = np.random.default_rng(5)
    frequencies = np.clip(random.uniform(0.1, 0.9, (P, 1)) + random.normal(0, 0.2, (P, 8)), 0.02, 0.98)
    dosages = random.binomial(2, frequencies[:, random.integers(0, 8, N)]).astype(np.int8)
    genetic = random.normal(size=P) @ dosages
    y = 3 + genetic / genetic.std() + random.normal(size=N)
    dosages[random.random(dosages.shape) < 0.02] = -1
    return dosages, y, random.normal(size=(N, 2))


def genotypes_of(dosages, ploidy=2):
    p, n = dosages.shape
    variants = pd.DataFrame({"chrom": "1", "pos": np.arange(1, p + 1), "id": [f"m{i}" for i in range(p)]})
    samples = np.array([f"s{i:03}" for i in range(n)])
    return Genotypes(samples, variants.assign(ref="A", alt="C"), dosages, ploidy, {})


@pytest.fixture(scope="module")
def halves(families):
    """A source, and rows of training and test samples."""
    source = Source(genotypes_of(families[0]), maf=0.05)
    return source, np.flatnonzero(np.arange(N) % 4), np.arange(0, N, 4)


def centred(source, rows, test, **options):
    selection = Selection.of(source, rows)
    products = CentredProducts(selection, **options)
    streamed = StreamedMarkers(selection, **options)
    samples = Samples(source, test)
    return (
        products.training,
        products.transform(samples),
        streamed.training,
        streamed.transform(samples),
    )


@pytest.mark.parametrize("kind", ["calls", "standardised", "estimates", "features"])
def test_products_are_those_of_the_kernel(families, kind):
    dosages, ploidy = families[0], None if kind == "features" else 2
    if kind in ("estimates", "features"):
        dosages = np.where(dosages < 0, np.nan, dosages * 0.9 - (kind == "features")).astype(np.float32)
    source = Source(genotypes_of(dosages, ploidy), maf=0.0 if ploidy is None else 0.05)
    rows, test = np.arange(150), np.arange(150, N)
    options = {"standardise": True} if kind == "standardised" else {}
    kernel, cross, training, others = centred(source, rows, test, **options)
    v = np.random.default_rng(1).normal(size=(150, 3))
    assert training.scale == kernel.scale
    np.testing.assert_allclose(training.products_times(v), kernel.values @ v, rtol=1e-4, atol=1e-3)
    effects = training.transposed_times(v)
    np.testing.assert_allclose(others.times(effects), cross.values @ v, rtol=1e-4, atol=1e-3)
    np.testing.assert_allclose(others.squares(), cross.diagonal, rtol=1e-5)


def test_a_basis_knows_every_function_of_the_operator():
    random = np.random.default_rng(2)
    roots = random.normal(size=(60, 80))
    matrix, b = roots @ roots.T, random.normal(size=60)
    lanczos = Lanczos(lambda v: matrix @ v, (b / np.linalg.norm(b))[:, None])
    lanczos.grow(60)
    x = np.linalg.norm(b) * lanczos.solve(0, 2.0)
    np.testing.assert_allclose(x, np.linalg.solve(matrix + 2 * np.eye(60), b), rtol=1e-4, atol=1e-6)
    values, weights = lanczos.spectrum(0)
    exact, vectors = eigh(matrix)
    expected = (vectors.T @ b / np.linalg.norm(b)) ** 2 @ np.log(exact + 2)
    assert weights @ np.log(values + 2) == pytest.approx(expected, rel=1e-6)
    assert lanczos.residual(0, 2.0) < 1e-5


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("fixed", [False, True])
def test_predictions_are_those_of_the_exact_solver_at_its_ratio(families, halves, weighted, fixed):
    """To 1e-4 standard deviations of the predictions; likelihood and h2 within the Monte-Carlo error."""
    (_, y, covariates), (source, rows, test) = families, halves
    kernel, cross, training, others = centred(source, rows, test)
    f = covariates if fixed else None
    of = (lambda part: None) if f is None else (lambda part: f[part])
    weight = RecordWeights(np.random.default_rng(7).uniform(1, 8, len(rows))) if weighted else None
    fit = fit_iteratively(training, y[rows], of(rows), None if weight is None else weight.values, seed=3)
    matrix = kernel.values / kernel.scale
    exact = fit_kernel(matrix, y[rows], of(rows), weight, ratio=fit.components.ratio)
    expected = exact.predict(cross.values / cross.scale, of(test))
    assert np.abs(fit.predict(others, of(test)) - expected).max() < 1e-4 * expected.std()
    assert fit.residual < 1e-6
    for name in ("vu", "ve", "h2"):
        assert getattr(fit.components, name) == pytest.approx(getattr(exact.components, name), rel=1e-4)
    best = fit_kernel(matrix, y[rows], of(rows), weight)
    assert 0 < fit.h2_error < 0.05
    assert abs(fit.components.h2 - best.components.h2) < 3 * fit.h2_error


def test_the_error_of_h2_is_what_it_says(families, halves):
    (_, y, _), (source, rows, test) = families, halves
    kernel, _, training, _ = centred(source, rows, test)
    h2 = fit_kernel(kernel.values / kernel.scale, y[rows]).components.h2
    fits = [fit_iteratively(training, y[rows], seed=seed) for seed in range(12)]
    scaled = [(fit.components.h2 - h2) / fit.h2_error for fit in fits]
    assert np.sqrt(np.mean(np.square(scaled))) < 2
    assert abs(np.mean(scaled)) < 1.2


def test_reliabilities_are_the_exact_ones_to_their_error(families, halves):
    (_, y, _), (source, rows, test) = families, halves
    kernel, cross, training, others = centred(source, rows, test)
    fit = fit_iteratively(training, y[rows], draws=200)
    exact = fit_kernel(kernel.values / kernel.scale, y[rows], ratio=fit.components.ratio)
    expected = exact.reliability(cross.values / cross.scale, cross.diagonal / cross.scale)
    # A tenth of what is missing to 1: the square root of 2 / 200.
    error = (fit.reliability(others) - expected) / (0.1 * (1 - expected))
    assert np.sqrt(np.mean(error**2)) < 1.3
    assert abs(np.mean(error)) < 0.6


def test_phenotypes_that_do_not_vary_give_the_mean(halves):
    source, rows, test = halves
    *_, training, others = centred(source, rows, test)
    fit = fit_iteratively(training, np.full(len(rows), 4.0))
    assert fit.predict(others) == pytest.approx(4.0)
    assert np.isnan(fit.components.h2)


@pytest.fixture
def training(families, halves):
    source, rows, _ = halves
    return TrainingSet(Population(source.genotypes, source.maf), rows), families[1][rows]


def test_methods_take_it_above_a_number_of_records_by_themselves(training, halves, monkeypatch):
    seen, y = training
    exact = GBLUP().fit(seen, y)
    assert exact.streamed_ is None
    monkeypatch.setattr(streamed_blup, "LARGE", len(y) - 1)
    records = seen.records(halves[2])
    predicted = [method(random_state=4).fit(seen, y).predict(records).mean for method in (GBLUP, RRBLUP)]
    np.testing.assert_array_equal(*predicted)
    assert np.corrcoef(predicted[0], exact.predict(records).mean)[0, 1] > 0.999
    assert GBLUP(solver="exact").fit(seen, y).streamed_ is None
    assert GBLUP(pcs=2).fit(seen, y).streamed_ is None
    known = RecordWeights(np.linspace(1, 2, len(y)), known=True)
    assert GBLUP().fit(seen, y, known).streamed_ is None


def test_what_it_cannot_is_said(training):
    seen, y = training
    assert "pcs" in GBLUP.problems({"solver": "iterative", "pcs": 2})
    known = RecordWeights(np.linspace(1, 2, len(y)), known=True)
    with pytest.raises(ValueError, match="known error variances"):
        GBLUP(solver="iterative").fit(seen, y, known)
    with pytest.raises(ValueError, match="a core takes"):
        RKHS(core=20).fit(seen, y, known)
    with pytest.raises(UserError, match="core: none"):
        RKHS(core=20, bandwidth=1.0).fit(seen, y).slopes([Kernel(np.eye(2), np.ones(2), 1.0)])
    with pytest.raises(ValueError, match="rows of plain numbers"):
        GBLUP(solver="iterative").fit(np.eye(9), np.arange(9.0))
    model = GBLUP(solver="iterative").fit(seen, y)
    with pytest.raises(UserError, match="rrblup"):
        model.slopes([Kernel(np.eye(2), np.ones(2), 1.0)])


def test_a_core_of_all_samples_is_the_kernel_itself(training, halves, families):
    seen, y = training
    records = seen.records(halves[2])
    whole = RKHS(core="none").fit(seen, y)
    core = RKHS(core=len(y)).fit(seen, y)
    assert core.core_.shape[1] == len(y)
    for name in ("h2", "lambda", "vu", "bandwidth"):
        assert core.diagnostics_[name] == pytest.approx(whole.diagnostics_[name], rel=1e-4)
    expected, found = whole.predict(records), core.predict(records)
    np.testing.assert_allclose(found.mean, expected.mean, rtol=1e-4)
    np.testing.assert_allclose(found.reliability, expected.reliability, atol=1e-4)


@pytest.mark.parametrize("fixed", [False, True])
def test_a_core_is_blup_with_the_kernel_that_it_sees(families, halves, fixed):
    """Dense algebra with K_nm K_mm^-1 K_mn, weights and fixed effects."""
    (_, y, covariates), (source, rows, test) = families, halves
    kernel, cross, *_ = centred(source, rows, test)
    matrix, others = kernel.values / kernel.scale, cross.values / cross.scale
    chosen = core_of([str(row) for row in rows], 60)
    assert len(chosen) == 60
    weight = np.random.default_rng(7).uniform(1, 8, len(rows))
    f = (covariates[rows], covariates[test]) if fixed else (None, None)
    fit = fit_core(matrix[:, chosen], matrix[np.ix_(chosen, chosen)], y[rows], f[0], weight)
    inverse = np.linalg.pinv(matrix[np.ix_(chosen, chosen)], hermitian=True)
    seen = matrix[:, chosen] @ inverse @ matrix[chosen]
    exact = fit_kernel(seen, y[rows], f[0], RecordWeights(weight))
    expected = exact.predict(others[:, chosen] @ inverse @ matrix[chosen], f[1])
    assert fit.components.h2 == pytest.approx(exact.components.h2, abs=1e-4)
    np.testing.assert_allclose(fit.predict(others[:, chosen], f[1]), expected, atol=1e-3)


def test_a_core_is_drawn_by_ids_alone():
    ids = [f"s{number}" for number in range(50)]
    chosen = {ids[place] for place in core_of(ids, 7)}
    assert {ids[::-1][place] for place in core_of(ids[::-1], 7)} == chosen
    assert len(chosen) == 7


@pytest.mark.parametrize(
    ("method", "params"),
    [
        ("gblup", {"solver": "iterative", "reliability_draws": 8}),
        ("rrblup", {"solver": "iterative", "reliability_draws": 8}),
        ("rkhs", {"core": 40, "bandwidth": 1.0}),
    ],
)
def test_a_bundle_predicts_the_same_without_genotypes_of_training_samples(families, tmp_path, method, params):
    genotypes = genotypes_of(families[0])
    phenotype = pd.Series(families[1], genotypes.samples)
    phenotype.iloc[::4] = np.nan
    bundle = train(
        genotypes,
        phenotype,
        method=method,
        encoding={"name": "additive"},
        params=params,
        maf=0.05,
        names=(1,),
    )
    assert bundle.training is None
    save_bundle(bundle, tmp_path)
    match = bundle.match(genotypes, 0.9, "here")
    again = load_bundle(tmp_path)
    tables = [one.predict(genotypes, match, 0.9) for one in (bundle, again)]
    pd.testing.assert_frame_equal(*tables)
    assert tables[0]["reliability"].between(0, 1).all()


@pytest.mark.parametrize("weighted", [False, True])
def test_heritability_without_a_matrix_is_that_with_one(monkeypatch, families, weighted):
    (dosages, y, _), lines = families, np.arange(0, N, 2)
    replicates = np.random.default_rng(7).uniform(1, 8, N)
    weight = (lambda some: RecordWeights(replicates[some])) if weighted else (lambda some: None)
    exact = heritability_of(genotypes_of(dosages), lines, y[lines], weight)
    monkeypatch.setattr(of_traits, "LARGE", 50)
    found = heritability_of(genotypes_of(dosages), lines, y[lines], weight)
    error = found.pop("h2_monte_carlo_error")
    assert found.keys() == exact.keys()
    assert 0 < error < 0.05
    assert abs(found["h2"] - exact["h2"]) < 3 * error
    for name in ("h2_se", "vu", "ve", "lambda"):
        assert found[name] == pytest.approx(exact[name], rel=0.2)


def test_heritability_that_needs_a_matrix_is_of_as_many_lines(monkeypatch, families):
    monkeypatch.setattr(of_traits, "LARGE", 100)
    known = lambda some: RecordWeights(np.ones(len(some)), known=True)  # noqa: E731
    found = heritability_of(genotypes_of(families[0]), np.arange(N), families[1], known)
    assert found["n"] == 100
    assert 0 < found["h2"] < 1
    alike = heritability_of(genotypes_of(families[0]), np.arange(N), np.ones(N), lambda some: None)
    assert np.isnan(alike["h2"])


@pytest.mark.parametrize("options", [{"components": 20}, {"variance": 0.5}, {}])
def test_scores_of_many_samples_are_those_of_the_decomposition(halves, options):
    source, rows, test = halves
    selection = Selection.of(source, rows)
    exact, found = (kind(selection, PCAScores(**options)) for kind in (Scores, StreamedScores))
    kept = min(found.details["components"], 100)
    assert options == {} or exact.details["components"] == found.details["components"]
    size = np.abs(exact.training.values).max()
    for one, other in (
        (exact.training, found.training),
        (exact.transform(test_of := Samples(source, test)), found.transform(test_of)),
    ):
        np.testing.assert_allclose(one.values[:, :kept], other.values[:, :kept], rtol=0, atol=1e-6 * size)
    assert found.details["components_residual"] < 1e-9
    alone = source.genotypes.select(test, selection.markers)
    np.testing.assert_allclose(
        found.transform(Samples(Source(alone), np.arange(len(test)))).values,
        found.transform(test_of).values,
    )


def test_components_of_many_samples_come_without_a_matrix(monkeypatch, halves):
    source, rows, _ = halves
    monkeypatch.setattr(pca, "LARGE", len(rows) - 1)
    training = TrainingSet(Population(source.genotypes), rows)
    assert (
        "components_residual"
        in training.encoded(Encoding("pca", options=(("components", 5),)), "array").details
    )
